"""The cluster that a week is played on: simulated nodes that come and go, pods for pieces of work, and the real scheduler.

A node that is away is still there and has room for no pod: what is written to it is one number, and no controller has a hand
in it. Whatever is asked here is waited for until the scheduler has said something about every pod.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from grader.checks.plan import Machine, Plan, Rule
from grader.live import evictions
from grader.live.week import Low, Node, Spot, Work
from harness.cluster import simulation
from harness.core.errors import EnvironmentBrokenError
from harness.kube.kube import ApiRefusedError, Object, Ref
from harness.kube.status import is_ready
from harness.runs import run as runs

if TYPE_CHECKING:
    from grader.live.context import Context

Given = TypeVar("Given")
Came = TypeVar("Came")

WEEK = "breakfix.dev/week"  # a label of the pods of pieces of work, and of the week's nodes: which run's they are
PODS = 110  # on one node, a kubelet's default
MOST_PODS = "200"  # objects of kind Pod in a namespace; what they may use is the plan's to say
SETTLED = 45.0  # seconds in which the scheduler looks at each new pod; far less than 1 on an idle laptop
NOMINATED = 6.0  # seconds until a pod for which others gave way has its place
REPLACED = 10.0  # seconds until a controller has made pods in place of those that are gone, if it can
NODES_READY = 90.0
ROUNDS = 4  # of evictions before a reclaimed node is switched off
THREADS = 8
SPOT, GPU = "market", "nvidia.com/gpu"  # keys of the nodes' taints; `market` is a label of each node, too


class Floor:
    """See `grader.live.week.Floor`."""

    def __init__(self, at: "Context", plan: Plan, services: Sequence[str]) -> None:
        self._at, self._services = at, services
        self._rules: dict[str, Rule] = {rule.work: rule for rule in plan.rules}
        self._token = at.run.token
        self._home = at.run.workload.namespace
        self._away: set[str] = set()
        self._tries = 0
        self._pods: dict[int, tuple[str, str]] = {}  # namespace and name, by the id of the work
        self._replicas: dict[str, int] = {}
        self._never: Counter[str] | None = None  # pods of each service when nobody made those that are missing

    # Nodes ---------------------------------------------------------------------------------------------------------------------

    def make(self, nodes: Sequence[Node]) -> None:
        """Make all nodes, away as yet, and wait until nothing but the plan keeps pods from them.

        Raises: EnvironmentBrokenError where they do not get ready.
        """
        admin = self._at.admin
        for namespace in self._at.run.namespaces:
            quota = {"spec": {"hard": {**runs.MOST_OBJECTS, "count/pods": MOST_PODS}}}
            self._at.admin.merge(Ref("v1", "ResourceQuota", namespace, runs.QUOTA), quota)
        for found in admin.list_objects("v1", "Node", labels=f"{simulation.USE}={simulation.GRADES}"):
            self._room(found["metadata"]["name"], 0)
        self._away = {_called(node) for node in nodes}
        self._each(lambda node: admin.create(_node(node, self._token)), nodes)
        wanted = {_called(node): len(_taints(node.pool.machine, node.pool.market)) for node in nodes}

        def ready() -> bool:
            there = admin.list_objects("v1", "Node", labels=f"{WEEK}={self._token}")
            fit = {node["metadata"]["name"] for node in there if len(node["spec"].get("taints", [])) == wanted.get(node["metadata"]["name"])}  # fmt: skip
            return fit == wanted.keys()

        if not self._at.wait(ready, NODES_READY):
            raise EnvironmentBrokenError("the simulated nodes of a plan did not get ready: the machine is too slow")

    def open(self, nodes: Collection[Node]) -> None:
        """Have these nodes there, for new pods."""
        names = [_called(node) for node in nodes]
        self._each(lambda name: self._room(name, PODS), names)
        self._away -= set(names)
        self._at.pause(0.2)  # the scheduler hears of nodes and of pods by two ways
        self._settle_services()

    def close(self, nodes: Collection[Node], why: str) -> list[Low]:
        """Take nodes away with all that is on them."""
        names = {_called(node) for node in nodes}
        self._each(lambda name: self._room(name, 0), names)
        self._away |= names
        gone = [pod for pod in self._listed() if pod["spec"].get("nodeName") in names]
        self.take([int(pod["metadata"]["labels"][f"{WEEK}-work"]) for pod in gone])
        lows = self._drained(names) if why == "reclaim" else {}
        while there := self._on(names):  # one that tolerates all may have come back before the node's end was heard of
            before = self._ready()
            for service, count in Counter(_service(pod) for pod in there).items():
                lows[service] = min(lows.get(service, PODS), before[service] - count)
            self._each(self._delete, there)
            self._settle_services()
        return [Low(0, service, ready, why) for service, ready in lows.items() if ready < self._wanted()[service]]

    def _drained(self, names: Collection[str]) -> dict[str, int]:
        """Evict what stands on nodes that have been given notice, as a drain does, and return how low each service came.

        Evictions of one round are asked for at once. What a budget grants is no more than it allows, whatever came meanwhile.
        """
        lows: dict[str, int] = {}
        for _ in range(ROUNDS):
            there = self._on(names)
            if not there:
                break
            before = self._ready()
            budgets = self._budgets()
            granted = self._each(lambda pod: evictions.evict(self._at.admin, self._home, pod["metadata"]["name"], 1).granted, there)  # fmt: skip
            for service, count in Counter(
                _service(pod) for pod, went in zip(there, granted, strict=True) if went
            ).items():
                allowed = [
                    int(budget["status"].get("disruptionsAllowed", 0))
                    for budget in budgets
                    if _selects(budget, there, service)
                ]
                lows[service] = min(lows.get(service, PODS), before[service] - min(count, *(max(1, most) for most in allowed), count))  # fmt: skip
            self._settle_services()
        return lows

    def _budgets(self) -> list[Object]:
        return self._at.admin.list_objects("policy/v1", "PodDisruptionBudget", self._home)

    def _room(self, name: str, pods: int) -> None:
        change = {"status": {"allocatable": {"pods": str(pods)}}}
        self._at.admin.merge(Ref("v1", "Node", "", name), change, part="status")

    # Work ----------------------------------------------------------------------------------------------------------------------

    def put(self, works: Sequence[Work]) -> dict[int, str]:
        """Make a pod for each, in this order, and return which were refused, by id, in the API server's words."""
        refused = {}
        for work in works:
            pod = self._pod(work)
            try:
                self._at.admin.create(pod)
            except ApiRefusedError as problem:
                refused[work.id] = self._at.run.renaming.restore(str(problem))[:300]
            else:
                self._pods[work.id] = (pod["metadata"]["namespace"], pod["metadata"]["name"])
        return refused

    def take(self, ids: Collection[int]) -> None:
        """Remove their pods."""
        found = [self._pods.pop(number) for number in ids if number in self._pods]
        self._each(lambda pod: self._at.admin.delete(Ref("v1", "Pod", *pod), grace=1), found)

    def look(self) -> dict[int, Spot]:
        """Return where the pods are, once the scheduler has looked at each."""
        found: list[Object] = []
        since = self._at.now()

        def settled() -> bool:
            found[:] = self._listed()
            patient = self._at.now() - since < NOMINATED
            return all(_settled(pod, patient=patient) for pod in found)

        if not self._at.wait(settled, SETTLED):
            raise EnvironmentBrokenError(
                f"the scheduler did not look at all pods within {SETTLED:g} s: the machine is too slow"
            )
        self._settle_services()
        there = {int(pod["metadata"]["labels"][f"{WEEK}-work"]): _spot(pod) for pod in found}
        self._pods = {number: pod for number, pod in self._pods.items() if number in there}
        return there

    def _listed(self) -> list[Object]:
        return self._at.admin.list_objects("v1", "Pod", labels=f"{WEEK}={self._token}")

    def _pod(self, work: Work) -> Object:
        rule, rename = self._rules[work.kind], self._at.run.renaming.text
        self._tries += 1
        asked = {"cpu": str(work.cpu), "memory": f"{work.memory}Gi", **({GPU: str(work.gpus)} if work.gpus else {})}
        liked: list[Object] = [
            {"weight": max(1, 100 - 30 * number), "preference": _in_pools([pool])}
            for number, pool in enumerate(rule.pools)
        ]
        affinity: dict[str, Any] = {
            "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [_in_pools(rule.pools)]}
        }
        if len(rule.pools) > 1:
            affinity["preferredDuringSchedulingIgnoredDuringExecution"] = liked
        spec: Object = {
            "restartPolicy": "Never", "terminationGracePeriodSeconds": 1, "automountServiceAccountToken": False,
            "enableServiceLinks": False, "affinity": {"nodeAffinity": affinity},
            "tolerations": [{"key": key, "operator": "Exists", "effect": "NoSchedule"} for key in (SPOT, GPU)],
            "containers": [{"name": "work", "image": self._at.run.exercise.images[0], "resources": {"requests": asked, "limits": asked}}],
        }  # fmt: skip
        if rule.priority:
            spec["priorityClassName"] = rename(rule.priority)
        labels = {WEEK: self._token, f"{WEEK}-work": str(work.id), "work": work.kind}
        metadata = {"name": f"{work.kind}-{work.id}-{self._tries}", "namespace": rename(work.team), "labels": labels}
        return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}

    # Services ------------------------------------------------------------------------------------------------------------------

    def services(self) -> dict[str, tuple[int, int]]:
        """Return how many replicas of each service are ready, and how many it asks for."""
        ready = self._ready()
        return {service: (ready[service], wanted) for service, wanted in self._wanted().items()}

    def homes(self) -> dict[str, int]:
        """Return how many replicas of services each node has."""
        return Counter(_plain(pod["spec"]["nodeName"]) for pod in self._own() if pod["spec"].get("nodeName"))

    def _wanted(self) -> dict[str, int]:
        """Return how many replicas the Deployments ask for, as they were when the week began."""
        if not self._replicas:
            found = {
                one["metadata"]["name"]: int(one["spec"].get("replicas", 1))
                for one in self._at.admin.list_objects("apps/v1", "Deployment", self._home)
            }
            self._replicas = {service: found.get(service, 1) for service in self._services}
        return self._replicas

    def _own(self) -> list[Object]:
        """Return the pods of services that are not on their way out."""
        found = self._at.admin.list_objects("v1", "Pod", self._home)
        return [pod for pod in found if _service(pod) in self._services and "deletionTimestamp" not in pod["metadata"]]

    def _on(self, names: Collection[str]) -> list[Object]:
        return [pod for pod in self._own() if pod["spec"].get("nodeName") in names]

    def _ready(self) -> Counter[str]:
        return Counter(_service(pod) for pod in self._own() if is_ready(pod.get("status", {})))

    def _settle_services(self) -> None:
        """Wait until replicas that are missing have been made, and each has a node or the scheduler's word that there is none."""
        wanted, since = self._wanted(), self._at.now()

        def settled() -> bool:
            found = self._own()
            counts = Counter(_service(pod) for pod in found)
            patient = self._at.now() - since < NOMINATED
            made = all(counts[service] >= wanted[service] for service in wanted) or counts == self._never
            return made and all(
                is_ready(pod.get("status", {})) if pod["spec"].get("nodeName") else _settled(pod, patient=patient)
                for pod in found
            )

        # Who makes no pods (a paused Deployment, a quota of its own) is not waited for again and again.
        if not self._at.wait(settled, REPLACED):
            self._never = Counter(_service(pod) for pod in self._own())
        elif self._never and sum(self._never.values()) < len(self._own()):
            self._never = None

    def _delete(self, pod: Object) -> None:
        self._at.admin.delete(Ref("v1", "Pod", self._home, pod["metadata"]["name"]), grace=1)

    def _each(self, act: Callable[[Given], Came], given: Iterable[Given]) -> list[Came]:
        with ThreadPoolExecutor(THREADS) as threads:
            return list(threads.map(act, given))


