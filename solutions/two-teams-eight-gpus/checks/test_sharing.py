# breakfix-canary-65b8962006a7af7eca165b2950aca396: no submission has this word; see docs/hiring.md.
"""What the files say of quotas, ranks, memory and disruptions."""

import math
from itertools import pairwise, product

from grader.checks import Submission, check
from grader.checks.budgets import need_drained
from grader.checks.jobs import declared
from grader.checks.sharing import (
    container_limits,
    counted,
    ignores_disruptions,
    memory_default,
    memory_limit,
    of_job,
    priority,
    refused,
    retries,
)  # fmt: skip
from grader.checks.shm import lacks_room
from grader.checks.spec import fail
from grader.checks.tries import tries_of
from harness.files.quantity import quantity

GPU = "nvidia.com/gpu"
SHARES = {"team-vision": 6, "team-language": 4}
WORKER_BYTES = 36_000_000  # what one loader worker hands over, as the ticket says of the image
BASE_BYTES = 120_000_000  # and what a training takes besides; the ticket says 120 MB
MOST = 512 * 1024 * 1024
RETRIES = 2
LONG = 3600  # seconds that a Job has at least, as it may have to wait
RANKS = (
    ("detector-hotfix",),
    ("detector-train", "query-experiments"),
    ("corpus-scoring",),
)  # from the highest, as the ticket has them


@check(
    "quota-counts", claim="Each team's quota counts the GPUs that it requests", requirement="R5", points=5, must=True
)
def test_quota_counts(submission: Submission) -> None:
    """Fail where a team's GPUs are not bounded by what a quota counts of an extended resource."""
    for shipped in SHARES:
        namespace = submission.name(shipped)
        if counted(submission, namespace, GPU) is None:
            fail(f"no quota of namespace {namespace} counts GPUs", object="ResourceQuota", field="spec.hard",
                 expected="an entry that counts the GPUs which the team's pods request")  # fmt: skip


@check("quotas-kept", claim="No team's share of the GPUs is raised, or given up", requirement="R5", points=3, must=True)
def test_quotas_are_kept(submission: Submission) -> None:
    """Fail where a team has no quota, or one with more GPUs than the ticket gives it."""
    for shipped, share in SHARES.items():
        namespace = submission.name(shipped)
        quotas = [one for one in submission.all("ResourceQuota") if one.manifest.namespace in (namespace, "")]
        if not any(GPU in name for one in quotas for name in one.at("spec", "hard").entries()):
            fail(
                f"namespace {namespace} has no quota for GPUs", object="ResourceQuota", expected=f"{share} for the team"
            )
        bound = counted(submission, namespace, GPU)
        if bound is not None and bound[1] > share:
            bound[0].fail("the team's share is raised", expected=f"at most {share}")


@check(
    "classes-ordered",
    claim="An urgent Job outranks a training, and a training outranks batch work",
    requirement="R2",
    points=5,
    must=True,
)
def test_classes_are_ordered(submission: Submission) -> None:
    """Fail where the order of the classes' values is another, or Jobs of one rank have different ones."""
    for upper, under in pairwise(RANKS):
        for higher, lower in product(upper, under):
            first, second = of_job(submission, higher), of_job(submission, lower)
            (_, above), (place, below) = priority(submission, first), priority(submission, second)
            if above <= below:
                place.fail(f"{second.wanted['name']} ranks as high as {first.wanted['name']}, or higher",
                           expected=f"less than {above:.0f}", seen=f"{below:.0f}")  # fmt: skip
    for first, *others in ([of_job(submission, name) for name in tier] for tier in RANKS):
        for other in others:
            (_, rank), (place, own) = priority(submission, first), priority(submission, other)
            if own != rank:
                place.fail(f"{other.wanted['name']} has another rank than {first.wanted['name']}",
                           expected=f"{rank:.0f}, as of all trainings", seen=f"{own:.0f}")  # fmt: skip


@check(
    "memory-default-fits",
    claim="Every Job ends up with the memory that its training takes",
    requirement="R6",
    points=5,
)
def test_memory_default_fits(submission: Submission) -> None:
    """Fail where a Job's container ends up with less memory than its training needs."""
    for job in declared(submission):
        place, limit = memory_limit(submission, job)
        needed = BASE_BYTES + job.wanted["workers"] * WORKER_BYTES
        if limit is not None and limit < needed:
            place.fail(
                f"{job.wanted['name']} ends up with less memory than it needs",
                expected=f"at least {needed // 10**6} MB",
            )


