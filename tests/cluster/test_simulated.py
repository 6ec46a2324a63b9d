"""Simulated nodes: a thousand of them, on which a small exercise is practised and graded by where its pods are placed."""

import json
import random
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from grader.checks.placement import may_run_on, tolerates
from grader.checks.view import View
from grader.grading.grade import Grading, grade
from grader.plays.place import Place
from grader.report.report import Outcome, Report, Verdict
from harness.cluster import cluster as clusters
from harness.cluster import simulation
from harness.exercises import exercise as exercises
from harness.exercises import gpus
from harness.exercises.exercise import Exercise
from harness.exercises.needs import of as needs_of
from harness.files.manifests import parse
from harness.intake.submission import collect
from harness.kube.kube import Kube, Object, Ref
from harness.runs import practice
from harness.runs import run as runs
from harness.runs.session import Session, open_session
from tests.draws import drawn_cases, graded_cases, mistakes, proven_here

pytestmark = pytest.mark.cluster
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
H100, A100 = "NVIDIA-H100-80GB-HBM3", "NVIDIA-A100-SXM4-80GB"
EXERCISE = """
id: wide-sweep
version: 1
title: A sweep over a thousand nodes
venue: cluster
level: mid
minutes: {from: 30, to: 60}
topics: [GPU scheduling]
summary: Forty pods with a whole node each.
requirements: {R1: All pods are placed on H100 nodes., R2: The repair stays within the ground rules.}
slos: {placed_seconds: 8}
isolation: namespace
namespaces: [wide-sweep]
images: ["breakfix/trainer:1.0"]
editable: ["manifests/*.yaml"]
ground_rules: R2
gpus:
  - {profile: h100-80gb, count: 8, nodes: 500, simulated: true}
  - {profile: a100-80gb, count: 8, nodes: 500, simulated: true, taint: old}
workload: {kind: Job, name: sweep, namespace: wide-sweep, container: trainer, replicas: 1}
jobs:
  - {name: sweep, namespace: wide-sweep, container: trainer, resource: nvidia.com/gpu, count: 8, product: NVIDIA-H100-80GB-HBM3,
     pods: 30}
max_requests: {cpu: "8000", memory: 80Ti}
scenarios:
  monday: {steps: [apply, {place: {within: 8}}]}
pass_mark: 80
ai_policy: allowed
"""
CHECKS = '''"""Where the sweep's pods are placed."""

from grader.checks import Observed, Submission, check
from grader.checks.simulated import need_packed, need_placed, need_product, need_spread


@check("placed", claim="All pods are placed", requirement="R1", points=5, must=True, scenario="monday")
def test_placed(submission: Submission, observed: Observed) -> None:
    need_placed(observed, "sweep", 30)


@check("product", claim="All pods are on H100 nodes", requirement="R1", points=5, must=True, scenario="monday")
def test_product(submission: Submission, observed: Observed) -> None:
    need_product(observed, "sweep", "NVIDIA-H100-80GB-HBM3")


@check("apart", claim="No two share a node", requirement="R1", points=5, scenario="monday", requires=["placed"])
def test_apart(submission: Submission, observed: Observed) -> None:
    need_spread(observed, "sweep", 1)


@check("few", claim="They take no more nodes than they have to", requirement="R1", points=5, scenario="monday", requires=["placed"])
def test_few(submission: Submission, observed: Observed) -> None:
    need_packed(observed, "sweep", 30)
'''
JOB = """apiVersion: batch/v1
kind: Job
metadata: {name: sweep}
spec:
  parallelism: 30
  completions: 30
  template:
    spec:
      restartPolicy: Never
      nodeSelector: {nvidia.com/gpu.product: NVIDIA-H100-80GB-HBM3}
      tolerations: [{key: nvidia.com/gpu, operator: Exists, effect: NoSchedule}]
      containers:
        - name: trainer
          image: breakfix/trainer:1.0
          resources: {requests: {cpu: 90, memory: 500Gi}, limits: {nvidia.com/gpu: 8}}
"""
SELECTED = "      nodeSelector: {nvidia.com/gpu.product: NVIDIA-H100-80GB-HBM3}\n"
TOLERATED = "      tolerations: [{key: nvidia.com/gpu, operator: Exists, effect: NoSchedule}]\n"


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Exercise:
    """A small exercise on a thousand simulated nodes."""
    folder = tmp_path_factory.mktemp("pack") / "exercises" / "wide-sweep"
    for path, text in {
        "exercise.yaml": EXERCISE, "README.md": "# A sweep\n", "checks/test_sweep.py": CHECKS,
        "workspace/manifests/sweep.yaml": JOB.replace(TOLERATED, ""),
    }.items():  # fmt: skip
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return exercises.read(folder)


