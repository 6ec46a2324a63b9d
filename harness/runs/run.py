"""One run of a submission on the cluster: its own namespaces, its own identity, its sentinel that probes."""

import copy
import json
import os
import secrets
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from harness.cluster import cordons, ownnode
from harness.core import process
from harness.core.deadline import Deadline
from harness.exercises.exercise import Exercise
from harness.exercises.expectations import Decoy
from harness.files import tokens
from harness.files.workloads import WORKLOADS
from harness.intake.submission import Submission
from harness.kube.apply import Refusal, apply_all
from harness.kube.kube import ApiRefusedError, Kube, Object, Ref, path_of, ref_of
from harness.kube.requests import DEVICES, of_pod

RUN_LABEL = "breakfix.dev/run"
PRACTICE = "practice"  # what the label holds on a candidate's own namespaces
OWNER_LABEL = "breakfix.dev/owner"
HELPER_LABEL = "breakfix.dev/helper"  # on our own pods of a run: which one it is
SENTINEL = "sentinel"
SENTINEL_PORT = 8080
SENTINEL_CPU = "20m"  # its share on a busy node: with less it would tell of stalls that servers do not feel
REMOVED_WITHIN = 120  # seconds for all that a run made to be gone
HOOKS = 30  # of them for what pods do at their end
PROBER_IMAGE = "breakfix/prober:1.0"
INTERVAL = 0.25
CALLER = "caller"  # in the prober's place, where the exercise names an image that calls
STRANGER = "stranger"  # a second prober, which must not get through
STRANGER_INTERVAL = 1.0
REQUEST_TIMEOUT = 2.0
LONGEST = 900
QUOTA = "breakfix-objects"  # grader.checks.bounds keeps the name free
USER = 20001
PLATFORM = ("ResourceQuota", "LimitRange")  # kinds that the ClusterRole `admin`, a namespace's owner, may not write
CLASSES = ("scheduling.k8s.io/v1", "PriorityClass")  # the one kind without a namespace that an exercise can list
NODES = ("v1", "Node")  # of a plan that was played: simulated ones, with a run's labels
# Objects only, never what they use: what a submission may request is the policy stage's to judge.
MOST_OBJECTS = {
    "count/pods": "40",
    "count/services": "20",
    "count/secrets": "30",
    "count/configmaps": "30",
    "count/jobs.batch": "30",
}


@dataclass(frozen=True)
class Run:
    """Names of one run. `admin` acts as the harness, `candidate` as a user who owns just these namespaces."""

    exercise: Exercise
    token: str
    renaming: tokens.Renaming
    admin: Kube
    candidate: Kube
    fresh: Mapping[str, str] = field(default_factory=dict)  # values made for this run alone, by name

    @property
    def prober_namespace(self) -> str:
        """Where the prober and the sentinel stand."""
        return f"prober-{self.token}"

    @property
    def namespaces(self) -> tuple[str, ...]:
        """The run's namespaces, as they are called on the cluster."""
        return tuple(self.renaming.text(name) for name in self.exercise.namespaces)

    @property
    def priority_classes(self) -> tuple[Ref, ...]:
        """The run's PriorityClasses, as they are called on the cluster."""
        return tuple(Ref(*CLASSES, "", self.renaming.text(name)) for name in self.exercise.priority_classes)

    @property
    def workload(self) -> Ref:
        """The exercise's workload in this run."""
        wanted = self.exercise.workload
        return Ref(WORKLOADS[wanted.kind].api_version, wanted.kind, self.renaming.text(wanted.namespace), wanted.name)

    @property
    def prober(self) -> str:
        """Which of our pods calls, and is also what its container is called."""
        traffic = self.exercise.traffic
        return CALLER if traffic is not None and traffic.caller else SENTINEL

    @property
    def url(self) -> str:
        """Where the prober sends its requests."""
        return self.renaming.text(self.exercise.traffic.url) if self.exercise.traffic else ""


