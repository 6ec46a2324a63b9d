"""What an apply is said to have changed."""

from typing import Any

import pytest

from harness.exercises import exercise as exercises
from harness.intake.submission import collect
from harness.kube.kube import Object, Ref
from harness.runs import difference


class Server:
    """A cluster that holds objects by kind and name."""

    def __init__(self, **objects: Object) -> None:
        self.objects = objects

    def get(self, ref: Ref) -> Object | None:
        return self.objects.get(ref.kind)


def held(replicas: int, version: str, revision: str = "1") -> Object:
    notes = {difference.REVISION: revision}
    metadata = {"name": "x", "resourceVersion": version, "generation": 1, "annotations": notes}
    return {"metadata": metadata, "spec": {"replicas": replicas}, "status": {"readyReplicas": int(version)}}


def lines(before: Server, after: Server) -> list[str]:
    exercise = exercises.load("serving-never-ready")
    submission = collect(exercise, exercise.workspace)
    one: Any = before
    other: Any = after
    return list(difference.told(difference.snapshot(one, submission), difference.snapshot(other, submission)))


def reading(**spec: Any) -> Object:
    return {"metadata": {"name": "x"}, "spec": {"template": {"spec": spec}}}


def secret(value: str, name: str = "s") -> Object:
    return {"metadata": {"name": name}, "data": {"key": value}}


ENV = {"containers": [{"env": [{"valueFrom": {"secretKeyRef": {"name": "s", "key": "key"}}}]}]}
FROM = {"initContainers": [{"envFrom": [{"secretRef": {"name": "s"}}]}]}
VOLUME = {"volumes": [{"secret": {"secretName": "s"}}]}
PROJECTED = {"volumes": [{"projected": {"sources": [{"secret": {"name": "s"}}]}}]}
KEPT = "keep the old value that they read at their start, until they are replaced"
SECRET = Ref("v1", "Secret", "ml", "s")
SCORER = Ref("apps/v1", "Deployment", "ml", "scorer")


@pytest.mark.parametrize("spec", [ENV, FROM, VOLUME, PROJECTED])
def test_pods_that_keep_an_old_value_are_told(spec: dict[str, Any]) -> None:
    """However their template names the Secret."""
    before, after = ({SECRET: secret(value), SCORER: reading(**spec)} for value in ("old", "new"))
    assert list(difference.told(before, after)) == [
        "Secret/s: changed",
        f"Secret/s: running pods of Deployment/scorer {KEPT}: kubectl -n ml rollout restart deployment/scorer",
        "1 object is as before",
    ]


@pytest.mark.parametrize(
    ("then", "before", "after", "ref"),
    [
        (secret("old"), reading(**ENV), reading(**ENV, replicas=2), SCORER),
        (None, reading(**ENV), reading(**ENV), SCORER),
        (secret("old"), reading(**VOLUME), reading(**VOLUME), Ref("apps/v1", "Deployment", "elsewhere", "scorer")),
        (secret("old"), reading(volumes=[{"configMap": {"name": "s"}}]), reading(volumes=[{"configMap": {"name": "s"}}]), SCORER),
        (secret("old"), reading(volumes=[{"secret": {"secretName": "t"}}]), reading(volumes=[{"secret": {"secretName": "t"}}]), SCORER),
    ],
    ids=["its template changed too", "the Secret is new", "of another namespace", "of another kind", "of another name"],
)  # fmt: skip
def test_of_pods_that_keep_nothing_old_nothing_is_told(
    then: Object | None, before: Object, after: Object, ref: Ref
) -> None:
    told = list(difference.told({SECRET: then, ref: before}, {SECRET: secret("new"), ref: after}))
    assert not [line for line in told if "running pods" in line]


def test_what_was_made_or_changed_is_named_and_the_rest_counted() -> None:
    """What the cluster writes into an object by itself is no change."""
    before = Server(Deployment=held(1, "1"), Secret={"metadata": {"name": "s"}})
    after = Server(
        Deployment=held(2, "7", "2"),
        Secret={"metadata": {"name": "s", "resourceVersion": "9"}},
        Service={"metadata": {}},
    )
    told = lines(before, after)
    assert "Deployment/fraud-scorer: changed" in told
    assert "Service/fraud-scorer: made" in told
    assert told[-1] == "1 object is as before"
    assert lines(Server(Deployment=held(1, "1")), Server(Deployment=held(1, "8", "2"))) == ["1 object is as before"]
