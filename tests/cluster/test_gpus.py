"""The documented behaviours of NVIDIA's device plugin, on a cluster of its own with real nodes as GPU nodes.

Each test's pods stand in a namespace of its own; what breaks a device is mended at the end of its test.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from grader.grading.grade import Grading, grade
from grader.plays.place import Place
from grader.report.report import Report, Verdict
from harness.cluster import gpupool, ownnode
from harness.cluster.cluster import Cluster
from harness.core.errors import EnvironmentBrokenError
from harness.engine import clusternode
from harness.engine.engine import Engine
from harness.exercises import exercise as exercises
from harness.exercises import gpus
from harness.exercises.exercise import Exercise
from harness.exercises.gpuprofiles import OLDER_CUDA, OLDER_DRIVER
from harness.exercises.scenarios import Order
from harness.intake.submission import collect
from harness.kube.kube import ApiRefusedError, Kube, Object, Ref
from harness.runs import practice
from harness.runs import run as runs
from harness.runs.session import Session, open_session
from tests.draws import drawn_cases, graded_cases, mistakes, proven_here
from tests.namespaces import fresh
from tests.waits import awaited

pytestmark = pytest.mark.cluster
IMAGE = runs.PROBER_IMAGE
POOLS = gpus.read({"gpus": [
    {"profile": "h100-80gb", "count": 4},
    {"profile": "a100-80gb", "count": 2, "mode": "mig-mixed"},
]})  # fmt: skip
GPU = "nvidia.com/gpu"
TRAINING = "nothing-schedules"  # an exercise whose workload is Jobs
SHARED = "two-teams-eight-gpus"  # and one whose runs have a node each
WHOLE, SLICED = 0, 1  # the workers by their pools


@dataclass(frozen=True)
class Bench:
    """A namespace on the GPU cluster, and what tests do there."""

    session: Session
    namespace: str

    @property
    def admin(self) -> Kube:
        return self.session.admin

    @property
    def workers(self) -> tuple[str, ...]:
        return self.session.cluster.workers

    def pod(self, name: str, *asked: dict[str, Any], **spec: Any) -> None:
        """Create a pod that tolerates the pool's taint, with a container for each of `asked` (its resources)."""
        containers = [
            {
                "name": f"c{number}", "image": IMAGE, "imagePullPolicy": "Never", "command": ["sleep", "600"],
                "resources": resources,
            }
            for number, resources in enumerate(asked)
        ]  # fmt: skip
        tolerations = [{"key": GPU, "operator": "Exists", "effect": "NoSchedule"}]
        self.admin.create({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": self.namespace},
            "spec": {"containers": containers, "tolerations": tolerations, "terminationGracePeriodSeconds": 1, **spec},
        })  # fmt: skip

    def running(self, name: str) -> Object:
        return self.until(name, lambda pod: pod["status"].get("phase") == "Running")

    def until(self, name: str, seen: Callable[[Object], bool]) -> Object:
        def look() -> Object | None:
            pod = self.admin.get(Ref("v1", "Pod", self.namespace, name))
            return pod if pod is not None and seen(pod) else None

        found: Object = awaited(look, name)
        return found

    def run(self, name: str, *argv: str, container: str = "c0") -> str:
        return self.admin.execute(self.namespace, name, container, list(argv))

    def delete(self, name: str) -> None:
        self.admin.delete(Ref("v1", "Pod", self.namespace, name), grace=1)
        awaited(lambda: self.admin.get(Ref("v1", "Pod", self.namespace, name)) is None, f"{name} to be gone")

    def node(self, number: int) -> Object:
        return self.admin.request("GET", self.admin.path_of("v1", "Node", "", self.workers[number]))

    def offers(self, number: int, resource: str, count: int) -> None:
        awaited(
            lambda: gpupool.offered(self.node(number)).get(resource, 0) == count,
            f"{count} {resource} to be allocatable",
        )


def with_gpus(admin: Kube) -> list[Object]:
    return [one for one in admin.list_objects("v1", "Node") if gpupool.offered(one)]


def exercise_with(pools: tuple[gpus.Pool, ...]) -> Exercise:
    return replace(exercises.load("serving-never-ready"), images=(IMAGE,), gpus=pools)


@pytest.fixture(scope="module")
def gpu_session() -> Iterator[Session]:
    """A cluster with one node of four H100 and one of two partitioned A100."""
    with open_session(exercise_with(POOLS), lambda _: None, force=None, consent=lambda _: True) as opened:
        gpupool.restore(opened.admin, opened.cluster, POOLS)
        yield opened
        gpupool.restore(opened.admin, opened.cluster, POOLS)