@pytest.fixture(scope="module")
def session(sweep: Exercise) -> Iterator[Session]:
    """The cluster with simulated nodes, which would slow down others' tests and goes with these."""
    with open_session(sweep, lambda _: None, force=None, consent=lambda _: True) as opened:
        yield opened
        clusters.delete(opened.engine, opened.cluster.name)


@pytest.fixture(scope="module")
def place(session: Session) -> Iterator[Place]:
    """Where grades happen."""
    with closing(Place(session.admin, session.digests)) as made:
        yield made


def graded(exercise: Exercise, place: Place, folder: Path, text: str) -> Report:
    (folder / "manifests").mkdir(exist_ok=True)
    (folder / "manifests" / "sweep.yaml").write_text(text)
    submission = collect(exercise, folder)
    return grade(submission, "all", Grading(lambda: place), hidden=True)


def failed(report: Report) -> dict[str, str]:
    return {one.spec.id: str(one.reason) for one in report.results if one.verdict is Verdict.FAIL}


def test_pods_are_placed_and_that_is_what_counts(sweep: Exercise, place: Place, tmp_path: Path) -> None:
    """Each is told with its node; that the Job's pods never end is not held against it."""
    report = graded(sweep, place, tmp_path, JOB)
    assert (failed(report), report.outcome, report.score) == ({}, Outcome.PASSED, 100)
    pods = report.observations["monday"]["placed"]
    assert {one["product"] for one in pods} == {H100}
    assert {str(one["devices"]) for one in pods} == {"{'nvidia.com/gpu': 8}"}
    assert len({one["node"] for one in pods}) == 30


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (JOB.replace(TOLERATED, ""), ("placed", "untolerated taint")),
        (JOB.replace("nvidia.com/gpu: 8}", "nvidia.com/gpu: 9}"), ("placed", "Insufficient nvidia.com/gpu")),
        (JOB.replace("cpu: 90", "cpu: 200"), ("placed", "Insufficient cpu")),
        (JOB.replace(H100, A100), ("product", A100)),
        (JOB.replace("nvidia.com/gpu: 8}", "nvidia.com/gpu: 1}").replace("{cpu: 90, memory: 500Gi}", "{cpu: 1}").replace(
            SELECTED, "      nodeSelector: {kubernetes.io/hostname: grades-h100-80gb-0001}\n"), ("placed", "8 of 30 placed")),
    ],
)  # fmt: skip
def test_a_wrong_place_is_told(
    sweep: Exercise, place: Place, tmp_path: Path, text: str, wanted: tuple[str, str]
) -> None:
    """By the scheduler's own words, which say of a thousand nodes what keeps the pods away."""
    check, told = wanted
    assert told in failed(graded(sweep, place, tmp_path, text))[check]


def test_practice_has_nodes_of_its_own(sweep: Exercise, session: Session, place: Place, tmp_path: Path) -> None:
    """Pods of one's own practice are there, are said to run, and take no place from a grade; they go at once."""
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / "sweep.yaml").write_text(JOB)
    try:
        assert practice.apply_workspace(session.admin, collect(sweep, tmp_path), lambda _: None) == []
        pods = awaited(session, 30)
        assert {pod["spec"]["nodeName"].split("-")[0] for pod in pods} == {simulation.PRACTICE}
        report = graded(sweep, place, tmp_path, JOB)
        assert {one["node"].split("-")[0] for one in report.observations["monday"]["placed"]} == {simulation.GRADES}
    finally:
        practice.remove_practice(session.admin, sweep)


def awaited(session: Session, count: int) -> list[Object]:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        pods = session.admin.list_objects("v1", "Pod", "wide-sweep")
        if sum(pod["status"].get("phase") == "Running" for pod in pods) == count:
            return pods
        time.sleep(0.2)
    raise AssertionError([pod["status"] for pod in pods])


