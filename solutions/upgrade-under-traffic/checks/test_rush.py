# breakfix-canary-3fb097d52d6512bac4b0114b987f0c36: no submission has this word; see docs/hiring.md.
"""What happens to the number of servers, and to callers, when the shop is busy, and when it is not any more."""

from typing import TYPE_CHECKING, Any

from grader.checks import Observed, check, fail
from grader.checks.blame import Late, Sighting
from grader.checks.calls import begin, first, need_idle, need_none_lost

if TYPE_CHECKING:
    from collections.abc import Mapping


@check("scales-out", claim="There are enough servers within the stated time once many requests come", requirement="R6", points=6,
       must=True, scenario="rush", requires=["comes-up"])  # fmt: skip
def test_scales_out(observed: Observed) -> None:
    """Fail with how many there were."""
    observed.need_ready()
    scaled = first(observed, "scaled")
    if scaled["over"] is None:
        need_idle(observed, scaled["t"])
        fail("there are too few servers for the load", object=observed.label,
             expected=f"{scaled['least']} ready servers within {scaled['within']:g} s",
             seen=f"{scaled['ready']} ready; {observed.last_seen()}",
             symptoms=[Late(scaled["t"], scaled["t"] + scaled["within"], scaled["late"])])  # fmt: skip


@check("sync-keeps-servers", claim="A sync of unchanged files takes no server away from a busy shop", requirement="R7", points=5,
       must=True, scenario="rush", requires=["scales-out"])  # fmt: skip
def test_sync_keeps_servers(observed: Observed) -> None:
    """Fail where servers are told to end after the same files were applied again, under the same load."""
    _need_kept(
        observed, begin(observed, "apply", 1), begin(observed, "load", 1), "a sync of the same files takes servers away"
    )


@check("lull-keeps-servers", claim="A lull takes no server away", requirement="R7", points=5, must=True, scenario="rush",
       requires=["sync-keeps-servers"])  # fmt: skip
def test_lull_keeps_servers(observed: Observed) -> None:
    """Fail where servers are told to end within the lull."""
    _need_kept(observed, begin(observed, "load", 1), observed.phase("ended") or 0.0, "a lull takes servers away")


@check("rush-loses-nothing", claim="No request is lost while servers come, and while all of them refresh their catalogue",
       requirement="R8", points=6, must=True, scenario="rush", requires=["lull-keeps-servers"])  # fmt: skip
def test_rush_loses_nothing(observed: Observed) -> None:
    """Fail with how many were lost, how, and at which step the first was."""
    begin(observed, "refresh")
    need_none_lost(observed, begin(observed, "load"), begin(observed, "freeze"))


@check("hung-server-restarts", claim="A server that no longer answers is told to restart within the stated time", requirement="R8",
       points=4, must=True, scenario="rush", requires=["scales-out"])  # fmt: skip
def test_hung_server_restarts(observed: Observed) -> None:
    """Fail where neither probes nor anybody else ends it."""
    noticed = first(observed, "noticed")
    if noticed["over"] is None:
        fail("a server hangs, and nobody tells it to restart", object=observed.label,
             expected=f"told to restart within {noticed['within']:g} s", seen=observed.last_seen(),
             symptoms=[Late(noticed["t"], noticed["t"] + noticed["within"], noticed["late"])])  # fmt: skip


def _need_kept(observed: Observed, since: float, until: float, message: str) -> None:
    """Fail where a server that was there at the beginning of a span of time is told to end in its course."""
    first: dict[str, Mapping[str, Any]] = {}
    for snap in observed.pods(until=until):
        if snap["deleting"] or snap["state"] == "deleted":
            first.setdefault(snap["uid"], snap)
    gone = [snap for snap in first.values() if snap["t"] >= since]
    if gone:
        there = {snap["uid"] for snap in observed.pods(until=since) if snap["ready"]} - {
            uid for uid, snap in first.items() if snap["t"] < since
        }
        fail(message, object=observed.label, expected=f"the {len(there)} servers that were there",
             seen=f"{len(gone)} told to end, the first after {gone[0]['t'] - since:.1f} s", symptoms=[Sighting()])  # fmt: skip