@pytest.fixture
def bench(gpu_session: Session) -> Iterator[Bench]:
    with fresh(gpu_session.admin, "gpu-test", "gpu-test") as (name,):
        yield Bench(gpu_session, name)


def limits(count: int, resource: str = GPU) -> dict[str, Any]:
    return {"limits": {resource: str(count)}}


def uuids(listed: str) -> list[str]:
    return [line.split("UUID: ")[1].rstrip(")") for line in listed.strip().splitlines() if "UUID: " in line]


def test_two_containers_of_a_pod_get_different_devices(bench: Bench) -> None:
    """Variable, `nvidia-smi` and label agree; the device cannot be talked up by a variable of the pod."""
    bench.pod("two", limits(1), limits(2))
    bench.running("two")
    seen = []
    for container, count in (("c0", 1), ("c1", 2)):
        visible = bench.run("two", "printenv", "NVIDIA_VISIBLE_DEVICES", container=container).strip().split(",")
        listed = bench.run("two", "nvidia-smi", "-L", container=container)
        assert sorted(uuids(listed)) == sorted(visible)
        assert len(visible) == count
        assert listed.startswith("GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-")
        assert bench.run("two", "printenv", "NVIDIA_DRIVER_CAPABILITIES", container=container) == "compute,utility\n"
        seen += visible
    assert len(set(seen)) == 3
    labels = bench.node(WHOLE)["metadata"]["labels"]
    query = ["nvidia-smi", "--query-gpu=name,memory.total,driver_version,compute_cap", "--format=csv,noheader,nounits"]
    name, memory, driver, compute = bench.run("two", *query).strip().split(", ")
    assert name.replace(" ", "-") == labels["nvidia.com/gpu.product"]
    assert memory == labels["nvidia.com/gpu.memory"]
    assert driver == labels["nvidia.com/cuda.driver-version.full"]
    assert compute == f"{labels['nvidia.com/gpu.compute.major']}.{labels['nvidia.com/gpu.compute.minor']}"
    table = bench.run("two", "nvidia-smi", container="c1")
    assert f"Driver Version: {driver}" in table
    assert len({len(line) for line in table.splitlines() if line.startswith(("|", "+"))}) == 1


def test_a_pod_without_a_request_sees_no_device(bench: Bench) -> None:
    """Not on a GPU node either."""
    node = {"kubernetes.io/hostname": bench.workers[WHOLE]}
    bench.pod("none", {}, nodeSelector=node)
    bench.running("none")
    assert "NVIDIA" not in bench.run("none", "env")
    assert bench.run("none", "sh", "-c", "command -v nvidia-smi || echo none") == "none\n"


def test_more_than_there_is_stays_pending(bench: Bench) -> None:
    """Devices are not overcommitted, and free ones are given away as soon as their holder is gone."""
    bench.pod("first", limits(3))
    bench.running("first")
    bench.pod("second", limits(2))
    stuck = bench.until(
        "second", lambda pod: any(one.get("reason") == "Unschedulable" for one in pod["status"].get("conditions", []))
    )
    assert f"Insufficient {GPU}" in json.dumps(stuck["status"]["conditions"])
    bench.delete("first")
    bench.running("second")


def test_requests_must_equal_limits(bench: Bench) -> None:
    """The API server's own rule for extended resources."""
    with pytest.raises(ApiRefusedError, match="must be equal to"):
        bench.pod("uneven", {"requests": {GPU: "1"}, "limits": {GPU: "2"}})
    with pytest.raises(ApiRefusedError, match="Limit must be set for non overcommitable resources"):
        bench.pod("unlimited", {"requests": {GPU: "1"}})


def test_the_taint_keeps_others_away(bench: Bench) -> None:
    """The pool's taint is NVIDIA's usual one."""
    bench.pod("stranger", limits(1), tolerations=[])
    stuck = bench.until(
        "stranger", lambda pod: any(one.get("reason") == "Unschedulable" for one in pod["status"].get("conditions", []))
    )
    assert "untolerated taint" in json.dumps(stuck["status"]["conditions"])


