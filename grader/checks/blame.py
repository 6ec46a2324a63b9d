"""Whether the machine can be to blame: what a stall of ours explains of a failure, and what no stall explains.

docs/grading.md ("What ERROR needs") states these rules for people. Times are seconds since the epoch.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

LATE_GRACE = 5.0  # seconds that a deadline may be missed by, beyond the stalled ones: what waited also has to catch up
AFTERMATH = 3.0  # seconds after a stall in which requests still fail by it: queues drain, proxies learn endpoints
PROBE_GRACE = 1.0  # seconds of stalled time that may be lacking for the kubelet's probes to have failed by it
ROUNDING = 1e-9
UNHEALTHY = "Unhealthy"  # the reason of the kubelet's event on a probe that failed
BY_A_PROXY = (HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT)


@dataclass(frozen=True)
class Stall:
    """A stretch in which something of ours was held up: when it began, how many seconds, and what was seen."""

    t: float
    seconds: float
    what: str

    @property
    def end(self) -> float:
        """When it was over."""
        return self.t + self.seconds


@dataclass(frozen=True)
class Late:
    """A deadline that was missed: counted from `since`, due at `due`; `came` is when it was met after all, None for never."""

    since: float
    due: float
    came: float | None


@dataclass(frozen=True)
class Requests:
    """Requests of which too many came out badly: the bad records, of how many, and the share that has to be good."""

    bad: tuple[Mapping[str, Any], ...]
    total: int
    share: float


@dataclass(frozen=True)
class Probed:
    """A restart, or a loss of readiness, at `t`.

    `needs` is how many seconds of silence make the probes fail that cause it, `span` over how many seconds these are sent; both are None
    where there is no such probe. `unhealthy` says whether the kubelet told of a failed probe just before.
    """

    t: float
    needs: float | None
    span: float | None
    unhealthy: bool


@dataclass(frozen=True)
class Sighting:
    """Something that was seen and that no delay brings about: an answer, a right, a refusal by the API server."""


Symptom = Late | Requests | Probed | Sighting


def excuse(symptoms: Sequence[Symptom], observation: Mapping[str, Any]) -> str:
    """Return the evidence that explains each symptom of a failure, or '' where one of them is unexplained.

    A failure without symptoms is explained by no stall, and only where what was seen broke off.
    """
    broken, stalls = _broken(observation), stalls_of(observation)
    if broken is not None:
        if not symptoms or "applied" not in observation["phases"]:
            return broken.what
        stalls = (*stalls, broken)
    if not symptoms:
        return ""
    found = [_explains(one, stalls, broken) for one in symptoms]
    return found[0].what if (all(found) and found[0] is not None) else ""


def stalls_of(observation: Mapping[str, Any]) -> tuple[Stall, ...]:
    """Return the stalls that a scenario's observation tells of."""
    return tuple(
        Stall(float(one["t"]), float(one["seconds"]), str(one["what"])) for one in observation.get("stalls", ())
    )


def _broken(observation: Mapping[str, Any]) -> Stall | None:
    """Return where an observation broke off, as a stall that lasts to its end; None where it did not."""
    if not observation.get("evidence"):
        return None
    phases = observation.get("phases", {})
    end = float(phases.get("ended", math.inf))
    return Stall(float(phases.get("broken", end)), math.inf, str(observation["evidence"]))


def lost(stalls: Iterable[Stall], since: float, until: float) -> float:
    """Return how many of the seconds between two times were stalled, each once."""
    total, reached = 0.0, since
    for stall in sorted(stalls, key=lambda one: one.t):
        begin, end = max(stall.t, reached), min(stall.end, until)
        if end > begin:
            total += end - begin
            reached = end
    return total


def _explains(symptom: Symptom, stalls: Sequence[Stall], broken: Stall | None) -> Stall | None:
    """Return a stall that, with the others, explains a symptom, or None where they do not."""
    match symptom:
        case Late():
            return _explains_late(symptom, stalls, broken)
        case Requests():
            return _explains_requests(symptom, stalls)
        case Probed():
            return _explains_probed(symptom, stalls)
        case Sighting():
            return None


def _explains_late(symptom: Late, stalls: Sequence[Stall], broken: Stall | None) -> Stall | None:
    since, due, came = symptom.since, symptom.due, symptom.came
    if came is None:
        return broken if broken is not None and broken.t <= due + LATE_GRACE else None
    gone = lost(stalls, since, came)
    return _longest(stalls, since, came) if gone > 0 and came - due <= gone + LATE_GRACE else None


def _explains_requests(symptom: Requests, stalls: Sequence[Stall]) -> Stall | None:
    """Count as though the requests that a stall explains had not been sent."""
    spoiled = [stall for record in symptom.bad if (stall := _lost_request(record, stalls)) is not None]
    left, counted = len(symptom.bad) - len(spoiled), symptom.total - len(spoiled)
    return spoiled[0] if spoiled and left <= (1 - symptom.share) * counted + ROUNDING else None


def _explains_probed(symptom: Probed, stalls: Sequence[Stall]) -> Stall | None:
    if symptom.needs is None or symptom.span is None or not symptom.unhealthy:
        return None
    since = symptom.t - symptom.span - AFTERMATH
    enough = lost(stalls, since, symptom.t) >= symptom.needs - PROBE_GRACE
    return _longest(stalls, since, symptom.t) if enough else None


def _longest(stalls: Sequence[Stall], since: float, until: float) -> Stall | None:
    within = [one for one in stalls if one.t < until and one.end > since]
    return max(within, key=lambda one: one.seconds, default=None)


def _lost_request(record: Mapping[str, Any], stalls: Sequence[Stall]) -> Stall | None:
    """Return the stall in whose course, or aftermath, a request went without an answer of the server that it was for."""
    if record["status"] is not None and record["status"] not in BY_A_PROXY:
        return None
    began, ended = float(record["t"]), float(record["t"]) + float(record["ms"]) / 1000
    return next((one for one in stalls if began <= one.end + AFTERMATH and ended >= one.t), None)
