"""A cluster with plain worker nodes and a component: made by what an exercise declares, and graded on like any other."""

import shutil
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from grader.grading.again import again
from grader.grading.grade import Grading, grade
from grader.plays.place import Place
from grader.report.report import Outcome, Report, Verdict
from harness.cluster import cluster as clusters
from harness.exercises import exercise as exercises
from harness.exercises.exercise import Exercise
from harness.exercises.needs import of as needs_of
from harness.intake.submission import collect
from harness.kube.kube import ApiRefusedError, Kube, Object, Ref
from harness.runs import practice
from harness.runs.run import PROBER_IMAGE
from harness.runs.session import Session, open_session
from tests.draws import drawn_cases, graded_cases, mistakes, proven_here
from tests.gradecommand import GradeCommand
from tests.waits import awaited

pytestmark = pytest.mark.cluster
EXERCISE = replace(exercises.load("serving-never-ready"), nodes={"plain": 2}, components=("metrics-server",))
LIVE = Path(__file__).parent.parent / "live"
OTHERS = [one for one in map(exercises.load, exercises.slugs()) if needs_of(one) == needs_of(EXERCISE)]
NAMESPACE = EXERCISE.namespaces[0]


@pytest.fixture(scope="module")
def opened() -> Iterator[Session]:
    with open_session(EXERCISE, lambda _: None, force=None, consent=lambda _: True, others=OTHERS) as found:
        practice.make_practice_namespaces(found.admin, EXERCISE, lambda _: None)
        yield found
        clusters.delete(found.engine, found.cluster.name)  # nobody else needs it, and its nodes would slow what comes


def graded(opened: Session, exercise: Exercise, folder: Path) -> Report:
    """Return the report on a folder; what the machine left undecided is played again."""
    submission = collect(exercise, folder)
    with closing(Place(opened.admin, opened.digests)) as place:
        grading = Grading(lambda: place)
        return again(grade(submission, "all", grading, hidden=True), submission, grading)


def busy(name: str) -> Object:
    """A pod that computes, and that does not share a node with another such."""
    apart = {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"busy": "yes"}}}
    container = {
        "name": "busy", "image": PROBER_IMAGE, "imagePullPolicy": "Never", "command": ["python3", "-c", "while True: pass"],
        "resources": {"requests": {"cpu": "20m", "memory": "32Mi"}, "limits": {"cpu": "50m", "memory": "64Mi"}},
    }  # fmt: skip
    return {
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": {"busy": "yes"}},
        "spec": {
            "affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [apart]}},
            "containers": [container], "terminationGracePeriodSeconds": 1,
        },
    }  # fmt: skip


def test_metrics_tell_of_pods_on_every_worker_and_to_their_owner(opened: Session) -> None:
    """On a node of its own each: what pods send to other nodes is refused, and the server still asks their kubelets."""
    names = ("one", "two")
    for name in names:
        opened.admin.create(busy(name))
    seen: dict[str, Object] = {}

    def measured() -> bool:
        listed = opened.admin.request("GET", "/apis/metrics.k8s.io/v1beta1/pods")["items"]
        seen.update({one["metadata"]["name"]: one for one in listed if one["metadata"]["namespace"] == NAMESPACE})
        return set(names) <= seen.keys()

    awaited(measured, "metrics of both pods")
    assert all(one["containers"][0]["usage"]["cpu"] != "0" for one in seen.values())
    pods = [opened.admin.get(Ref("v1", "Pod", NAMESPACE, name)) for name in names]
    assert {pod["spec"]["nodeName"] for pod in pods if pod} == set(opened.cluster.workers)
    with closing(Kube(opened.cluster.kubeconfig, impersonate="breakfix:owner")) as owner:
        with pytest.raises(ApiRefusedError):
            owner.list_objects("metrics.k8s.io/v1beta1", "PodMetrics", NAMESPACE)
        opened.admin.create(granted(NAMESPACE))

        def allowed() -> list[Object]:
            with suppress(ApiRefusedError):  # a binding takes a moment until it is heard of
                return owner.list_objects("metrics.k8s.io/v1beta1", "PodMetrics", NAMESPACE)
            return []

        found = awaited(allowed, "the owner's view")
    assert {one["metadata"]["name"] for one in found} >= set(names)
    for name in names:
        opened.admin.delete(Ref("v1", "Pod", NAMESPACE, name), grace=1)


