"""Each step of a scenario, played in a world of its own: no cluster, and nobody sleeps."""

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from grader.errors import StoppedError
from grader.live import disturbance, ground, play, questions, steps
from grader.live.steps import (  # fmt: skip
    access,
    apply,
    complete,
    drain,
    evict,
    freeze,
    gpu_fault,
    hang,
    hold,
    kept,
    load,
    noticed,
    place,
    pulse,
    reach,
    ready,
    recover,
    refresh,
    restart,
    rights,
    rollout,
    scaled,
    shift,
    trigger,
    uncordon,
    when,
)
from grader.live.steps.read import Read
from harness.cluster import cordons, gpupool, ownnode
from harness.core.errors import EnvironmentBrokenError, InputError
from harness.exercises import exercise as exercises
from harness.exercises.scenarios import Order, Scenario
from harness.kube.apply import Refusal
from harness.kube.kube import DISRUPTION_BUDGET, EXEC_FAILED, ApiRefusedError, Ref
from harness.runs.run import CALLER, HELPER_LABEL
from tests.unit.world import BEGIN, World

SERVICE = exercises.load("serving-never-ready")
HOME = SERVICE.workload.namespace
JOBS = exercises.load("two-teams-eight-gpus")
FIRST, SECOND, *_ = (job.name for job in JOBS.jobs)
SIMULATED = replace(JOBS, gpus=tuple(replace(pool, simulated=True) for pool in JOBS.gpus))


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., World]:
    """Make a world in which the service's two servers are to come, and our own server is up."""

    def of(exercise: exercises.Exercise = SERVICE, *orders: Order) -> World:
        world = World(exercise, monkeypatch, *orders, folder=tmp_path)
        world.later(2, world.sentinel)
        return world

    return of


def up(world: World, after: float, *names: str) -> None:
    """Have servers ready so many seconds after the beginning, and the workload say so."""

    def come() -> None:
        for name in names:
            world.pod(name)
        world.workload(ready=len(names))

    world.later(after, come)


# The player ---------------------------------------------------------------------------------------------------------------------


def test_what_follows_a_step_that_is_not_reached_is_not_played_but_for_what_always_is(
    make: Callable[..., World],
) -> None:
    """The identity of a workload that never gets ready is asked about all the same."""
    world = make()
    seen = world.play(apply.Apply(), ready.Ready(45.0), hold.Hold(10.0), *steps.ALWAYS)
    assert [(step["step"], step["reached"]) for step in seen["steps"]] == [
        ("apply", True), ("ready", False), ("access", True), ("rights", True), ("pulse", True),
    ]  # fmt: skip
    assert "held" not in seen["phases"]


def test_each_step_has_its_times_and_last_words(make: Callable[..., World]) -> None:
    world = make()
    world.later(3, world.pod, "a", ready=False)
    _, missed = world.play(apply.Apply(), ready.Ready(45.0))["steps"]
    assert (missed["began"], missed["ended"] - missed["began"]) == (BEGIN, 48.5)
    assert "Running" in missed["seen"]


def test_what_breaks_while_a_step_is_played_is_evidence_and_the_step_is_told_as_not_reached(
    make: Callable[..., World],
) -> None:
    world = make()
    world.later(5, lambda: setattr(world.watch, "broken", "the API server is gone"))
    seen = world.play(apply.Apply(), ready.Ready(45.0), access.Access())
    assert (seen["evidence"], seen["phases"]["broken"]) == ("the API server is gone", BEGIN + 5)
    assert [step["reached"] for step in seen["steps"]] == [True, False]


# apply, ready, hold, reach, read ------------------------------------------------------------------------------------------------


def test_what_is_refused_is_seen_and_the_jobs_that_come_are_noted(make: Callable[..., World]) -> None:
    world = make(JOBS, Order("apply", {"jobs": [FIRST]}))
    world.ground.refuses = [steps_refusal()]
    seen = world.play(apply.Apply(jobs=(FIRST,)), apply.Apply(jobs=(SECOND,)))
    assert world.ground.applied == [({}, (FIRST,)), ({}, (SECOND,))]
    assert world.at.come == {FIRST, SECOND}
    assert [wave["jobs"] for wave in seen["waves"]] == [[FIRST], [SECOND]]
    assert seen["apply_errors"][0] == {"object": "Deployment/a", "message": "no such field"}


def steps_refusal() -> Refusal:
    return Refusal(Ref("apps/v1", "Deployment", HOME, "a"), "no such field")


def test_a_service_is_ready_when_all_its_servers_are_and_stay_so(make: Callable[..., World]) -> None:
    world = make()
    up(world, 7, "a", "b")
    seen = world.play(apply.Apply(), ready.Ready(45.0), hold.Hold(5.0))
    times = {phase: t - BEGIN for phase, t in seen["phases"].items()}
    assert (times["ready"], times["settled"], times["held"]) == (7, 10, 15)


def test_a_service_that_is_ready_late_is_late_and_says_what_it_last_saw(make: Callable[..., World]) -> None:
    """By no more than the machine stalled; it is not ready all the same."""
    for stalled, phase in ((6.0, BEGIN + 50), (0.0, None)):
        world = make()
        world.stall(stalled, 4.0)
        world.later(3, world.pod, "a", ready=False)
        up(world, 50, "a", "b")
        seen = world.play(apply.Apply(), ready.Ready(45.0), hold.Hold(5.0))
        assert seen["phases"].get("late ready") == phase
        assert not {"ready", "settled", "held"} & seen["phases"].keys()
        assert "not ready" in seen["last_seen"]


def test_a_crash_loops_ready_moments_do_not_count(make: Callable[..., World]) -> None:
    world = make()
    for number in range(20):
        up(world, 5 + 4 * number, "a", "b")
        world.later(7 + 4 * number, world.pod, "a", ready=False, restarts=number + 1)
    assert "settled" not in world.play(apply.Apply(), ready.Ready(45.0))["phases"]


