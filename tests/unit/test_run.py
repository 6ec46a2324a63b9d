"""What a run changes in a submission before it is applied."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.exercises import exercise as exercises
from harness.exercises.exercise import Traffic
from harness.files.tokens import Renaming
from harness.intake.submission import collect
from harness.runs import run as runs
from harness.runs.run import Run
from tests.unit.world import Api

EXERCISE = exercises.load("credentials-rotated")


def planned() -> Run:
    """Return a run as `plan` makes it, without a cluster."""
    names = {name: f"{name}-x7k2q9" for name in EXERCISE.namespaces}
    fresh = {"token": "new-token", "dataset": "new-dataset"}
    nobody: Any = None
    return Run(EXERCISE, "x7k2q9", Renaming(names), nobody, nobody, fresh)


def secrets_of(run: Run, folder: Path) -> dict[tuple[str, str], dict[str, str]]:
    values: list[dict[str, Any]] = runs.objects(run, collect(EXERCISE, folder), EXERCISE.scenarios[0].switches, "")
    found = [value for value in values if value["kind"] == "Secret"]
    return {(one["metadata"]["namespace"], one["metadata"]["name"]): one.get("stringData", {}) for one in found}


def test_fresh_values_reach_each_place_that_is_declared() -> None:
    """And no other: the dataset stays where the submission's pods cannot read it."""
    found = secrets_of(planned(), EXERCISE.workspace)
    access = found["risk-scoring-x7k2q9", "feature-store-access"]
    server = found["feature-platform-x7k2q9", "feature-store-server"]
    assert access["api-token"] == server["api-token"] == "new-token"
    assert server["dataset"] == "new-dataset"
    assert "new-dataset" not in str([held for place, held in found.items() if place[0] == "risk-scoring-x7k2q9"])


def test_the_helpers_know_the_dataset_and_the_stranger_has_other_labels() -> None:
    helpers = {(value["kind"], value["metadata"]["name"]): value for value in runs.helpers(planned(), "")}
    assert set(helpers) == {("Deployment", "sentinel"), ("Service", "sentinel"), ("Pod", "stranger")}
    pods = [helpers["Deployment", "sentinel"]["spec"]["template"], helpers["Pod", "stranger"]]
    assert all("new-dataset" in str(pod["spec"]["containers"][0]["env"]) for pod in pods)
    assert [pod["metadata"]["labels"]["app.kubernetes.io/name"] == "loan-desk" for pod in pods] == [True, False]


def test_a_caller_of_the_exercises_own_calls_in_the_probers_place() -> None:
    """With the prober's plan and labels, its image's own program, and our server beside it, which then calls nobody."""
    run = planned()
    traffic = Traffic("http://web.risk-scoring.svc", "m", {"app": "shop"}, caller="breakfix/caller:1.0")
    run = replace(run, exercise=replace(EXERCISE, traffic=traffic))
    helpers = {(value["kind"], value["metadata"]["name"]): value for value in runs.helpers(run, "")}
    assert set(helpers) == {("Deployment", "sentinel"), ("Service", "sentinel"), ("Pod", "caller")}
    (container,) = helpers["Pod", "caller"]["spec"]["containers"]
    plan = json.loads(container["env"][0]["value"])
    assert (container["image"], "command" in container, run.prober) == ("breakfix/caller:1.0", False, "caller")
    assert plan["url"] == "http://web.risk-scoring-x7k2q9.svc"
    assert plan["control"].startswith("http://sentinel.prober-x7k2q9")
    assert helpers["Pod", "caller"]["metadata"]["labels"]["app"] == "shop"
    assert "PROBER_PLAN" not in str(helpers["Deployment", "sentinel"])
    assert planned().prober == "sentinel"