def test_mig_devices_are_resources_of_their_own(bench: Bench) -> None:
    """Under the mixed strategy the node offers slices and no whole GPU."""
    assert gpupool.offered(bench.node(SLICED)) == {
        "nvidia.com/mig-1g.10gb": 4,
        "nvidia.com/mig-2g.20gb": 2,
        "nvidia.com/mig-3g.40gb": 2,
    }
    bench.pod("slice", limits(1, "nvidia.com/mig-1g.10gb"))
    bench.running("slice")
    visible = bench.run("slice", "printenv", "NVIDIA_VISIBLE_DEVICES").strip()
    listed = bench.run("slice", "nvidia-smi", "-L")
    assert visible.startswith("MIG-")
    assert f"UUID: {visible})" in listed
    assert len(uuids(listed)) == 2  # the GPU, and its one device


def test_an_unhealthy_device_lowers_what_is_allocatable(bench: Bench) -> None:
    """Capacity stays, allocatable falls; a critical XID does the same, an application's own does not."""
    broken, other = (gpu.uuid for gpu in gpus.gpus(POOLS[WHOLE], WHOLE)[:2])
    worker = bench.workers[WHOLE]
    try:
        gpupool.break_devices(bench.admin, worker, {"unhealthy": [broken]})
        bench.offers(WHOLE, GPU, 3)
        assert bench.node(WHOLE)["status"]["capacity"][GPU] == "4"
        gpupool.break_devices(bench.admin, worker, {"unhealthy": [broken], "xid": {other: 79}})
        bench.offers(WHOLE, GPU, 2)
        gpupool.break_devices(bench.admin, worker, {"xid": {other: 13}})
        bench.offers(WHOLE, GPU, 4)
    finally:
        gpupool.break_devices(bench.admin, worker, {})
    bench.offers(WHOLE, GPU, 4)


def test_an_older_driver_shows_in_labels_and_containers(bench: Bench) -> None:
    try:
        gpupool.break_devices(bench.admin, bench.workers[WHOLE], {"driver": OLDER_DRIVER, "cuda": OLDER_CUDA})
        assert bench.node(WHOLE)["metadata"]["labels"]["nvidia.com/cuda.driver.major"] == "535"
        bench.pod("old", limits(1))
        bench.running("old")
        assert OLDER_DRIVER in bench.run("old", "nvidia-smi", "--query-gpu=driver_version", "--format=csv")
    finally:
        gpupool.restore(bench.admin, bench.session.cluster, POOLS)


def test_metrics_name_the_pod_that_has_a_device(bench: Bench) -> None:
    """Utilisation is what the pod's annotation says; an XID error is told with the device."""
    worker = bench.workers[WHOLE]
    bench.pod("busy", limits(1))
    bench.running("busy")
    change: Object = {"metadata": {"annotations": {"breakfix.dev/gpu-utilization": "70"}}}
    path = bench.admin.path_of("v1", "Pod", bench.namespace, "busy")
    bench.admin.request("PATCH", path, body=change, content_type="application/merge-patch+json")
    uuid = bench.run("busy", "printenv", "NVIDIA_VISIBLE_DEVICES").strip()
    plugin = gpupool.plugin_of(bench.admin, worker)
    fetch = "import urllib.request as u; print(u.urlopen('http://127.0.0.1:9400/metrics').read().decode())"
    try:
        gpupool.break_devices(bench.admin, worker, {"xid": {uuid: 13}})
        page = bench.admin.execute(gpupool.NAMESPACE, plugin, "nvidia-device-plugin", ["python3", "-c", fetch])
    finally:
        gpupool.break_devices(bench.admin, worker, {})
    lines = [line for line in page.splitlines() if uuid in line]
    assert len(lines) == 4
    assert all(f'namespace="{bench.namespace}",pod="busy",container="c0"' in line for line in lines)
    values = {line.split("{")[0]: float(line.rsplit(" ", 1)[1]) for line in lines}
    assert values["DCGM_FI_DEV_GPU_UTIL"] == 70
    assert values["DCGM_FI_DEV_XID_ERRORS"] == 13
    assert values["DCGM_FI_DEV_FB_USED"] + values["DCGM_FI_DEV_FB_FREE"] == 81559


def test_the_runtime_class_of_real_pools_works(bench: Bench) -> None:
    bench.pod("classed", limits(1), runtimeClassName="nvidia")
    bench.running("classed")