def plan(exercise: Exercise, admin: Kube) -> Run:
    """Return a run with names of its own; nothing is made yet."""
    token = tokens.fresh()
    renaming = tokens.Renaming({name: f"{name}-{token}" for name in (*exercise.namespaces, *exercise.priority_classes)})
    fresh = {name: new_api_token() for name in exercise.fresh}
    return Run(
        exercise, token, renaming, admin, Kube(admin.kubeconfig, impersonate=f"breakfix:candidate:{token}"), fresh
    )


def make_namespaces(run: Run, annotations: Mapping[str, Mapping[str, str]]) -> None:
    """Create the run's namespaces, with `annotations` by name, and wait until pods can be created in them."""
    labels = {run.renaming.text(name): extra for name, extra in run.exercise.namespace_labels.items()}
    for name in (*run.namespaces, run.prober_namespace):
        value = namespace(name, run.token, labels.get(name))
        value["metadata"]["annotations"] = annotations.get(name, {})
        run.admin.create(value)
        run.admin.create(_quota(name))
    for name in run.namespaces:
        run.admin.create(_owner(name, run.token))
    for name in (*run.namespaces, run.prober_namespace):
        wait_account(run.admin, name)
        _wait_quota(run.admin, name)


def namespace(name: str, token: str, extra: Mapping[str, str] | None = None) -> Object:
    """Return a namespace that enforces the baseline pod security level and names the process that made it."""
    labels = {**labels_of_run(token), "pod-security.kubernetes.io/enforce": "baseline", **(extra or {})}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def labels_of_run(token: str) -> dict[str, str]:
    """Return the labels that say whose run made something, and which process, so that another one can clear it away."""
    return {RUN_LABEL: token, OWNER_LABEL: str(os.getpid())}


def wait_account(kube: Kube, name: str) -> None:
    """Wait for a namespace's default ServiceAccount, without which no pod is admitted."""
    deadline = Deadline(30, f"the default ServiceAccount of namespace {name}")
    while kube.get(Ref("v1", "ServiceAccount", name, "default")) is None:
        deadline.check("it does not exist yet")
        deadline.pause(0.05)