def test_a_server_that_restarts_while_nobody_looks_has_to_stay_ready_anew(make: Callable[..., World]) -> None:
    world = make()
    up(world, 5, "a", "b")
    world.later(7, world.pod, "a", restarts=1)
    phases = world.play(apply.Apply(), ready.Ready(45.0))["phases"]
    assert (round(phases["ready"] - BEGIN), round(phases["settled"] - BEGIN)) == (7, 10)


def test_servers_of_an_older_template_are_not_ready_ones(make: Callable[..., World]) -> None:
    world = make()
    world.pod("a")
    world.pod("b")
    world.workload(ready=2, updated=1)
    assert not ready.Ready(5.0).run(applied(world).at)


def applied(world: World) -> World:
    world.at.mark("applied")
    return world


def test_connections_are_tried_from_a_server_that_is_ready_again_and_from_none_that_is_not(
    make: Callable[..., World], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions, "reach", lambda _run, pod: [{"tried from": pod}])
    for comes, told in ((10.0, [{"tried from": "a"}]), (30.0, [])):
        world = make()
        world.pod("a", ready=False)
        world.later(comes, world.pod, "a")
        assert world.play(reach.Reach())["reach"] == told


def test_what_a_workload_wrote_down_is_read(make: Callable[..., World]) -> None:
    exercise = exercises.load("credentials-rotated")
    assert exercise.records is not None
    for data, told in (({"start": "1"}, {"start": "1"}), (None, None)):
        world = make(exercise)
        metadata = {"name": exercise.records["name"], "namespace": exercise.records["namespace"]}
        if data:
            world.api.put({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})
        assert world.play(Read())["records"] == told


# hang, recover ------------------------------------------------------------------------------------------------------------------

HANG = (hang.Hang(SERVICE.workload.name), recover.Recover(60.0))


def served(make: Callable[..., World]) -> World:
    world = applied(make())
    world.pod("a")
    world.pod("b")
    world.workload(ready=2)
    return world


def test_a_service_has_recovered_when_the_hung_server_is_replaced_and_answers_are_right_in_a_row(
    make: Callable[..., World],
) -> None:
    """Each alone is not enough."""
    for when_replaced, when_right, recovered in ((20, 30, 30), (30, 20, 30), (99, 20, None), (20, 99, None)):
        world = served(make)
        world.later(when_replaced, world.pod, "a", restarts=1)
        world.later(when_right, world.answers, 8)
        phases = world.play(*HANG)["phases"]
        assert world.api.commands == [("a", hang.HANG)]
        assert phases.get("recovered", 0) - BEGIN == (recovered or -BEGIN)


def test_a_service_that_recovers_late_is_late_where_the_machine_stalled(make: Callable[..., World]) -> None:
    world = served(make)
    world.stall(8.0, 10.0)
    world.later(63, world.pod, "a", restarts=1)
    world.later(63, world.answers, 8)
    seen = world.play(*HANG)
    assert (seen["phases"].get("late recovered"), "recovered" in seen["phases"]) == (BEGIN + 63, False)


def test_a_server_that_does_not_take_the_command_is_the_submissions_and_one_not_reached_the_machines(
    make: Callable[..., World],
) -> None:
    for reason, evidence in ((EXEC_FAILED, False), ("InternalError", True)):
        world = served(make)
        world.api.answers["EXEC", "a"] = [ApiRefusedError(0, reason, "no") for _ in range(disturbance.TRIES)]
        seen = world.play(*HANG)
        assert (bool(seen["evidence"]), seen["undisturbed"]["error"]) == (evidence, "no")
        assert "disturbed" not in seen["phases"]


def test_without_a_ready_server_none_is_made_to_hang(make: Callable[..., World]) -> None:
    assert make().play(*HANG)["undisturbed"] == {"error": "no server is ready any more"}


# when, evict, complete ----------------------------------------------------------------------------------------------------------

DAY = (
    Order("apply", {"jobs": [FIRST]}), Order("when", {"job": FIRST, "epochs": 4}), Order("apply", {"jobs": [SECOND]}),
    Order("evict", {"job": FIRST}), Order("complete", {"within": 100}),
)  # fmt: skip


def _stamped(t: float, epoch: int) -> str:
    return f'{datetime.fromtimestamp(t, UTC).isoformat()} {{"message": "epoch done", "epoch": {epoch}}}\n'