def test_nodes_that_were_changed_are_made_again(sweep: Exercise, session: Session) -> None:
    """A candidate may do anything to its own cluster; the next grade has the pool that the exercise declares."""
    simulation.ensure(session.admin, sweep.gpus, simulation.GRADES, lambda _: None)
    changes: dict[str, Object] = {
        "grades-h100-80gb-0001": {"spec": {"taints": []}},
        "grades-h100-80gb-0002": {"spec": {"unschedulable": True}},
        "grades-h100-80gb-0003": {"metadata": {"labels": {"nvidia.com/gpu.product": "other"}}},
    }
    for name, change in changes.items():
        path = f"/api/v1/nodes/{name}"
        session.admin.request("PATCH", path, body=change, content_type="application/merge-patch+json")
    session.admin.delete(Ref("v1", "Node", "", "grades-a100-80gb-1000"))
    told: list[str] = []
    simulation.ensure(session.admin, sweep.gpus, simulation.GRADES, told.append)
    assert told == ["making 4 simulated nodes for grades"]
    simulation.ensure(session.admin, sweep.gpus, simulation.GRADES, told.append)
    assert len(told) == 1


def test_nothing_of_the_systems_stands_on_simulated_nodes(session: Session) -> None:
    """A DaemonSet would have two thousand pods that nobody runs."""
    pods = session.admin.list_objects("v1", "Pod")
    nodes = {pod["spec"].get("nodeName") for pod in pods if runs.RUN_LABEL not in pod["metadata"].get("labels", {})}
    assert nodes == {session.cluster.node}


PAIRS, SEED = 300, 20_261_201
VALUES = ("present", "old", "")
KEYS = {
    "nvidia.com/gpu.product": (H100, A100, "Tesla-T4"),
    "nvidia.com/gpu.memory": ("81559", "40960", "16384"),
    "nvidia.com/mig.strategy": ("single", "mixed"),
    "team": ("vision", "language"),
}


def drawn_node(draw: random.Random) -> tuple[dict[str, str], str]:
    """Labels, some of them absent, and the value of the taint, '' for none."""
    labels = {key: draw.choice(values) for key, values in KEYS.items() if draw.random() < 0.8}
    return labels, draw.choice(VALUES)


def drawn_toleration(draw: random.Random) -> Object:
    one: Object = {
        "key": draw.choice([gpus.TAINT, gpus.TAINT, "other", ""]),
        "operator": draw.choice(["Equal", "Exists", ""]),
    }
    if not one["key"]:
        one["operator"] = "Exists"
    if one["operator"] != "Exists":
        one["value"] = draw.choice(VALUES)
    one["effect"] = draw.choice(["NoSchedule", "NoExecute", "PreferNoSchedule", ""])
    return {key: value for key, value in one.items() if value or key == "value"}


def drawn_expression(draw: random.Random) -> Object:
    key = draw.choice([*KEYS])
    operator = draw.choice(["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"])
    if operator in {"Gt", "Lt"}:
        return {"key": "nvidia.com/gpu.memory", "operator": operator, "values": [draw.choice(["0", "40960", "60000"])]}
    values = draw.sample([*KEYS[key], "nothing"], draw.randint(1, 2)) if operator in {"In", "NotIn"} else None
    return {"key": key, "operator": operator, **({"values": values} if values else {})}


