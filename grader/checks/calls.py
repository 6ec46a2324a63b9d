"""What callers in numbers were answered, and what of it was lost: a caller image in the prober's place tells it.

Its records: `lost`, one for each request that was refused, reset, not answered in time, answered with another status than 200,
or wrong, and `answered`, twice a second, how many answers were right, by the model's version, and how many of those were reports.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from grader.checks.blame import Requests
from grader.checks.observed import Observed
from grader.checks.spec import EvidenceError, fail

WORDS = {
    "refused": "refused", "reset": "cut off", "timeout": "not answered in time", "dns": "without a server in DNS",
    "unreachable": "to a server that could not be reached",
}  # fmt: skip

BUSY = 100.0  # milliseconds; some 5 on an idle laptop
SELDOM = 0.2  # of the answers, which may be slower

Record = Mapping[str, Any]


def lost(observed: Observed, since: float, until: float | None = None) -> list[Record]:
    """Return the requests of a span of time that were lost; beyond forty a second they are counted, not told."""
    return observed.probes("lost", since, until)


def lost_before(observed: Observed, since: float, until: float) -> list[Record]:
    """Return those that were sent since then and lost before `until`: what is under way then is lost by what comes after."""
    return [record for record in lost(observed, since, until) if record["t"] + record["ms"] / 1000 < until]


def answered(observed: Observed, since: float, until: float | None = None) -> Counter[str]:
    """Return how many answers of a span of time were right, by the model's version."""
    found: Counter[str] = Counter()
    for record in observed.probes("answered", since, until):
        found.update(record["versions"])
    return found


def ranked(observed: Observed, since: float, until: float | None = None) -> Counter[str]:
    """Return the same without reports, which take so long that a server may give one when its successors serve already."""
    found = answered(observed, since, until)
    for record in observed.probes("answered", since, until):
        found.subtract(record["reports"])
    return +found


def need_none_lost(observed: Observed, since: float, until: float | None = None) -> None:
    """Fail where a request of a span of time was lost, with how many, how, and when the first; what is under way at its end counts for nothing.

    Raises: EvidenceError where nobody called.
    """
    bad = lost(observed, since) if until is None else lost_before(observed, since, until)
    good = answered(observed, since, until).total()
    if not good and not bad:
        raise EvidenceError("our callers sent no request to judge by")
    if bad:
        need_idle(observed, since, until)
        if all(one["error"] == "timeout" for one in bad):  # then that very time must tell something, not the whole span
            need_idle(observed, bad[0]["t"], max(one["t"] + one["ms"] / 1000 for one in bad))
        fail(
            "requests are lost",
            object=str(observed.data["url"]),
            expected="none",
            seen=f"{len(bad)} of {good + len(bad)}: {words(bad)}; the first {_when(observed, float(bad[0]['t']))}",
            symptoms=[Requests(tuple(bad), good + len(bad), 1.0)],
        )


def need_idle(observed: Observed, since: float, until: float | None = None) -> None:
    """Raise where the machine was so busy that what is late, lost or measured under load tells nothing of a submission.

    A server of ours that does nothing is asked all the while: of servers that have something to do, some are later than it.

    Raises: EvidenceError with how long that took.
    """
    took = [float(record["ms"]) for record in observed.probes("control", since, until)]
    slow = sum(ms > BUSY for ms in took)
    if slow > SELDOM * len(took):
        told = f"a server of ours that does nothing took more than {BUSY:g} ms for {slow} of {len(took)} answers"
        raise EvidenceError(f"{told}: the machine is too busy to tell anything of requests under load")


def words(bad: Sequence[Record]) -> str:
    """Return in words how requests were lost, the most frequent way first."""
    ways = Counter(_way(record) for record in bad)
    return ", ".join(f"{count} {way}" for way, count in ways.most_common())


def _way(record: Record) -> str:
    if record["status"] is None:
        return WORDS.get(str(record["error"]), str(record["error"]))
    return "answered wrong" if record["status"] == HTTPStatus.OK else f"answered with HTTP {record['status']}"


def _when(observed: Observed, t: float) -> str:
    """Return at which step of the scenario something happened."""
    begun = [step for step in observed.data["steps"] if step["began"] <= t]
    return f"{t - begun[-1]['began']:.1f} s into the step {begun[-1]['step']}" if begun else "before any step"


def first(observed: Observed, key: str) -> Record:
    """Return the first record that a step of the scenario has written under a key.

    Raises: EvidenceError where it has written none.
    """
    if not observed.data.get(key):
        raise EvidenceError(observed.data.get("evidence") or f"the scenario has no record of {key}")
    found: Record = observed.data[key][0]
    return found


def begin(observed: Observed, step: str, number: int = 0) -> float:
    """Return when a step of the scenario began, the first of its name or a later one.

    Raises: EvidenceError where it was not played.
    """
    found = [float(one["began"]) for one in observed.data["steps"] if one["step"] == step]
    if len(found) <= number:
        raise EvidenceError(observed.data.get("evidence") or f"the scenario did not come to its step {step}")
    return found[number]