def test_a_restarted_kubelet_gets_its_devices_back(bench: Bench) -> None:
    """The plugin registers again by itself, its pod untouched; a pod that had a device keeps it."""
    bench.pod("before", limits(1))
    bench.running("before")
    plugin = gpupool.plugin_of(bench.admin, bench.workers[WHOLE])
    known = registrations(bench.admin, plugin)
    restart_kubelet(bench.session.engine, bench.session.cluster)
    awaited(lambda: registrations(bench.admin, plugin) > known, "the plugin to register again")
    bench.offers(WHOLE, GPU, 4)
    bench.pod("after", limits(3))
    bench.running("after")
    mine = bench.run("before", "printenv", "NVIDIA_VISIBLE_DEVICES").strip()
    assert mine not in bench.run("after", "printenv", "NVIDIA_VISIBLE_DEVICES")
    assert gpupool.plugin_of(bench.admin, bench.workers[WHOLE]) == plugin


def restart_kubelet(engine: Engine, cluster: Cluster) -> None:
    clusternode.execute(engine, cluster.workers[WHOLE], ["systemctl", "restart", "kubelet"], 60)


def registrations(admin: Kube, plugin: str) -> int:
    """Return how often the plugin says that it registered; 0 while the kubelet, which has its log, is down."""
    try:
        said = admin.log(gpupool.NAMESPACE, plugin, "nvidia-device-plugin", lines=200)
    except EnvironmentBrokenError:
        return 0
    return said.count("registered nvidia.com/gpu")


def test_the_plugin_stays_small(gpu_session: Session) -> None:
    """Under 60 MB on every node, by the kernel's count of what the process holds."""
    for worker in gpu_session.cluster.workers:
        plugin = gpupool.plugin_of(gpu_session.admin, worker)
        argv = [
            "sh",
            "-c",
            "while read key value unit; do case $key in VmRSS:) echo $value;; esac; done </proc/1/status",
        ]
        assert int(gpu_session.admin.execute(gpupool.NAMESPACE, plugin, "nvidia-device-plugin", argv)) < 60_000


def test_a_claim_on_node_local_storage_takes_one_writer_only(bench: Bench) -> None:
    """ReadWriteOnce is bound when its pod is placed; ReadWriteMany is refused in the provisioner's words."""
    for name, mode in (("once", "ReadWriteOnce"), ("many", "ReadWriteMany")):
        bench.admin.create({
            "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name, "namespace": bench.namespace},
            "spec": {"storageClassName": "local-path", "accessModes": [mode], "resources": {"requests": {"storage": "1Mi"}}},
        })  # fmt: skip
        bench.pod(name, limits(1), volumes=[{"name": "data", "persistentVolumeClaim": {"claimName": name}}])
    bench.running("once")
    path = f"/api/v1/namespaces/{bench.namespace}/events"
    awaited(lambda: "only supports ReadWriteOnce" in json.dumps(bench.admin.request("GET", path)), "the refusal")


def test_a_second_session_finds_the_pool_as_it_is(gpu_session: Session) -> None:
    """Nothing is made again, so that each command of a candidate does not pay for it."""
    told: list[str] = []
    with open_session(exercise_with(POOLS), told.append, force=None, consent=lambda _: True) as again:
        assert again.cluster == gpu_session.cluster
    assert told == []


def test_another_pool_takes_the_nodes_place(gpu_session: Session) -> None:
    """Slices of the single strategy and shared replicas both go by the plain name; the labels of the pool before are gone."""
    pools = gpus.read({"gpus": [
        {"profile": "a100-80gb", "count": 1, "mode": "mig-single"},
        {"profile": "t4", "count": 1, "mode": "time-sliced", "replicas": 4, "taint": ""},
    ]})  # fmt: skip
    single, shared = gpu_session.cluster.workers
    with (
        open_session(exercise_with(pools), lambda _: None, force=None, consent=lambda _: True) as opened,
        fresh(opened.admin, "gpu-test", "gpu-test") as (name,),
    ):
        bench = Bench(opened, name)
        assert [gpupool.offered(bench.node(number)) for number in (0, 1)] == [{GPU: 7}, {GPU: 4}]
        assert "nvidia.com/mig-1g.10gb.count" not in bench.node(1)["metadata"]["labels"]
        assert not [one for one in bench.node(1)["spec"].get("taints", []) if one["key"] == GPU]
        bench.pod("slices", limits(2), nodeSelector={"kubernetes.io/hostname": single})
        bench.pod("share", limits(1), nodeSelector={"kubernetes.io/hostname": shared}, tolerations=[])
        bench.pod("other", limits(1), nodeSelector={"kubernetes.io/hostname": shared}, tolerations=[])
        seen = []
        for pod in ("slices", "share", "other"):
            bench.running(pod)
            seen.append(bench.run(pod, "printenv", "NVIDIA_VISIBLE_DEVICES").strip())
        assert [one.startswith("MIG-") for one in seen[0].split(",")] == [True, True]
        assert seen[1] == seen[2] == gpus.gpus(pools[1], 1)[0].uuid
        assert bench.run("share", "nvidia-smi", "-L") == f"GPU 0: Tesla T4 (UUID: {seen[1]})\n"
    with open_session(exercise_with(POOLS), lambda _: None, force=None, consent=lambda _: True) as opened:
        assert gpupool.offered(Bench(opened, name).node(WHOLE)) == {GPU: 4}


