"""How teams share a pool: what the files say of it, what was seen, and how the waves of a scenario go on."""

from pathlib import Path
from typing import Any

import pytest

from grader.checks import CheckFailureError, EvidenceError, Observed, Submission
from grader.checks.jobs import Declared
from grader.checks.sharing import (
    counted,
    ignores_disruptions,
    memory_default,
    memory_limit,
    need_not_preempted,
    need_resumed,
    need_started,
    priority,
    refused,
    retries,
)
from grader.checks.view import View
from grader.live import steps
from grader.live.trainings import epoch_of, told_in
from harness.core.errors import InputError
from harness.exercises import exercise as exercises
from harness.files.manifests import parse
from harness.runs.run import placed

SLUG = "two-teams-eight-gpus"
HOME = "team-a"


def submission(text: str) -> Submission:
    manifests, problems = parse("f.yaml", text.encode())
    assert not problems
    return Submission(tuple(manifests), (), {"workload": {"namespace": HOME}})


def job(spec: str) -> Declared:
    manifests, problems = parse(
        "f.yaml", f"apiVersion: batch/v1\nkind: Job\nmetadata: {{name: fit}}\nspec: {spec}".encode()
    )
    assert not problems
    return Declared({"container": "c", "namespace": HOME}, View(manifests[0], (), manifests[0].value))


def quota(hard: str, more: str = "") -> str:
    return f"apiVersion: v1\nkind: ResourceQuota\nmetadata: {{name: q, namespace: {HOME}}}\nspec: {{hard: {{{hard}}}{more}}}\n---\n"


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        (quota('requests.nvidia.com/gpu: "4"'), 4),
        (quota("requests.nvidia.com/gpu: 4") + quota("requests.nvidia.com/gpu: 2"), 2),
        (quota('limits.nvidia.com/gpu: "4"'), None),
        (quota('nvidia.com/gpu: "4"'), None),
        (quota("requests.nvidia.com/gpu: 4", ", scopes: [BestEffort]"), None),
        (quota("requests.nvidia.com/gpu: 4").replace(HOME, "team-b"), None),
    ],
)
def test_a_quota_counts_requests_of_all_pods_of_its_namespace(text: str, bound: int | None) -> None:
    found = counted(submission(text), HOME, "nvidia.com/gpu")
    assert (found and found[1]) == bound


def limit_range(limits: str) -> str:
    return (
        f"apiVersion: v1\nkind: LimitRange\nmetadata: {{name: r}}\nspec: {{limits: [{{type: Container, {limits}}}]}}\n"
    )


@pytest.mark.parametrize(
    ("limits", "own", "limit"),
    [
        ("default: {memory: 1Ki}, max: {memory: 2Ki}", "", 1024),
        ("max: {memory: 2Ki}", "", 2048),
        ("max: {memory: 2Ki}", "limits: {memory: 1Ki}", 1024),
        ("min: {memory: 2Ki}", "", None),
    ],
)
def test_a_maximum_is_the_default_where_there_is_none(limits: str, own: str, limit: int | None) -> None:
    fit = job(f"{{template: {{spec: {{containers: [{{name: c, resources: {{{own}}}}}]}}}}}}")
    assert memory_limit(submission(limit_range(limits)), fit)[1] == limit


IGNORE = "{action: Ignore, onPodConditions: [{type: DisruptionTarget}]}"


@pytest.mark.parametrize(
    ("rules", "ignored"),
    [
        (IGNORE, True),
        ("{action: FailJob, onExitCodes: {operator: In, values: [2]}}, " + IGNORE, True),
        (IGNORE + ", {action: FailJob, onExitCodes: {operator: NotIn, values: [0]}}", True),
        ("{action: FailJob, onExitCodes: {operator: NotIn, values: [0]}}, " + IGNORE, False),
        ("{action: Count, onPodConditions: [{type: DisruptionTarget}]}, " + IGNORE, False),
        ('{action: Ignore, onPodConditions: [{type: DisruptionTarget, status: "False"}]}', False),
        ("{action: FailJob, onPodConditions: [{type: Ready, status: 'False'}]}, " + IGNORE, False),
        ("{action: FailJob, onPodConditions: [{type: Initialized, status: 'False'}]}, " + IGNORE, False),
        ("{action: FailJob, onPodConditions: [{type: PodReadyToStartContainers}]}, " + IGNORE, False),
        ("{action: Ignore, onPodConditions: [{type: Initialized, status: 'False'}]}, " + IGNORE, True),
        ("{action: Ignore, onExitCodes: {operator: In, values: [143]}}", False),
        ("{action: Ignore, onExitCodes: {operator: In, values: [143]}}, " + IGNORE, True),
        ("", False),
    ],
)
def test_the_first_rule_that_fits_a_disrupted_pod_decides(rules: str, *, ignored: bool) -> None:
    assert ignores_disruptions(job(f"{{podFailurePolicy: {{rules: [{rules}]}}}}")) is ignored


