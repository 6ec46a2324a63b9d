"""Play /job/job.json inside a sandbox: start a candidate's programs, hand them a turn at a time, write down the answers.

A program gets one line of JSON and has to answer with one before it is given the next: what is still to come is nowhere
that it could look. It runs as another user, in a folder of its own, which is made anew for each call.
"""

# Its modules are those of the sandbox's image:
# mypy: ignore-errors

import json
import os
import selectors
import shutil
import subprocess
import sys
import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

sys.path.insert(0, "/app")

from pipeline_runner import bounds

JOB, WORK = Path("/job"), Path("/work/analysis")
LEFT = ("/work", "/tmp", "/var/tmp", "/run", "/home/runner", "/store", "/dev/shm")  # noqa: S108 - where a program may write
LINE = 1 << 20  # bytes of one answer
SAID = 64 << 10  # bytes of what a program prints beside its answers that are kept
TAIL, WIDTH = 15, 300
ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "HOME": "/home/runner",
    "PYTHONDONTWRITEBYTECODE": "1",
    "OPENBLAS_NUM_THREADS": "1",
}


class OverError(Exception):
    """A program is over: it ended, took too long, or wrote too much."""


class Program:
    """One program at work."""

    def __init__(self, argv: list[str], seconds: float) -> None:
        self.deadline, self.said, self.buffer = time.monotonic() + seconds, b"", b""
        self.process = subprocess.Popen(
            argv, cwd=WORK, env=ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            user=bounds.RUNNER, group=bounds.RUNNER, extra_groups=(), start_new_session=True,
        )  # fmt: skip
        bounds.first_to_go(self.process.pid)
        self.events = selectors.DefaultSelector()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            os.set_blocking(pipe.fileno(), False)
        self.events.register(self.process.stdout, selectors.EVENT_READ)
        self.events.register(self.process.stderr, selectors.EVENT_READ)

    def ask(self, turn: Any) -> Any:  # noqa: ANN401 - JSON
        """Hand over a turn and return the answer to it."""
        if self.buffer:
            raise OverError("it answered before it was asked")
        left = memoryview(json.dumps(turn).encode() + b"\n")
        self.events.register(self.process.stdin, selectors.EVENT_WRITE)
        try:
            while b"\n" not in self.buffer:
                left = self._step(left)
        finally:
            if self.process.stdin in {key.fileobj for key in self.events.get_map().values()}:
                self.events.unregister(self.process.stdin)
        if left:
            raise OverError("it answered before it had read all that it was asked")
        line, _, self.buffer = self.buffer.partition(b"\n")
        try:
            return json.loads(line, parse_constant=no_number)
        except (ValueError, RecursionError):
            raise OverError("its answer is no line of JSON") from None

    def _step(self, left: memoryview) -> memoryview:
        wait = self.deadline - time.monotonic()
        ready = self.events.select(wait) if wait > 0 else []
        if not ready:
            raise TimeoutError
        for key, _ in ready:
            if key.fileobj is self.process.stdin:
                left = self._written(left)
            elif not self._read(key.fileobj) and key.fileobj is self.process.stdout:
                raise OverError("it ended before it had answered")
        return left

    def _written(self, left: memoryview) -> memoryview:
        try:
            left = left[os.write(self.process.stdin.fileno(), left[:65536]) :]
        except BrokenPipeError:
            left = memoryview(b"")
        if not left:
            self.events.unregister(self.process.stdin)
        return left

    def _read(self, pipe: IO[bytes]) -> bytes:
        data = os.read(pipe.fileno(), 65536)
        if not data:
            self.events.unregister(pipe)
        elif pipe is self.process.stdout:
            self.buffer += data
            if len(self.buffer) > LINE:
                raise OverError(f"an answer is longer than {LINE} bytes")
        else:
            self.said = (self.said + data)[-SAID:]
        return data

    def end(self) -> None:
        """End it and all that it started, and keep what it had said last."""
        self.process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(0.3)
        gone = bounds.end_all()
        self.process.wait(bounds.END_SECONDS)
        bounds.reap()
        while True:
            try:
                data = os.read(self.process.stderr.fileno(), 65536)
            except BlockingIOError:
                break
            if not data:
                break
            self.said = (self.said + data)[-SAID:]
        self.events.close()
        for pipe in (self.process.stdout, self.process.stderr):
            pipe.close()
        if not gone:
            raise OSError("what a program started could not be ended")


def no_number(name: str) -> None:
    """Refuse what JSON does not know.

    Raises: ValueError, always.
    """
    raise ValueError(name)


def call(job: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    """Play one call and return its answers, and how it failed where it did."""
    lay(job["files"])
    began = time.monotonic()
    done: dict[str, Any] = {"name": told["name"], "answers": [], "failed": "", "overrun": ""}
    program = Program(["/usr/bin/python3", "-I", told["program"]], job["seconds"])
    try:
        for turn in told["turns"]:
            done["answers"].append(program.ask(turn))
    except OverError as problem:
        done["failed"] = str(problem)
    except TimeoutError:
        done["failed"] = done["overrun"] = f"it took more than {job['seconds']:g} seconds"
    finally:
        program.end()
    code = program.process.returncode
    if done["failed"] and not done["overrun"] and code not in (0, None):
        done["failed"] += f" (exit code {code})"
    lines = program.said.decode("utf-8", "replace").splitlines()[-TAIL:]
    return {**done, "seconds": round(time.monotonic() - began, 2), "tail": [line[:WIDTH] for line in lines]}


def lay(files: dict[str, str]) -> None:
    """Make the folder of a call anew; nothing that an earlier one wrote is left anywhere."""
    shutil.rmtree(WORK, ignore_errors=True)
    for place in LEFT:
        for entry in Path(place).iterdir():
            if entry.lstat().st_uid != bounds.RUNNER:
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()
    for path, text in files.items():
        (WORK / path).parent.mkdir(parents=True, exist_ok=True)
        (WORK / path).write_text(text, "utf-8")


def main() -> None:
    """Play all calls; one that overran ends none of the others."""
    result: dict[str, Any] = {"runs": [], "fault": None}
    try:
        job = json.loads((JOB / "job.json").read_text("utf-8"))
        for told in job["runs"]:
            result["runs"].append(call(job, told))
    except Exception:  # what goes wrong here is this program's fault, and must be told as such
        result["fault"] = traceback.format_exc()
    (JOB / "part.json").write_text(json.dumps(result), "utf-8")
    (JOB / "part.json").replace(JOB / "result.json")
    os._exit(0)


main()