@pytest.fixture(scope="module")
def shared() -> Iterator[Place]:
    """The two nodes of the exercise in which teams share a pool, in place of the pools before."""
    with (
        open_session(exercises.load(SHARED), lambda _: None, force=None, consent=lambda _: True) as opened,
        closing(Place(opened.admin, opened.digests)) as place,
    ):
        yield place
    with open_session(exercise_with(POOLS), lambda _: None, force=None, consent=lambda _: True):
        pass  # the tests' own pool again


def test_a_submission_has_its_node_and_its_priority_classes_for_itself(shared: Place) -> None:
    """Two scenarios on two nodes at once; preemption and eviction are seen, and nothing is left behind."""
    report = graded((exercises.load(SHARED).solution or Path()) / "reference", shared, SHARED)
    assert (failed(report), report.score) == ({}, 100)
    day, burst = (report.observations[name] for name in ("release-day", "burst"))
    nodes = [{pod["node"] for job in one["jobs"] for pod in job["pods"]} for one in (day, burst)]
    assert [len(one) for one in nodes] == [1, 1]
    assert nodes[0] != nodes[1]
    disrupted = {(snap["job"], snap["disrupted"]) for snap in day["pods"] if snap["disrupted"]}
    assert disrupted == {("corpus-scoring", "PreemptionByScheduler"), ("detector-train", "EvictionByEvictionAPI")}
    while shared.removals:
        shared.removals.pop().result()
    assert [
        one for one in shared.admin.list_objects(*runs.CLASSES) if runs.RUN_LABEL in one["metadata"].get("labels", {})
    ] == []
    assert ownnode.free(shared.admin) == ownnode.nodes(shared.admin)[-1]


def test_a_gpu_fails_under_a_job_and_is_whole_again_after_the_run(shared: Place) -> None:
    """It is one that the pod was told of, and the pod keeps it: its Job ends well. Nothing says that a run has broken the node."""
    exercise = exercises.load(SHARED)
    name = "detector-hotfix"
    orders = (
        Order("apply", {"jobs": [name]}), Order("when", {"job": name, "epochs": 2}), Order("gpu-fault", name),
        Order("complete", {"within": 60}),
    )  # fmt: skip
    played = replace(exercise, scenarios=tuple(replace(one, steps=orders) for one in exercise.scenarios))
    submission = collect(played, (exercise.solution or Path()) / "reference")
    report = grade(submission, "all", Grading(lambda: shared), hidden=True)
    while shared.removals:
        shared.removals.pop().result()
    for seen in report.observations.values():
        (fault,) = seen["gpu_faults"]
        (job,) = seen["jobs"]
        assert fault["uuid"] in {gpu.uuid for gpu in gpus.gpus(exercise.gpus[0], 0) + gpus.gpus(exercise.gpus[0], 1)}
        assert (fault["pod"], "Complete" in job["ends"]) == (job["pods"][0]["name"], True)
    awaited(lambda: all(gpupool.offered(one) == {GPU: 8} for one in with_gpus(shared.admin)), "whole nodes")
    assert not [one for one in with_gpus(shared.admin) if gpupool.FAULT in one["metadata"]["annotations"]]


def test_practice_has_the_first_node_and_a_run_the_other(shared: Place) -> None:
    exercise = exercises.load(SHARED)
    practice.make_practice_namespaces(shared.admin, exercise, lambda _: None)
    try:
        assert ownnode.free(shared.admin) == ownnode.nodes(shared.admin)[1]
        asked = practice.apply_workspace(shared.admin, collect(exercise, exercise.workspace), lambda _: None)
        assert asked == []
        again = practice.apply_workspace(
            shared.admin, collect(exercise, (exercise.solution or Path()) / "reference"), lambda _: None
        )
        assert again == []  # a class whose value changed is made again
        found = shared.admin.get(Ref(*runs.CLASSES, "", "pool-batch"))
        assert found is not None
        assert found["value"] == 100
    finally:
        practice.remove_practice(shared.admin, exercise)
    assert shared.admin.get(Ref(*runs.CLASSES, "", "pool-batch")) is None