TERMINATED = "{action: Ignore, onExitCodes: {operator: In, values: [143]}}"


def policy(rules: str, more: str = "") -> str:
    return f"{{backoffLimit: 1, podFailurePolicy: {{rules: [{rules}]}}{more}, template: {{spec: {{containers: [{{name: c}}]}}}}}}"


def container(text: str, more: str = "backoffLimit: 1") -> str:
    return f"{{{more}, template: {{spec: {{containers: [{{name: c{text}}}]}}}}}}"


@pytest.mark.parametrize(
    ("spec", "times"),
    [
        (container("", "parallelism: 1"), 6),
        (container("", "backoffLimit: 0"), 0),
        (container("", "backoffLimit: 2"), 2),
        (container("", "backoffLimitPerIndex: 0"), 0),
        (container("", "backoffLimitPerIndex: 0, backoffLimit: 6"), 0),
        (container("", "backoffLimitPerIndex: 5, backoffLimit: 2"), 2),
        (container("", "backoffLimitPerIndex: 5"), 5),
        (container("", "backoffLimitPerIndex: 5, maxFailedIndexes: 0"), 5),
        (policy(IGNORE), 1),
        (policy(IGNORE + ", {action: FailJob, onExitCodes: {operator: In, values: [2]}}"), 1),
        (
            policy(IGNORE + ", {action: FailJob, onExitCodes: {operator: NotIn, values: [0]}}").replace(
                "backoffLimit: 1, ", ""
            ),
            0,
        ),
        (policy(IGNORE + ", {action: Ignore, onExitCodes: {operator: In, values: [1]}}"), float("inf")),
        (policy("{action: Ignore, onExitCodes: {operator: In, values: [137]}}"), float("inf")),
        (policy("{action: Ignore, onExitCodes: {operator: In, values: [143]}}"), 1),
        (
            policy(TERMINATED).replace("spec: {containers", "spec: {activeDeadlineSeconds: 600, containers"),
            float("inf"),
        ),
        (policy(TERMINATED).replace("{name: c}", "{name: c, livenessProbe: {}}"), float("inf")),
        (policy(TERMINATED).replace("{name: c}", "{name: c}, {name: s, restartPolicy: Always}"), float("inf")),
        (policy(IGNORE).replace("spec: {containers", "spec: {activeDeadlineSeconds: 600, containers"), 1),
        (policy("{action: Ignore, onExitCodes: {operator: NotIn, values: [2]}}"), float("inf")),
        (policy("{action: Ignore, onPodConditions: [{type: Ready, status: 'False'}]}"), float("inf")),
        (
            policy(
                "{action: FailJob, onExitCodes: {operator: NotIn, values: [143]}}, {action: Ignore, onExitCodes: {operator: In, values: [1]}}"
            ),
            0,
        ),
        (container(", restartPolicy: OnFailure"), float("inf")),
        (container(", restartPolicyRules: [{action: Restart, exitCodes: {operator: In, values: [1]}}]"), float("inf")),
        (container(", restartPolicy: Never"), 1),
        (policy("{action: Ignore, onPodConditions: [{type: Initialized, status: 'False'}]}, " + IGNORE), float("inf")),
        (container("}], initContainers: [{restartPolicy: OnFailure"), float("inf")),
        (
            container(
                "}], initContainers: [{restartPolicyRules: [{action: Restart, exitCodes: {operator: In, values: [1]}}]"
            ),
            float("inf"),
        ),
        (container("}], initContainers: [{restartPolicy: Always"), 1),
        (container("}, {restartPolicy: OnFailure"), float("inf")),
    ],
)
def test_what_fails_by_itself_is_tried_again_as_often_as_kubernetes_would(spec: str, times: float) -> None:
    assert retries(job(spec))[1] == times


