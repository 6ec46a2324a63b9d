"""What an apply is said to have changed."""

from typing import Any

from harness import difference
from harness import exercise as exercises
from harness.kube import Object, Ref
from harness.submission import collect


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
