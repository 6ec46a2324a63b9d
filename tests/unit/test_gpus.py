"""GPU pools as data, what nodes are told of them, and what containers see of their devices."""

import hashlib
import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from grader.venues import groups
from harness.build import gobuild
from harness.core import paths
from harness.core.errors import InputError
from harness.exercises import exercise as exercises
from harness.exercises import gpus
from harness.exercises.gpus import Pool
from harness.kube.requests import requests_of

IMAGE = paths.KIT / "harness" / "images" / "gpu-node"
PROBER = "nvidia.com/gpu"


def pool(**spec: Any) -> Pool:
    return gpus.read({"gpus": [{"profile": "a100-80gb", "count": 2, **spec}]})[0]


def test_uuids_are_stable_and_never_shared() -> None:
    found = [gpu.uuid for node in range(3) for gpu in gpus.gpus(pool(), node)]
    assert len(set(found)) == 6
    assert found == [gpu.uuid for node in range(3) for gpu in gpus.gpus(pool(), node)]
    assert found[0].startswith("GPU-") and len(found[0]) == len("GPU-") + 36


@pytest.mark.parametrize(
    ("spec", "capacity", "labels"),
    [
        ({}, {PROBER: 2}, {"gpu.product": "NVIDIA-A100-SXM4-80GB", "gpu.count": "2", "gpu.replicas": "1", "gpu.memory": "81920"}),
        ({"mode": "mig-single"}, {PROBER: 14}, {"gpu.product": "NVIDIA-A100-SXM4-80GB-MIG-1g.10gb", "gpu.count": "14", "mig.strategy": "single", "gpu.memory": "9728"}),
        (
            {"mode": "mig-mixed"},
            {"nvidia.com/mig-1g.10gb": 4, "nvidia.com/mig-2g.20gb": 2, "nvidia.com/mig-3g.40gb": 2},
            {"mig.strategy": "mixed", "mig-1g.10gb.count": "4", "mig-3g.40gb.slices.gi": "3", "gpu.count": "2"},
        ),
        ({"mode": "time-sliced", "replicas": 4}, {PROBER: 8}, {"gpu.product": "NVIDIA-A100-SXM4-80GB-SHARED", "gpu.replicas": "4", "gpu.count": "2", "gpu.sharing-strategy": "time-slicing"}),
        ({"profile": "t4"}, {PROBER: 2}, {"gpu.product": "Tesla-T4", "mig.capable": "false", "gpu.compute.major": "7", "cuda.runtime.major": "13"}),
    ],
)  # fmt: skip
def test_each_mode_has_its_resources_and_labels(
    spec: dict[str, Any], capacity: dict[str, int], labels: dict[str, str]
) -> None:
    assert gpus.capacity(pool(**spec)) == capacity
    assert {f"nvidia.com/{key}": value for key, value in labels.items()}.items() <= gpus.labels(pool(**spec)).items()


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("{profile: t4, count: 1, mode: mig-mixed}", "a Tesla T4 cannot be partitioned"),
        ("{profile: t4, count: 1, replicas: 2}", "replicas belong to mode time-sliced"),
        ("{profile: t4, count: 1, mode: time-sliced}", "replicas belong to mode time-sliced"),
        ("{profile: k80, count: 1}", "'k80' is not one of"),
        ("{profile: t4, count: 1, nodes: 5}", "more than 4 nodes are too many"),
        ("{profile: t4, count: 1, nodes: 1001, simulated: true}", "1001 is greater than the maximum of 1000"),
        (
            "{profile: t4, count: 1, nodes: 900, simulated: true}\n  - {profile: t4, count: 1, nodes: 101, simulated: true}",
            "at most 1000 simulated nodes in all",
        ),
        (
            "{profile: t4, count: 1, simulated: true}\n  - {profile: t4, count: 1}",
            "simulated and real pools do not share",
        ),
        ("{profile: t4, count: 1, simulated: true, taint: ''}", "a simulated pool needs a taint"),
        (
            "{profile: t4, count: 1, simulated: true}",
            "traffic takes containers that run, and on simulated nodes none does",
        ),
    ],
)
def test_a_pool_that_cannot_be_is_told_with_its_line(tmp_path: Path, written: str, message: str) -> None:
    folder = tmp_path / "exercises" / "serving-never-ready"
    folder.mkdir(parents=True)
    text = (exercises.load(folder.name).folder / "exercise.yaml").read_text("utf-8")
    (folder / "exercise.yaml").write_text(f"{text}gpus:\n  - {written}\n")
    with pytest.raises(InputError, match=rf"exercise\.yaml:\d+: gpus.*{message}|exercise\.yaml:\d+: {message}"):
        exercises.read(folder)