def granted(namespace: str) -> Object:
    api = "rbac.authorization.k8s.io"
    return {
        "apiVersion": f"{api}/v1", "kind": "RoleBinding", "metadata": {"name": "owner", "namespace": namespace},
        "roleRef": {"apiGroup": api, "kind": "ClusterRole", "name": "admin"},
        "subjects": [{"apiGroup": api, "kind": "User", "name": "breakfix:owner"}],
    }  # fmt: skip


def test_components_stand_on_the_control_plane_which_takes_no_pods_of_runs(opened: Session) -> None:
    pods = opened.admin.list_objects("v1", "Pod", "kube-system", labels="k8s-app=metrics-server")
    assert {pod["spec"]["nodeName"] for pod in pods} == {opened.cluster.node}
    node = opened.admin.get(Ref("v1", "Node", "", opened.cluster.node))
    assert node is not None
    assert [one["key"] for one in node["spec"]["taints"]] == ["node-role.kubernetes.io/control-plane"]


def test_the_controllers_look_after_autoscalers_as_often_as_the_component_wants(opened: Session) -> None:
    name = f"kube-controller-manager-{opened.cluster.node}"
    pod = opened.admin.get(Ref("v1", "Pod", "kube-system", name))
    assert pod is not None
    assert "--horizontal-pod-autoscaler-sync-period=5s" in pod["spec"]["containers"][0]["command"]


@pytest.mark.parametrize(("verb", "check"), [("drain", "drained"), ("scaled", "scaled")])
def test_steps_that_need_such_a_cluster(opened: Session, verb: str, check: str) -> None:
    """The reference of a tiny exercise passes; its broken twin fails where it has to. A drained node takes pods again."""
    exercise = exercises.read(LIVE / verb)
    right, wrong = (graded(opened, exercise, folder) for folder in (LIVE / verb / "reference", exercise.workspace))
    assert {result.spec.id: str(result.reason) for result in right.results if result.verdict is not Verdict.PASS} == {}
    assert {result.spec.id for result in wrong.results if result.verdict is Verdict.FAIL} == {check}
    assert (right.outcome, wrong.outcome) == (Outcome.PASSED, Outcome.FAILED)
    assert drained_nodes(opened) == []


def drained_nodes(opened: Session) -> list[str]:
    nodes = opened.admin.list_objects("v1", "Node")
    return [node["metadata"]["name"] for node in nodes if node["spec"].get("unschedulable")]


def test_a_node_comes_back_when_its_drain_was_killed(opened: Session, tmp_path: Path) -> None:
    """Kill -9 leaves the node without new pods; the next command that uses the cluster gives it back, and grades right."""
    pack, scratch = tmp_path / "pack", tmp_path / "scratch"
    folder = shutil.copytree(LIVE / "drain", pack / "exercises" / "drain")
    scratch.mkdir()
    killed = GradeCommand(scratch, folder / "workspace", "drain", "--pack", str(pack))
    killed.until("draining")
    awaited(lambda: drained_nodes(opened), "a node that takes no pods")
    killed.child.kill()
    killed.end()
    assert len(drained_nodes(opened)) == 1
    assert GradeCommand(scratch, folder / "reference", "drain", "--pack", str(pack)).end() == 0
    assert drained_nodes(opened) == []


@pytest.mark.alone
@pytest.mark.parametrize("slug", proven_here(lambda one: one.slug in {other.slug for other in OTHERS}))
def test_an_exercise_on_such_nodes_is_graded_as_its_cases_declare(slug: str, opened: Session, tmp_path: Path) -> None:
    """As on the cluster of the others, one after the other: what has load on it would upset another's."""
    with closing(Place(opened.admin, opened.digests)) as place:
        assert mistakes(graded_cases(drawn_cases(slug), lambda: place, tmp_path / "journal.jsonl", at_once=1)) == []
