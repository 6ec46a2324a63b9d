"""What an apply does where the API server refuses an object."""

from typing import Any

import pytest

from harness.kube.apply import apply_all
from harness.kube.kube import ApiRefusedError, Object, Ref

CLAIM: Object = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "c", "namespace": "a-b"}}
IMMUTABLE = "is invalid: spec: Forbidden: spec is immutable after creation except resources.requests for bound claims"


class Server:
    """An API server that refuses to change what is there."""

    def __init__(self, message: str) -> None:
        self.message = message
        self.there = True

    def apply(self, value: Object, *, manager: str) -> None:
        assert (value, manager) == (CLAIM, "breakfix")
        if self.there:
            raise ApiRefusedError(422, "Invalid", self.message)
        self.there = True

    def delete(self, ref: Ref, **_: object) -> None:
        del ref
        self.there = False

    def get(self, _: Ref) -> Object | None:
        return CLAIM if self.there else None


@pytest.mark.parametrize(
    ("message", "again", "told"),
    [
        (IMMUTABLE, True, ["PersistentVolumeClaim/c cannot be changed in place and is made again"]),
        (IMMUTABLE, False, []),
        ("is invalid: spec.accessModes: Required value", True, []),
    ],
)
def test_a_claim_is_made_again_where_it_cannot_be_changed(message: str, again: object, told: list[str]) -> None:
    said: list[str] = []
    server: Any = Server(message)
    refused = apply_all(server, [CLAIM], recreate=bool(again), tell=said.append)
    assert said == told
    assert [one.message for one in refused] == ([] if told else [message])


def test_a_job_that_waits_for_a_claim_is_made_again_with_it() -> None:
    """Else its time runs on, and it looks late on a claim that has just been made."""
    volumes = [{"name": "x", "persistentVolumeClaim": {"claimName": "c"}}]
    job: Object = {
        "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j", "namespace": "a-b"},
        "spec": {"template": {"spec": {"volumes": volumes}}},
    }  # fmt: skip
    other: Object = {**job, "metadata": {"name": "other", "namespace": "a-b"}, "spec": {}}
    gone: list[str] = []

    class Claims(Server):
        def apply(self, value: Object, *, manager: str) -> None:
            if value["kind"] != "Job":
                super().apply(value, manager=manager)

        def delete(self, ref: Ref, **_: object) -> None:
            gone.append(ref.label)
            self.there = False

    said: list[str] = []
    server: Any = Claims(IMMUTABLE)
    assert apply_all(server, [other, job, CLAIM], recreate=True, tell=said.append) == []
    assert gone == ["Job/j", "PersistentVolumeClaim/c"]
    assert said[1:] == ["Job/j stands on it and is made again as well"]
