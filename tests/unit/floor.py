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
        self.unknown: set[str] = set()  # classes that nobody has declared
        self.nodes: dict[str, Node] = {}
        self.free: dict[str, tuple[int, int, int]] = {}
        self.pods: dict[int, Pod] = {}  # of work, by its id
        self.kinds = {service.name: service for service in services}
        self.replicas = [
            Pod(one.cpu, one.memory, 0, one.rank, one.pools, service=one.name)
            for one in services
            for _ in range(one.replicas)
        ]

    def _all(self) -> list[Pod]:
        return [*self.pods.values(), *self.replicas]

    def _bind(self, pod: Pod, node: str) -> None:
        """Put a pod on a node, or with '' take it off."""
        for name, sign in ((pod.node, 1), (node, -1)):
            if name in self.free:
                free = self.free[name]
                self.free[name] = (free[0] + sign * pod.cpu, free[1] + sign * pod.memory, free[2] + sign * pod.gpus)
        pod.node = node

    def _fits(self, pod: Pod, node: Node, free: tuple[int, int, int]) -> bool:
        alone = not pod.service or not any(
            other.node == node.name and other.service == pod.service for other in self.replicas
        )
        return (
            node.pool.name in pod.pools
            and free[0] >= pod.cpu
            and free[1] >= pod.memory
            and free[2] >= pod.gpus
            and (alone or not self.kinds[pod.service].spread)
        )

    def _schedule(self, pod: Pod) -> None:
        found = [node for node in self.nodes.values() if self._fits(pod, node, self.free[node.name])]
        if found:
            best = min(found, key=lambda node: (pod.pools.index(node.pool.name), -self.free[node.name][0]))
            self._bind(pod, best.name)
            return
        if pod.work and self.rules[pod.work.kind].priority in self.never:
            return
        for node in (node for node in self.nodes.values() if node.pool.name in pod.pools):
            lower = [one for one in self._all() if one.node == node.name and one.rank < pod.rank]
            free = self.free[node.name]
            most = (
                free[0] + sum(one.cpu for one in lower),
                free[1] + sum(one.memory for one in lower),
                free[2] + sum(one.gpus for one in lower),
            )
            if lower and self._fits(pod, node, most):
                for victim in sorted(lower, key=lambda one: (one.rank, -one.number)):
                    if not self._fits(pod, node, self.free[node.name]):
                        self._bind(victim, "")
                        if victim.work:
                            del self.pods[victim.work.id]
                self._bind(pod, node.name)
                return

    def _settle(self) -> None:
        for pod in sorted((pod for pod in self._all() if not pod.node), key=lambda pod: -pod.rank):
            if pod.work is None or pod.work.id in self.pods:
                self._schedule(pod)

    def open(self, nodes: Collection[Node]) -> None:
        for node in nodes:
            machine = node.pool.machine
            self.nodes[node.name], self.free[node.name] = node, (machine.cpu, machine.memory, machine.gpus)
        self._settle()

    def close(self, nodes: Collection[Node], why: str) -> list[Low]:
        names = {node.name for node in nodes}
        before = {name: ready for name, (ready, _) in self.services().items()}
        for name in names:
            del self.nodes[name], self.free[name]
        self.pods = {number: pod for number, pod in self.pods.items() if pod.node not in names}
        there = [pod for pod in self.replicas if pod.node in names]
        lows: dict[str, int] = {}
        if why == "reclaim":
            for pod in there:
                if (allowed := self.kinds[pod.service].allowed) is None:
                    continue
                if allowed and self.services()[pod.service][0] >= self.kinds[pod.service].replicas:
                    lows[pod.service] = min(lows.get(pod.service, 99), self.services()[pod.service][0] - 1)
                    self._bind(pod, "")
                    self._settle()
        gone = Counter(pod.service for pod in there if pod.node in names)
        for pod in there:
            if pod.node in names:
                self._bind(pod, "")
        for service, count in gone.items():
            lows[service] = min(lows.get(service, 99), before[service] - count)
        self._settle()
        return [Low(0, service, ready, why) for service, ready in lows.items()]

    def put(self, works: Sequence[Work]) -> dict[int, str]:
        refused = {}
        for work in works:
            if self.rules[work.kind].priority in self.unknown:
                refused[work.id] = "no PriorityClass with that name"
                continue
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
            if number in self.pods:
                self._bind(self.pods.pop(number), "")
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
