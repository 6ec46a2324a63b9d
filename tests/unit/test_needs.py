"""What exercises need of a cluster, and kind's configuration of it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from grader import venues
from harness.cluster import kindconfig
from harness.core.errors import InputError
from harness.exercises import exercise as exercises
from harness.exercises import gpus, needs
from harness.exercises.exercise import Exercise
from harness.exercises.needs import Needs

REAL = gpus.read({"gpus": [{"profile": "a100-80gb", "count": 4, "nodes": 2}]})
SIMULATED = gpus.read({"gpus": [{"profile": "a100-80gb", "count": 4, "nodes": 99, "simulated": True}]})
PLAIN = {
    "kind": "Cluster",
    "apiVersion": "kind.x-k8s.io/v1alpha4",
    "networking": {"podSubnet": "10.244.0.0/16"},
    "kubeadmConfigPatches": [{"kind": "KubeletConfiguration", "failCgroupV1": False}],
}
TIED = {"extraArgs": [{"name": "enable-admission-plugins", "value": "NodeRestriction,PodNodeSelector"}]}
NVIDIA = """[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.nvidia]
  runtime_type = "io.containerd.runc.v2"
  base_runtime_spec = "/etc/containerd/cri-base.json"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.nvidia.options]
    SystemdCgroup = true