@pytest.mark.parametrize(
    ("limits", "more", "admitted"),
    [
        ("default: {memory: 2Ki}, defaultRequest: {memory: 1Ki}, max: {memory: 2Ki}", "", True),
        ("max: {memory: 2Ki}", "", True),
        ("default: {memory: 2Ki}, max: {memory: 1Ki}", "", False),
        ("default: {memory: 2Ki}, min: {memory: 3Ki}", "", False),
        ("default: {memory: 3Ki}, defaultRequest: {memory: 1Ki}, maxLimitRequestRatio: {memory: '3'}", "", True),
        ("default: {memory: 3Ki}, defaultRequest: {memory: 1Ki}, maxLimitRequestRatio: {memory: '2'}", "", False),
        ("default: {memory: 1Ki}, defaultRequest: {memory: 2Ki}", "", False),
        ("default: {memory: 2Ki}", quota("limits.memory: 2Ki"), True),
        ("default: {memory: 2Ki}", quota("limits.memory: 1Ki"), False),
        ("default: {cpu: 1}", quota("requests.memory: 1Mi"), False),
        ("default: {cpu: 1}, max: {cpu: 2}", quota("limits.cpu: 4"), True),
        ("default: {memory: 2Ki}", quota("limits.cpu: 4"), False),
        ("default: {cpu: 2}, max: {cpu: 1}", "", False),
    ],
)
def test_what_a_silent_container_gets_must_be_admitted(limits: str, more: str, *, admitted: bool) -> None:
    assert (not list(refused(submission(more + limit_range(limits)), HOME))) is admitted


def test_a_pods_maximum_refuses_who_has_no_limit() -> None:
    for most in ("max: {memory: 2Ki}", "max: {cpu: 2}"):
        assert list(refused(submission(limit_range(most).replace("Container", "Pod")), HOME))


def test_the_least_that_a_limit_range_may_give_counts() -> None:
    both = limit_range("default: {memory: 4Ki}") + "---\n" + limit_range("max: {memory: 2Ki}")
    found = memory_default(submission(both), HOME)
    assert found is not None
    assert found[1] == 2048
    assert memory_default(submission(limit_range("min: {memory: 2Ki}")), HOME) is None


def test_a_priority_is_that_of_its_class() -> None:
    text = "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: high}\nvalue: 7\n"
    ranked = job("{template: {spec: {priorityClassName: high}}}")
    assert priority(submission(text), ranked)[1] == 7
    assert priority(submission(text), job("{}"))[1] == 0


def snap(t: float, pod: str, phase: str = "Running", disrupted: str = "") -> dict[str, Any]:
    return {
        "t": t,
        "own": True,
        "name": pod,
        "job": pod.split("-", maxsplit=1)[0],
        "placed": phase != "Pending",
        "phase": phase,
        "disrupted": disrupted,
    }


def seen(pods: list[dict[str, Any]], epochs: dict[str, tuple[int, int]], refused: str = "") -> Observed:
    told = {pod: {"job": pod.split("-")[0], "first": first, "last": last} for pod, (first, last) in epochs.items()}
    waves = [{"t": 10.0, "jobs": ["fit"], "evicted": "", "refused": refused}]
    return Observed("day", {"pods": pods, "epochs": told, "waves": waves}, {"kind": "Job", "name": "fit"})


def test_a_job_has_to_start_in_time_after_its_wave() -> None:
    need_started(seen([snap(11, "fit-1", "Pending"), snap(15, "fit-1")], {}), "fit", 5)
    with pytest.raises(CheckFailureError, match="had to wait for GPUs"):
        need_started(seen([snap(11, "fit-1", "Pending"), snap(16, "fit-1")], {}), "fit", 5)
    with pytest.raises(CheckFailureError, match="had to wait for GPUs"):
        need_started(seen([snap(11, "fit-1", "Pending")], {}), "fit", 5)
    with pytest.raises(EvidenceError, match="was not applied"):
        need_started(seen([], {}), "other", 5)


def test_a_pod_that_was_placed_in_time_may_take_as_long_to_run() -> None:
    """A busy machine creates its containers late; a container of its own that waits is another matter."""
    placed = snap(13, "fit-1", "Pending") | {"placed": True}
    need_started(seen([snap(11, "fit-1", "Pending"), placed, snap(17, "fit-1")], {}), "fit", 5)
    for late in ([snap(19, "fit-1")], []):
        with pytest.raises(CheckFailureError, match="does not run"):
            need_started(seen([placed, *late], {}), "fit", 5)