def training(world: World, name: str, begins: float, epochs: int, ends: float | None) -> None:
    """Have a Job's pod run from then on, tell of an epoch each second, and end."""
    namespace = next(job.namespace for job in JOBS.jobs if job.name == name)
    metadata = {"name": name, "namespace": namespace, "uid": f"uid-{name}"}
    found = world.api.put({"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "status": {}})
    world.later(begins, world.pod, f"{name}-0", job=name, namespace=namespace)
    for epoch in range(1, epochs + 1):
        world.later(begins + epoch, world.writes, f"{name}-0", _stamped(BEGIN + begins + epoch, epoch))
    if ends is not None:
        world.later(ends, lambda: found.update(status={"conditions": [{"type": "Complete", "status": "True"}]}))


def test_jobs_come_and_pods_are_evicted_once_a_training_has_told_of_an_epoch(make: Callable[..., World]) -> None:
    world = make(JOBS, *DAY)
    training(world, FIRST, 1, 20, 30)
    training(world, SECOND, 8, 3, 12)
    seen = world.play(*steps.of(JOBS, world.at.scenario))
    first, second, evicted = seen["waves"]
    assert (first["t"], first["jobs"]) == (BEGIN, [FIRST])
    assert (4 < second["t"] - BEGIN < 7, second["jobs"], evicted["evicted"]) == (True, [SECOND], f"{FIRST}-0")
    told = seen["epochs"][f"{SECOND}-0"]
    assert (told["job"], told["first"], told["last"], told["complete"]) == (SECOND, 1, 3, False)
    assert (told["t"] - BEGIN, told["seconds"], told["each"]) == (9, 2, 1)
    assert [job["name"] for job in seen["jobs"]] == [FIRST, SECOND]
    assert 29 < seen["phases"]["completed"] - BEGIN < 32


@pytest.mark.parametrize("gone", [True, False])
def test_a_log_that_went_with_its_pod_is_not_heard_to_its_end(make: Callable[..., World], *, gone: bool) -> None:
    """The kubelet tells in its place that it is gone, as though that were the log."""
    world = make(JOBS, *DAY)
    training(world, FIRST, 1, 6, 30)
    training(world, SECOND, 8, 3, 12)
    namespace = next(job.namespace for job in JOBS.jobs if job.name == FIRST)
    if gone:
        text = "2026-12-02T01:45:00Z unable to retrieve container logs for containerd://4b1d\n"
        world.later(8, world.api.logs.update, {f"{FIRST}-0": text})
    world.later(9, world.pod, f"{FIRST}-0", job=FIRST, namespace=namespace, phase="Failed")
    seen = world.play(*steps.of(JOBS, world.at.scenario))
    assert seen["epochs"][f"{FIRST}-0"]["complete"] is not gone


PLUGIN = "nvidia-device-plugin-x"
DEVICE = 'DCGM_FI_DEV_GPU_UTIL{{gpu="0",UUID="{uuid}",namespace="{namespace}",pod="{pod}",container="trainer"}} 0'


def pool_node(world: World) -> Ref:
    """Have a GPU node with its device plugin, whose metrics say that another pod has GPU-0 and the first Job's GPU-1."""
    world.api.put({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1", "labels": {}}, "spec": {}})
    world.api.put({
        "apiVersion": "v1", "kind": "Pod", "spec": {"nodeName": "n1"}, "status": {"containerStatuses": [{"ready": True}]},
        "metadata": {"name": PLUGIN, "namespace": gpupool.NAMESPACE, "labels": dict([gpupool.SELECTOR.split("=")])},
    })  # fmt: skip
    home = world.at.trainings.namespace(FIRST)
    rows = [("GPU-0", "elsewhere", "other"), ("GPU-1", home, f"{FIRST}-0"), ("GPU-1", home, f"{FIRST}-0")]
    world.api.said[PLUGIN] = "\n".join(DEVICE.format(uuid=uuid, namespace=space, pod=pod) for uuid, space, pod in rows)
    return Ref("v1", "Node", "", "n1")


@pytest.mark.parametrize(("xid", "faults"), [(0, '{"unhealthy": ["GPU-1"]}'), (79, '{"xid": {"GPU-1": 79}}')])
def test_the_gpu_of_a_jobs_running_pod_fails_until_the_end(make: Callable[..., World], xid: int, faults: str) -> None:
    """The node says who has broken it, for as long as it is broken."""
    order = Order("gpu-fault", {"job": FIRST, "xid": xid})
    world = make(JOBS, *DAY[:2], order, Order("complete", {"within": 100}))
    training(world, FIRST, 1, 6, 20)
    node = pool_node(world)
    seen = world.play(*steps.of(JOBS, world.at.scenario))
    (failed,) = seen["gpu_faults"]
    assert (failed["pod"], failed["node"], failed["uuid"]) == (f"{FIRST}-0", "n1", "GPU-1")
    told = [argv[-1] for pod, argv in world.api.commands if pod == PLUGIN and "gpu_node.fault" in argv]
    assert told == [faults, "{}"]
    owners = [body["metadata"]["annotations"] for verb, _, body in world.api.calls if verb == "PATCH" and body]
    assert owners == [{gpupool.FAULT: str(os.getpid())}, {gpupool.FAULT: None}]
    assert gpupool.FAULT not in (world.api.get(node) or {})["metadata"].get("annotations", {})


def test_where_no_pod_of_the_job_has_a_gpu_none_fails(make: Callable[..., World]) -> None:
    world = make(
        JOBS, Order("apply", {"jobs": [FIRST]}), Order("gpu-fault", {"job": FIRST}), Order("complete", {"within": 9})
    )
    seen = world.play(*steps.of(JOBS, world.at.scenario))
    assert [(one["job"], one["uuid"]) for one in seen["gpu_faults"]] == [(FIRST, "")]
    assert [step["reached"] for step in seen["steps"]][:2] == [True, False]


@pytest.mark.parametrize("exercise", [SERVICE, SIMULATED, replace(JOBS, isolation="namespace")])
def test_a_gpu_fails_only_where_it_is_nobody_elses(exercise: exercises.Exercise) -> None:
    problems = gpu_fault.GpuFault(FIRST).inconsistencies(exercise)
    assert any("isolation: exclusive" in problem for problem in problems)


def test_a_training_that_ends_too_early_stops_the_scenario_and_what_came_is_told(make: Callable[..., World]) -> None:
    """What would have come does not, and nothing waits for it until the deadline."""
    world = make(JOBS, *DAY)
    training(world, FIRST, 1, 2, 6)
    seen = world.play(*steps.of(JOBS, world.at.scenario))
    assert [wave["jobs"] for wave in seen["waves"]] == [[FIRST]]
    assert {job["name"]: bool(job["ends"]) for job in seen["jobs"]} == {FIRST: True, SECOND: False}
    assert "completed" not in seen["phases"]
    assert seen["phases"]["ended"] - BEGIN < 10


def test_jobs_are_judged_by_what_they_came_to_by_the_deadline(make: Callable[..., World]) -> None:
    """A stall lets the scenario go on, which is noted as late, and changes nothing of what is told of the Jobs."""
    for stalled, late in ((9.0, True), (0.0, False)):
        world = make(JOBS, *DAY)
        world.stall(stalled, 50.0)
        training(world, FIRST, 97.5, 20, 106)
        training(world, SECOND, 98, 1, 99)
        seen = world.play(*steps.of(JOBS, world.at.scenario))
        assert {job["name"]: bool(job["ends"]) for job in seen["jobs"]} == {FIRST: False, SECOND: True}
        assert (len(seen["waves"]) == 3, "late completed" in seen["phases"], "completed" in seen["phases"]) == (
            late,
            late,
            False,
        )


def test_all_jobs_that_come_at_once_are_over_when_each_has_ended(make: Callable[..., World]) -> None:
    """One that was refused, and does not exist, is not waited for."""
    world = make(JOBS, Order("apply"), Order("complete", {"within": 100}))
    training(world, FIRST, 1, 2, 6)
    seen = world.play(*steps.of(JOBS, world.at.scenario))
    assert (seen["phases"]["ended"] - BEGIN, "completed" in seen["phases"], seen["epochs"]) == (6, False, {})


def test_of_jobs_that_nobody_follows_the_logs_are_read_at_their_end(make: Callable[..., World]) -> None:
    """Also what a container told before it was started again; a log that cannot be read is told as such."""
    world = make(JOBS, Order("apply"), Order("complete", {"within": 100}))
    for name in (FIRST, SECOND):
        training(world, name, 1, 3, 6)
        pod = world.pod(f"{name}-1", job=name, phase="Succeeded", namespace=world.at.trainings.namespace(name))
        pod["metadata"]["ownerReferences"][0]["uid"] = f"uid-{name}"
        pod["status"]["containerStatuses"] = [{"name": "trainer", "restartCount": 1, "state": {}}]
        world.writes(f"{name}-1", _stamped(BEGIN + 4, 3))
        world.writes(f"{name}-1 before", _stamped(BEGIN + 1, 1) + _stamped(BEGIN + 2, 2))
    world.api.answers["LOG", f"{SECOND}-1"] = [None, ApiRefusedError(404, "NotFound", "no")]
    seen = world.play(*steps.of(JOBS, world.at.scenario))
    assert {name: told["told"] for name, told in seen["epochs"].items()} == {
        f"{FIRST}-1": [1, 2, 3],
        f"{SECOND}-1": [3],
    }
    assert seen["epochs"][f"{FIRST}-1"]["complete"]
    assert seen["unheard"] == [f"{SECOND}-1"]
    assert seen["jobs"][0]["pods"][0]["restarts"] == {"trainer": 1}


def test_no_pod_to_evict_is_told_as_such(make: Callable[..., World]) -> None:
    world = make(JOBS, *DAY)
    (wave,) = world.play(evict.Evict(FIRST))["waves"]
    assert (wave["evicted"], wave["refused"]) == ("", "")


# kept ---------------------------------------------------------------------------------------------------------------------------

PLUGIN = "plugin-of-n1"


def claimed(world: World, *, bound: bool = True, host: str = "n1") -> None:
    """Have the first Job's pod ended well with its claim mounted, whose volume is on a GPU node that our plugin is on."""
    namespace = JOBS.jobs[0].namespace
    metadata = {"name": FIRST, "namespace": namespace, "uid": "uid-of-owner"}
    status = {"conditions": [{"type": "Complete", "status": "True"}]}
    world.api.put({"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "status": status})
    pod = world.pod(f"{FIRST}-0", job=FIRST, namespace=namespace, phase="Succeeded")
    pod["spec"] |= {
        "containers": [{"name": JOBS.jobs[0].container, "volumeMounts": [{"name": "v", "mountPath": "/keep"}]}],
        "volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "states"}}],
    }
    if bound:
        metadata = {"name": "states", "namespace": namespace}
        spec: dict[str, Any] = {"volumeName": "pv-1"}
        world.api.put({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": spec})
    terms = [{"matchExpressions": [{"key": ownnode.HOSTNAME, "operator": "In", "values": [host]}]}]
    spec = {"hostPath": {"path": "/opt/x/pv-1"}, "nodeAffinity": {"required": {"nodeSelectorTerms": terms}}}
    world.api.put({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "pv-1"}, "spec": spec})
    world.node("n1", **{ownnode.HOSTNAME: "n1", "nvidia.com/gpu.present": "true"})
    plugin = world.pod(PLUGIN, namespace=gpupool.NAMESPACE, labels={"app": gpupool.SELECTOR.partition("=")[2]})
    plugin["metadata"]["ownerReferences"] = []


def test_what_a_job_has_left_on_its_claim_is_told_by_our_program_on_the_claims_node(make: Callable[..., World]) -> None:
    world = make(JOBS, Order("apply"), Order("complete", {"within": 9}))
    claimed(world)
    state = {"path": "a/state", "bytes": 9, "t": 5.0, "epoch": 4, "weights": [0, 0.5]}
    own, another = hashlib.sha256(b"x").hexdigest(), hashlib.sha256(b"y").hexdigest()
    told = {"checkpoints": [{**state, "dataset": own}, {**state, "dataset": another}], "others": ["a/"]}
    world.api.said[PLUGIN] = json.dumps(told)
    _over(world)
    (left,) = world.play(apply.Apply(), complete.Complete(9.0), kept.Kept())["kept"]
    assert world.api.commands == [(PLUGIN, ["python3", "-m", "gpu_node.kept", "/opt/x/pv-1"])]
    assert (left["job"], left["claim"], left["missing"], left["others"]) == (FIRST, "states", "", ["a/"])
    assert [(found["own"], found["weights"]) for found in left["checkpoints"]] == [(True, [0, 0.5]), (False, [0, 0.5])]


def _over(world: World) -> None:
    """Have every Job complete, those that never had a pod too."""
    for job in JOBS.jobs[1:]:
        metadata = {"name": job.name, "namespace": job.namespace, "uid": f"uid-{job.name}"}
        status = {"conditions": [{"type": "Complete", "status": "True"}]}
        world.api.put({"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "status": status})


def test_a_claim_that_is_gone_or_elsewhere_is_the_submissions(make: Callable[..., World]) -> None:
    for options, missing in (({"bound": False}, "is gone"), ({"host": "n2"}, "no folder of a GPU node")):
        world = make(JOBS, Order("apply"), Order("complete", {"within": 9}))
        claimed(world, **options)
        _over(world)
        seen = world.play(apply.Apply(), complete.Complete(9.0), kept.Kept())
        assert (seen["evidence"], world.api.commands) == (None, [])
        assert missing in seen["kept"][0]["missing"]


def test_a_program_of_ours_that_does_not_tell_is_the_machines(make: Callable[..., World]) -> None:
    for answer in (ApiRefusedError(0, EXEC_FAILED, "exited with 1"), None):
        world = make(JOBS, Order("apply"), Order("complete", {"within": 9}))
        claimed(world)
        _over(world)
        world.api.answers["EXEC", PLUGIN] = [answer]
        seen = world.play(apply.Apply(), complete.Complete(9.0), kept.Kept())
        assert "did not tell" in seen["evidence"]
        assert "kept" not in seen


def test_nobody_looks_at_claims_before_the_jobs_are_complete(make: Callable[..., World]) -> None:
    world = make(JOBS, Order("apply"), Order("complete", {"within": 9}))
    claimed(world)
    seen = world.play(apply.Apply(), complete.Complete(9.0), kept.Kept())
    assert ("kept" in seen, world.api.commands) == (False, [])


def test_kept_wants_a_job_that_keeps_something() -> None:
    assert not list(kept.Kept().inconsistencies(JOBS))
    assert list(kept.Kept().inconsistencies(SERVICE))


# place --------------------------------------------------------------------------------------------------------------------------


def test_pods_are_placed_when_each_has_a_node(make: Callable[..., World]) -> None:
    """One that is placed late is late; and all that are there are told, with or without a node."""
    exercise = replace(SIMULATED, jobs=JOBS.jobs[:1])
    namespace, least = exercise.jobs[0].namespace, exercise.jobs[0].pods
    for comes, phase in ((5.0, "placed"), (12.0, "late placed")):
        world = make(exercise, Order("apply"), Order("place", {"within": 8}))
        world.stall(5.0, 3.0)
        for number in range(least):
            world.later(1, world.pod, f"p{number}", job=FIRST, namespace=namespace, node="")
            world.later(comes, world.pod, f"p{number}", job=FIRST, namespace=namespace)
        seen = world.play(*steps.of(exercise, world.at.scenario))
        assert seen["phases"].get(phase) == BEGIN + comes
        assert [pod["node"] for pod in seen["placed"]] == ["n1" if phase == "placed" else ""] * least


# access, rights, pulse ----------------------------------------------------------------------------------------------------------


def test_a_run_in_which_our_own_server_never_got_ready_tells_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not even what was seen before: it had been broken from the beginning."""
    world = applied(World(SERVICE, monkeypatch))
    seen = world.play(pulse.Pulse())
    assert "too slow" in seen["evidence"]
    assert (seen["phases"]["broken"], world.now) == (BEGIN, BEGIN + 20)


def test_an_image_that_no_node_holds_is_the_machines_and_another_that_is_missing_is_not(
    make: Callable[..., World],
) -> None:
    for held, evidence in (([], True), ([f"docker.io/{image}" for image in SERVICE.images], False)):
        world = applied(make())
        world.answers(1)
        node = world.node("n1")
        node["status"]["images"] = [{"names": held}]
        pod = world.pod("a", ready=False)
        pod["status"]["containerStatuses"][0]["state"] = {"waiting": {"reason": "ErrImageNeverPull"}}
        world._seen("MODIFIED", pod)
        assert bool(world.play(pulse.Pulse())["evidence"]) is evidence


def test_nobody_is_asked_about_where_there_is_no_workload(make: Callable[..., World]) -> None:
    seen = make().play(access.Access(), rights.Rights())
    assert (seen["access"], seen["rights"]) == ([], None)


# trigger ------------------------------------------------------------------------------------------------------------------------


def nightly(world: World) -> None:
    template = {
        "metadata": {"labels": {"app": "report"}},
        "spec": {"template": {"spec": {"containers": [{"name": "main"}]}}},
    }
    metadata = {"name": "report", "namespace": HOME, "uid": "uid-of-report"}
    world.api.put(
        {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": metadata, "spec": {"jobTemplate": template}}
    )


def job_of(world: World) -> dict[str, Any]:
    return next(value for value in world.api.objects.values() if value["kind"] == "Job")


def ends(world: World, kind: str) -> None:
    job_of(world)["status"] = {"conditions": [{"type": kind, "status": "True", "message": "so"}]}


def test_a_cronjobs_template_becomes_a_job_that_belongs_to_it(make: Callable[..., World]) -> None:
    for kind in ("Complete", "Failed"):
        world = make()
        nightly(world)
        world.later(5, ends, world, kind)
        (told,) = world.play(trigger.Trigger("report", 60.0))["triggers"]
        owner = job_of(world)["metadata"]["ownerReferences"][0]
        assert (owner["kind"], owner["name"], owner["uid"], owner["controller"]) == (
            "CronJob",
            "report",
            "uid-of-report",
            True,
        )
        assert job_of(world)["metadata"]["labels"] == {"app": "report"}
        assert (told["end"], told["over"], told["message"]) == (kind, BEGIN + 5, "so")


def test_a_job_that_cannot_be_made_or_does_not_end_is_not_reached(make: Callable[..., World]) -> None:
    world = make()
    assert not trigger.Trigger("report", 5.0).run(world.at)
    nightly(world)
    world.api.answers["POST", "/jobs"] = [
        ApiRefusedError(422, "Invalid", "spec.template.spec.restartPolicy: Required value")
    ]
    assert not trigger.Trigger("report", 5.0).run(world.at)
    assert not trigger.Trigger("report", 5.0).run(world.at)
    missing, refused, endless = world.at.told["triggers"]
    assert ("no CronJob" in missing["message"], "restartPolicy" in refused["message"]) == (True, True)
    assert (endless["end"], endless["over"], endless["late"]) == ("", None, None)


# rollout, restart, scaled -------------------------------------------------------------------------------------------------------


def test_a_rollout_is_over_when_no_older_server_is_left(make: Callable[..., World]) -> None:
    world = served(make)
    world.workload(ready=2, updated=1, generation=2)
    world.later(6, world.workload, ready=2, generation=2, observed=1)
    world.later(9, world.workload, ready=2, generation=2, older=1)
    world.later(12, world.workload, ready=2, generation=2)
    seen = world.play(rollout.Rollout(90.0))
    assert [(told["over"], told["late"]) for told in seen["rollouts"]] == [(BEGIN + 12, None)]


def test_a_rollout_that_hangs_says_how_far_it_came_and_one_that_is_given_up_is_not_waited_for(
    make: Callable[..., World],
) -> None:
    stuck = [{"type": "Progressing", "reason": "ProgressDeadlineExceeded", "message": "it has timed out progressing"}]
    for conditions, waited, words in (([], 90, "1 of 2 replicas are of the latest template"), (stuck, 5, "timed out")):
        world = served(make)
        world.workload(ready=2, updated=1)
        world.later(5, world.workload, ready=2, updated=1, conditions=conditions)
        (told,) = world.play(rollout.Rollout(90.0), hold.Hold(1.0))["rollouts"]
        assert (told["over"], words in told["said"], world.now - BEGIN) == (None, True, waited)


def test_a_deleted_pod_is_gone_when_the_step_is_over_and_a_restarted_workload_has_a_new_template(
    make: Callable[..., World],
) -> None:
    world = served(make)
    seen = world.play(restart.Restart("pod"), restart.Restart("rollout"))
    assert [(told["what"], told["pod"]) for told in seen["restarts"]] == [("pod", "a"), ("rollout", "")]
    assert [snap["name"] for snap in world.watch.own_pods()] == ["b"]
    template = (world.api.get(world.at.run.workload) or {})["spec"]["template"]
    assert restart.MARK in template["metadata"]["annotations"]


def test_a_server_that_was_ended_recovers_when_all_serve_again_whoever_started_it(make: Callable[..., World]) -> None:
    """Its container may have been restarted, or not; the time counts from its end."""
    world = served(make)
    world.later(20, world.answers, 8)
    seen = world.play(restart.Restart("server"), hold.Hold(5.0), recover.Recover(60.0))
    assert world.api.commands == [("a", restart.END)]
    assert ([told["what"] for told in seen["restarts"]], round(seen["phases"]["recovered"] - BEGIN)) == (["server"], 20)
    world = served(make)
    world.later(62, world.answers, 8)
    seen = world.play(restart.Restart("server"), hold.Hold(5.0), recover.Recover(60.0))
    assert "recovered" not in seen["phases"]


def test_nothing_to_restart_is_not_reached(make: Callable[..., World]) -> None:
    world = make()
    assert not restart.Restart("server").run(world.at)
    assert not restart.Restart("pod").run(world.at)
    assert not restart.Restart("rollout").run(world.at)
    assert "restarts" not in world.at.told


def test_a_workload_has_scaled_out_when_so_many_of_its_pods_are_ready(make: Callable[..., World]) -> None:
    """Late where the machine stalled; else it is told how many there were."""
    for comes, stalled, over, late in ((8, 0.0, BEGIN + 8, None), (33, 5.0, None, BEGIN + 33), (33, 0.0, None, None)):
        world = served(make)
        world.stall(stalled, 6.0)
        world.later(comes, world.pod, "c")
        (told,) = world.play(scaled.Scaled(3, 30.0))["scaled"]
        assert (told["over"], told["late"], told["ready"]) == (over, late, 3 if over or late else 2)


# drain, uncordon ----------------------------------------------------------------------------------------------------------------


def two_nodes(make: Callable[..., World]) -> World:
    world = served(make)
    world.node("n1")
    world.node("n2")
    return world


def cordoned(world: World) -> list[str]:
    return [
        node["metadata"]["name"] for node in world.api.list_objects("v1", "Node") if node["spec"].get("unschedulable")
    ]


def no(words: str) -> ApiRefusedError:
    return ApiRefusedError(429, "TooManyRequests", words, [DISRUPTION_BUDGET], 10)


def test_a_node_is_cordoned_and_its_pods_are_evicted_until_none_is_left(make: Callable[..., World]) -> None:
    """Those of a DaemonSet stay, and so does what stands elsewhere."""
    world = two_nodes(make)
    world.pod("elsewhere", node="n2")
    agent = world.pod("agent")
    agent["metadata"]["ownerReferences"][0]["kind"] = "DaemonSet"
    world.at.watch.latest.clear()
    world.pod("a")
    assert drain.Drain(60.0).run(world.at)
    assert cordoned(world) == ["n1"]
    (told,) = world.at.told["drains"]
    assert (told["node"], told["over"] is not None, {pod["pod"] for pod in told["pods"]}) == ("n1", True, {"a", "b"})
    assert {"agent", "elsewhere"} <= {path.rsplit("/", 1)[-1] for path in world.api.objects}
    assert uncordon.Uncordon().run(world.at)
    assert (cordoned(world), world.at.told["uncordons"][0]["nodes"]) == ([], ("n1",))


def test_a_refused_eviction_is_recorded_with_the_api_servers_words_and_tried_again(make: Callable[..., World]) -> None:
    world = two_nodes(make)
    world.api.answers["POST", "/a/eviction"] = [
        no("the disruption budget web needs 2 healthy pods and has 2 currently")
    ] * 3
    (told,) = world.play(drain.Drain(60.0))["drains"]
    pod = next(pod for pod in told["pods"] if pod["pod"] == "a")
    assert (pod["tries"], "needs 2 healthy pods" in pod["refused"], pod["evicted"] is not None) == (4, True, True)


def test_a_drain_that_is_refused_to_the_end_is_not_reached_and_is_no_broken_machine(make: Callable[..., World]) -> None:
    world = two_nodes(make)
    world.api.answers["POST", "/eviction"] = [no("no")] * 99
    seen = world.play(drain.Drain(20.0), hold.Hold(1.0))
    (told,) = seen["drains"]
    assert (told["over"], seen["evidence"], "held" in seen["phases"]) == (None, None, False)
    assert cordoned(world) == []


def test_a_drain_uncordons_though_the_run_is_interrupted(make: Callable[..., World]) -> None:
    world = two_nodes(make)
    world.api.answers["POST", "/eviction"] = [no("no")] * 99
    seen: list[list[str]] = []
    world.later(5, lambda: seen.append(cordoned(world)))
    world.later(5, world.watch.stop.set)
    with pytest.raises(StoppedError):
        world.play(drain.Drain(60.0))
    assert (seen, cordoned(world)) == ([["n1"]], [])


def test_what_a_killed_run_has_cordoned_the_next_one_uncordons(make: Callable[..., World]) -> None:
    """By the note on the node; what a live process or somebody else has cordoned stays so."""
    world = two_nodes(make)
    cordons.cordon(world.api, "n1", "dead")
    cordons.cordon(world.api, "n2", "alive")
    world.node("n3")["spec"]["unschedulable"] = True
    world.api.objects["/api/v1/nodes/n1"]["metadata"]["labels"][cordons.OWNER] = "no-process"
    cordons.sweep(world.api)
    assert cordoned(world) == ["n2", "n3"]
    assert cordons.RUN not in world.api.objects["/api/v1/nodes/n1"]["metadata"]["labels"]


def test_the_only_node_is_not_drained_and_two_runs_do_not_drain_at_once(make: Callable[..., World]) -> None:
    world = served(make)
    world.node("n1")
    with pytest.raises(EnvironmentBrokenError, match="only node"):
        drain.Drain(60.0).run(world.at)
    other = two_nodes(make)
    with pytest.raises(EnvironmentBrokenError, match="other runs"):
        drain.Drain(60.0).run(other.at)
    ground.give_back(world.at)
    assert drain.Drain(60.0).run(other.at)
    ground.give_back(other.at)


def test_no_node_is_drained_while_a_run_is_starting_and_none_starts_meanwhile(make: Callable[..., World]) -> None:
    """Servers that keep apart would find no room beside a drained node, through no fault of theirs."""
    starting, draining = make(), two_nodes(make)
    assert ground.take(starting.at, together=True)
    with pytest.raises(EnvironmentBrokenError, match="been starting"):
        drain.Drain(60.0).run(draining.at)
    play.play_steps(starting.at, (apply.Apply(), ready.Ready(1.0)))
    assert drain.Drain(60.0).run(draining.at)
    assert not ground.take(starting.at, together=True)
    ground.give_back(draining.at)
    assert ground.take(starting.at, together=True)
    ground.give_back(starting.at)


def test_without_a_ready_pod_no_node_is_drained(make: Callable[..., World]) -> None:
    world = make()
    world.node("n1")
    world.node("n2")
    assert not drain.Drain(60.0).run(world.at)
    ground.give_back(world.at)
    assert cordoned(world) == []


# load, shift --------------------------------------------------------------------------------------------------------------------


def test_the_prober_is_told_to_send_otherwise_and_the_step_is_over_when_it_does(make: Callable[..., World]) -> None:
    """One that takes no order, or does not follow it, is a broken machine: nobody sent what the scenario says."""
    for todo, key, order in (
        (load.Load(20), "loads", {"rps": 20}), (shift.Shift(0.8, 1.0), "shifts", {"low": 0.8, "high": 1.0}),
    ):  # fmt: skip
        world = make()
        world.prober()
        world.later(1.5, world.watch.probes.append, {"t": BEGIN + 1.5, "kind": "order"})
        seen = world.play(todo)
        assert seen[key] == [{"t": BEGIN + 1.5, **order}]
        assert json.loads(world.api.commands[0][1][-1]) == order
        assert seen["probes"] == []
    silent = make()
    silent.prober()
    assert "did not follow" in silent.play(load.Load(20))["evidence"]
    assert "took no order" in make().play(load.Load(20))["evidence"]


def test_who_calls_in_the_probers_place_takes_its_orders(make: Callable[..., World]) -> None:
    """Its program is called as its image is, and takes more requests a second."""
    assert SERVICE.traffic is not None
    calling = replace(SERVICE, traffic=replace(SERVICE.traffic, caller="breakfix-pack/shop-caller:1.0"))
    world = make(calling)
    metadata = {"name": "caller", "namespace": world.at.run.prober_namespace, "labels": {HELPER_LABEL: CALLER}}
    world.api.put({"apiVersion": "v1", "kind": "Pod", "metadata": metadata})
    world.later(1.5, world.watch.probes.append, {"t": BEGIN + 1.5, "kind": "order"})
    assert world.play(load.Load(60))["loads"] == [{"t": BEGIN + 1.5, "rps": 60}]
    assert world.api.commands == [("caller", ["python3", "-m", "shop_caller", "order", '{"rps": 60}'])]
    assert list(load.Load(60).inconsistencies(calling)) == []
    assert list(load.Load(60).inconsistencies(SERVICE)) != []


# refresh ------------------------------------------------------------------------------------------------------------------------


def test_all_ready_servers_refresh_and_what_a_server_refuses_is_told(make: Callable[..., World]) -> None:
    world = served(make)
    world.pod("late", ready=False)
    world.api.answers["EXEC", "b"] = [ApiRefusedError(500, EXEC_FAILED, "no such program")]
    (told,) = world.play(refresh.Refresh(SERVICE.workload.name))["refreshes"]
    assert (told["pods"], told["refused"]) == (["a"], ["no such program"])
    assert {pod for pod, _ in world.api.commands} == {"a", "b"}
    assert not refresh.Refresh(SERVICE.workload.name).run(make().at)
    assert list(refresh.Refresh("other").inconsistencies(SERVICE)) == [
        f"refreshes other, but the workload is {SERVICE.workload.name}"
    ]


# freeze, noticed ----------------------------------------------------------------------------------------------------------------

FROZEN = (freeze.Freeze(SERVICE.workload.name), noticed.Noticed(60.0))


def killing(world: World, pod: str) -> None:
    """The kubelet says that it ends a pod's container."""
    about = {"kind": "Pod", "name": pod}
    at = datetime.fromtimestamp(world.now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    world.watch._seen_event("ADDED", {
        "metadata": {"uid": f"event-{pod}-{world.now}"}, "involvedObject": about, "type": "Normal", "reason": "Killing",
        "message": "Container c failed liveness probe, will be restarted", "lastTimestamp": at, "count": 1,
    })  # fmt: skip


def test_a_hung_server_is_noticed_when_its_container_is_told_to_end_or_it_is_gone(make: Callable[..., World]) -> None:
    """Whatever becomes of another one, and whatever was said before."""
    for act, over in (
        (lambda world: killing(world, "a"), BEGIN + 20),
        (lambda world: world.pod("a", restarts=1), BEGIN + 20),
        (lambda world: killing(world, "b"), None),
    ):
        world = served(make)
        world.go_on(0)
        world.later(20, act, world)
        seen = world.play(*FROZEN)
        (told,) = seen["noticed"]
        assert world.api.commands == [("a", freeze.FREEZE)]
        assert (told["t"], told["pod"], told["over"], told["late"]) == (BEGIN, "a", over, None)


def test_a_hung_server_that_is_told_late_is_late_where_the_machine_stalled(make: Callable[..., World]) -> None:
    world = served(make)
    world.stall(8.0, 10.0)
    world.later(63, killing, world, "a")
    (told,) = world.play(*FROZEN)["noticed"]
    assert (told["over"], told["late"]) == (None, BEGIN + 63)


def test_where_no_server_hangs_nothing_is_noticed(make: Callable[..., World]) -> None:
    assert "noticed" not in make().play(*FROZEN)
    assert list(freeze.Freeze("other").inconsistencies(SERVICE)) == [
        f"freezes other, but the workload is {SERVICE.workload.name}"
    ]


# How steps are written ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("exercise", "orders", "message"),
    [
        (SERVICE, [Order("apply", None, 7), Order("wait", None, 8)], "8: day: there is no step 'wait'; there are apply, "),
        (SERVICE, [Order("ready", {"within": 5}, 7)], "7: day: the first step has to be apply"),
        (SERVICE, [Order("apply"), Order("ready", None, 9)], "9: day: the step ready is not right: it wants within"),
        (SERVICE, [Order("apply"), Order("ready", {"within": "5"}, 9)], "within has to be a number, not below 0"),
        (SERVICE, [Order("apply"), Order("ready", {"inside": 5}, 9)], "it takes no inside"),
        (SERVICE, [Order("apply"), Order("hang", "other", 9)], "9: day: hangs other, but the workload is "),
        (SERVICE, [Order("apply"), Order("restart", "all", 9)], "restart takes server, pod or rollout"),
        (SERVICE, [Order("apply"), Order("place", {"within": 5}, 9)], "place is for simulated nodes"),
        (SERVICE, [Order("apply"), Order("when", {"job": "x", "epochs": 1}, 9)], "9: day: names Job x, which jobs does not list"),
        (SERVICE, [Order("apply"), Order("load", 0.5, 9)], "load takes 1 to 50 requests a second, not 0.5"),
        (JOBS, [Order("apply"), Order("load", 5, 9)], "load wants traffic"),
        (SERVICE, [Order("apply"), Order("shift", {"low": 1, "high": 1}, 9)], "shift wants low below high"),
        (JOBS, [Order("apply", {"jobs": ["x"]}, 9)], "9: day: names Job x, which jobs does not list"),
        (JOBS, [Order("apply"), Order("evict", FIRST, 9)], "there is none"),
        (SIMULATED, [Order("apply"), Order("hold", 5, 9)], "9: day: hold takes containers that run"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_step_is_told_with_its_line(
    exercise: exercises.Exercise, orders: list[Order], message: str
) -> None:
    with pytest.raises(InputError) as caught:
        steps.of(exercise, Scenario("day", tuple(orders)))
    assert message in str(caught.value)


@pytest.mark.parametrize("slug", exercises.slugs())
def test_the_steps_of_every_exercise_fit_it(slug: str) -> None:
    exercise = exercises.load(slug)
    for scenario in exercise.scenarios:
        assert len(steps.of(exercise, scenario)) == len(scenario.steps)


@pytest.mark.parametrize("verb", ["trigger", "rollout", "restart", "load"])
def test_the_steps_of_the_tiny_exercises_fit_them(verb: str) -> None:
    """Each plays its verb; tests/cluster plays them."""
    exercise = exercises.read(Path(__file__).parent.parent / "live" / verb)
    played = [step.name for scenario in exercise.scenarios for step in steps.of(exercise, scenario)]
    assert verb in played


def test_a_scenario_is_written_in_steps(tmp_path: Path) -> None:
    """Each step knows its line, and bare words and single values do."""
    text = (SERVICE.folder / "exercise.yaml").read_text("utf-8")
    begin, end = text.index("scenarios:\n"), text.index("# What variants rename")
    folder = tmp_path / "exercises" / SERVICE.slug
    folder.mkdir(parents=True)

    def written(scenario: str) -> exercises.Exercise:
        (folder / "exercise.yaml").write_text(text[:begin] + f"scenarios:\n  steady:\n{scenario}" + text[end:])
        return exercises.read(folder)

    (scenario,) = written("    steps:\n      - apply\n      - {ready: {within: 45}}\n      - hold: 5\n").scenarios
    line = text[:begin].count("\n") + 4
    assert scenario.steps == (
        Order("apply", None, line),
        Order("ready", {"within": 45}, line + 1),
        Order("hold", 5, line + 2),
    )
    assert (scenario.ready_within, scenario.recover_within) == (45, 60.0)
    for wrong in ("    steps: [apply]\n    hold: 5\n", "    hold: 5\n", "    steps: [{ready: 1, hold: 2}]\n"):
        with pytest.raises(InputError):
            written(wrong)


def test_a_step_that_is_new_is_a_module_and_its_line() -> None:
    """Every module of steps is listed; what is not, would be found by nobody."""
    modules = {path.stem for path in Path(steps.__file__).parent.glob("*.py")} - {"__init__"}
    assert {name.replace("_", "-") for name in modules} == {*steps.BY_NAME, *(step.name for step in steps.ALWAYS)}
    assert [complete.Complete.always, place.Place.contained, when.When.always] == [True, False, False]
