"""The steps of a retraining's nights, played in a world of its own: tell, start, finish, night, nights, disrupt, fire."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.live.steps import disrupt, finish, fire, night, nights, start, tell
from harness.exercises import exercise as exercises
from harness.kube.kube import EXEC_FAILED, ApiRefusedError, Object
from tests.unit.world import BEGIN, World

EXERCISE = exercises.load("nightly-retrain")
HOME = EXERCISE.workload.namespace
MINUTE = 60


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., World]:
    """Make a world with a server, and a CronJob whose pods have a container and one before it."""

    def of(**spec: Any) -> World:
        world = World(EXERCISE, monkeypatch, folder=tmp_path)
        world.sentinel()
        world.pod("platform")
        pod = {
            "initContainers": [{"name": "first", "env": [{"name": "DAY", "value": "old"}]}],
            "containers": [{"name": "c"}],
        }
        template = {"spec": {"template": {"spec": pod}}}
        metadata = {"name": "retrain", "namespace": HOME, "uid": "uid-of-retrain"}
        spec = {"schedule": "10 3 * * *", "jobTemplate": template, **spec}
        world.api.put({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": metadata, "spec": spec})
        path = world.api.path_of("batch/v1", "CronJob", HOME, "retrain")
        world.api.objects[f"{path}/status"] = {"kind": "", "metadata": {"name": "status"}, "status": {}}
        return world

    return of


def answers(world: World, **answer: Any) -> None:
    world.api.said["platform"] = json.dumps(answer)


def jobs_of(world: World) -> list[Object]:
    return [value for value in world.api.objects.values() if value["kind"] == "Job"]


def ends(world: World, kind: str) -> None:
    for job in jobs_of(world):
        job["status"] = {"conditions": [{"type": kind, "status": "True", "message": "so"}]}


def works(world: World, name: str, *, restarts: int = 0) -> None:
    """A pod of the newest Job works."""
    job = jobs_of(world)[-1]["metadata"]["name"]
    world.pod(name, job=job, labels={"batch.kubernetes.io/job-name": job}, restarts=restarts)


def cronjob(world: World) -> Object:
    return next(value for value in world.api.objects.values() if value["kind"] == "CronJob")


# tell ---------------------------------------------------------------------------------------------------------------------------


def test_what_is_told_is_told_to_a_ready_server_and_its_answer_kept(make: Callable[..., World]) -> None:
    world = make()
    answers(world, day="2026-01-02")
    (told,) = world.play(tell.Tell("empty"))["tellings"]
    assert world.api.commands == [("platform", ["python3", "-m", "driver", "empty"])]
    assert (told["word"], told["answer"], told["trouble"]) == ("empty", {"day": "2026-01-02"}, "")


def test_what_nobody_takes_or_answers_is_not_reached(make: Callable[..., World]) -> None:
    world = make()
    world.api.answers["EXEC", "platform"] = [ApiRefusedError(0, EXEC_FAILED, "no such command"), None, None]
    assert not tell.Tell("empty").run(world.at)
    world.api.said["platform"] = "hello"
    assert not tell.Tell("empty").run(world.at)
    answers(world, error="there is no such world")
    assert not tell.Tell("empty").run(world.at)
    refused, garbled, unknown = world.at.told["tellings"]
    assert (refused["trouble"], bool(garbled["trouble"]), unknown["trouble"]) == ("no such command", True, "")


def test_without_a_ready_server_nobody_is_told(make: Callable[..., World]) -> None:
    world = make()
    world.pod("platform", ready=False)
    assert not tell.Tell("empty").run(world.at)
    assert world.at.told["tellings"][0]["trouble"] == "no server was ready"


# start, finish, night -----------------------------------------------------------------------------------------------------------


def test_a_job_gets_what_the_last_answer_has_for_it(make: Callable[..., World]) -> None:
    """In each container, in place of a variable of the same name."""
    world = make()
    answers(world, env={"DAY": "2026-01-02"})
    tell.Tell("rerun").run(world.at)
    assert start.Start("retrain").run(world.at)
    pod = jobs_of(world)[0]["spec"]["template"]["spec"]
    given = [{"name": "DAY", "value": "2026-01-02"}]
    assert [pod["initContainers"][0]["env"], pod["containers"][0]["env"]] == [given, given]
    assert jobs_of(world)[0]["metadata"]["ownerReferences"][0]["uid"] == "uid-of-retrain"
    assert cronjob(world)["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"] == [{"name": "c"}]
    (started,) = world.at.told["starts"]
    assert (started["telling"], started["by"], started["env"]) == (1, "hand", {"DAY": "2026-01-02"})


def test_a_job_that_cannot_be_made_is_told_and_the_rest_goes_on(make: Callable[..., World]) -> None:
    world = make()
    world.api.answers["POST", "/jobs"] = [ApiRefusedError(422, "Invalid", "restartPolicy: Required value")]
    assert start.Start("retrain").run(world.at)
    assert start.Start("another").run(world.at)
    refused, missing = world.at.told["starts"]
    assert ("restartPolicy" in refused["trouble"], "no CronJob" in missing["trouble"]) == (True, True)
    assert start.at_large(world.at) == []


@pytest.mark.parametrize("kind", ["Complete", "Failed"])
def test_an_end_is_taken_down_with_how_often_it_was_tried(make: Callable[..., World], kind: str) -> None:
    world = make()
    start.Start("retrain").run(world.at)
    works(world, "try-1")
    works(world, "try-2", restarts=2)
    world.later(7, ends, world, kind)
    assert finish.Finish(30.0).run(world.at)
    (ended,) = world.at.told["ends"]
    assert (ended["end"], ended["over"], ended["tries"], ended["disrupted"]) == (kind, BEGIN + 7, 4, 0)
    assert start.at_large(world.at) == []


def test_a_pod_that_was_disrupted_is_no_try(make: Callable[..., World]) -> None:
    world = make()
    start.Start("retrain").run(world.at)
    works(world, "try-1")
    job = jobs_of(world)[0]["metadata"]["name"]
    gone = world.pod("gone", job=job, labels={"batch.kubernetes.io/job-name": job}, phase="Failed")
    gone["status"]["conditions"].append({"type": "DisruptionTarget", "reason": "EvictionByEvictionAPI"})
    world.watch._seen_pod("MODIFIED", gone)
    ends(world, "Complete")
    finish.Finish(30.0).run(world.at)
    assert [(ended["tries"], ended["disrupted"]) for ended in world.at.told["ends"]] == [(1, 1)]


def test_what_does_not_end_is_removed_and_what_is_gone_is_told(make: Callable[..., World]) -> None:
    world = make()
    start.Start("retrain").run(world.at)
    assert finish.Finish(30.0).run(world.at)
    assert jobs_of(world) == []
    start.Start("retrain").run(world.at)
    world.later(40, lambda: [world.api.objects.pop(path) for path in list(world.api.objects) if "/jobs/" in path])
    assert finish.Finish(30.0).run(world.at)
    endless, removed = world.at.told["ends"]
    assert (endless["end"], endless["over"], removed["end"]) == ("", None, "gone")


def test_a_job_that_its_cronjob_cleared_away_ended_as_its_controller_told(make: Callable[..., World]) -> None:
    """Of two runs that fail one after the other, a CronJob with the usual history keeps the newer one."""
    world = make()
    start.Start("retrain").run(world.at)
    (job,) = jobs_of(world)
    name, namespace = job["metadata"]["name"], job["metadata"]["namespace"]

    def clear_away() -> None:
        world.api.objects.pop(world.api.path_of("batch/v1", "Job", namespace, name))
        for other, reason in ((f"{name}-x", "Completed"), (name, "SuccessfulCreate"), (name, "DeadlineExceeded")):
            world.api.put({
                "apiVersion": "v1", "kind": "Event", "metadata": {"name": f"{other}.{reason}", "namespace": namespace},
                "involvedObject": {"kind": "Job", "name": other}, "reason": reason, "message": "was active too long",
            })  # fmt: skip

    world.later(10, clear_away)
    assert finish.Finish(30.0).run(world.at)
    (ended,) = world.at.told["ends"]
    assert (ended["end"], ended["message"]) == ("Failed", "was active too long")


def test_who_tries_too_often_is_waited_for_no_longer(make: Callable[..., World]) -> None:
    world = make()
    start.Start("retrain").run(world.at)
    world.later(3, works, world, "try-1")
    world.later(5, works, world, "try-2")
    finish.Finish(30.0, 1).run(world.at)
    (ended,) = world.at.told["ends"]
    assert (ended["t"] < BEGIN + 7, ended["end"], ended["over"], ended["tries"]) == (True, "", None, 2)


def test_a_late_end_is_told_as_far_as_stalls_explain_it(make: Callable[..., World]) -> None:
    world = make()
    start.Start("retrain").run(world.at)
    world.stall(6.0, 4.0)
    world.later(33, ends, world, "Complete")
    finish.Finish(30.0).run(world.at)
    (ended,) = world.at.told["ends"]
    assert (ended["end"], ended["over"], ended["late"]) == ("Complete", None, BEGIN + 33)


def test_a_night_is_told_started_and_finished(make: Callable[..., World]) -> None:
    world = make()
    answers(world, number=1)
    world.later(2, ends, world, "Complete")
    seen = world.play(night.Night("good", "retrain", 30.0, 1))
    assert [len(seen[key]) for key in ("tellings", "starts", "ends")] == [1, 1, 1]
    world = make()
    answers(world, error="there is no such world")
    assert "starts" not in world.play(night.Night("good", "retrain", 30.0))


def test_several_nights_work_at_once_each_told_its_own(make: Callable[..., World]) -> None:
    world = make()
    answers(world, number=1, env={"RETRAIN_DAY": "2026-01-02"})
    world.later(2, ends, world, "Failed")
    seen = world.play(nights.Nights(("tenure-below", "no-tenure"), "retrain", 30.0, 1))
    assert [told["word"] for told in seen["tellings"]] == ["tenure-below", "no-tenure"]
    assert [started["telling"] for started in seen["starts"]] == [1, 2]
    assert [(ended["job"], ended["end"]) for ended in seen["ends"]] == [
        (one["job"], "Failed") for one in seen["starts"]
    ]
    world = make()
    answers(world, error="there is no such world")
    assert "starts" not in world.play(nights.Nights(("nonsense", "no-tenure"), "retrain", 30.0))


# disrupt ------------------------------------------------------------------------------------------------------------------------


def test_each_pod_is_evicted_once_while_it_works(make: Callable[..., World]) -> None:
    world = make()
    start.Start("retrain").run(world.at)
    for number in (1, 2, 3):
        world.later(4 * number, works, world, f"try-{number}")
    assert disrupt.Disrupt(3).run(world.at)
    assert [gone["pod"] for gone in world.at.told["disruptions"]] == ["try-1", "try-2", "try-3"]
    assert world.api.asked("POST", "/eviction") == 3


def test_where_no_pod_works_none_is_evicted(make: Callable[..., World]) -> None:
    world = make()
    start.Start("retrain").run(world.at)
    assert disrupt.Disrupt(3).run(world.at)
    assert [gone["pod"] for gone in world.at.told["disruptions"]] == [""]
    assert "disruptions" not in make().play(disrupt.Disrupt(3))


# fire ---------------------------------------------------------------------------------------------------------------------------


def controller(world: World, after: float, *, replace: bool = False) -> None:
    """The controller makes a Job of its own after so many seconds, in place of those that work."""

    def react() -> None:
        if replace:
            for path in [path for path in world.api.objects if "/jobs/" in path]:
                del world.api.objects[path]
        owner = {"kind": "CronJob", "name": "retrain", "uid": "uid-of-retrain", "controller": True}
        metadata = {"name": f"retrain-{after:g}", "namespace": HOME, "ownerReferences": [owner]}
        world.api.put({"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": {}})

    world.later(after, react)


def test_a_cronjob_is_turned_to_a_minute_that_is_over_and_back(make: Callable[..., World]) -> None:
    """In its own time zone; and nothing comes due while it is turned."""
    world = make(timeZone="Asia/Kolkata")
    controller(world, 3)
    assert fire.Fire("retrain", 50.0, 10.0).run(world.at)
    (fired,) = world.at.told["fires"]
    assert (fired["due"], fired["jobs"], fired["cut"], fired["trouble"]) == ("04:56 IST", ("retrain-3",), (), "")
    patched = [body or {} for method, _, body in world.api.calls if method == "PATCH"]
    assert [next(iter(body)) for body in patched] == ["status", "spec", "status", "status", "spec"]
    assert [body["spec"]["schedule"] for body in patched if "spec" in body] == ["56 4 * * *", "10 3 * * *"]
    assert cronjob(world)["spec"]["schedule"] == "10 3 * * *"
    assert [started["by"] for started in world.at.told["starts"]] == ["schedule"]


def test_what_the_controller_ends_for_a_start_is_told(make: Callable[..., World]) -> None:
    world = make()
    start.Start("retrain").run(world.at)
    old = jobs_of(world)[0]["metadata"]["name"]
    controller(world, 3, replace=True)
    fire.Fire("retrain", 20.0, 10.0).run(world.at)
    (fired,) = world.at.told["fires"]
    assert (fired["jobs"], fired["cut"], fired["at_work"]) == (("retrain-3",), (old,), (old,))


def test_a_start_that_does_not_come_is_told(make: Callable[..., World]) -> None:
    world = make()
    fire.Fire("retrain", 150.0, 6.0).run(world.at)
    fire.Fire("another", 150.0, 6.0).run(world.at)
    none, missing = world.at.told["fires"]
    assert (none["jobs"], none["trouble"], "no CronJob" in missing["trouble"]) == ((), "", True)


def test_a_zone_that_is_none_is_told(make: Callable[..., World]) -> None:
    world = make(timeZone="Berlin")
    assert fire.Fire("retrain", 50.0, 10.0).run(world.at)
    assert "Berlin" in world.at.told["fires"][0]["trouble"]