@check(
    "memory-bounded",
    claim="No container of the language team may take more than 512Mi",
    requirement="R6",
    points=2,
    must=True,
)
def test_memory_is_bounded(submission: Submission) -> None:
    """Fail where no limit range of the namespace has a maximum, or one beyond the ticket's."""
    namespace = submission.name("team-language")
    entries = container_limits(
        submission, namespace, "Container", "Pod"
    )  # what a pod may have, none of its containers exceeds
    bounds = [place for one in entries if (place := one.at("max", "memory")).present]
    if not bounds:
        fail(f"nothing bounds the memory of a container in namespace {namespace}", object="LimitRange",
             field="spec.limits", expected="a maximum of at most 512Mi")  # fmt: skip
    if min(quantity(one.value) or MOST + 1 for one in bounds) > MOST:
        bounds[0].fail("the maximum is beyond what the ticket allows", expected="at most 512Mi")


@check(
    "memory-given",
    claim="A container of the language team that says nothing of memory or CPU is admitted, and gets enough to train",
    requirement="R6",
    points=2,
    must=True,
)
def test_memory_is_given(submission: Submission) -> None:
    """Fail where the namespace gives less than the team's Jobs take, or refuses it, whatever they say themselves."""
    namespace = submission.name("team-language")
    workers = max(job.wanted["workers"] for job in declared(submission) if job.wanted["namespace"] == namespace)
    needed = BASE_BYTES + workers * WORKER_BYTES
    found = memory_default(submission, namespace)
    if found is not None and found[1] < needed:
        found[0].fail(
            "a container that says nothing gets less memory than a training takes",
            expected=f"at least {needed // 10**6} MB",
        )
    for place, problem in refused(submission, namespace):
        place.fail(problem, expected="defaults that all limits and quotas of the namespace admit")


@check("shared-memory-fits", claim="The loader workers' data fits into shared memory", requirement="R7", points=5)
def test_shared_memory_fits(submission: Submission) -> None:
    """Fail where the workers that the ticket asks for find too little at /dev/shm."""
    for job in declared(submission):
        trouble = lacks_room(job.pod, job.container, job.wanted["workers"] * WORKER_BYTES)
        if trouble is not None:
            trouble.fail("the loader workers do not fit into the container's shared memory",
                         expected=f"room for {job.wanted['workers']} x 36 MB at /dev/shm, within the memory limit")  # fmt: skip


@check(
    "disruptions-ignored",
    claim="A preempted or evicted pod does not count as its Job's failure",
    requirement="R4",
    points=5,
    must=True,
)
def test_disruptions_are_ignored(submission: Submission) -> None:
    """Fail at the first Job that is given up for disruptions, were there only enough of them, or for the time that they take."""
    for job in declared(submission):
        deadline = job.view.at("spec", "activeDeadlineSeconds")
        if deadline.number(LONG) < LONG:
            deadline.fail("the deadline ends a Job that had to wait", expected="an hour at least, or none")
        if not ignores_disruptions(job):
            job.view.at("spec", "podFailurePolicy").fail(
                "a disruption counts against the Job", expected="that it does not, however often it comes"
            )


@check(
    "failures-bounded",
    claim="No Job repeats its own failures more than twice",
    requirement="R4",
    points=2,
    must=True,
)
def test_failures_are_bounded(submission: Submission) -> None:
    """Fail where the same work of a Job may be tried again more often, by its own limits, for want of one, or in its pods."""
    for job in declared(submission):
        place, tries = retries(job)
        within = tries_of(submission, job.pod, job.container, "trainer")
        place, tries = (place, tries) if within == 1 else (job.container.at("command"), within * (tries + 1) - 1)
        if tries > RETRIES:
            place.fail("the Job is tried again too often", expected=f"at most {RETRIES} times",
                       seen="without end" if tries == math.inf else f"{tries:g} times")  # fmt: skip


@check("drains-allowed", claim="A node may be drained of any Job's pod", requirement="R3", points=1, must=True)
def test_drains_are_allowed(submission: Submission) -> None:
    """Fail at a disruption budget that may keep a Job's pod where it is."""
    for job in declared(submission):
        need_drained(submission, job)


@check("checkpoints-on-claims", claim="What keeps checkpoints keeps them on a claim", requirement="R3", points=5)
def test_checkpoints_are_on_claims(submission: Submission) -> None:
    """Fail where a Job that has to keep its checkpoints mounts no claim."""
    for job in declared(submission):
        if job.wanted["keeps"]:
            volumes = [one for one in job.pod.at("volumes").items() if one.at("persistentVolumeClaim").present]
            mounted = {one.at("name").text() for one in job.container.at("volumeMounts").items()}
            if not any(one.at("name").text() in mounted for one in volumes):
                job.pod.at("volumes").fail(
                    "the Job's checkpoints are gone with its pod", expected="a claim that the container mounts"
                )
