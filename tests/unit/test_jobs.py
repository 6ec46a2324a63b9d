"""Jobs as exercises list them, as submissions declare them, and as they were seen to end."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.checks import CheckFailureError, EvidenceError, Observed, Submission
from grader.checks.devices import asked, beyond, taken, unequal, unnamed
from grader.checks.jobs import (
    Declared,
    declared,
    need_complete,
    need_devices,
    need_kept,
    need_left,
    need_own,
    need_pods,
    need_told,
    need_training,
    told,
)
from grader.checks.placement import excess, may_run_on, need_narrow, others, tolerates
from grader.checks.shm import lacks_room
from grader.checks.view import View
from harness.core.errors import InputError
from harness.exercises import exercise as exercises
from harness.exercises import gpus, jobs
from harness.exercises.gpuprofiles import PROFILES
from harness.files.manifests import parse

SLUG = "nothing-schedules"
H100 = gpus.labels(gpus.Pool(PROFILES["h100-80gb"], 8))
PRODUCT = H100["nvidia.com/gpu.product"]
DATASET = "a dataset"
JOB: dict[str, Any] = {
    "name": "fit", "namespace": "ml-a", "container": "trainer", "resource": "nvidia.com/gpu", "count": 2, "product": PRODUCT,
    "pods": 1, "requests": {}, "workers": 1, "epochs": 3, "pace": 0.5, "dataset": "dataset", "keeps": True,
    "claim": "kept",
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
        ("workers: 3, epochs: 5, dataset: dataset", "workers: 3, epochs: 5, dataset: corpus", "jobs names dataset corpus, which is not under fresh"),
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


@pytest.mark.parametrize(
    ("toleration", "narrow"),
    [
        ("{key: nvidia.com/gpu, operator: Exists}", True),
        ("{key: nvidia.com/gpu, value: present, effect: NoSchedule}", True),
        ("{key: node.kubernetes.io/not-ready, operator: Exists, effect: NoExecute, tolerationSeconds: 300}", True),
        ("{key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, tolerationSeconds: 300}", True),
        ("{key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute}", False),
        ("{key: node.kubernetes.io/not-ready, operator: Exists}", False),
        ("{key: node.kubernetes.io/unschedulable, operator: Exists}", False),
        ("{key: node.kubernetes.io/unschedulable, value: '', effect: NoSchedule}", False),
        ("{key: node.kubernetes.io/disk-pressure, operator: Exists, effect: NoSchedule}", False),
        ("{operator: Exists}", False),
        ("{operator: Exists, effect: NoSchedule}", False),
        ("{key: '', operator: Exists}", False),
    ],
)
def test_no_taint_is_tolerated_but_that_of_the_gpu_nodes(toleration: str, *, narrow: bool) -> None:
    text = f"{{template: {{spec: {{tolerations: [{toleration}]}}}}}}"
    assert (list(excess(view(f"  {text}\n").at("spec", "template", "spec"))) == []) is narrow
    if narrow:
        need_narrow(submitted(view(f"  {text}\n")))
    else:
        with pytest.raises(CheckFailureError, match="also matches another taint"):
            need_narrow(submitted(view(f"  {text}\n", "Deployment")))


def test_a_daemon_sets_pods_are_placed_on_cordoned_nodes() -> None:
    with pytest.raises(CheckFailureError, match="cordoned off"):
        need_narrow(submitted(view("  {template: {spec: {}}}\n", "DaemonSet")))


@pytest.mark.parametrize(
    ("container", "epochs"),
    [
        ('{args: ["--epochs=3"]}', "3"),
        ('{args: ["--epochs", "3"]}', "3"),
        ('{args: ["--epochs=5", "--workers=1", "--epochs=1"]}', "1"),
        ('{args: ["--epochs=5", "--epochs", "1"]}', "1"),
        ('{env: [{name: TRAINER_EPOCHS, value: "4"}]}', "4"),
        ('{args: ["--epochs=3"], env: [{name: TRAINER_EPOCHS, value: "4"}]}', "3"),
        ("{envFrom: [{configMapRef: {name: x}}]}", None),
        ("{}", "5"),
    ],
)
def test_a_training_is_told_what_its_last_flag_says(container: str, epochs: str | None) -> None:
    assert told(pod(f"  containers: [{container}]\n").at("containers", 0), "epochs").value == epochs


@pytest.mark.parametrize(
    ("args", "enough"), [("--epochs=3", True), ("--epochs=2", False), ("--epochs=many", False), ("--epochs=$(N)", True)]
)
def test_a_training_is_not_told_less_than_the_ticket_says(args: str, *, enough: bool) -> None:
    job = Declared(JOB, view(f'  template: {{spec: {{containers: [{{name: trainer, args: ["{args}"]}}]}}}}\n'))
    if enough:
        need_told(job, "epochs")
    else:
        with pytest.raises(CheckFailureError, match="fewer epochs"):
            need_told(job, "epochs")


@pytest.mark.parametrize(
    ("kind", "spec", "stays"),
    [
        ("Job", "{backoffLimit: 1}", True),
        ("Job", "{ttlSecondsAfterFinished: 600}", False),
        ("Job", "{ttlSecondsAfterFinished: 0}", False),
        ("CronJob", "{jobTemplate: {spec: {ttlSecondsAfterFinished: 600}}}", False),
    ],
)
def test_finished_jobs_stay(kind: str, spec: str, *, stays: bool) -> None:
    if stays:
        need_left(submitted(view(f"  {spec}\n", kind)))
    else:
        with pytest.raises(CheckFailureError, match="removed some time after"):
            need_left(submitted(view(f"  {spec}\n", kind)))


TRAINS = "env: [{name: TRAINER_DATASET, valueFrom: {secretKeyRef: {name: data, key: k}}}]"
MOUNTS = "volumes: [{name: kept, persistentVolumeClaim: {claimName: kept}}]"


def work(container: str, pod: str = "volumes: []", init: str = "") -> str:
    return f"  template: {{spec: {{{pod}, initContainers: [{init}], containers: [{{name: trainer, {container}}}]}}}}\n"


@pytest.mark.parametrize(
    ("other", "trouble"),
    [
        (view(work(TRAINS), "Deployment"), "key of the dataset"),
        (view(work("env: []", MOUNTS), "Deployment"), "keeps its work on this claim"),
        (view(work("env: []", MOUNTS.replace("claimName: kept", "claimName: other")), "Deployment"), ""),
        (view(work("volumeMounts: [{name: d}]", "volumes: [{name: d, secret: {secretName: data}}]"), "Deployment"), "key of the dataset"),
        (view(work("volumeMounts: []", "volumes: [{name: d, secret: {secretName: data}}]"), "Deployment"), ""),
    ],
)  # fmt: skip
def test_nothing_trains_in_a_jobs_place_or_mounts_what_it_keeps(other: View, trouble: str) -> None:
    own = view(work(TRAINS, MOUNTS))
    need_own(submitted(own), "data")
    if trouble:
        with pytest.raises(CheckFailureError, match=trouble):
            need_own(submitted(own, other), "data")
    else:
        need_own(submitted(own, other), "data")


@pytest.mark.parametrize(("namespace", "trouble"), [("ml-a", True), ("ml-b", False)])
def test_no_job_takes_another_ones_work(namespace: str, *, trouble: bool) -> None:
    """Each has claims of its own; in another namespace a claim of that name is another."""
    first, second = view(work(TRAINS, MOUNTS)), view(work(TRAINS, MOUNTS))
    first.manifest.value["metadata"] = {"name": "fit", "namespace": "ml-a"}
    second.manifest.value["metadata"] = {"name": "more", "namespace": namespace}
    exercise = {"jobs": [JOB, {**JOB, "name": "more", "namespace": namespace}], "workload": {"namespace": "ml-a"}}
    submission = Submission((first.manifest, second.manifest), (), exercise)
    if trouble:
        with pytest.raises(CheckFailureError, match="another of the ticket's Jobs"):
            need_own(submission, "data")
    else:
        need_own(submission, "data")


def test_a_container_before_the_training_does_not_train() -> None:
    with pytest.raises(CheckFailureError, match="key of the dataset"):
        need_own(submitted(view(work(TRAINS, MOUNTS, f"{{name: before, {TRAINS}}}"))), "data")


def test_a_node_that_is_gone_is_tolerated_as_long_as_kubernetes_does() -> None:
    told = "{key: node.kubernetes.io/not-ready, operator: Exists, effect: NoExecute, tolerationSeconds: 301}"
    with pytest.raises(CheckFailureError, match="for longer than Kubernetes"):
        need_narrow(submitted(view(f"  template: {{spec: {{tolerations: [{told}]}}}}\n")))


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
        (term("{matchFields: [{key: metadata.name, operator: In, values: [n]}]}"), True),
        ("  nodeSelector: {kubernetes.io/os: linux}\n", True),
        ("  nodeSelector: {pool: gpu}\n", False),
        (term("{}"), False),
        (term("{}, {matchExpressions: [{key: nvidia.com/gpu.count, operator: In, values: ['8']}]}"), True),
    ],
)
def test_selectors_and_affinity_are_read_as_the_scheduler_does(spec: str, runs: object) -> None:
    assert may_run_on(pod(spec), H100) is runs


@pytest.mark.parametrize(
    ("spec", "open_"),
    [
        (f"  nodeSelector: {{nvidia.com/gpu.product: {PRODUCT}, kubernetes.io/os: linux}}\n", False),
        (term("{matchExpressions: [{key: kubernetes.io/os, operator: In, values: [linux]}]}"), True),
        (term("{matchExpressions: [{key: pool, operator: In, values: [gpu]}]}"), True),
        (term("{matchFields: [{key: metadata.name, operator: NotIn, values: [n]}]}"), True),
        (term("{matchExpressions: [{key: nvidia.com/gpu.family, operator: In, values: [hopper]}], matchFields: [{key: metadata.name}]}"), False),
        (term("{matchExpressions: [{key: nvidia.com/mig.strategy, operator: Exists}]}"), False),
    ],
)  # fmt: skip
def test_a_node_that_joins_may_have_any_name_and_any_label_but_those_of_discovery(spec: str, *, open_: bool) -> None:
    t4 = next(
        one for one in others(H100) if "T4" in one["nvidia.com/gpu.product"] and "nvidia.com/mig.strategy" not in one
    )
    assert may_run_on(pod(spec), t4, joins=True) is open_


def test_other_products_come_with_as_many_gpus_and_in_every_mode() -> None:
    found = list(others(H100))
    assert PRODUCT not in {one["nvidia.com/gpu.product"] for one in found}
    assert {one.get("nvidia.com/mig.strategy") for one in found} == {None, "mixed", "single"}
    assert any(may_run_on(pod("  nodeSelector: {nvidia.com/gpu.count: '8'}\n"), one) for one in found)
    not_known = term("{matchExpressions: [{key: nvidia.com/gpu.family, operator: NotIn, values: [turing, ampere]}]}")
    families = {one["nvidia.com/gpu.family"] for one in found if may_run_on(pod(not_known), one, joins=True)}
    assert families == {"ada-lovelace", "blackwell"}
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
    claim = view("  {resources: {requests: {storage: 2Gi}}}\n", "PersistentVolumeClaim")
    assert [name for _, name, _ in beyond(submitted(quota, claim))] == ["requests.storage"]


@pytest.mark.parametrize(
    ("spec", "cpu"),
    [
        ("containers: [{resources: {requests: {cpu: 1}}}, {resources: {limits: {cpu: 2}}}]", 3),
        ("initContainers: [{resources: {requests: {cpu: 5}}}], containers: [{resources: {requests: {cpu: 1}}}]", 5),
        (
            "initContainers: [{restartPolicy: Always, resources: {requests: {cpu: 2}}}], containers: [{resources: {requests: {cpu: 1}}}]",
            3,
        ),
        (
            "initContainers: [{restartPolicy: Always, resources: {requests: {cpu: 2}}}, {resources: {requests: {cpu: 4}}}], containers: [{}]",
            6,
        ),
        ("resources: {requests: {cpu: 4}}, containers: [{resources: {requests: {cpu: 1}}}]", 4),
    ],
)
def test_a_pod_takes_what_kubernetes_counts_of_it(spec: str, cpu: int) -> None:
    assert taken(pod(f"  {{{spec}}}\n"), "requests", "cpu") == cpu


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


@pytest.mark.parametrize(
    "spec", ["  {parallelism: 0, completions: 1}\n", "  {suspend: true}\n", "  {completions: 0}\n"]
)
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
    result = {
        "devices": ["GPU-1", "GPU-2"], "workers": 1, "epochs": 3, "pace": 0.5, "output": "/keep/run", "weights": jobs.weights(DATASET),
    }  # fmt: skip
    result |= changes.pop("result", {})
    state = {"path": "run/checkpoint.json", "epoch": 3, "own": True, "weights": jobs.weights(DATASET)}
    state |= changes.pop("checkpoint", {})
    left = {"job": "fit", "claim": "kept", "missing": "", "checkpoints": [state], "others": ["run/"]}
    left |= changes.pop("left", {})
    seen = {
        "name": "fit-x", "phase": "Succeeded", "state": "Succeeded", "product": PRODUCT, "devices": {"nvidia.com/gpu": 2},
        "mounts": {"trainer": {"/keep": "kept"}}, "messages": {"trainer": json.dumps(result)}, "ran": {"trainer": 3.0}, "restarts": {"trainer": 0}, **changes,
    }  # fmt: skip
    job = {
        "name": "fit", "exists": True, "ends": {"Complete": ""}, "pods": [seen], "complaints": ["FailedCreate: no"],
        "learns": jobs.weights(DATASET),
    }  # fmt: skip
    data = {
        "evidence": None, "apply_errors": apply_errors, "ready_within": 60, "jobs": [job], "kept": [left], "pods": [], "unheard": [],
        "epochs": {"fit-x": {"job": "fit", "first": 1, "last": 3, "t": 1.0, "seconds": 1.0, "each": 0.5, "complete": True, "told": [1, 2, 3]}},
    }  # fmt: skip
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
        (need_training, {"messages": {"trainer": "[" * 4096}}, "left no result"),
        (need_training, {"messages": {}}, "left no result"),
        (need_training, {"result": {"epochs": 2}}, "fewer epochs"),
        (need_training, {"result": {"pace": 0}}, "fewer seconds to an epoch"),
        (need_kept, {"mounts": {"trainer": {"/other": "kept"}}}, "gone with the pod"),
        (need_kept, {"mounts": {"trainer": {"/keep": "kept", "/keep/run": ""}}}, "gone with the pod"),
        (need_kept, {"mounts": {"trainer": {"/keep": ""}}}, "gone with the pod"),
        (need_kept, {"mounts": {"trainer": {"/keep": "another"}}}, "on another claim"),
        (need_kept, {"mounts": {}}, "gone with the pod"),
        (need_kept, {"result": {"output": "/keeper"}}, "gone with the pod"),
        (need_kept, {"result": {"output": "/keep/../out"}}, "gone with the pod"),
        (need_kept, {"left": {"checkpoints": []}}, "not on the claim any more"),
        (need_kept, {"left": {"checkpoints": [], "missing": "the claim is gone"}}, "not on the claim any more"),
        (need_kept, {"checkpoint": {"epoch": 2}}, "not on the claim any more"),
        (need_kept, {"checkpoint": {"own": False}}, "not on the claim any more"),
        (need_kept, {"checkpoint": {"weights": [0.0] * 8}}, "not on the claim any more"),
        (need_kept, {"checkpoint": {"weights": []}}, "not on the claim any more"),
    ],
)
def test_a_job_that_ended_well_for_the_wrong_reason_fails(
    need: Callable[[Observed, Any], None], changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(CheckFailureError, match=message):
        need(observed(**changes), JOB)


def test_what_is_left_on_a_claim_is_told_and_a_look_that_nobody_took_is_no_failure() -> None:
    for changes, seen in (
        ({"checkpoints": [], "others": ["run, a link to /tmp/run"]}, "run, a link to /tmp/run"),
        ({"checkpoints": [], "others": []}, "nothing"),
        ({"missing": "the claim is gone", "checkpoints": []}, "the claim is gone"),
    ):
        with pytest.raises(CheckFailureError) as caught:
            need_kept(observed(left=changes), JOB)
        assert caught.value.reason.seen == seen
    with pytest.raises(CheckFailureError) as caught:
        need_kept(observed(checkpoint={"own": False}), JOB)
    assert caught.value.reason.seen == "run/checkpoint.json, of epoch 3 of another dataset; run/"
    for other in ({"job": "another"}, {"claim": "another"}):
        with pytest.raises(EvidenceError, match="nobody looked at what Job fit has left on claim kept"):
            need_kept(observed(left=other), JOB)


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
