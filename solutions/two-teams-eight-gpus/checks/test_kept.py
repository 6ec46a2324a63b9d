# breakfix-canary-65b8962006a7af7eca165b2950aca396: no submission has this word; see docs/hiring.md.
"""What must not be given up for Jobs that complete, and what the two days have to show besides."""

from grader.checks import Observed, Submission, check
from grader.checks.devices import asked
from grader.checks.jobs import (
    declared,
    need_devices,
    need_kept,
    need_left,
    need_own,
    need_pods,
    need_told,
    need_training,
    wanted,
)
from grader.checks.placement import need_narrow
from grader.checks.program import need_program
from grader.checks.rights import need_reading
from grader.checks.sharing import need_not_preempted, need_resumed, need_started

RELEASE_DAY = ("corpus-scoring", "detector-hotfix", "detector-train")
BURST = ("query-experiments", "detector-train")


@check(
    "jobs-kept",
    claim="The Jobs are still there, and ask for their GPUs and pods",
    requirement="R7",
    points=3,
    must=True,
)
def test_jobs_are_kept(submission: Submission) -> None:
    """Fail where a Job is gone, shrunk, suspended, or asks for other GPUs."""
    for job in declared(submission):
        need_pods(job)
        if asked(job.pod) != {job.wanted["resource"]: job.wanted["count"]}:
            job.container.at("resources").fail(
                "the Job asks for other GPUs", expected=f"{job.wanted['count']} of {job.wanted['resource']}"
            )


@check(
    "tolerations-narrow",
    claim="No pod tolerates another taint than that of the GPU nodes",
    requirement="R8",
    points=1,
    must=True,
)
def test_tolerations_are_narrow(submission: Submission) -> None:
    """Fail at a toleration that would let a pod onto nodes that are kept free for another reason, such as a cordon."""
    need_narrow(submission)


@check("workers-kept", claim="Each training keeps its loader workers", requirement="R7", points=2, must=True)
def test_workers_are_kept(submission: Submission) -> None:
    """Fail where the files give a training fewer workers; what only the cluster knows, trained-for-real tells."""
    for job in declared(submission):
        need_told(job, "workers")


@check("epochs-kept", claim="Each training keeps its epochs, and their pace", requirement="R7", points=1, must=True)
def test_epochs_are_kept(submission: Submission) -> None:
    """Fail where the files give a training fewer epochs, or hurry it; what only the cluster knows, trained-for-real tells."""
    for job in declared(submission):
        need_told(job, "epochs")
        need_told(job, "pace")


@check("finished-stay", claim="Finished Jobs and their pods stay where they are", requirement="R8", points=2, must=True)
def test_finished_jobs_stay(submission: Submission) -> None:
    """Fail where a Job has a time to live."""
    need_left(submission)


@check("rights-for-reading", claim="What the submission grants is for reading", requirement="R8", points=1, must=True)
def test_rights_are_for_reading(submission: Submission) -> None:
    """Fail where something may remove or change Jobs, pods, quotas or whatever else there is, or read Secrets."""
    need_reading(submission)


@check("trained-by-themselves", claim="Nothing else trains a Job's dataset, or mounts the claim that it keeps its work on",
       requirement="R7", points=1, must=True)  # fmt: skip
def test_jobs_train_by_themselves(submission: Submission) -> None:
    """Fail where another pod, container or Job could do a Job's work with less than the ticket asks for, or spoil it."""
    need_own(submission, submission.name("dataset-access"))


@check(
    "program-kept", claim="Each training runs the image's own program as it is", requirement="R7", points=1, must=True
)
def test_programs_are_kept(submission: Submission) -> None:
    """Fail where files or variables change the trainer, or something else does a part of its work."""
    for job in declared(submission):
        need_program(submission, job.pod, job.container, "trainer")


@check("urgent-starts-at-once", claim="The urgent Job runs within 12 seconds, though the pool is full", requirement="R2", points=6,
       must=True, scenario="release-day", requires=["release-day-completes"])  # fmt: skip
def test_urgent_starts_at_once(submission: Submission, observed: Observed) -> None:
    """Fail where the urgent Job waited for somebody to be done."""
    need_started(observed, submission.name("detector-hotfix"), submission.exercise["slos"]["start_seconds"])


@check("batch-gives-way", claim="No training gives way to what is urgent", requirement="R2", points=5, must=True,
       scenario="release-day", requires=["release-day-completes"])  # fmt: skip
def test_batch_gives_way(submission: Submission, observed: Observed) -> None:
    """Fail where a pod of the training was preempted."""
    need_not_preempted(observed, submission.name("detector-train"))


@check("no-epoch-lost", claim="Evicted and preempted pods go on where they were", requirement="R3", points=6, must=True,
       scenario="release-day", requires=["release-day-completes"])  # fmt: skip
def test_no_epoch_is_lost(submission: Submission, observed: Observed) -> None:
    """Fail where a training began again before what it had told of; the training's pod is evicted in this scenario."""
    need_resumed(observed, submission.name("detector-train"))
    need_resumed(observed, submission.name("corpus-scoring"), always=False)
    for name in RELEASE_DAY:
        job = wanted(submission, name)
        if job["keeps"]:
            need_kept(observed, job)


@check("trained-for-real", claim="Each Job used its GPUs, workers and epochs, and learned this run's data", requirement="R7", points=5,
       must=True, scenario="release-day", requires=["release-day-completes"])  # fmt: skip
def test_trained_for_real(submission: Submission, observed: Observed) -> None:
    """Fail where a Job ended well without the result of a training; its data are made for the run."""
    for name in RELEASE_DAY:
        need_devices(observed, wanted(submission, name))
        need_training(observed, wanted(submission, name))


@check("experiments-for-real", claim="Each experiment used its GPUs, workers and epochs, and learned this run's data", requirement="R7",
       points=3, must=True, scenario="burst", requires=["burst-completes"])  # fmt: skip
def test_experiments_for_real(submission: Submission, observed: Observed) -> None:
    """Fail where an experiment ended well without the result of a training."""
    for name in BURST:
        need_devices(observed, wanted(submission, name))
        need_training(observed, wanted(submission, name))


@check("team-not-starved", claim="A training of one team gets its GPUs though the other applied a burst before", requirement="R5",
       points=6, must=True, scenario="burst", requires=["burst-completes"])  # fmt: skip
def test_team_is_not_starved(submission: Submission, observed: Observed) -> None:
    """Fail where the training waited until experiments were done, or took their GPUs by rank."""
    need_started(observed, submission.name("detector-train"), submission.exercise["slos"]["start_seconds"])
    need_not_preempted(observed, submission.name("query-experiments"))
