"""The beat: requests at even intervals, whatever becomes of those before."""

import json
import math
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace

from prober import call
from prober.oracle import Oracle
from prober.orders import MOST_RPS, Orders
from prober.plan import Plan

ANONYMOUS_EVERY = 4  # ticks
CONTROL_EVERY = 2
_line = threading.Lock()


def run(plan: Plan, oracle: Oracle, stopping: threading.Event) -> None:
    """Send a request at each tick, an anonymous one at each fourth where others carry a token, to the end or until `stopping` is set.

    Every second tick a server of ours is asked beside it, where the plan names one. An order changes the beat of the requests
    alone: those two go on at the plan's.
    """
    # As many threads as can be waiting for a hung server at once, so that no tick waits for a thread.
    fastest = min(plan.interval, 1 / MOST_RPS)
    workers = math.ceil(plan.timeout * (1 / fastest + (1 / ANONYMOUS_EVERY + 1 / CONTROL_EVERY) / plan.interval)) + 4
    begun, tick, interval, orders = time.monotonic(), 0, plan.interval, Orders()
    end = begun + plan.duration
    say({"t": time.time(), "kind": "start"})
    pool = ThreadPoolExecutor(workers)
    while tick < math.ceil((end - begun) / interval):
        if stopping.wait(max(0.0, begun + tick * interval - time.monotonic())):
            return
        if (order := orders.newest()) is not None:
            oracle.shift(order.low, order.high)
            begun, tick, interval = time.monotonic(), 0, 1 / order.rps if order.rps else plan.interval
            say({"t": time.time(), "kind": "order", **asdict(order)})
        beat = plan.interval / interval
        pool.submit(probe, plan, oracle, plan.kind, plan.token)
        if plan.control is not None and tick % max(1, round(CONTROL_EVERY * beat)) == 0:
            pool.submit(control, plan)
        if plan.token is not None and tick % max(1, round(ANONYMOUS_EVERY * beat)) == 0:
            pool.submit(probe, plan, oracle, "anonymous", None)
        tick += 1
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


def control(plan: Plan) -> None:
    """Send one request to our own server and print its result: whatever delays it delays the others too."""
    if plan.control is not None:
        outcome = call.infer(replace(plan, host=plan.control[0], port=plan.control[1]), b"{}", None)
        say({"t": outcome.t, "kind": "control", "status": outcome.status, "error": outcome.error, "ms": outcome.ms})


def say(line: dict[str, object]) -> None:
    """Print one JSON line, whole."""
    with _line:
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()