@pytest.mark.alone
@pytest.mark.parametrize("slug", proven_here(lambda one: one.slug == SHARED))
def test_an_exercise_of_shared_gpus_is_graded_as_its_cases_declare(slug: str, shared: Place, tmp_path: Path) -> None:
    """As on a cluster without GPUs."""
    assert mistakes(graded_cases(drawn_cases(slug), lambda: shared, tmp_path / "journal.jsonl")) == []


@pytest.fixture(scope="module")
def training() -> Iterator[Place]:
    """The pool of the exercise with Jobs, in place of the one before."""
    exercise = exercises.load(TRAINING)
    with (
        open_session(exercise, lambda _: None, force=None, consent=lambda _: True) as opened,
        closing(Place(opened.admin, opened.digests)) as place,
    ):
        yield place
    with open_session(exercise_with(POOLS), lambda _: None, force=None, consent=lambda _: True):
        pass  # the tests' own pool again


def graded(folder: Path, place: Place, slug: str = TRAINING) -> Report:
    submission = collect(exercises.load(slug), folder)
    return grade(submission, "all", Grading(lambda: place), hidden=True)


def failed(report: Report) -> dict[str, str]:
    return {one.spec.id: str(one.reason) for one in report.results if one.verdict is Verdict.FAIL}


def test_jobs_run_to_completion_on_the_gpus_that_are_meant_for_them(training: Place) -> None:
    """The pods' nodes, devices and results are seen, and differ from run to run, as the data do."""
    reports = [graded((exercises.load(TRAINING).solution or Path()) / "reference", training) for _ in range(2)]
    assert [(failed(one), one.score) for one in reports] == [({}, 100), ({}, 100)]
    found = [one.observations["handover"]["jobs"] for one in reports]
    pods = {one["name"]: one["pods"][0] for one in found[0]}
    assert {name: pod["devices"] for name, pod in pods.items()} == {
        "encoder-pretrain": {GPU: 2}, "ranker-finetune": {"nvidia.com/mig-3g.40gb": 1},
        "embedding-eval": {"nvidia.com/mig-2g.20gb": 1},
    }  # fmt: skip
    assert pods["encoder-pretrain"]["node"] != pods["ranker-finetune"]["node"] == pods["embedding-eval"]["node"]
    assert found[0][0]["learns"] != found[1][0]["learns"]
    for report in reports:
        (left,) = report.observations["handover"]["kept"]
        (state,) = left["checkpoints"]
        assert (left["claim"], state["path"], state["epoch"], state["own"]) == (
            "encoder-checkpoints", "checkpoint.json", 5, True,
        )  # fmt: skip


def test_jobs_that_never_end_are_told_with_what_keeps_them(training: Place) -> None:
    told = failed(graded(exercises.load(TRAINING).workspace, training))
    assert "untolerated taint" in told["encoder-completes"]
    assert "Limit must be set for non overcommitable resources" in told["ranker-completes"]
    assert "failed quota: training-quota: must specify" in told["evaluation-completes"]


def test_the_platforms_quota_counts_and_a_submission_sets_none(training: Place, tmp_path: Path) -> None:
    """The platform's own refuses what goes beyond it; another one is out of bounds."""
    solution = exercises.load(TRAINING).solution or Path()
    shutil.copytree(solution / "reference", tmp_path, dirs_exist_ok=True)
    evaluate = tmp_path / "manifests" / "evaluate.yaml"
    evaluate.write_text(evaluate.read_text("utf-8").replace("mig-2g.20gb: 1", "mig-2g.20gb: 2"))
    report = graded(tmp_path, training)
    assert "exceeded quota: training-quota" in failed(report)["evaluation-completes"]
    quota = "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: ours, namespace: ml-training}\nspec: {hard: {pods: '9'}}\n"
    (tmp_path / "manifests" / "quota.yaml").write_text(quota)
    assert "ResourceQuota is the platform's to set" in failed(graded(tmp_path, training))["objects-allowed"]


@pytest.mark.parametrize("slug", proven_here(lambda one: one.slug == TRAINING))
def test_an_exercise_with_jobs_is_graded_as_its_cases_declare(slug: str, training: Place, tmp_path: Path) -> None:
    """As on a cluster without GPUs."""
    assert mistakes(graded_cases(drawn_cases(slug), lambda: training, tmp_path / "journal.jsonl")) == []
