"""What a week asks of a cluster: the pods and nodes that it makes, and when the scheduler has had its say. No cluster here."""

from pathlib import Path
from typing import Any

import pytest

from grader.checks.plan import Machine, Plan, Pool, Rule
from grader.live import floor
from grader.live.step import parsed
from grader.live.steps.week import Week
from grader.live.week import Node, Work
from harness.exercises import exercise as exercises
from harness.intake.submission import collect
from tests.unit.world import World

SLUG = next(slug for slug in exercises.slugs() if any(one.first("week") for one in exercises.load(slug).scenarios))
EXERCISE = exercises.load(SLUG)
BIG = Machine("big", 96, 384, 8, {"on-demand": 9.8, "spot": 3.3})
POOL = Pool("train", BIG, "spot", "always", 1)
WORK = Work(7, EXERCISE.namespaces[1], "training", 10, 4, 34, 2, 16, 64)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> World:
    return World(EXERCISE, monkeypatch, folder=tmp_path)


def of(world: World, **said: Any) -> floor.Floor:
    rule = Rule("training", said.get("priority", ""), said.get("pools", ("train",)))
    return floor.Floor(world.at, Plan([POOL], [rule]), ("api",))


def test_a_node_has_its_pools_labels_and_taints_and_no_room_yet() -> None:
    node = floor._node(Node("train-01", POOL, 0), "tkn")
    labels = node["metadata"]["labels"]
    assert {key: labels[key] for key in ("pool", "machine", "market", "hours")} == {
        "pool": "train", "machine": "big", "market": "spot", "hours": "always",
    }  # fmt: skip
    assert [(taint["key"], taint["value"]) for taint in node["spec"]["taints"]] == [
        ("nvidia.com/gpu", "present"),
        ("market", "spot"),
    ]
    assert (node["status"]["allocatable"]["pods"], node["status"]["allocatable"]["nvidia.com/gpu"]) == ("0", "8")
    assert node["status"]["capacity"]["pods"] == "110"


def test_a_piece_of_work_is_a_pod_of_its_team_that_likes_its_first_pool_best(world: World) -> None:
    assert of(world, priority="first", pools=("train", "other")).put([WORK]) == {}
    pod = next(value for value in world.api.objects.values() if value["kind"] == "Pod")
    spec = pod["spec"]
    assert (pod["metadata"]["namespace"], spec["priorityClassName"]) == (WORK.team, "first")
    asked = {"cpu": "16", "memory": "64Gi", "nvidia.com/gpu": "2"}
    assert spec["containers"][0]["resources"] == {"requests": asked, "limits": asked}
    liked = spec["affinity"]["nodeAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"]
    assert [one["weight"] for one in liked] == [100, 70]
    assert {one["key"] for one in spec["tolerations"]} == {"market", "nvidia.com/gpu"}


def test_what_is_taken_is_gone_and_nothing_else(world: World) -> None:
    world.api.gone = lambda _: None
    ground = of(world)
    ground.put([WORK])
    ground.take([WORK.id, 99])
    assert not [value for value in world.api.objects.values() if value["kind"] == "Pod"]


@pytest.mark.parametrize(
    ("spec", "status", "deleting", "settled"),
    [
        ({}, {}, False, False),
        ({"nodeName": "n"}, {}, False, True),
        ({"nodeName": "n"}, {}, True, False),
        ({}, {"conditions": [{"type": "PodScheduled", "status": "False", "message": "no"}]}, False, True),
        ({}, {"conditions": [{"type": "PodScheduled", "status": "False"}], "nominatedNodeName": "n"}, False, False),
    ],
)
def test_a_pod_is_settled_once_the_scheduler_has_said_what_becomes_of_it(
    spec: Any, status: Any, *, deleting: bool, settled: bool
) -> None:
    metadata = {"deletionTimestamp": "now"} if deleting else {}
    assert floor._settled({"metadata": metadata, "spec": spec, "status": status}, patient=True) is settled


def test_a_pod_that_waits_says_why() -> None:
    told = {"type": "PodScheduled", "status": "False", "message": "0/3 nodes are available"}
    assert floor._spot({"spec": {}, "status": {"conditions": [told]}}).said == "0/3 nodes are available"
    assert floor._spot({"spec": {"nodeName": "week-train-01"}, "status": {"conditions": [told]}}).node == "train-01"


def test_a_service_is_told_by_its_replica_set() -> None:
    owner = {"kind": "ReplicaSet", "name": "my-api-5d9f"}
    assert floor._service({"metadata": {"ownerReferences": [owner]}}) == "my-api"
    assert floor._service({"metadata": {"ownerReferences": [owner | {"kind": "Job"}]}}) == ""
    assert floor._service({"metadata": {}}) == ""


def test_a_plan_that_cannot_be_read_is_not_played(world: World, tmp_path: Path) -> None:
    (tmp_path / "plan").mkdir()
    (tmp_path / "plan" / "pools.csv").write_text("pool,machine\n")
    world.at.submission = collect(EXERCISE, tmp_path)
    scenario = next(one for one in EXERCISE.scenarios if one.first("week"))
    order = scenario.first("week")
    assert order is not None
    step = parsed(Week, order)
    assert isinstance(step, Week)
    assert not step.run(world.at)
    assert "the first line has to name the columns" in world.at.seen
    assert "week" not in world.at.told
