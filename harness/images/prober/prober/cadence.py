"""The beat: requests at even intervals, whatever becomes of those before."""

import json
import math
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from prober import call
from prober.oracle import Oracle
from prober.plan import Plan

ANONYMOUS_EVERY = 4  # ticks
_line = threading.Lock()


def run(plan: Plan, oracle: Oracle, stopping: threading.Event) -> None:
    """Send a request at each tick, an anonymous one at each fourth where others carry a token, to the end or until `stopping` is set."""
    # As many threads as can be waiting for a hung server at once, so that no tick waits for a thread.
    workers = math.ceil(plan.timeout / plan.interval * (1 + 1 / ANONYMOUS_EVERY)) + 4
    started = time.monotonic()
    say({"t": time.time(), "kind": "start"})
    pool = ThreadPoolExecutor(workers)
    for tick in range(math.ceil(plan.duration / plan.interval)):
        if stopping.wait(max(0.0, started + tick * plan.interval - time.monotonic())):
            return
        pool.submit(probe, plan, oracle, plan.kind, plan.token)
        if plan.token is not None and tick % ANONYMOUS_EVERY == 0:
            pool.submit(probe, plan, oracle, "anonymous", None)
    pool.shutdown()


def probe(plan: Plan, oracle: Oracle, kind: str, token: str | None) -> None:
    """Send one request and print its result as a line."""
    drawn = oracle.draw()
    outcome = call.infer(plan, oracle.request(drawn), token)
    correct = oracle.is_right(drawn, outcome.body) if outcome.status == 200 else None  # noqa: PLR2004 - HTTP OK
    say(
        {
            "t": outcome.t,
            "kind": kind,
            "status": outcome.status,
            "error": outcome.error,
            "ms": outcome.ms,
            "correct": correct,
            "server": outcome.server,
        },
    )


def say(line: dict[str, object]) -> None:
    """Print one JSON line, whole."""
    with _line:
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()
