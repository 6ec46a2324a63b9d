"""What callers and the night shift notice of a release and of a drain."""

from grader.checks import Observed, check, fail
from grader.checks.blame import Late, Sighting
from grader.checks.calls import begin, first, need_idle, need_none_lost, ranked

OLD, NEW = "1", "2"
FORGOTTEN = (
    9.0  # seconds until the last ranking by an old server: a look at DNS each 3 s, 5 s for an answer, and one to spare
)


@check("release-comes-out", claim="A release is out within the stated time, and is not given up before", requirement="R3", points=6,
       must=True, scenario="upgrade", requires=["comes-up"])  # fmt: skip
def test_release_comes_out(observed: Observed) -> None:
    """Fail with how far it came, and what the Deployment's controller said."""
    observed.need_ready()
    rollout = first(observed, "rollouts")
    if rollout["over"] is None:
        need_idle(observed, rollout["t"])
        fail("the release does not come out", object=observed.label, expected=f"out within {rollout['within']:g} s",
             seen=f"{rollout['said']}; {observed.last_seen()}",
             symptoms=[Late(rollout["t"], rollout["t"] + rollout["within"], rollout["late"])])  # fmt: skip


@check("both-versions-right", claim="Rankings are right by the old version before a release, and by the new one after it",
       requirement="R3", points=3, must=True, scenario="upgrade", requires=["release-comes-out"])  # fmt: skip
def test_both_versions_are_right(observed: Observed) -> None:
    """Fail where the old version still ranks once the release is out, or the new one does not. Reports may be under way still."""
    rollout = first(observed, "rollouts")
    after = ranked(observed, (rollout["over"] or 0.0) + FORGOTTEN)
    if not after[NEW] or after[OLD]:
        seen = ", ".join(f"{count} by version {version}" for version, count in sorted(after.items()))
        fail("the new version does not rank alone once it is out", object=observed.label,
             expected=f"right rankings by version {NEW}", seen=seen or "no right ranking", symptoms=[Sighting()])  # fmt: skip


@check("node-drains", claim="A node with a server on it is drained within the stated time, with two servers as at night",
       requirement="R4", points=6, must=True, scenario="upgrade", requires=["release-comes-out"])  # fmt: skip
def test_node_drains(observed: Observed) -> None:
    """Fail with the API server's words, or with the pods that did not end."""
    drain = first(observed, "drains")
    if drain["over"] is None:
        need_idle(observed, drain["t"])
        left = [pod for pod in drain["pods"] if pod["evicted"] is None]
        refused = [
            f"{pod['pod']}: refused {pod['tries']} times, with: {pod['refused']}" for pod in left if pod["refused"]
        ]
        ending = [f"{pod['pod']} was told to end and has not" for pod in drain["pods"] if pod["evicted"] is not None]
        fail("the node is not drained", object=f"Node/{drain['node']}",
             expected=f"no pod left within {drain['within']:g} s", seen="; ".join(refused or ending) or "pods that do not go",
             symptoms=[Late(drain["t"], drain["t"] + drain["within"], drain["late"])])  # fmt: skip


@check("upgrade-loses-nothing", claim="No request is lost while a release goes out and a node is drained", requirement="R2", points=10,
       must=True, scenario="upgrade", requires=["comes-up"])  # fmt: skip
def test_upgrade_loses_nothing(observed: Observed) -> None:
    """Fail with how many were lost, how, and at which step the first was."""
    observed.need_ready()
    need_none_lost(observed, begin(observed, "load"))
