"""A floor that a week is played on without a cluster: a scheduler of a few lines, quotas, ranks and disruption budgets."""

import itertools
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from grader.checks.plan import Plan
from grader.live.week import Low, Node, Spot, Work


@dataclass
class Service:
    """Replicas that ask for so much, where they may go, and how many may be away at once (None: nobody says)."""

    name: str
    pools: tuple[str, ...]
    replicas: int = 3
    cpu: int = 4
    memory: int = 8
    rank: float = 0
    spread: bool = True
    allowed: int | None = 1


@dataclass
class Pod:
    """One pod: of a piece of work, or a service's replica."""

    cpu: int
    memory: int
    gpus: int
    rank: float
    pools: tuple[str, ...]
    work: Work | None = None
    service: str = ""
    node: str = ""
    number: int = field(default_factory=itertools.count().__next__)


class Model:
    """A Floor. `quotas` bound the GPUs of a team's pods, `never` names the work whose class preempts nobody."""

    def __init__(
        self, plan: Plan, ranks: Mapping[str, float], services: Sequence[Service] = (),
        quotas: Mapping[str, int] | None = None, never: Collection[str] = (),
    ) -> None:  # fmt: skip
        self.rules = {rule.work: rule for rule in plan.rules}
        self.ranks, self.quotas, self.never = ranks, quotas or {}, never
        self.nodes: dict[str, Node] = {}
        self.pods: dict[int, Pod] = {}  # of work, by its id
        self.kinds = {service.name: service for service in services}
        self.replicas = [
            Pod(one.cpu, one.memory, 0, one.rank, one.pools, service=one.name)
            for one in services
            for _ in range(one.replicas)
        ]

    def _all(self) -> list[Pod]:
        return [*self.pods.values(), *self.replicas]

    def _free(self, node: Node, without: float | None = None) -> tuple[int, int, int]:
        held = [pod for pod in self._all() if pod.node == node.name and (without is None or pod.rank >= without)]
        machine = node.pool.machine
        return (
            machine.cpu - sum(pod.cpu for pod in held),
            machine.memory - sum(pod.memory for pod in held),
            machine.gpus - sum(pod.gpus for pod in held),
        )

    def _schedule(self, pod: Pod) -> None:
        def fits(node: Node, without: float | None = None) -> bool:
            free = self._free(node, without)
            alone = not pod.service or not self.kinds[pod.service].spread or not any(
                other.node == node.name and other.service == pod.service for other in self.replicas
            )  # fmt: skip
            return node.pool.name in pod.pools and alone and all(
                have >= want for have, want in zip(free, (pod.cpu, pod.memory, pod.gpus), strict=True)
            )  # fmt: skip

        found = [node for node in self.nodes.values() if fits(node)]
        if found:
            pod.node = min(found, key=lambda node: (pod.pools.index(node.pool.name), -self._free(node)[0])).name
            return
        kind = pod.work.kind if pod.work else ""
        if kind and self.rules[kind].priority in self.never:
            return
        for node in self.nodes.values():
            if fits(node, pod.rank):
                self._preempt(node, pod)
                pod.node = node.name
                return

    def _preempt(self, node: Node, pod: Pod) -> None:
        lower = sorted(
            (one for one in self._all() if one.node == node.name and one.rank < pod.rank),
            key=lambda one: (one.rank, -one.number),
        )
        for victim in lower:
            if all(have >= want for have, want in zip(self._free(node), (pod.cpu, pod.memory, pod.gpus), strict=True)):
                return
            victim.node = ""
            if victim.work:
                del self.pods[victim.work.id]

    def _settle(self) -> None:
        for pod in sorted((pod for pod in self._all() if not pod.node), key=lambda pod: -pod.rank):
            if pod.work is None or pod.work.id in self.pods:
                self._schedule(pod)

    def open(self, nodes: Collection[Node]) -> None:
        self.nodes |= {node.name: node for node in nodes}
        self._settle()

    def close(self, nodes: Collection[Node], why: str) -> list[Low]:
        names = {node.name for node in nodes}
        before = {name: ready for name, (ready, _) in self.services().items()}
        for name in names:
            del self.nodes[name]
        self.pods = {number: pod for number, pod in self.pods.items() if pod.node not in names}
        there = [pod for pod in self.replicas if pod.node in names]
        lows: dict[str, int] = {}
        if why == "reclaim":
            for pod in there:
                if (allowed := self.kinds[pod.service].allowed) is None:
                    continue
                if allowed and self.services()[pod.service][0] >= self.kinds[pod.service].replicas:
                    lows[pod.service] = min(lows.get(pod.service, 99), self.services()[pod.service][0] - 1)
                    pod.node = ""
                    self._settle()
        gone = Counter(pod.service for pod in there if pod.node in names)
        for pod in there:
            if pod.node in names:
                pod.node = ""
        for service, count in gone.items():
            lows[service] = min(lows.get(service, 99), before[service] - count)
        self._settle()
        return [Low(0, service, ready, why) for service, ready in lows.items()]

    def put(self, works: Sequence[Work]) -> dict[int, str]:
        refused = {}
        for work in works:
            held = sum(pod.gpus for pod in self.pods.values() if pod.work and pod.work.team == work.team)
            if work.gpus and held + work.gpus > self.quotas.get(work.team, 1000):
                refused[work.id] = "exceeded quota"
                continue
            rule = self.rules[work.kind]
            pod = Pod(work.cpu, work.memory, work.gpus, self.ranks.get(rule.priority, 0), rule.pools, work)
            self.pods[work.id] = pod
            self._schedule(pod)
        self._settle()
        return refused

    def take(self, ids: Collection[int]) -> None:
        for number in ids:
            self.pods.pop(number, None)
        self._settle()

    def look(self) -> dict[int, Spot]:
        return {number: Spot(pod.node, "" if pod.node else "no node fits") for number, pod in self.pods.items()}

    def services(self) -> dict[str, tuple[int, int]]:
        return {
            name: (sum(bool(pod.node) for pod in self.replicas if pod.service == name), service.replicas)
            for name, service in self.kinds.items()
        }

    def homes(self) -> dict[str, int]:
        return Counter(pod.node for pod in self.replicas if pod.node)
