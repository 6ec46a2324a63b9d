# breakfix-canary-8015e60d5e335546e745fd40dc2bc9a5: no submission has this word; see docs/hiring.md.
"""What must not be given up for Jobs that complete."""

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
)
from grader.checks.placement import may_run_on, need_narrow, others, pools
from grader.checks.program import need_program
from grader.checks.rights import need_reading

COMPLETE = ["encoder-completes", "ranker-completes", "evaluation-completes"]


@check(
    "jobs-kept", claim="The three Jobs are still there, run, and ask for GPUs", requirement="R1", points=2, must=True
)
def test_jobs_are_kept(submission: Submission) -> None:
    """Fail where a Job is gone, shrunk, suspended, or asks for no GPU at all."""
    for job in declared(submission):
        need_pods(job)
        if sum(asked(job.pod).values()) < 1:
            job.container.at("resources").fail("the Job asks for no GPU", expected="a GPU, or a part of one")


@check(
    "tolerations-narrow",
    claim="No pod tolerates another taint than that of the GPU nodes",
    requirement="R5",
    points=3,
    must=True,
)
def test_tolerations_are_narrow(submission: Submission) -> None:
    """Fail at a toleration that would let a pod onto nodes that are kept free for another reason, such as a cordon."""
    need_narrow(submission)


@check(
    "product-named",
    claim="No GPU node of another product would get one of the Jobs",
    requirement="R2",
    points=4,
    must=True,
)
def test_product_is_named(submission: Submission) -> None:
    """Fail where selector and affinity also let a Job onto other GPUs, such as those that are announced."""
    for job in declared(submission):
        for node in pools(submission.exercise, job.wanted["product"]):
            for stranger in others(node["labels"]):
                if may_run_on(job.pod, stranger, joins=True):
                    job.pod.at("nodeSelector").fail(
                        "the Job may also land on other GPUs", expected="the product of the ticket's table alone",
                        seen=f"a node with {stranger['nvidia.com/gpu.product']} would do",
                    )  # fmt: skip


@check("workers-kept", claim="Each training keeps its loader workers", requirement="R4", points=3, must=True)
def test_workers_are_kept(submission: Submission) -> None:
    """Fail where the files give a training fewer workers; what only the cluster knows, trained-for-real tells."""
    for job in declared(submission):
        need_told(job, "workers")


@check(
    "epochs-kept",
    claim="Each training passes over its data as often as it has to",
    requirement="R7",
    points=2,
    must=True,
)
def test_epochs_are_kept(submission: Submission) -> None:
    """Fail where the files give a training fewer epochs; what only the cluster knows, trained-for-real tells."""
    for job in declared(submission):
        need_told(job, "epochs")


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


@check("on-right-gpus", claim="The pods ran on the GPUs that are meant for them", requirement="R2", points=5, must=True,
       scenario="handover", requires=COMPLETE)  # fmt: skip
def test_on_the_right_gpus(submission: Submission, observed: Observed) -> None:
    """Fail where a pod that ended well had other devices, or stood on another kind of node."""
    for job in submission.exercise["jobs"]:
        need_devices(observed, job)


@check("trained-for-real", claim="Each training used its GPUs, workers and epochs, and learned this run's data", requirement="R7", points=5,
       must=True, scenario="handover", requires=COMPLETE)  # fmt: skip
def test_trained_for_real(submission: Submission, observed: Observed) -> None:
    """Fail where a Job ended well without the result of a training; its data are made for the run."""
    for job in submission.exercise["jobs"]:
        need_training(observed, job)


@check("checkpoints-kept", claim="The encoder's checkpoints are on a claim, and outlive the pod", requirement="R3", points=4, must=True,
       scenario="handover", requires=COMPLETE)  # fmt: skip
def test_checkpoints_are_kept(submission: Submission, observed: Observed) -> None:
    """Fail where a training that has to keep its checkpoints wrote them to where they end with the pod, or has left none."""
    for job in submission.exercise["jobs"]:
        if job["keeps"]:
            need_kept(observed, job)
