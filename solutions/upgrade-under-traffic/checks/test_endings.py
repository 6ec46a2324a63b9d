# breakfix-canary-3fb097d52d6512bac4b0114b987f0c36: no submission has this word; see docs/hiring.md.
"""How a server ends: when it stops to serve, and whether it may finish. Told from the manifests, whatever else is still wrong."""

from grader.checks import Submission, check
from grader.checks.disruption import amount
from grader.checks.endings import LAUNCHER, first_program, goes_on, grace

RETRY = 5.0  # seconds until an eviction that was refused is asked for again, as by kubectl
USUAL = "25%"  # of maxUnavailable. Source: the Kubernetes documentation on Deployments


@check(
    "serves-until-forgotten",
    claim="A server that is told to end serves on for as long as callers may still know it",
    requirement="R2",
    points=5,
    must=True,
)
def test_serves_until_forgotten(submission: Submission) -> None:
    """Fail where a server is certain to refuse requests sooner."""
    container, wanted = submission.container(), submission.exercise["slos"]["forgotten_seconds"]
    seconds = goes_on(submission, container)
    if seconds is not None and seconds < wanted and not _killed_idle(submission):
        hook = container.at("lifecycle", "preStop")
        (hook if hook.present else container).fail(
            "the server stops accepting requests before its callers have heard of it",
            expected=f"at least {wanted:g} s in which it serves on, by what the image can do",
            seen=f"{seconds:g} s",
        )


@check(
    "grace-covers-answers",
    claim="A server's time to end covers the wait for its callers and the longest answer",
    requirement="R2",
    points=5,
    must=True,
)
def test_grace_covers_answers(submission: Submission) -> None:
    """Fail where a server is certain to be killed amid an answer."""
    slos = submission.exercise["slos"]
    seconds = max(slos["forgotten_seconds"], goes_on(submission, submission.container()) or 0.0)
    place = submission.pod().at("terminationGracePeriodSeconds")
    if grace(submission.pod()) < seconds + slos["answer_seconds"] and not _killed_idle(submission):
        place.fail(
            "servers are killed before their last answers are given",
            expected=f"at least {seconds + slos['answer_seconds']:g} s: callers hear of an end late, and an answer may take long",
            seen=f"{grace(submission.pod()):g} s",
        )


@check(
    "release-keeps-servers",
    claim="A release never takes all servers at once",
    requirement="R2",
    points=5,
    must=True,
)
def test_release_keeps_servers(submission: Submission) -> None:
    """Fail where none of two servers has to stay while the new ones start."""
    strategy, replicas = submission.workload().at("spec", "strategy"), int(submission.exercise["workload"]["replicas"])
    if strategy.at("type").text("RollingUpdate") == "Recreate":
        strategy.at("type").fail("stops all servers before the new ones start", expected="servers that stay meanwhile")
    most = strategy.at("rollingUpdate", "maxUnavailable")
    if most.present and amount(most, replicas, up=False) >= replicas:
        most.fail("lets all servers go at once", expected=f"fewer than {replicas} of {replicas}")


@check(
    "server-hears-the-end",
    claim="The server itself is told when its container has to end",
    requirement="R4",
    points=5,
)
def test_server_hears_the_end(submission: Submission) -> None:
    """Fail where what gets the signal is the image's launcher, which does not hand it on, unless its grace period alone is right.

    What a first process of one's own does with the signal, drains and releases tell.
    """
    container = submission.container()
    if _deaf(submission) and not _killed_idle(submission):
        container.at("command").fail(
            "the container's first process is not the server, and signals end with it",
            expected="a server that gets SIGTERM itself",
        )


@check(
    "ends-in-turn",
    claim="Two servers that share a node can end one after the other in a drain's time",
    requirement="R4",
    points=4,
    must=True,
)
def test_servers_end_in_turn(submission: Submission) -> None:
    """Fail where the second one may still be there: it is let go once another has loaded in place of the first, and asked again."""
    slos, container = submission.exercise["slos"], submission.container()
    seconds = goes_on(submission, container)
    if seconds is None or _deaf(submission):
        return  # how long it takes, the cluster tells
    longest = min(grace(submission.pod()), seconds + slos["answer_seconds"])
    if longest > _turn(submission):
        hook = container.at("lifecycle", "preStop")
        (hook if hook.present else container).fail(
            "two servers of one node do not end one after the other within a drain's time",
            expected=f"an end of at most {_turn(submission):g} s, the longest answer included",
            seen=f"{longest:g} s",
        )


def _deaf(submission: Submission) -> bool:
    """Whether the server does not hear SIGTERM, and serves on until it is killed."""
    return first_program(submission, submission.container()) == LAUNCHER


def _turn(submission: Submission) -> float:
    """Return how long the second server of a drained node may take for its end."""
    slos = submission.exercise["slos"]
    return float(slos["drain_seconds"] - slos["load_seconds"] - RETRY)


def _killed_idle(submission: Submission) -> bool:
    """Whether a deaf server is killed once its callers are gone and answered, and soon enough that two of a node can go in turn."""
    slos = submission.exercise["slos"]
    least = slos["forgotten_seconds"] + slos["answer_seconds"]
    return _deaf(submission) and least <= grace(submission.pod()) <= _turn(submission)
