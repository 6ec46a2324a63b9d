# breakfix-canary-345c1325ea5ad5cfbcee408fa7fab8b0: no submission has this word; see docs/hiring.md.
"""What users and the night shift would notice."""

from http import HTTPStatus

from grader.checks import Observed, check, fail
from grader.checks.blame import Requests
from grader.checks.observed import described, predicted

NOTICED = 10.0  # seconds within which whoever asks a server notices that it has ended


@check("stays-ready", claim="Ready servers stay ready, without a restart", requirement="R1", points=4, must=True,
       scenario="steady", requires=["becomes-ready"])  # fmt: skip
def test_stays_ready(observed: Observed) -> None:
    """Fail where a pod restarted, was recreated or lost readiness while nothing was disturbed."""
    observed.need_steady()


@check("callers-need-token", claim="A request without the token is refused", requirement="R6", points=5, must=True,
       scenario="steady", requires=["predictions-right"])  # fmt: skip
def test_callers_need_a_token(observed: Observed) -> None:
    """Fail where an anonymous request is served; the requests with a token beside it are the control."""
    records = observed.probes("anonymous", observed.phase("settled") or 0, observed.phase("held"))
    served = [record for record in records if record["status"] == HTTPStatus.OK]
    if served:
        fail("requests without the token are served", object=str(observed.data["url"]), expected="none",
             seen=f"{len(served)} of {len(records)} requests")  # fmt: skip
    observed.need_share(records, lambda record: record["status"] in (401, 403), "refuse a request without token")


@check("hung-server-replaced", claim="A server that stops answering is replaced in time", requirement="R5", points=6, must=True,
       scenario="steady", requires=["stays-ready", "predictions-right"])  # fmt: skip
def test_hung_server_is_replaced(observed: Observed) -> None:
    """Fail where the hung server was neither restarted nor replaced, or requests stay unanswered."""
    observed.need_recovered()


@check("slow-load-survives", claim="A slow model load ends in readiness, without a restart", requirement="R2", points=6, must=True,
       scenario="slow-load", requires=["becomes-ready"])  # fmt: skip
def test_slow_load_survives(observed: Observed) -> None:
    """Fail where a container was restarted during the load, or readiness never came; the server that we end comes later."""
    end = observed.phase("disturbed")
    restarts = observed.restarts(until=end)
    if restarts:
        fail(
            "containers were restarted during a slow load",
            object=observed.label,
            expected="no restart",
            seen=f"{restarts} restarts",
            symptoms=observed.restarted(until=end),
        )
    observed.need_ready()


@check("no-early-traffic", claim="No request reaches a server before its model is loaded", requirement="R3", points=6, must=True,
       scenario="slow-load", requires=["becomes-ready"])  # fmt: skip
def test_no_early_traffic(observed: Observed) -> None:
    """Fail where a server without a model got a request; later, right answers are the control."""
    end = observed.phase("disturbed")
    records = observed.probes("predict", until=end)
    early = [record for record in records if record["status"] == HTTPStatus.SERVICE_UNAVAILABLE]
    if early:
        fail("requests reached servers that were still loading", object=observed.label, expected="none",
             seen=f"{len(early)} requests, the first with {described(early[0])}")  # fmt: skip
    observed.need_ready()
    records = observed.probes("predict", observed.phase("settled") or 0, end)
    observed.need_share(records, predicted, "get the right prediction once a slow load is done")


@check("restart-hides-unloaded", claim="A server that was restarted gets no request before its model is loaded", requirement="R3",
       points=3, must=True, scenario="slow-load", requires=["slow-load-survives", "no-early-traffic"])  # fmt: skip
def test_restart_hides_the_unloaded(observed: Observed) -> None:
    """Fail where, after a server ended, its successor counts as ready while answers still say that a model is not loaded.

    Requests that come before all nodes know that a server is no longer ready do not count.
    """
    observed.need_recovered()
    records = observed.probes("predict", _ready_again(observed))
    early = [
        record
        for record in records
        if record["status"] == HTTPStatus.SERVICE_UNAVAILABLE and _all_ready(observed, float(record["t"]))
    ]
    if early:
        fail("requests reached a restarted server that was still loading, and counted as ready", object=observed.label,
             expected="none", seen=f"{len(early)} requests, the first with {described(early[0])}",
             symptoms=[Requests(tuple(early), len(records), 1.0)])  # fmt: skip


def _ready_again(observed: Observed) -> float:
    """Return when a server was first ready that began, or was not ready, after one had ended; where none was, a little later."""
    ended = observed.phase("disturbed") or 0.0
    known = {snap["uid"]: snap["restarts"] for snap in observed.pods(until=ended)}
    out: set[str] = set()  # pods that were not ready since
    for snap in observed.pods(ended):
        if not snap["ready"]:
            out.add(snap["uid"])
        elif snap["uid"] in out or snap["restarts"] > known.get(snap["uid"], -1):
            return float(snap["t"])
    return ended + NOTICED


def _all_ready(observed: Observed, when: float) -> bool:
    """Whether all pods that were there at a time counted as ready."""
    last = {snap["uid"]: snap for snap in observed.pods(until=when)}
    return all(snap["ready"] for snap in last.values() if snap["state"] != "deleted")