def _quota(name: str) -> Object:
    metadata = {"name": QUOTA, "namespace": name}
    return {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": metadata, "spec": {"hard": MOST_OBJECTS}}


def _wait_quota(kube: Kube, name: str, quota: str = QUOTA) -> None:
    """Wait until a namespace's quota is counted: until then every pod in it is refused, which is the machine's doing."""
    deadline = Deadline(30, f"the quota of namespace {name}")
    while not (kube.get(Ref("v1", "ResourceQuota", name, quota)) or {}).get("status", {}).get("hard"):
        deadline.check("the quota controller has not counted it yet")
        deadline.pause(0.05)


def _owner(name: str, token: str) -> Object:
    api = "rbac.authorization.k8s.io"
    return {
        "apiVersion": f"{api}/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "breakfix-candidate", "namespace": name},
        "roleRef": {"apiGroup": api, "kind": "ClusterRole", "name": "admin"},
        "subjects": [{"apiGroup": api, "kind": "User", "name": f"breakfix:candidate:{token}"}],
    }


def objects(run: Run, submission: Submission, switches: Mapping[str, str], api_token: str) -> list[Object]:
    """Return the submission's objects as this run applies them: renamed, with a scenario's switches and its token."""
    found = []
    for manifest in submission.manifests:
        value = placed(run.exercise, manifest.value, run.token)
        _put_token(run.exercise, value, api_token)
        _put_fresh(run, value)
        if (value["kind"], value["metadata"]["name"]) == (
            run.exercise.workload.kind,
            run.exercise.workload.name,
        ):
            switch(value, switches)
        found.append(run.renaming.value(value))
    return found


def placed(exercise: Exercise, value: Object, token: str) -> Object:
    """Return a copy of a submitted object in its namespace; one that has none says whose it is."""
    value = copy.deepcopy(value)
    if (value["apiVersion"], value["kind"]) == CLASSES:
        value["metadata"]["labels"] = {**(value["metadata"].get("labels") or {}), **labels_of_run(token)}
        value["metadata"].pop("namespace", None)  # it has none, and kubectl ignores one
    else:
        value["metadata"].setdefault("namespace", exercise.workload.namespace)
    return value


def _put_token(exercise: Exercise, value: Object, api_token: str) -> None:
    """Put this run's own token into the Secret that holds it, so that no copied token can pass."""
    wanted = exercise.traffic.token if exercise.traffic else None
    if wanted is None or (value["kind"], value["metadata"]["name"]) != ("Secret", wanted["secret"]):
        return
    value.setdefault("stringData", {})[wanted["key"]] = api_token


def _put_fresh(run: Run, value: Object) -> None:
    """Put this run's own values into the Secrets that hold them."""
    place = (value["kind"], value["metadata"].get("namespace"), value["metadata"]["name"])
    for name, spots in run.exercise.fresh.items():
        for spot in spots:
            if place == ("Secret", spot["namespace"], spot["secret"]):
                value.setdefault("stringData", {})[spot["key"]] = run.fresh[name]


def switch(value: Object, switches: Mapping[str, str]) -> None:
    """Set a scenario's test-only switches on each container of the workload."""
    for container in value["spec"]["template"]["spec"]["containers"]:
        container["env"] = [
            *(container.get("env") or []),
            *({"name": key, "value": text} for key, text in switches.items()),
        ]


def make_helpers(run: Run, api_token: str) -> None:
    """Start the sentinel and, where the exercise has traffic, the prober and the stranger."""
    for value in helpers(run, api_token):
        run.admin.create(value)


def helpers(run: Run, api_token: str) -> list[Object]:
    """Return our own objects of a run.

    The sentinel is a Deployment, as workloads are, so that it also tells of controllers that lag. Its pod is the prober
    too, where there is traffic: one pod less for each run.
    """
    traffic = run.exercise.traffic
    if traffic is None:
        return [_sentinel(run, {}, {}), _sentinel_service(run)]
    wanted: Object = {
        "url": run.url, "model": traffic.model, "token": api_token if traffic.token else None, "interval": INTERVAL,
        "timeout": REQUEST_TIMEOUT, "duration": LONGEST,
    }  # fmt: skip
    if traffic.dataset:
        wanted["dataset"] = run.fresh[traffic.dataset]
    asked = wanted | {"control": f"http://{SENTINEL}.{run.prober_namespace}.svc:{SENTINEL_PORT}"}
    if traffic.caller:
        return [_sentinel(run, {}, {}), _sentinel_service(run), _caller(run, traffic.caller, traffic.labels, asked)]
    found = [_sentinel(run, traffic.labels, {"PROBER_PLAN": json.dumps(asked)}), _sentinel_service(run)]
    if traffic.stranger is not None:
        wanted |= {"kind": STRANGER, "interval": STRANGER_INTERVAL}
        found.append(_pod(run, STRANGER, traffic.stranger, [], {"PROBER_PLAN": json.dumps(wanted)}))
    return found


def _caller(run: Run, image: str, labels: Mapping[str, str], plan: Object) -> Object:
    """Return the pod that calls in the prober's place: the program of the image itself, with the prober's plan."""
    pod = _pod(run, CALLER, labels, [], {"PROBER_PLAN": json.dumps(plan)})
    container = pod["spec"]["containers"][0]
    container["image"] = image
    del container["command"]
    return pod


def decoy_name(run: Run, decoy: Decoy) -> str:
    """Return what a run calls a decoy: no name that a submission could foresee."""
    return f"{decoy.name}-{run.token}"


def make_decoys(run: Run) -> None:
    """Start the exercise's decoys."""
    for value in decoys(run):
        run.admin.create(value)


def decoys(run: Run) -> list[Object]:
    """Return the exercise's decoys, each with a policy that lets it call and be called: what denies is the workload's own.

    They stand among the exercise's pods, accept connections, and call as strangers where the exercise has some.
    """
    return [value for decoy in run.exercise.decoys for value in _decoy(run, decoy)]


def _decoy(run: Run, decoy: Decoy) -> list[Object]:
    name, place = decoy_name(run, decoy), run.renaming.text(decoy.namespace)
    asked = _strangers(run)
    env = {"PROBER_PLAN": json.dumps(asked)} if asked else {}
    pod = _pod(run, name, decoy.labels, [SENTINEL], env)
    pod["metadata"]["namespace"] = place
    for key in ownnode.ON_CONTROL_PLANE:  # it stands where the exercise's own pods may
        del pod["spec"][key]
    _probed(pod)
    policy = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": place},
        "spec": {
            "podSelector": {"matchLabels": {HELPER_LABEL: name, RUN_LABEL: run.token}},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [{}],
            "egress": [{}],
        },
    }
    return [policy, pod]


