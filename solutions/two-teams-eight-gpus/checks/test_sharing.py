"""What the files say of quotas, ranks, memory and disruptions."""

from decimal import Decimal
from itertools import pairwise

from grader.checks import Submission, check
from grader.checks.jobs import declared
from grader.checks.sharing import (
    backoff,
    container_limits,
    counted,
    ignores_disruptions,
    memory_limit,
    of_job,
    priority,
)  # fmt: skip
from grader.checks.shm import lacks_room
from grader.checks.spec import fail
from harness.quantity import quantity

GPU = "nvidia.com/gpu"
SHARES = {"team-vision": 6, "team-language": 4}
WORKER_BYTES = 36_000_000  # what one loader worker hands over, as the ticket says of the image
BASE_BYTES = 120_000_000  # and what a training takes besides; the ticket says 120 MB
MOST = 512 * 1024 * 1024
RETRIES = 2


@check("quota-counts", claim="Each team's quota counts the GPUs that it requests", requirement="R5", points=5)
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
        entries = [entry for one in quotas for name, entry in one.at("spec", "hard").entries().items() if GPU in name]
        if not entries:
            fail(
                f"namespace {namespace} has no quota for GPUs", object="ResourceQuota", expected=f"{share} for the team"
            )
        for entry in entries:
            if (quantity(entry.value) or Decimal(0)) > share and entry.manifest.namespace == namespace:
                entry.fail("the team's share is raised", expected=f"at most {share}")


@check(
    "classes-ordered",
    claim="An urgent Job outranks a training, and a training outranks batch work",
    requirement="R2",
    points=5,
)
def test_classes_are_ordered(submission: Submission) -> None:
    """Fail where the order of the classes' values is another."""
    order = [of_job(submission, name) for name in ("detector-hotfix", "detector-train", "corpus-scoring")]
    for higher, lower in pairwise(order):
        (_, above), (place, below) = priority(submission, higher), priority(submission, lower)
        if above <= below:
            place.fail(f"{lower.wanted['name']} ranks as high as {higher.wanted['name']}, or higher",
                       expected=f"less than {above:.0f}", seen=f"{below:.0f}")  # fmt: skip


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
    bounds = [place for one in container_limits(submission, namespace) if (place := one.at("max", "memory")).present]
    if not bounds:
        fail(f"nothing bounds the memory of a container in namespace {namespace}", object="LimitRange",
             field="spec.limits", expected="a maximum of at most 512Mi")  # fmt: skip
    if min(quantity(one.value) or MOST + 1 for one in bounds) > MOST:
        bounds[0].fail("the maximum is beyond what the ticket allows", expected="at most 512Mi")


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
)
def test_disruptions_are_ignored(submission: Submission) -> None:
    """Fail at the first Job that has checkpoints to go on from, and is given up for a disruption."""
    for job in declared(submission):
        if job.wanted["keeps"] and not ignores_disruptions(job):
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
    """Fail where a Job is tried again more often, or its containers are."""
    for job in declared(submission):
        place, tries = backoff(job)
        if tries > RETRIES:
            place.fail("the Job is tried again too often", expected=f"at most {RETRIES}")


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