def drawn_pod(draw: random.Random) -> Object:
    """What a pod says of nodes, as the API takes it."""
    spec: Object = {"tolerations": [drawn_toleration(draw) for _ in range(draw.randint(0, 2))]}
    if draw.random() < 0.4:
        key = draw.choice([*KEYS])
        spec["nodeSelector"] = {key: draw.choice(KEYS[key])}
    if draw.random() < 0.7:
        terms = [
            {"matchExpressions": [drawn_expression(draw) for _ in range(draw.randint(1, 2))]}
            for _ in range(draw.randint(1, 2))
        ]
        spec["affinity"] = {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": terms}}}
    return spec


def pinned(spec: Object, node: str) -> Object:
    """The same pod, for one node alone."""
    field = [{"key": "metadata.name", "operator": "In", "values": [node]}]
    terms = spec.get("affinity", {}).get("nodeAffinity", {}).get(REQUIRED, {}).get("nodeSelectorTerms", [{}])
    wanted = {REQUIRED: {"nodeSelectorTerms": [{**term, "matchFields": field} for term in terms]}}
    return {**spec, "affinity": {"nodeAffinity": wanted}}


def taints_of(admin: Kube, name: str) -> int:
    """How many taints a node has."""
    return len((admin.get(Ref("v1", "Node", "", name)) or {"spec": {}})["spec"].get("taints") or [])


def said_of(pod: Object) -> bool | None:
    """Whether the scheduler has placed a pod, or said that it cannot; None where it has done neither."""
    if pod["spec"].get("nodeName"):
        return True
    known = {one["type"]: one for one in pod["status"].get("conditions") or []}
    return False if known.get("PodScheduled", {}).get("reason") == "Unschedulable" else None


def test_checks_place_pods_as_the_scheduler_does(sweep: Exercise, session: Session) -> None:
    """On three hundred pairs of a pod and a node, drawn at random."""
    draw, admin, namespace = random.Random(SEED), session.admin, "pairs"
    nodes = {f"pair-{number}": drawn_node(draw) for number in range(20)}
    pairs = {f"pod-{number}": (drawn_pod(draw), draw.choice([*nodes])) for number in range(PAIRS)}
    admin.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    simulation.ensure(admin, sweep.gpus, simulation.GRADES, lambda _: None)
    template = admin.list_objects("v1", "Node", labels=f"{simulation.USE}={simulation.GRADES}")[0]["status"]
    try:
        for name, (labels, taint) in nodes.items():
            taints = [{"key": gpus.TAINT, "value": taint, "effect": "NoSchedule"}] if taint else []
            metadata = {"name": name, "labels": labels, "annotations": simulation.PLAYED}
            admin.create(
                {
                    "apiVersion": "v1",
                    "kind": "Node",
                    "metadata": metadata,
                    "spec": {"taints": taints},
                    "status": template,
                }
            )
        end = time.monotonic() + 60  # until then the cluster itself keeps pods off them
        while any(taints_of(admin, name) != bool(taint) for name, (_, taint) in nodes.items()):
            assert time.monotonic() < end
            time.sleep(0.2)
        for name, (spec, node) in pairs.items():
            whole = {
                **pinned(spec, node),
                "containers": [{"name": "main", "image": "nothing"}],
                "terminationGracePeriodSeconds": 0,
            }
            admin.create(
                {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": namespace}, "spec": whole}
            )
        told: dict[str, bool | None] = {}
        end = time.monotonic() + 120
        while len(told) < PAIRS or None in told.values():
            assert time.monotonic() < end, told
            told = {pod["metadata"]["name"]: said_of(pod) for pod in admin.list_objects("v1", "Pod", namespace)}
            time.sleep(0.2)
    finally:
        admin.delete(Ref("v1", "Namespace", "", namespace))
        for name in nodes:
            admin.delete(Ref("v1", "Node", "", name))
    wrong = [
        (spec, nodes[node], told[name])
        for name, (spec, node) in pairs.items()
        if (tolerates(view_of(spec), nodes[node][1]) and may_run_on(view_of(spec), nodes[node][0])) is not told[name]
    ]
    assert not wrong
    assert 30 < sum(map(bool, told.values())) < PAIRS - 30  # it is worth something


def view_of(spec: Object) -> View:
    manifest = parse(
        "pod.yaml", json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": spec}).encode()
    )[0][0]
    return View(manifest, (), manifest.value).at("spec")


@pytest.mark.parametrize("slug", proven_here(lambda one: needs_of(one).simulated))
@pytest.mark.usefixtures("session")
def test_an_exercise_on_simulated_nodes_is_graded_as_its_cases_declare(slug: str, tmp_path: Path) -> None:
    """On the same cluster, with the exercise's own nodes."""
    with (
        open_session(exercises.load(slug), lambda _: None, force=None, consent=lambda _: True) as opened,
        closing(Place(opened.admin, opened.digests)) as place,
    ):
        assert mistakes(graded_cases(drawn_cases(slug), lambda: place, tmp_path / "journal.jsonl")) == []