def _strangers(run: Run) -> Object | None:
    """Return the order of those who must not get through; None where the exercise has none."""
    traffic = run.exercise.traffic
    if traffic is None or traffic.stranger is None:
        return None
    order = {
        "url": run.url, "model": traffic.model, "interval": STRANGER_INTERVAL, "timeout": REQUEST_TIMEOUT,
        "duration": LONGEST, "kind": STRANGER,
    }  # fmt: skip
    # Never the run's own dataset: a decoy stands where the submission's pods may be able to look.
    return order | ({"dataset": new_api_token()} if traffic.dataset else {})


def _probed(pod: Object) -> None:
    pod["spec"]["containers"][0]["readinessProbe"] = {
        "httpGet": {"path": "/healthz", "port": SENTINEL_PORT}, "periodSeconds": 1, "failureThreshold": 5, "timeoutSeconds": 5
    }  # fmt: skip


def _sentinel(run: Run, labels: Mapping[str, str], env: dict[str, str]) -> Object:
    pod = _pod(run, SENTINEL, labels, [SENTINEL], env)
    _probed(pod)
    labels = pod["metadata"]["labels"]
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": SENTINEL, "namespace": run.prober_namespace},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {**pod["spec"], "restartPolicy": "Always"}},
        },
    }


def _sentinel_service(run: Run) -> Object:
    selector = {HELPER_LABEL: SENTINEL, RUN_LABEL: run.token}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": SENTINEL, "namespace": run.prober_namespace},
        "spec": {"selector": selector, "ports": [{"port": SENTINEL_PORT}]},
    }


def guest(name: str, args: list[str], user: int) -> Object:
    """Return a container of our image, to be added to any pod; whatever the pod says, it runs as this user."""
    return {
        "name": name,
        "image": PROBER_IMAGE,
        "imagePullPolicy": "Never",
        "command": ["python3", "-m", "prober", *args],
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
            "runAsNonRoot": True,
            "runAsUser": user,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    }


def _pod(run: Run, name: str, labels: Mapping[str, str], args: list[str], env: dict[str, str]) -> Object:
    container: Object = {
        **guest(name, args, USER),
        "env": [{"name": key, "value": value} for key, value in env.items()],
        "resources": {"requests": {"cpu": SENTINEL_CPU, "memory": "64Mi"}},
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": run.prober_namespace,
            "labels": {**labels, HELPER_LABEL: name, RUN_LABEL: run.token},
        },
        "spec": {
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "terminationGracePeriodSeconds": 1,
            **ownnode.ON_CONTROL_PLANE,
            "containers": [container],
        },
    }


def apply(run: Run, submission: Submission, values: list[Object], waiting: Collection[str] = ()) -> list[Refusal]:
    """Apply what `objects` made of a submission, as the candidate's own user, and return what was refused.

    Quotas and limits in protected files are the platform's, which alone may set them: they are there, and count, first.
    So are those, and the PriorityClasses, that the exercise hands over. Jobs that are `waiting` are left to apply_jobs.
    """
    protected = {file.path for file in submission.files if not file.editable}
    first: list[Object] = []
    rest: list[Object] = []
    for manifest, value in zip(submission.manifests, values, strict=True):
        kind = value["kind"]
        platforms = (kind in PLATFORM and manifest.file in protected) or kind in run.exercise.hands_over
        if kind != "Job" or value["metadata"]["name"] not in waiting:
            (first if platforms or kind == CLASSES[1] else rest).append(value)
    refused = apply_all(run.admin, first)
    failed = [one.ref for one in refused]
    for value in first:
        if value["kind"] == "ResourceQuota" and ref_of(value) not in failed:
            _wait_quota(run.admin, value["metadata"]["namespace"], value["metadata"]["name"])
    return [*refused, *apply_all(run.candidate, rest)]


