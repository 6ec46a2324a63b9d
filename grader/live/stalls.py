"""When the machine stalled in a run, as our own things tell: our server's start and readiness, our requests to it, our prober's beat."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from grader.checks.blame import Stall
from harness.runs.run import INTERVAL

USUAL_START = 5.0  # seconds from making our server until it is ready that say nothing; about 3 on an idle laptop
SETTLE = 3.0  # seconds of readiness in which the proxy learns the endpoints
SLOWEST = 1000.0  # milliseconds for a request of ours to a server of ours; about 3 on an idle laptop
UNANSWERED = 0.5  # seconds that a request of ours without an answer stands for: then the next is sent
BEAT = 1.0  # seconds that our prober's requests may be late

Pulse = Sequence[tuple[float, bool]]
Records = Sequence[Mapping[str, Any]]


def seen(made: float | None, pulse: Pulse, probes: Records, now: float) -> tuple[Stall, ...]:
    """Return the stalls so far; our server was `made` (None: not yet), and `pulse` says when it became ready or unready."""
    if made is None:
        return ()
    ready = next((t for t, is_ready in pulse if is_ready), None)
    found = [*_start(made, ready, now), *_faltering(pulse, now)]
    if ready is not None:
        found += [*_answers(probes, ready + SETTLE), *_beat(probes, ready + SETTLE)]
    return tuple(sorted(found, key=lambda one: one.t))


def _start(made: float, ready: float | None, now: float) -> Iterator[Stall]:
    took = (now if ready is None else ready) - made
    if took > USUAL_START:
        told = f"was ready after {took:.1f} s" if ready is not None else f"is not ready after {took:.1f} s"
        yield Stall(made, took - USUAL_START, f"a server of ours that does nothing {told}: the machine is slow")


def _faltering(pulse: Pulse, now: float) -> Iterator[Stall]:
    since: float | None = None
    steady = False
    for t, is_ready in (*pulse, (now, True)):
        if is_ready:
            if since is not None:
                yield Stall(
                    since, t - since, f"a server of ours lost its readiness for {t - since:.1f} s: the machine stalled"
                )
            since, steady = None, True
        elif steady and since is None:
            since = t


def _answers(probes: Records, since: float) -> Iterator[Stall]:
    for one in probes:
        if one["kind"] != "control" or one["t"] <= since or (one["ms"] <= SLOWEST and not one["error"]):
            continue
        told = f"had no answer ({one['error']}) after" if one["error"] else "took"
        yield Stall(one["t"], max(one["ms"] / 1000, UNANSWERED if one["error"] else 0.0),
                    f"a request from our prober to a server of ours {told} {one['ms']:.0f} ms: the machine stalled")  # fmt: skip


def _beat(probes: Records, since: float) -> Iterator[Stall]:
    sent = sorted(one["t"] for one in probes if one["kind"] in ("predict", "control") and one["t"] > since)
    for before, after in pairwise(sent):
        if after - before > INTERVAL + BEAT:
            yield Stall(
                before, after - before, f"our prober sent nothing for {after - before:.1f} s: the machine stalled"
            )
