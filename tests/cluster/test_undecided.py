"""What tells a submission that holds the machine up from a machine that others hold up."""

import os
import subprocess
import sys
import threading

import pytest

from grader.live import control
from harness.exercises import exercise as exercises
from harness.runs.session import Session

pytestmark = pytest.mark.cluster


def test_a_control_tells_of_a_busy_machine_and_leaves_nothing(session: Session) -> None:
    """While others take all processors it proves nothing about a submission."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range((os.cpu_count() or 1) + 1)]
    try:
        told = control.unsteady(exercises.load("serving-never-ready"), session.admin, threading.Event())
    finally:
        for process in busy:
            process.kill()
            process.wait()
    assert told
    assert session.admin.list_objects("v1", "Namespace", labels=f"breakfix.dev/owner={os.getpid()}") == []