def test_exercises_with_other_pools_are_proven_on_other_clusters() -> None:
    plain = exercises.load("serving-never-ready")
    one, two = (replace(plain, gpus=(pool(count=count),)) for count in (1, 2))
    pipeline = exercises.load("green-but-wrong")
    assert groups([pipeline, one, plain, two, plain]) == [[one], [plain, plain], [two], [pipeline]]


def test_devices_are_counted_where_a_pod_asks_for_them() -> None:
    """By each container's limit, for as many pods as run at once."""
    container = {"resources": {"limits": {PROBER: "2", "cpu": "1"}}}
    job = {"kind": "Job", "spec": {"parallelism": 3, "template": {"spec": {"containers": [container, {}]}}}}
    assert requests_of(job)[PROBER] == 6


@pytest.fixture
def node(module: Callable[[str], Any], tmp_path: Path) -> Callable[..., Any]:
    """Return a node of the plugin's with such a pool."""

    def make(**spec: Any) -> Any:
        (tmp_path / "node.json").write_text(json.dumps(gpus.description(pool(**spec), 0)))
        return module("gpu-node/gpu_node/node.py").Node(tmp_path / "node.json", tmp_path)

    return make


def test_replicas_of_one_gpu_are_seen_as_that_gpu(node: Callable[..., Any]) -> None:
    uuid = gpus.gpus(pool(), 0)[0].uuid
    known = node(mode="time-sliced", replicas=3).resources[PROBER]
    assert [known[f"{uuid}::{copy}"] for copy in range(3)] == [uuid] * 3


@pytest.mark.parametrize(("xid", "state"), [(79, "Unhealthy"), (13, "Healthy")])
def test_an_xid_of_the_device_makes_it_unhealthy(node: Callable[..., Any], xid: int, state: str) -> None:
    """With all its MIG devices; what an application causes does not."""
    made = node(mode="mig-single")
    gpu = gpus.gpus(pool(mode="mig-single"), 0)[0]
    made.faults_file.write_text(json.dumps({"xid": {gpu.uuid: xid}}))
    health = made.health(PROBER)
    assert {health[one.uuid] for one in gpu.mig} == {state}
    assert sum(value == "Healthy" for value in health.values()) == (14 if state == "Healthy" else 7)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., tuple[int, str]]:
    """Compile nvidia-smi for a file of devices, and return how to call it."""
    folder = tmp_path_factory.mktemp("nvidia-smi")
    binary, devices = folder / "nvidia-smi", folder / "devices.json"
    variables = {"main.devices": str(devices)}
    gobuild.compile_here(IMAGE / "nvidia-smi", binary, ".", lambda _: None, variables=variables)

    def call(seen: str | None, *argv: str) -> tuple[int, str]:
        devices.unlink(missing_ok=True)
        if seen is not None:
            devices.write_text(seen)
        ended = subprocess.run([binary, *argv], capture_output=True, text=True, check=False, timeout=30)
        return ended.returncode, ended.stdout

    return call


def seen_by(node: Any, *visible: str) -> str:
    """Return what the plugin tells nvidia-smi in a container with these devices."""
    _, mounts = node.allocation(list(visible))
    return Path(mounts[1][1]).read_text("utf-8")


def test_the_program_lists_and_queries(node: Callable[..., Any], program: Callable[..., tuple[int, str]]) -> None:
    """Devices are numbered from 0, as in any container."""
    second = gpus.gpus(pool(), 0)[1].uuid
    seen = seen_by(node(), second)
    assert program(seen, "-L") == (0, f"GPU 0: NVIDIA A100-SXM4-80GB (UUID: {second})\n")
    query = "--query-gpu=index,gpu_uuid,memory.total,utilization.gpu,mig.mode.current"
    header = "index, gpu_uuid, memory.total [MiB], utilization.gpu [%], mig.mode.current"
    assert program(seen, query, "--format=csv") == (0, f"{header}\n0, {second}, 81920 MiB, 0 %, Disabled\n")
    assert program(seen, query, "--format=csv,noheader,nounits") == (0, f"0, {second}, 81920, 0, Disabled\n")
    assert program(seen, "--query-gpu=colour", "--format=csv") == (
        2,
        'Field "colour" is not a valid field to query.\n\n',
    )
    assert program(seen, "-i", "1", "-L")[0] == 6


def test_the_program_shows_mig_devices_alone(node: Callable[..., Any], program: Callable[..., tuple[int, str]]) -> None:
    gpu = gpus.gpus(pool(mode="mig-mixed"), 0)[0]
    seen = seen_by(node(mode="mig-mixed"), gpu.mig[2].uuid)
    code, listed = program(seen, "-L")
    assert (code, listed.splitlines()[1:]) == (0, [f"  MIG 2g.20gb         Device  0: (UUID: {gpu.mig[2].uuid})"])
    _, table = program(seen)
    assert "MIG devices:" in table and "Enabled" in table
    assert {len(line) for line in table.splitlines() if line.startswith(("|", "+"))} == {91}


