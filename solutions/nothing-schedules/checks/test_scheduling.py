# breakfix-canary-8015e60d5e335546e745fd40dc2bc9a5: no submission has this word; see docs/hiring.md.
"""What the files say to scheduler, quota and volumes."""

from grader.checks import Submission, check
from grader.checks.devices import asked, beyond, unequal, unnamed
from grader.checks.jobs import declared
from grader.checks.placement import may_run_on, pools, tolerates
from grader.checks.shm import lacks_room

WORKER_BYTES = 36_000_000  # what one loader worker hands over, as the ticket says of the image
ONE_WRITER = {"ReadWriteOnce", "ReadWriteOncePod"}


@check(
    "taint-tolerated",
    claim="Each Job's pods tolerate the taint of the nodes that are meant for it",
    requirement="R1",
    points=5,
)
def test_taint_is_tolerated(submission: Submission) -> None:
    """Fail at the first Job whose pods the taint keeps away."""
    for job in declared(submission):
        for node in pools(submission.exercise, job.wanted["product"]):
            if not tolerates(job.pod, node["taint"]):
                job.pod.at("tolerations").fail(
                    "no toleration matches the taint of the GPU nodes",
                    expected="one that matches key, value and effect",
                )


@check("node-exists", claim="Each Job's selector matches the nodes that are meant for it", requirement="R2", points=5)
def test_a_node_exists(submission: Submission) -> None:
    """Fail where selector or affinity leave a Job without its nodes."""
    for job in declared(submission):
        if not any(may_run_on(job.pod, node["labels"]) for node in pools(submission.exercise, job.wanted["product"])):
            place = job.pod.at("nodeSelector") if job.pod.at("nodeSelector").present else job.pod.at("affinity")
            place.fail("no node that is meant for the Job is selected", expected="labels that such a node has")


@check(
    "devices-fit",
    claim="Each Job asks for the GPUs, or parts of one, that its nodes offer",
    requirement="R2",
    points=5,
    must=True,
)
def test_devices_fit(submission: Submission) -> None:
    """Fail where a Job asks for another resource or another number than the ticket's table."""
    for job in declared(submission):
        found, wanted = asked(job.pod), {job.wanted["resource"]: job.wanted["count"]}
        if found != wanted:
            seen = ", ".join(f"{count:f} of {name}" for name, count in found.items()) or "none"
            job.container.at("resources").fail(
                "asks for other devices than the Job is meant to have",
                expected="what the ticket's table gives it, of a resource that its nodes offer", seen=seen,
            )  # fmt: skip


@check("limits-equal", claim="What is requested of devices is also their limit", requirement="R1", points=5)
def test_limits_are_equal(submission: Submission) -> None:
    """Fail at a device request that the API server refuses."""
    for job in declared(submission):
        for request, limit in unequal(job.pod):
            request.fail("a device's request and limit differ", expected="the same number", seen=f"limit {limit}")


@check(
    "quota-met",
    claim="All that the quota counts is named, and fits, for the three Jobs at once",
    requirement="R6",
    points=5,
    must=True,
)
def test_quota_is_met(submission: Submission) -> None:
    """Fail where the quota would refuse a pod."""
    for job in declared(submission):
        for place in unnamed(submission, job.pod):
            place.fail("the namespace's quota counts this, and the container does not name it", expected="an amount")
    for limit, name, total in beyond(submission):
        limit.fail(
            "the pods together go beyond the quota", expected=f"at most {limit.value} of {name}", seen=f"{total:f}"
        )


@check("claim-bindable", claim="Node-local storage can bind every claim", requirement="R3", points=5)
def test_claim_is_bindable(submission: Submission) -> None:
    """Fail at an access mode that the GPU nodes' storage does not have."""
    for claim in submission.all("PersistentVolumeClaim"):
        modes = [one.text() for one in claim.at("spec", "accessModes").items()]
        if not modes or not set(modes) <= ONE_WRITER:
            claim.at("spec", "accessModes").fail(
                "the storage class does not have this access mode", expected="one that it has"
            )


@check("shared-memory-fits", claim="The loader workers' data fits into shared memory", requirement="R4", points=5)
def test_shared_memory_fits(submission: Submission) -> None:
    """Fail where the workers that the ticket asks for find too little at /dev/shm."""
    for job in declared(submission):
        trouble = lacks_room(job.pod, job.container, job.wanted["workers"] * WORKER_BYTES)
        if trouble is not None:
            trouble.fail("the loader workers do not fit into the container's shared memory",
                         expected=f"room for {job.wanted['workers']} x 36 MB at /dev/shm, within the memory limit")  # fmt: skip