def test_decoys_stand_among_the_exercises_pods_under_names_of_the_run_and_know_nothing() -> None:
    """Each has a policy that lets it call and be called, for itself alone: what keeps it away is the workload's own."""
    pods = {value["metadata"]["namespace"]: value for value in runs.decoys(planned()) if value["kind"] == "Pod"}
    policies = {value["metadata"]["namespace"]: value for value in runs.decoys(planned()) if value["kind"] != "Pod"}
    assert set(pods) == set(policies) == {"feature-platform-x7k2q9", "risk-scoring-x7k2q9"}
    assert "new-dataset" not in str(pods)
    for place, pod in pods.items():
        selector = policies[place]["spec"]["podSelector"]["matchLabels"]
        assert "x7k2q9" in pod["metadata"]["name"]
        assert selector.items() <= pod["metadata"]["labels"].items()
        assert selector["breakfix.dev/helper"] == pod["metadata"]["name"]
        assert (policies[place]["spec"]["ingress"], policies[place]["spec"]["egress"]) == ([{}], [{}])


def test_the_sentinels_service_has_the_sentinel_alone_behind_it() -> None:
    helpers = {value["kind"]: value for value in runs.helpers(planned(), "")}
    selector = helpers["Service"]["spec"]["selector"].items()
    assert selector <= helpers["Deployment"]["spec"]["template"]["metadata"]["labels"].items()
    assert not selector <= helpers["Pod"]["metadata"]["labels"].items()


def test_a_namespace_carries_the_labels_that_are_declared() -> None:
    labels = runs.namespace("a", "b", {"team": "risk"})["metadata"]["labels"]
    assert labels["team"] == "risk"
    assert labels["pod-security.kubernetes.io/enforce"] == "baseline"


def test_our_own_pods_stay_off_nodes_that_a_run_may_drain_and_decoys_stand_where_the_exercises_may() -> None:
    helpers = {value["metadata"]["name"]: value for value in runs.helpers(planned(), "") if value["kind"] != "Service"}
    pods = [helpers["sentinel"]["spec"]["template"], helpers["stranger"]]
    selector, key = {"node-role.kubernetes.io/control-plane": ""}, "node-role.kubernetes.io/control-plane"
    assert [pod["spec"]["nodeSelector"] for pod in pods] == [selector] * 2
    assert [pod["spec"]["tolerations"][0]["key"] for pod in pods] == [key] * 2
    decoys = [value for value in runs.decoys(planned()) if value["kind"] == "Pod"]
    assert decoys
    assert not [pod for pod in decoys if {"nodeSelector", "tolerations"} & pod["spec"].keys()]


def test_nodes_of_a_plan_whose_grade_was_killed_are_swept(tmp_path: Path) -> None:
    """Whatever is graded next; those of a grade that goes on stay, and real ones anyway."""
    api = Api(tmp_path)
    gone = {runs.RUN_LABEL: "x7k2q9", runs.OWNER_LABEL: "a process that is gone"}
    for name, labels in (("week-a", gone), ("week-b", runs.labels_of_run("p3m8w1")), ("worker", {})):
        api.put({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels}})
    runs.sweep(api)
    assert [node["metadata"]["name"] for node in api.list_objects("v1", "Node")] == ["week-b", "worker"]


@pytest.mark.parametrize("end", ["remove", "sweep"])
def test_pods_get_a_second_to_end_whatever_their_own_grace(tmp_path: Path, end: str) -> None:
    """A pod that has 600 s, or is ending by them, keeps no namespace waiting."""
    api = Api(tmp_path)
    labels = {runs.RUN_LABEL: "x7k2q9", runs.OWNER_LABEL: "a process that is gone"}
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop-x7k2q9", "labels": labels}}
    api.put({**space, "status": {"phase": "Active"}})
    if end == "remove":
        runs.remove(api, ["shop-x7k2q9"])
    else:
        runs.sweep(api)
    bodies = [body for method, path, body in api.calls if method == "DELETE" and path.endswith("/shop-x7k2q9/pods")]
    assert [body and body["gracePeriodSeconds"] for body in bodies] == [1]