def test_without_devices_there_is_no_driver(program: Callable[..., tuple[int, str]]) -> None:
    code, said = program(None)
    assert code == 9
    assert "couldn't communicate with the NVIDIA driver" in said


STATE = {"dataset": "this run's", "epoch": 3, "weights": [0.5, -1]}


@pytest.fixture
def left_in(module: Callable[[str], Any]) -> Callable[[Path], Any]:
    """Return what the plugin's image tells of a claim's folder."""
    look: Callable[[Path], Any] = module("gpu-node/gpu_node/kept.py").look
    return look


def test_checkpoints_are_found_wherever_they_are_on_a_claim(left_in: Callable[[Path], Any], tmp_path: Path) -> None:
    (tmp_path / "runs" / "1").mkdir(parents=True)
    (tmp_path / "runs" / "1" / "state.json").write_text(json.dumps(STATE | {"more": 1}))
    (tmp_path / "latest").symlink_to("runs/1")
    seen = left_in(tmp_path)
    (found,) = seen["checkpoints"]
    assert (found["path"], found["epoch"], found["weights"]) == ("runs/1/state.json", 3, [0.5, -1])
    assert found["dataset"] == hashlib.sha256(STATE["dataset"].encode()).hexdigest()  # type: ignore[attr-defined]
    assert sorted(seen["others"]) == ["latest, a link to runs/1", "runs/", "runs/1/"]


def test_no_link_is_followed_and_nothing_but_plain_files_is_opened(
    left_in: Callable[[Path], Any], tmp_path: Path
) -> None:
    elsewhere, claim = tmp_path / "elsewhere", tmp_path / "claim"
    elsewhere.mkdir()
    claim.mkdir()
    (elsewhere / "checkpoint.json").write_text(json.dumps(STATE))
    (claim / "file").symlink_to(elsewhere / "checkpoint.json")
    (claim / "folder").symlink_to(elsewhere)
    (claim / "round").symlink_to(".")
    os.mkfifo(claim / "pipe")
    seen = left_in(claim)
    assert seen["checkpoints"] == []
    assert {told.partition(",")[0] for told in seen["others"]} == {"file", "folder", "round", "pipe"}


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "{", "[" * 60_000, "1" * 6000, json.dumps(STATE | {"epoch": True}), json.dumps(STATE | {"epoch": "3"}),
        json.dumps(STATE | {"dataset": 3}), json.dumps(STATE | {"weights": "1"}), json.dumps(STATE | {"weights": [float("nan")]}),
        json.dumps(STATE | {"weights": [True]}), json.dumps(STATE | {"weights": [10**400]}), json.dumps(STATE | {"weights": [0] * 65}),
        json.dumps(STATE | {"filler": "x" * 70_000}), json.dumps({"epoch": 3}),
    ],
)  # fmt: skip
def test_what_is_no_checkpoint_is_told_as_another_file(
    left_in: Callable[[Path], Any], tmp_path: Path, text: str
) -> None:
    (tmp_path / "checkpoint.json").write_text(text)
    assert left_in(tmp_path) == {"checkpoints": [], "others": ["checkpoint.json"]}


def test_a_strangers_names_and_numbers_of_files_do_no_harm(
    left_in: Callable[[Path], Any], module: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "a\x1b[31m\n").touch()
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/b\xff")).touch()
    assert sorted(left_in(tmp_path)["others"]) == ["a?[31m?", "b\ufffd"]
    monkeypatch.setattr(module("gpu-node/gpu_node/kept.py"), "ENTRIES", 30)
    for number in range(40):
        (tmp_path / f"{number}.json").write_text(json.dumps(STATE))
    seen = left_in(tmp_path)
    assert 28 <= len(seen["checkpoints"]) <= 30
    assert json.dumps(seen, ensure_ascii=False).encode()


def test_only_folders_of_claims_are_looked_into(
    module: Callable[[str], Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main = module("gpu-node/gpu_node/kept.py").main
    root = tmp_path / "claims"
    (root / "pv-1").mkdir(parents=True)
    (root / "link").symlink_to(tmp_path)
    main(str(root / "pv-1"), (root,))
    assert json.loads(capsys.readouterr().out) == {"checkpoints": [], "others": []}
    for folder in (root, tmp_path, root / "pv-1" / ".." / "..", root / "link"):
        with pytest.raises(SystemExit, match="no folder of a claim"):
            main(str(folder), (root,))
    with pytest.raises(OSError, match="pv-2"):
        main(str(root / "pv-2"), (root,))