def test_a_job_must_not_be_preempted_but_may_be_evicted() -> None:
    need_not_preempted(seen([snap(1, "fit-1", "Failed", "EvictionByEvictionAPI")], {}), "fit")
    with pytest.raises(CheckFailureError, match="had to give way"):
        need_not_preempted(seen([snap(1, "fit-1", "Failed", "PreemptionByScheduler")], {}), "fit")


def test_a_replaced_pod_goes_on_after_what_the_one_before_it_told_of() -> None:
    pods = [snap(1, "fit-b"), snap(2, "fit-a")]
    need_resumed(seen(pods, {"fit-b": (1, 4), "fit-a": (5, 9)}), "fit")
    with pytest.raises(CheckFailureError, match="trained again"):
        need_resumed(seen(pods, {"fit-b": (1, 4), "fit-a": (4, 9)}), "fit")
    with pytest.raises(EvidenceError, match="was replaced"):
        need_resumed(seen(pods, {"fit-b": (1, 4)}), "fit")
    need_resumed(seen(pods, {"fit-b": (1, 4)}), "fit", always=False)
    with pytest.raises(CheckFailureError, match="could not be drained"):
        need_resumed(seen(pods, {"fit-b": (1, 4)}, "Cannot evict pod"), "fit")


@pytest.mark.parametrize(
    ("line", "epoch"),
    [
        ('{"message": "epoch done", "epoch": 3}', 3),
        ('{"message": "epoch done", "epoch": true}', None),
        ('{"message": "epoch done", "epoch": "3"}', None),
        ('{"message": "data loaded"}', None),
        ('{"message": "epoch done", "epoch": 1' + "0" * 400 + "}", None),
        ("[3]", None),
        ("[" * 100_000, None),
        ("epoch done", None),
    ],
)
def test_what_a_training_may_write_of_its_epochs(line: str, epoch: int | None) -> None:
    assert epoch_of(line) == epoch


def test_an_epoch_is_told_when_it_is_told_first() -> None:
    told = [("00:00:01.5", 1), ("00:00:02.123456789", 2), ("00:00:09", 2), ("soon", 3)]
    lines = [f'1970-01-01T{stamp}Z {{"message": "epoch done", "epoch": {epoch}}}' for stamp, epoch in told]
    lines += ['1970-01-01T00:00:05Z of old\u2028soon {"message": "epoch done", "epoch": 4}']
    assert told_in("\n".join(lines)) == pytest.approx({1: 1.5, 2: 2.123456})


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("jobs: [detector-hotfix]", "jobs: [detector-fix]", "names Job detector-fix, which jobs does not list"),
        ("evict: detector-train", "evict: query-experiments", "evict names Job query-experiments, which no step before it applies"),
        ("job: corpus-scoring, epochs", "job: query-experiments, epochs", "when names Job query-experiments, which no step before"),
        ("nodes: 2}", "nodes: 1}", "an exclusive exercise wants 2 GPU nodes"),
    ],
)  # fmt: skip
def test_steps_that_cannot_come_are_told(tmp_path: Path, old: str, new: str, message: str) -> None:
    folder = tmp_path / "exercises" / SLUG
    folder.mkdir(parents=True)
    text = (exercises.load(SLUG).folder / "exercise.yaml").read_text("utf-8")
    assert text.count(old) == 1
    (folder / "exercise.yaml").write_text(text.replace(old, new), "utf-8")
    with pytest.raises(InputError, match=message):
        _ = [steps.of(exercise, scenario) for exercise in [exercises.read(folder)] for scenario in exercise.scenarios]


def test_a_class_has_no_namespace_and_says_whose_it_is() -> None:
    exercise = exercises.load(SLUG)
    ranked = {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "pool-urgent"}}
    found = placed(exercise, ranked, "t0k3n")["metadata"]
    assert "namespace" not in found
    assert found["labels"]["breakfix.dev/run"] == "t0k3n"
    assert (
        placed(exercise, {"apiVersion": "v1", "kind": "Pod", "metadata": {}}, "x")["metadata"]["namespace"]
        == "team-vision"
    )
    assert "labels" not in ranked["metadata"]
