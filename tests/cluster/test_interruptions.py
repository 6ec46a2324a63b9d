"""When the machine fails or the person gives up: ERROR is never FAIL, and nothing is left behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.cluster import cluster as clusters
from harness.core.deadline import Deadline
from harness.exercises import exercise as exercises
from harness.kube.kube import Kube
from harness.runs.run import RUN_LABEL
from harness.runs.session import Session, open_session

pytestmark = pytest.mark.cluster
EXERCISE = exercises.load("serving-never-ready")
REFERENCE = (EXERCISE.solution or Path()) / "reference"
API_SERVER = "/etc/kubernetes/manifests/kube-apiserver.yaml"


class Grading:
    """A `breakfix grade` of the reference in a process of its own."""

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        self.lines: list[str] = []
        self.report = scratch.with_name(f"{scratch.name}-report.txt")
        with self.report.open("w") as report:
            self.child = subprocess.Popen(
                # A shell that put the tests into the background had them ignore Ctrl-C; the graded process must not.
                [  # noqa: S607 - coreutils' env
                    "env",
                    "--default-signal=INT",
                    sys.executable,
                    "-m",
                    "breakfix",
                    "grade",
                    str(REFERENCE),
                    "--exercise",
                    EXERCISE.slug,
                ],
                env={**os.environ, "TMPDIR": str(scratch)},
                stdout=report,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )

    def until(self, words: str) -> None:
        """Read progress until a line holds these words."""
        for line in self.child.stderr or ():
            self.lines.append(line)
            if words in line:
                return
        pytest.fail(
            f"{words!r} never came; exit {self.child.wait()}:\n{''.join(self.lines)}{self.report.read_text('utf-8')}"
        )

    def end(self) -> int:
        """Return the exit code; what was left is told by the caller."""
        self.lines += self.child.stderr or ()
        code = self.child.wait(timeout=120)
        assert self.child.stderr is not None
        self.child.stderr.close()
        assert "Traceback" not in "".join(self.lines), "".join(self.lines)
        return code


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
    grading = Grading(tmp_path)
    grading.until(words)
    grading.child.send_signal(number)
    assert grading.end() == 130
    assert runs_of(session.admin, grading.child.pid) == []
    assert list(tmp_path.iterdir()) == []
    listed = subprocess.run(["ps", "-eo", "sid"], capture_output=True, text=True, check=True)  # noqa: S607
    assert str(grading.child.pid) not in listed.stdout.split()


def test_a_killed_grade_is_swept_up_by_the_next(session: Session, tmp_path: Path) -> None:
    """Kill -9 leaves namespaces; the next command that uses the cluster deletes them."""
    grading = Grading(tmp_path)
    grading.until("waiting up to")
    grading.child.kill()
    grading.end()
    assert runs_of(session.admin, grading.child.pid)
    with open_session(EXERCISE, lambda _: None, force=None, consent=lambda _: True):
        deadline = Deadline(60, "the killed grade's namespaces to be gone")
        while left := runs_of(session.admin, grading.child.pid):
            deadline.check(", ".join(left))
            deadline.pause(0.5)


def test_an_engine_that_dies_half_way_is_one_clear_message(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Podman's service is killed while the cluster is made: exit 3, what to do about it, nothing half-made."""
    if session.engine.kind != "podman":
        pytest.skip("a Docker engine is the machine's own; it is not ours to kill")
    monkeypatch.setenv("BREAKFIX_CLUSTER", "dying")
    grading = Grading(tmp_path)
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
    grading = Grading(tmp_path)
    grading.until("holding")
    clusters.exec_node(own.engine, own.cluster, ["mv", API_SERVER, "/root/"], 30)
    assert grading.end() == 3
    again = Grading(tmp_path)
    assert again.end() == 3
    assert "API server" in "".join(again.lines)
    assert list(tmp_path.iterdir()) == []