"""
CONTROLLERS = {
    "kube-api-burst": "800", "kube-api-qps": "400", "node-cidr-mask-size": "27", "node-monitor-grace-period": "87600h",
}  # fmt: skip
WORKERS = [{"role": "control-plane"}, {"role": "worker"}, {"role": "worker"}]


def config(wanted: Needs) -> dict[str, Any]:
    """The configuration as kind reads it: the text of each patch is YAML again."""
    found: dict[str, Any] = yaml.safe_load(kindconfig.text(kindconfig.of(wanted)))
    return found | {"kubeadmConfigPatches": [yaml.safe_load(one) for one in found["kubeadmConfigPatches"]]}


def test_no_needs_give_the_plain_cluster() -> None:
    assert config(Needs()) == PLAIN


def test_plain_nodes_are_workers_and_nothing_else() -> None:
    assert config(Needs(plain=2)) == PLAIN | {"nodes": WORKERS}


def test_real_pools_give_workers_that_tell_of_devices_soon() -> None:
    assert config(Needs(REAL)) == PLAIN | {
        "kubeadmConfigPatches": [
            {"kind": "KubeletConfiguration", "failCgroupV1": False, "nodeStatusUpdateFrequency": "1s"},
            {"kind": "ClusterConfiguration", "apiServer": TIED},
        ],
        "containerdConfigPatches": [NVIDIA],
        "nodes": WORKERS,
    }


def test_simulated_pools_give_no_workers() -> None:
    listed = [{"name": name, "value": value} for name, value in CONTROLLERS.items()]
    patch = {"kind": "ClusterConfiguration", "apiServer": TIED, "controllerManager": {"extraArgs": listed}}
    assert config(Needs(SIMULATED)) == PLAIN | {"kubeadmConfigPatches": [*PLAIN["kubeadmConfigPatches"], patch]}


def test_plain_nodes_come_after_those_with_gpus() -> None:
    wanted = Needs(REAL, plain=1)
    assert (wanted.workers, wanted.gpu_workers) == (3, [REAL[0]] * 2)
    assert config(wanted)["nodes"] == [*WORKERS, {"role": "worker"}]


def test_each_sort_of_needs_has_a_variant_of_its_own() -> None:
    """One cluster of each is kept; those of the pools are called as ever."""
    sorts = [Needs(), Needs(REAL), Needs(SIMULATED), Needs(plain=2), Needs(REAL, 1, ("kwok",))]
    assert [wanted.variant for wanted in sorts] == ["", "+gpus", "+simulated", "+nodes", "+gpus+nodes+kwok"]


def test_autoscalers_are_looked_after_often_where_there_are_metrics() -> None:
    argument = {"name": "horizontal-pod-autoscaler-sync-period", "value": "5s"}
    patch = {"kind": "ClusterConfiguration", "controllerManager": {"extraArgs": [argument]}}
    wanted = Needs(plain=2, components=("metrics-server",))
    assert wanted.variant == "+nodes+metrics-server"
    assert config(wanted) == PLAIN | {
        "kubeadmConfigPatches": [*PLAIN["kubeadmConfigPatches"], patch],
        "nodes": WORKERS,
    }


def component(folder: Path, name: str, text: str) -> None:
    """A component that wants something of kind, and installs a namespace."""
    (folder / "components" / name).mkdir(parents=True)
    (folder / "components" / name / "component.yaml").write_text(text)
    made = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: x}\nspec: {group: g, versions: []}\n"
    (folder / "components" / name / "manifests.yaml").write_text(made)


@pytest.fixture
def pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "exercises").mkdir()
    monkeypatch.setenv("BREAKFIX_PACKS", str(tmp_path))
    return tmp_path


READY = "ready: [{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, name: x}]\n"


def test_what_components_want_of_kind_is_put_together(pack: Path) -> None:
    component(pack, "one", READY + "kind: {controllerManager: {b: '2'}, scheduler: {v: '4'}, kubelet: {maxPods: 30}}\n")
    component(pack, "two", READY + "kind: {controllerManager: {a: '1', b: '2'}, containerd: 'x = 1'}\n")
    found = config(Needs(components=("one", "two")))
    arguments = [{"name": "a", "value": "1"}, {"name": "b", "value": "2"}]
    assert found["kubeadmConfigPatches"] == [
        {"kind": "KubeletConfiguration", "failCgroupV1": False, "maxPods": 30},
        {
            "kind": "ClusterConfiguration",
            "controllerManager": {"extraArgs": arguments},
            "scheduler": {"extraArgs": [{"name": "v", "value": "4"}]},
        },
    ]
    assert found["containerdConfigPatches"] == ["x = 1"]


def test_components_that_want_different_things_cannot_share_a_cluster(pack: Path) -> None:
    component(pack, "one", READY + "kind: {controllerManager: {b: '2'}}\n")
    component(pack, "two", READY + "kind: {controllerManager: {b: '3'}}\n")
    with pytest.raises(InputError, match="components one and two cannot share a cluster: of controllerManager b they"):
        kindconfig.of(Needs(components=("one", "two")))


def exercise(slug: str = "serving-never-ready", **changes: Any) -> Exercise:
    return replace(exercises.load(slug), **changes)


def test_needs_are_the_nodes_and_components_that_an_exercise_declares() -> None:
    found = needs.of(exercise(gpus=REAL, nodes={"plain": 2}, components=("b", "a")))
    assert found == Needs(REAL, 2, ("a", "b"))
    assert needs.of(exercise()) == Needs()


def test_exercises_with_equal_needs_are_graded_side_by_side() -> None:
    """Whatever order they name their components in; pipelines come last, alone."""
    first, second = exercise(), exercise("credentials-rotated")
    third = exercise("serving-never-ready", version=90, nodes={"plain": 2})
    fourth = exercise("serving-never-ready", version=91, components=("a", "b"))
    fifth = exercise("serving-never-ready", version=92, components=("b", "a"))
    pipeline = exercises.load("fork-safe-ci")
    assert venues.groups([pipeline, first, third, fourth, second, fifth]) == [
        [first, second], [third], [fourth, fifth], [pipeline],
    ]  # fmt: skip


def test_an_exercise_declares_nodes_and_components_of_the_kit_and_its_packs(pack: Path) -> None:
    """An unknown component is told with its line, when the exercise is read."""
    component(pack, "ours", READY)
    folder = pack / "exercises" / "demo"
    folder.mkdir()
    text = (exercises.load("serving-never-ready").folder / "exercise.yaml").read_text("utf-8")
    text = text.replace("id: serving-never-ready", "id: demo") + "nodes: {plain: 2}\n"
    (folder / "exercise.yaml").write_text(text + "components: [ours]\n")
    assert needs.of(exercises.read(folder)) == Needs(plain=2, components=("ours",))
    (folder / "exercise.yaml").write_text(text + "components: [ours,\n  theirs]\n")
    line = text.count("\n") + 2
    with pytest.raises(
        InputError, match=rf"exercise.yaml:{line}: components.1: there is no component 'theirs'; .*ours"
    ):
        exercises.read(folder)


def test_simulated_pools_come_without_plain_nodes() -> None:
    data = {"gpus": [{"profile": "t4", "count": 1, "simulated": True}], "nodes": {"plain": 1}}
    assert [place for place, _ in gpus.strays(data)] == [("nodes",)]
