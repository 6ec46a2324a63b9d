"""A service that runs beside us: for as long as its context, whatever becomes of the thread that entered it."""

import os
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from harness.core import process

SERVICE = [sys.executable, "-c", "import time; time.sleep(60)"]
KILLED = """
import os, sys, time
from pathlib import Path
from harness.core import process
with process.companion({service!r}, env={{}}, log=Path(sys.argv[1])) as child:
    print(child.pid, flush=True)
    while not Path(f"/proc/{{child.pid}}/cmdline").read_bytes().startswith(sys.executable.encode()):
        time.sleep(0.01)  # until setpriv has done its part
    os.kill(os.getpid(), 9)
"""


def test_it_outlives_the_thread_that_entered(tmp_path: Path) -> None:
    """The kernel would end it with that thread: a batch enters from a worker of a pool that goes, and goes on to confirm."""
    with ExitStack() as stack:
        found: list[subprocess.Popen[bytes]] = []
        service = process.companion(SERVICE, env={}, log=tmp_path / "log")
        entering = threading.Thread(target=lambda: found.append(stack.enter_context(service)))
        entering.start()
        entering.join()
        (child,) = found
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(0.5)
    assert child.returncode is not None


def test_it_ends_with_us_when_we_are_killed(tmp_path: Path) -> None:
    text = KILLED.format(service=SERVICE)
    told = subprocess.run([sys.executable, "-c", text, tmp_path / "log"], capture_output=True, check=False)
    pid, end = int(told.stdout), time.monotonic() + 10
    while _runs(pid):
        assert time.monotonic() < end, "the service goes on without us"
        time.sleep(0.05)


def _runs(pid: int) -> bool:
    """Whether there is such a process, and it is not one that nobody has reaped yet."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(") ")[2][0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def test_a_program_that_is_not_there_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    with (
        pytest.raises(FileNotFoundError),
        process.companion(["no-such-program"], env={}, log=tmp_path / "log"),
    ):
        pass
