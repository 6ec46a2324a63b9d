"""A cluster's name, record and error messages."""

import json
import os
from pathlib import Path

import pytest
import yaml

from harness.cluster import cluster
from harness.core.process import ProcessError
from harness.engine import clusterrecord


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def record(name: str, variant: str, age: float = 0) -> None:
    folder = clusterrecord.folder(name)
    folder.mkdir(parents=True)
    kubeconfig = {"clusters": [{"cluster": {"server": "https://127.0.0.1:1"}}]}
    (folder / "kubeconfig").write_text(yaml.safe_dump(kubeconfig))
    clusterrecord.write(name, variant, "podman")
    os.utime(folder / clusterrecord.RECORD, (1e9 - age, 1e9 - age))


def test_the_name_stands_for_image_configuration_variant_and_engine() -> None:
    specs = [
        cluster.Spec("a", "c", "", "podman"),
        cluster.Spec("b", "c", "", "podman"),
        cluster.Spec("a", "d", "", "podman"),
        cluster.Spec("a", "c", "v", "podman"),
        cluster.Spec("a", "c", "", "docker"),
    ]
    names = {spec.name for spec in specs}
    assert len(names) == 5
    assert all(len(name) == len("breakfix-12345678") for name in names)


def test_the_current_cluster_is_the_newest_of_no_variant() -> None:
    assert cluster.current() is None
    record("breakfix-old", "", age=10)
    record("breakfix-new", "")
    record("breakfix-other", "variant", age=-10)
    current = cluster.current()
    assert current is not None
    assert (current.name, current.node, current.server) == (
        "breakfix-new",
        "breakfix-new-control-plane",
        "https://127.0.0.1:1",
    )


def test_the_commands_mean_the_chosen_variant_whatever_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    """With whatever nodes and components, and no other variant that begins alike."""
    for number, variant in enumerate(["", "+gpus", "mine", "mine+nodes+kwok", "miner", "miner+gpus"]):
        record(f"breakfix-{number}", variant)
    assert set(cluster.variants()) == {"", "+gpus"}
    monkeypatch.setenv("BREAKFIX_CLUSTER", "mine")
    assert set(cluster.variants()) == {"mine", "mine+nodes+kwok"}


def test_a_forgotten_cluster_is_no_longer_current() -> None:
    record("breakfix-x", "")
    clusterrecord.forget("breakfix-x")
    clusterrecord.forget("breakfix-x")
    assert cluster.current() is None


@pytest.mark.parametrize("text", ["", "{", "[]", json.dumps({"node": "n"})])
def test_a_broken_record_counts_as_none(text: str) -> None:
    record("breakfix-x", "")
    (clusterrecord.folder("breakfix-x") / clusterrecord.RECORD).write_text(text)
    assert clusterrecord.read("breakfix-x") is None
    assert cluster.current() is None


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("write /x: no space left on device", "disk is full"),
        ("listen tcp 127.0.0.1:1: bind: address already in use", "port"),
        ("Cannot connect to the Docker daemon at unix:///x", "engine stopped"),
        ("something new", "the output below"),
    ],
)
def test_known_failures_are_told_in_a_sentence(output: str, expected: str) -> None:
    assert expected in cluster.explain(ProcessError(["kind"], "exited with 1", output))


@pytest.mark.parametrize(("before", "after", "said"), [("128", "512", 1), ("512", "512", 0), ("8192", "8192", 0)])
def test_nodes_may_watch_enough_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str, after: str, said: int
) -> None:
    """A limit that is too low is raised, with a word; one that is enough stays."""
    limit = tmp_path / "max_user_instances"
    limit.write_text(before)
    monkeypatch.setattr(cluster, "WATCHERS", limit)
    told: list[str] = []
    cluster._allow_watches(told.append)
    assert (limit.read_text(), len(told)) == (after, said)


def test_who_may_not_raise_the_limit_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the system has none."""
    limit = tmp_path / "max_user_instances"
    monkeypatch.setattr(cluster, "WATCHERS", limit)
    cluster._allow_watches(pytest.fail)
    limit.write_text("128")
    monkeypatch.setattr(type(limit), "write_text", lambda *_: (_ for _ in ()).throw(PermissionError))
    cluster._allow_watches(pytest.fail)
