"""Jobs as exercises list them, as submissions declare them, and as they were seen to end."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.checks import CheckFailureError, EvidenceError, Observed, Submission
from grader.checks.devices import asked, beyond, unequal, unnamed
from grader.checks.jobs import Declared, declared, need_complete, need_devices, need_kept, need_pods, need_training
from grader.checks.placement import blanket, may_run_on, others, tolerates
from grader.checks.shm import lacks_room
from grader.checks.view import View
from harness import exercise as exercises
from harness import gpus, jobs
from harness.errors import InputError
from harness.gpuprofiles import PROFILES
from harness.manifests import parse

SLUG = "nothing-schedules"
H100 = gpus.labels(gpus.Pool(PROFILES["h100-80gb"], 8))
PRODUCT = H100["nvidia.com/gpu.product"]
DATASET = "a dataset"
JOB: dict[str, Any] = {
    "name": "fit", "namespace": "ml-a", "container": "trainer", "resource": "nvidia.com/gpu", "count": 2, "product": PRODUCT,
    "pods": 1, "requests": {}, "workers": 1, "dataset": "dataset", "keeps": True,
}  # fmt: skip


def view(text: str, kind: str = "Job") -> View:
    manifests, problems = parse(
        "f.yaml", f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: fit}}\nspec:\n{text}".encode()
    )
    assert not problems
    return View(manifests[0], (), manifests[0].value)


def pod(text: str) -> View:
    return view(text).at("spec")


def submitted(*views: View) -> Submission:
    exercise = {"jobs": [JOB], "workload": {"namespace": "ml-a"}}
    return Submission(tuple(one.manifest for one in views), (), exercise)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("name: ranker-finetune, namespace: ml-training", "name: ranker-finetune, namespace: ml-other", "jobs names namespace ml-other"),
        ("workers: 3, dataset: dataset", "workers: 3, dataset: corpus", "jobs names dataset corpus, which is not under fresh"),
        ("  name: encoder-pretrain\n  namespace", "  name: encoder\n  namespace", "jobs does not list the workload's own Job, encoder"),
        ("  kind: Job\n", "  kind: Deployment\n", "a workload of kind Job wants jobs, and only such a workload has them"),
    ],
)  # fmt: skip
def test_jobs_that_do_not_fit_are_told_with_their_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    folder = tmp_path / "exercises" / SLUG
    folder.mkdir(parents=True)
    text = (exercises.load(SLUG).folder / "exercise.yaml").read_text("utf-8")
    assert text.count(old) == 1
    (folder / "exercise.yaml").write_text(text.replace(old, new))
    with pytest.raises(InputError, match=rf"exercise\.yaml:\d+: {message}"):
        exercises.read(folder)


@pytest.mark.parametrize(
    ("toleration", "present", "other"),
    [
        ("{key: nvidia.com/gpu, operator: Exists}", True, True),
        ("{key: nvidia.com/gpu, operator: Exists, effect: NoSchedule}", True, True),
        ("{key: nvidia.com/gpu, operator: Exists, effect: NoExecute}", False, False),
        ("{key: nvidia.com/gpu, operator: Equal, value: present, effect: NoSchedule}", True, False),
        ("{key: nvidia.com/gpu, value: present}", True, False),
        ("{key: nvidia.com/gpu, value: 'true'}", False, False),
        ("{key: nvidia.com/gpus, operator: Exists}", False, False),
        ("{operator: Exists}", True, True),
    ],
)
def test_tolerations_match_taints_as_the_scheduler_does(toleration: str, present: object, other: object) -> None:
    seen = pod(f"  tolerations: [{toleration}]\n")
    assert (tolerates(seen, "present"), tolerates(seen, "a100")) == (present, other)
    assert tolerates(pod("  {}\n"), "")
    assert bool(list(blanket(seen))) == (toleration == "{operator: Exists}")


def term(expression: str) -> str:
    required = "requiredDuringSchedulingIgnoredDuringExecution"
    return f"  affinity: {{nodeAffinity: {{{required}: {{nodeSelectorTerms: [{expression}]}}}}}}\n"


@pytest.mark.parametrize(
    ("spec", "runs"),
    [
        ("  {}\n", True),
        (f"  nodeSelector: {{nvidia.com/gpu.product: {PRODUCT}}}\n", True),
        ("  nodeSelector: {nvidia.com/gpu.product: NVIDIA-H100}\n", False),
        (term("{matchExpressions: [{key: nvidia.com/gpu.family, operator: In, values: [ampere, hopper]}]}"), True),
        (term("{matchExpressions: [{key: nvidia.com/gpu.family, operator: NotIn, values: [hopper]}]}"), False),
        (term("{matchExpressions: [{key: nvidia.com/gpu.memory, operator: Gt, values: ['80000']}]}"), True),
        (term("{matchExpressions: [{key: nvidia.com/gpu.memory, operator: Lt, values: ['80000']}]}"), False),
        (term("{matchExpressions: [{key: nvidia.com/gpu.memory, operator: Gt, values: [much]}]}"), False),
        (term("{matchExpressions: [{key: nvidia.com/mig.strategy, operator: DoesNotExist}]}"), True),
        (term("{matchExpressions: [{key: nvidia.com/mig.strategy, operator: Exists}]}"), False),
        (term("{matchFields: [{key: metadata.name, operator: In, values: [n]}]}"), False),
        (term("{}"), False),
        (term("{}, {matchExpressions: [{key: nvidia.com/gpu.count, operator: In, values: ['8']}]}"), True),
    ],
)
def test_selectors_and_affinity_are_read_as_the_scheduler_does(spec: str, runs: object) -> None:
    assert may_run_on(pod(spec), H100) is runs


def test_other_products_come_with_as_many_gpus_and_in_every_mode() -> None:
    found = list(others(H100))
    assert PRODUCT not in {one["nvidia.com/gpu.product"] for one in found}
    assert {one.get("nvidia.com/mig.strategy") for one in found} == {None, "mixed", "single"}
    assert any(may_run_on(pod("  nodeSelector: {nvidia.com/gpu.count: '8'}\n"), one) for one in found)
    assert not any(may_run_on(pod("  nodeSelector: {nvidia.com/gpu.family: hopper}\n"), one) for one in found)


def test_devices_are_asked_for_by_request_or_limit_and_have_to_agree() -> None:
    both = pod("  containers: [{resources: {requests: {nvidia.com/gpu: 2, cpu: 1}, limits: {nvidia.com/gpu: '2'}}}]\n")
    assert {name: int(count) for name, count in asked(both).items()} == {"nvidia.com/gpu": 2}
    assert not list(unequal(both))
    for limits in ("{}", "{nvidia.com/gpu: 1}"):
        wrong = pod(f"  containers: [{{resources: {{requests: {{nvidia.com/gpu: 2}}, limits: {limits}}}}}]\n")
        assert len(list(unequal(wrong))) == 1
    assert not list(unequal(pod("  containers: [{resources: {limits: {nvidia.com/gpu: 1}}}]\n")))


def test_a_quota_wants_what_it_counts_and_no_more_than_it_has() -> None:
    hard = "{requests.cpu: 1, requests.memory: 1Gi, limits.memory: 1Gi, requests.nvidia.com/gpu: '2', requests.storage: 1Gi}"
    quota = view(f"  hard: {hard}\n", "ResourceQuota")
    text = "  parallelism: 2\n  template: {spec: {containers: [{resources: {requests: {cpu: 600m}, limits: {nvidia.com/gpu: 1}}}]}}\n"
    job = view(text)
    missing = [one.field for one in unnamed(submitted(quota), job.at("spec", "template", "spec"))]
    assert [field.rpartition("resources.")[2] for field in missing] == ["requests.memory", "limits.memory"]
    assert [(name, float(total)) for _, name, total in beyond(submitted(quota, job))] == [("requests.cpu", 1.2)]


@pytest.mark.parametrize(
    ("mounts", "volume", "limit", "short"),
    [
        ("[]", "emptyDir: {}", "1Gi", True),
        ("[{name: shm, mountPath: /dev/shm}]", "emptyDir: {medium: Memory}", "1Gi", False),
        ("[{name: shm, mountPath: /dev/shm/}]", "emptyDir: {medium: Memory, sizeLimit: 128Mi}", "1Gi", False),
        ("[{name: shm, mountPath: /dev/shm}]", "emptyDir: {medium: Memory, sizeLimit: 64Mi}", "1Gi", True),
        ("[{name: shm, mountPath: /dev/shm}]", "emptyDir: {medium: Memory}", "64Mi", True),
        ("[{name: shm, mountPath: /dev/shm}]", "configMap: {name: x}", "1Gi", True),
        ("[{name: shm, mountPath: /shm}]", "emptyDir: {medium: Memory}", "1Gi", True),
    ],
)
def test_shared_memory_is_what_is_mounted_there(mounts: str, volume: str, limit: str, short: object) -> None:
    container = f"{{name: trainer, volumeMounts: {mounts}, resources: {{limits: {{memory: {limit}}}}}}}"
    seen = pod(f"  containers: [{container}]\n  volumes: [{{name: shm, {volume}}}]\n")
    place = lacks_room(seen, seen.at("containers", 0), 100_000_000)
    assert (place is not None) is short


@pytest.mark.parametrize("spec", ["  {parallelism: 0}\n", "  {suspend: true}\n", "  {completions: 0}\n"])
def test_a_job_that_does_not_run_is_not_kept(spec: str) -> None:
    with pytest.raises(CheckFailureError):
        need_pods(Declared(JOB, view(spec)))


def test_a_job_and_its_container_have_to_be_there() -> None:
    with pytest.raises(CheckFailureError, match="Job/fit is missing"):
        list(declared(submitted()))
    with pytest.raises(CheckFailureError, match="container is gone"):
        _ = Declared(JOB, view("  template: {spec: {containers: [{name: other}]}}\n")).container


def observed(apply_errors: Any = (), **changes: Any) -> Observed:
    """Return what was seen of a Job that ended well, but for the changes of its pod."""
    result = {"devices": ["GPU-1", "GPU-2"], "workers": 1, "output": "/keep/run", "weights": jobs.weights(DATASET)}
    result |= changes.pop("result", {})
    seen = {
        "name": "fit-x", "phase": "Succeeded", "state": "Succeeded", "product": PRODUCT, "devices": {"nvidia.com/gpu": 2},
        "claims": {"trainer": ["/keep"]}, "messages": {"trainer": json.dumps(result)}, **changes,
    }  # fmt: skip
    job = {
        "name": "fit", "exists": True, "ends": {"Complete": ""}, "pods": [seen], "complaints": ["FailedCreate: no"],
        "learns": jobs.weights(DATASET),
    }  # fmt: skip
    data = {"evidence": None, "apply_errors": apply_errors, "ready_within": 60, "jobs": [job]}
    return Observed("handover", data, {"kind": "Job", "name": "fit"})


def test_a_job_that_ended_well_passes() -> None:
    for need in (need_complete, need_devices, need_training, need_kept):
        need(observed(), JOB)


@pytest.mark.parametrize(
    ("need", "changes", "message"),
    [
        (need_devices, {"product": "NVIDIA-A100-SXM4-80GB"}, "another kind of node"),
        (need_devices, {"devices": {"nvidia.com/gpu": 1}}, "other devices"),
        (need_devices, {"devices": {"nvidia.com/gpu": 2, "nvidia.com/mig-1g.10gb": 1}}, "other devices"),
        (need_devices, {"phase": "Failed"}, "too few pods"),
        (need_training, {"result": {"devices": ["GPU-1"]}}, "another number of GPUs"),
        (need_training, {"result": {"devices": "GPU-1,GPU-2"}}, "another number of GPUs"),
        (need_training, {"result": {"workers": 0}}, "fewer loader workers"),
        (need_training, {"result": {"workers": float("nan")}}, "fewer loader workers"),
        (need_training, {"result": {"workers": "many"}}, "fewer loader workers"),
        (need_training, {"result": {"weights": [0.0] * 8}}, "not what a training"),
        (need_training, {"result": {"weights": [float("nan")] * 8}}, "not what a training"),
        (need_training, {"result": {"weights": []}}, "not what a training"),
        (need_training, {"messages": {"trainer": "done"}}, "left no result"),
        (need_training, {"messages": {"trainer": "[1]"}}, "left no result"),
        (need_training, {"messages": {}}, "left no result"),
        (need_kept, {"claims": {"trainer": ["/other"]}}, "gone with the pod"),
        (need_kept, {"claims": {}}, "gone with the pod"),
        (need_kept, {"result": {"output": "/keeper"}}, "gone with the pod"),
    ],
)
def test_a_job_that_ended_well_for_the_wrong_reason_fails(
    need: Callable[[Observed, Any], None], changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(CheckFailureError, match=message):
        need(observed(**changes), JOB)


def test_an_unfinished_job_is_told_with_what_kept_it() -> None:
    with pytest.raises(CheckFailureError) as caught:
        need_complete(observed([{"object": "Job/fit", "message": "Limit must be set"}]), JOB)
    assert caught.value.reason.seen == "Limit must be set"
    seen = observed(phase="Pending", state="Unschedulable: 0/3 nodes")
    seen.data["jobs"][0]["ends"] = {}
    with pytest.raises(CheckFailureError) as caught:
        need_complete(seen, JOB)
    assert caught.value.reason.seen == "Unschedulable: 0/3 nodes; FailedCreate: no"
    seen.data["jobs"][0]["pods"] = []
    with pytest.raises(CheckFailureError) as caught:
        need_complete(seen, JOB)
    assert caught.value.reason.seen == "it has no pod; FailedCreate: no"
    with pytest.raises(EvidenceError, match="nobody looked at Job other"):
        need_complete(seen, {**JOB, "name": "other"})
