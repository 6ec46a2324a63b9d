"""The beat: requests at even intervals to the servers in turn, whatever becomes of those before.

Callers balance themselves: they ask DNS for the servers' addresses every few seconds, and call those in turn until they ask
again. Each tenth request is a report, which takes seconds. Nothing is sent twice.
"""

import asyncio
import json
import socket
import sys
import time
from collections import Counter
from dataclasses import dataclass, field

from caller import call
from caller.oracle import Oracle
from caller.plan import Orders, Plan

CLUSTER = ".cluster.local."
LOOKED_UP = 3.0  # seconds between two looks at DNS
CONTROL = 0.5  # seconds between two requests to our own server
TOLD = 0.5  # seconds that one line is about
REPORT_EVERY = 10  # requests
PATIENCE = {"ranking": 5.0, "report": 20.0}  # seconds; up to 1.4 for a ranking were seen while servers start
CONTROL_PATIENCE = 2.0
MOST_LINES = 20  # about single requests, in that time; the others are counted
OK = 200


@dataclass
class Told:
    """What was answered since the last line."""

    since: float
    versions: Counter[str] = field(default_factory=Counter)  # right answers, by the model's version
    reports: Counter[str] = field(default_factory=Counter)  # those of them that were reports
    lost: int = 0
    slowest: float = 0.0


class Beat:
    """Calls until the plan's time is over."""

    def __init__(self, plan: Plan, oracle: Oracle) -> None:
        self._plan, self._oracle = plan, oracle
        self._servers: list[str] = []
        self._sent: Counter[str] = Counter()
        self._told = Told(time.time())
        self._running: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Call, look up, ask our own server and tell, side by side."""
        say({"t": time.time(), "kind": "start"})
        loops = (self._look_up(), self._control(), self._tell(), self._call())
        tasks = [asyncio.create_task(loop) for loop in loops]
        await asyncio.wait(tasks, timeout=self._plan.duration, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            if task.done():
                task.result()  # none of them ends but by a defect of ours, which must be seen

    async def _call(self) -> None:
        begun, tick, interval, orders = time.monotonic(), 0, self._plan.interval, Orders()
        while True:
            await asyncio.sleep(max(0.0, begun + tick * interval - time.monotonic()))
            if (rps := orders.newest()) is not None:
                begun, tick, interval = time.monotonic(), 0, 1 / rps
                say({"t": time.time(), "kind": "order", "rps": rps})
            self._start()
            tick += 1

    def _start(self) -> None:
        """Send the next request; reports and rankings go round by themselves, so that every server gets its share of both."""
        what = "report" if self._sent.total() % REPORT_EVERY == 0 else "ranking"
        address = self._servers[self._sent[what] % len(self._servers)] if self._servers else ""
        self._sent[what] += 1
        task = asyncio.create_task(self._one(what, address))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _one(self, what: str, address: str) -> None:
        items = self._oracle.draw()
        if address:
            path, body = f"/v2/models/{self._plan.model}/infer", self._oracle.request(items, report=what == "report")
            outcome = await call.post(address, self._plan.port, self._plan.host, path, body, PATIENCE[what])
        else:
            outcome = call.Outcome(time.time(), 0.0, error="dns")
        version = self._oracle.version(items, outcome.body) if outcome.status == OK else ""
        if version:
            self._told.versions[version] += 1
            if what == "report":
                self._told.reports[version] += 1
            else:
                self._told.slowest = max(self._told.slowest, outcome.ms)
            return
        self._told.lost += 1
        if self._told.lost <= MOST_LINES:
            say({"t": outcome.t, "kind": "lost", "what": what, "status": outcome.status, "error": outcome.error,
                 "ms": outcome.ms, "correct": False if outcome.status == OK else None, "server": outcome.server})  # fmt: skip

    async def _look_up(self) -> None:
        loop = asyncio.get_running_loop()
        # The whole name: else the resolver ends by asking whatever stands behind the cluster, which may not even answer.
        host = self._plan.host + (CLUSTER if self._plan.host.endswith(".svc") else "")
        while True:
            began = time.monotonic()
            try:
                found = await loop.getaddrinfo(host, self._plan.port, type=socket.SOCK_STREAM)
                self._servers = sorted({str(one[4][0]) for one in found})
            except OSError as problem:
                if getattr(problem, "errno", None) in (
                    socket.EAI_NONAME,
                    getattr(socket, "EAI_NODATA", socket.EAI_NONAME),
                ):
                    self._servers = []  # DNS says that there is none; where it says nothing, the old ones are called
            await asyncio.sleep(max(0.0, began + LOOKED_UP - time.monotonic()))

    async def _control(self) -> None:
        host, port = self._plan.control
        while True:
            began = time.monotonic()
            outcome = await call.post(host, port, host, "/", b"{}", CONTROL_PATIENCE)
            say({"t": outcome.t, "kind": "control", "status": outcome.status, "error": outcome.error, "ms": outcome.ms})
            await asyncio.sleep(max(0.0, began + CONTROL - time.monotonic()))

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(TOLD)
            told, self._told = self._told, Told(time.time())
            say({"t": told.since, "kind": "answered", "seconds": round(time.time() - told.since, 3), "lost": told.lost,
                 "versions": dict(told.versions), "reports": dict(told.reports), "slowest": told.slowest})  # fmt: skip


def say(line: dict[str, object]) -> None:
    """Print one JSON line, whole."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
