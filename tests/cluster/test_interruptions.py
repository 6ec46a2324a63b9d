"""When the machine fails or the person gives up: ERROR is never FAIL, and nothing is left behind."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.cluster import cluster as clusters
from harness.exercises import exercise as exercises
from harness.kube.kube import Kube, Ref
from harness.runs import run as runs
from harness.runs.run import RUN_LABEL
from harness.runs.session import Session, open_session
from tests.gradecommand import GradeCommand
from tests.waits import awaited

pytestmark = pytest.mark.cluster
EXERCISE = exercises.load("serving-never-ready")
REFERENCE = (EXERCISE.solution or Path()) / "reference"
API_SERVER = "/etc/kubernetes/manifests/kube-apiserver.yaml"


def grading_of_the_reference(scratch: Path) -> GradeCommand:
    """Return its grade, begun."""
    return GradeCommand(scratch, REFERENCE, EXERCISE.slug)


def runs_of(kube: Kube, process: int) -> list[str]:
    """Return the namespaces that a process made and that are still there."""
    found = kube.list_objects("v1", "Namespace", labels=f"{RUN_LABEL},breakfix.dev/owner={process}")
    return [one["metadata"]["name"] for one in found]


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("applying", signal.SIGINT),
        ("waiting up to", signal.SIGINT),
        ("holding", signal.SIGINT),
        ("one server hangs", signal.SIGINT),
        ("holding", signal.SIGTERM),
    ],
)
def test_an_interrupt_leaves_nothing(session: Session, tmp_path: Path, words: str, number: signal.Signals) -> None:
    """In each phase: exit 130, no namespace, no process, no temporary folder."""
    grading = grading_of_the_reference(tmp_path)
    grading.until(words)
    grading.child.send_signal(number)
    assert grading.end() == 130
    assert runs_of(session.admin, grading.child.pid) == []
    assert list(tmp_path.iterdir()) == []
    listed = subprocess.run(["ps", "-eo", "sid"], capture_output=True, text=True, check=True)  # noqa: S607
    assert str(grading.child.pid) not in listed.stdout.split()


def test_a_killed_grade_is_swept_up_by_the_next(session: Session, tmp_path: Path) -> None:
    """Kill -9 leaves namespaces; the next command that uses the cluster deletes them."""
    grading = grading_of_the_reference(tmp_path)
    grading.until("waiting up to")
    grading.child.kill()
    grading.end()
    assert runs_of(session.admin, grading.child.pid)
    with open_session(EXERCISE, lambda _: None, force=None, consent=lambda _: True):
        awaited(lambda: not runs_of(session.admin, grading.child.pid), "the killed grade's namespaces to be gone")


def test_a_hook_of_minutes_does_not_hold_a_removal_up(session: Session) -> None:
    """The kubelet waits for a hook that works, whatever shorter grace it is told of meanwhile."""
    name = f"breakfix-hook-{os.getpid()}"
    container = {
        "name": "c", "image": runs.PROBER_IMAGE, "imagePullPolicy": "Never", "command": ["sleep", "600"],
        "lifecycle": {"preStop": {"exec": {"command": ["sh", "-c", "echo hooked > /proc/1/fd/1; sleep 300"]}}},
    }  # fmt: skip
    pod = Ref("v1", "Pod", name, "hooked")
    session.admin.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    session.admin.create({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": pod.name, "namespace": name},
        "spec": {"terminationGracePeriodSeconds": 300, "containers": [container]},
    })  # fmt: skip
    awaited(lambda: ((session.admin.get(pod) or {}).get("status") or {}).get("phase") == "Running", "the pod to run")
    session.admin.delete(pod)
    awaited(lambda: "hooked" in session.admin.log(name, pod.name, "c", lines=5), "the hook to work")
    began = time.monotonic()
    runs.remove(session.admin, [name])
    assert time.monotonic() - began < runs.HOOKS + 15


def test_an_engine_that_dies_half_way_is_one_clear_message(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Podman's service is killed while the cluster is made: exit 3, what to do about it, nothing half-made."""
    if session.engine.kind != "podman":
        pytest.skip("a Docker engine is the machine's own; it is not ours to kill")
    monkeypatch.setenv("BREAKFIX_CLUSTER", "dying")
    grading = grading_of_the_reference(tmp_path)
    grading.until("creating cluster")
    try:
        listed = subprocess.run(["ps", "-ww", "-eo", "pid,args"], capture_output=True, text=True, check=True)  # noqa: S607
        (service,) = [line for line in listed.stdout.splitlines() if f"/{grading.child.pid}-" in line]
        os.kill(int(service.split()[0]), signal.SIGKILL)
        assert grading.end() == 3
        assert "engine" in grading.lines[-1]
        assert list(tmp_path.iterdir()) == []
    finally:
        clusters.delete_all(session.engine)
    assert clusters.current() is None


@pytest.fixture(scope="module")
def own() -> Iterator[Session]:
    """A cluster of this module's own, whose API server may be stopped."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BREAKFIX_CLUSTER", "stopped")
        with open_session(EXERCISE, lambda _: None, force=None, consent=lambda _: True) as opened:
            yield opened
            clusters.delete(opened.engine, opened.cluster.name)


def test_a_stopped_control_plane_is_an_error(own: Session, tmp_path: Path) -> None:
    """Stopped in the middle of a grade, then before one: exit 3, never a FAIL."""
    grading = grading_of_the_reference(tmp_path)
    grading.until("holding")
    clusters.exec_node(own.engine, own.cluster, ["mv", API_SERVER, "/root/"], 30)
    assert grading.end() == 3
    again = grading_of_the_reference(tmp_path)
    assert again.end() == 3
    assert "API server" in "".join(again.lines)
    assert list(tmp_path.iterdir()) == []