def _called(node: Node) -> str:
    return f"week-{node.name}"


def _plain(name: str) -> str:
    return name.removeprefix("week-")


def _service(pod: Object) -> str:
    """Return the Deployment whose ReplicaSet has made a pod, '' for none; the ReplicaSet's name is its own and a hash."""
    owners = pod["metadata"].get("ownerReferences") or [{}]
    return str(owners[0].get("name", "")).rpartition("-")[0] if owners[0].get("kind") == "ReplicaSet" else ""


def _selects(budget: Object, pods: Iterable[Object], service: str) -> bool:
    labels = next((pod["metadata"].get("labels") or {} for pod in pods if _service(pod) == service), {})
    return evictions.selects(budget["spec"].get("selector"), labels)


def _settled(pod: Object, *, patient: bool) -> bool:
    """Whether the scheduler has said what becomes of a pod; who is `patient` waits for what others give way to."""
    if "deletionTimestamp" in pod["metadata"]:
        return False
    if pod["spec"].get("nodeName"):
        return True
    status = pod.get("status", {})
    said = any(one["type"] == "PodScheduled" for one in status.get("conditions") or [])
    return said and not (patient and status.get("nominatedNodeName"))


def _spot(pod: Object) -> Spot:
    conditions = pod.get("status", {}).get("conditions") or []
    said = next((str(one.get("message", "")) for one in conditions if one["type"] == "PodScheduled"), "")
    node = pod["spec"].get("nodeName", "")
    return Spot(_plain(node), "" if node else said[:300])


def _in_pools(pools: Sequence[str]) -> Object:
    return {"matchExpressions": [{"key": "pool", "operator": "In", "values": list(pools)}]}


def _taints(machine: Machine, market: str) -> list[Object]:
    found = {GPU: "present"} if machine.gpus else {}
    found |= {SPOT: "spot"} if market == "spot" else {}
    return [{"key": key, "value": value, "effect": "NoSchedule"} for key, value in found.items()]


def _node(node: Node, token: str) -> Object:
    """Return a node of a plan's pool, with room for no pod as yet."""
    machine, name = node.pool.machine, _called(node)
    capacity = {"cpu": str(machine.cpu), "memory": f"{machine.memory}Gi", "pods": str(PODS)}
    capacity |= {GPU: str(machine.gpus)} if machine.gpus else {}
    labels = {
        **runs.labels_of_run(token),
        WEEK: token,
        "pool": node.pool.name,
        "machine": machine.name,
        "market": node.pool.market,
        "hours": node.pool.hours,
    }
    made = simulation.node(name, simulation.GRADES, labels, _taints(machine, node.pool.market), capacity)
    made["status"]["allocatable"]["pods"] = "0"
    return made