def apply_jobs(run: Run, values: Iterable[Object], names: Collection[str]) -> list[Refusal]:
    """Apply the Jobs of these names, as the candidate's own user, and return what was refused."""
    return apply_all(
        run.candidate, [one for one in values if one["kind"] == "Job" and one["metadata"]["name"] in names]
    )


def new_api_token() -> str:
    """Return a token that nobody could have written down before this run."""
    return secrets.token_urlsafe(18)


def remove(kube: Kube, namespaces: Iterable[str]) -> None:
    """Delete namespaces, giving pods 1 s, and wait until they are gone.

    A hook that a pod has for its end works on, however long: after a while the kubelet alone waits for those, unless they hold a
    device, which the next pod could not have.
    """
    names = list(namespaces)
    for name in names:
        kube.delete(Ref("v1", "Namespace", "", name))
    for name in names:
        _end_pods(kube, name)
    deadline = Deadline(REMOVED_WITHIN, f"namespaces {', '.join(names)} to be gone")
    for name in names:
        while (found := kube.get(Ref("v1", "Namespace", "", name))) is not None:
            deadline.check(json.dumps(found.get("status", {}))[:500])
            if deadline.left < REMOVED_WITHIN - HOOKS:
                _leave_pods(kube, name)
            deadline.pause(0.5)


def _end_pods(kube: Kube, namespace: str) -> None:
    """Give a namespace's pods 1 s to end, those too that are ending by a longer grace of their own."""
    body = {"gracePeriodSeconds": 1, "propagationPolicy": "Background"}
    with suppress(ApiRefusedError):  # gone already
        kube.request("DELETE", path_of("v1", "Pod", namespace), body=body)


def _leave_pods(kube: Kube, namespace: str) -> None:
    """Have the API server forget a namespace's pods that hold no device; their kubelets end them in their own time.

    The namespace is touched then: its controller looks again only when half of the pods' grace is over.
    """
    pods = [pod for pod in kube.list_objects("v1", "Pod", namespace) if not _holds_device(pod)]
    for pod in pods:
        kube.delete(Ref("v1", "Pod", namespace, pod["metadata"]["name"]), grace=0)
    if pods:
        with suppress(ApiRefusedError):  # gone already
            kube.merge(
                Ref("v1", "Namespace", "", namespace),
                {"metadata": {"annotations": {"breakfix.dev/left": secrets.token_hex(4)}}},
            )


def _holds_device(pod: Object) -> bool:
    return any(name.startswith(DEVICES) for name in of_pod(pod["spec"]))


def sweep(kube: Kube) -> None:
    """Begin to delete what runs whose process died have left; a killed grade cannot clean up after itself."""
    cordons.sweep(kube)
    for found in kube.list_objects("v1", "Namespace", labels=f"{RUN_LABEL},{RUN_LABEL}!={PRACTICE}"):
        owner = found["metadata"]["labels"].get(OWNER_LABEL, "")
        if found.get("status", {}).get("phase") == "Active" and not process.alive(owner):
            kube.delete(Ref("v1", "Namespace", "", found["metadata"]["name"]))
            _end_pods(kube, found["metadata"]["name"])
    for kind in (CLASSES, NODES):
        for found in kube.list_objects(*kind, labels=f"{RUN_LABEL},{RUN_LABEL}!={PRACTICE}"):
            if not process.alive(found["metadata"]["labels"].get(OWNER_LABEL, "")):
                kube.delete(Ref(*kind, "", found["metadata"]["name"]))


def close(run: Run) -> None:
    """Remove all that the run made.

    Raises: EnvironmentBrokenError when it does not go.
    """
    remove(run.admin, (*run.namespaces, run.prober_namespace))
    for ref in run.priority_classes:
        run.admin.delete(ref)
