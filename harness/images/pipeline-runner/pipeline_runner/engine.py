"""Run act on the repository, within bounds, and keep of its log what tells what happened."""

import json
import os
import selectors
import subprocess
import time
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import Any

from pipeline_runner import bounds
from pipeline_runner.repository import EVENT, HOME, REPOSITORY, WORK, WORKFLOWS

ACT = "/usr/local/bin/act"
SECRETS = WORK / "secrets"
PATH = "/usr/local/bin:/usr/bin:/bin"
WORDS = 2000  # characters of one line that are kept
LINES = 5000
TAIL = 60  # lines of what steps printed
NOTES = {"error", "warning", "notice"}  # commands that print
LAST, WIDE = 15, 300  # lines of a step that failed, and characters of each
CHUNK = 1 << 16
GO_FATAL = 2  # the exit code of a Go program that its own runtime ended
# Jobs that fetch actions at the same moment share a map in act 0.2.89 (local_repository_cache.go) without a lock.
# Other fatal errors, such as no more threads, are a candidate's doing.
RACE = b"fatal error: concurrent map "


def play(job: dict[str, Any], run: dict[str, Any], stage: dict[str, Any]) -> dict[str, Any]:
    """Play a stage's event and return its exit code, log and how it overran, if it did."""
    log = Log()
    held = {"GITHUB_TOKEN": stage["token"], **(run["secrets"] if stage["trusted"] else {})}
    overrun, code = bounded(command(job, stage, REPOSITORY, WORKFLOWS), REPOSITORY, log, job["seconds"], held)
    if code == GO_FATAL and log.crash:
        raise RuntimeError(f"the engine crashed: {log.crash}")
    if not bounds.end_all():
        overrun = overrun or "left processes behind that could not be ended"
    bounds.reap()
    return {"code": code, "overrun": overrun, "log": log.entries(), "words": list(log.words)}


def command(job: dict[str, Any], stage: dict[str, Any], folder: Path, workflows: Path) -> list[str]:
    """Return act's command line: everything on this runner itself, every accepted action from the stand-ins."""
    mapped = [
        word
        for reference, place in job["actions"].items()
        for word in ("--local-repository", f"https://github.com/{reference}=/opt/actions/{place}")
    ]
    actor = (
        stage["payload"].get("sender", {}).get("login", "dev")
    )  # a timer's runs are of whoever wrote the schedule last
    return [
        *(ACT, stage["event"], "--json", "--directory", str(folder), "--workflows", str(workflows)),
        *("--eventpath", str(EVENT), "--secret-file", str(SECRETS)),
        *("--platform", "ubuntu-latest=-self-hosted", "--no-skip-checkout", "--actor", actor),
        *("--no-cache-server", "--cache-server-addr", "127.0.0.1", "--artifact-server-addr", "127.0.0.1"),
        *("--container-daemon-socket", "-", "--env", f"GITHUB_RUN_ID={stage['number']}"),
        *("--env", f"GITHUB_RUN_NUMBER={stage['number']}", "--env", f"GITHUB_RUN_ATTEMPT={stage['attempt']}", *mapped),
        *(("--env", f"GITHUB_REF={stage['ref']}") if stage.get("ref") else ()),
    ]


class Log:
    """What is kept of act's log: all that tells of jobs and steps, the last of what they printed."""

    def __init__(self) -> None:
        self.kept: deque[dict[str, Any]] = deque(maxlen=LINES)
        self.words: deque[str] = deque(maxlen=TAIL)
        self.size = 0
        self._printed: dict[tuple[str, str, str], deque[str]] = {}  # by job, stage and step
        self.crash = ""  # what Go's runtime said when act fell over its own feet
        self._rest = b""

    def feed(self, data: bytes) -> None:
        """Take a piece of the stream."""
        self.size += len(data)
        *whole, self._rest = (self._rest + data).split(b"\n")
        self._rest = self._rest[:CHUNK]
        for line in whole:
            self._take(line)

    def entries(self) -> list[dict[str, Any]]:
        """Return what was kept, each failed step with what it printed last."""
        return [{**entry, "tail": list(entry["tail"])} if "tail" in entry else entry for entry in self.kept]

    def _take(self, line: bytes) -> None:
        try:
            entry = json.loads(line[: 4 * CHUNK])
        except ValueError:
            if line.startswith(RACE):
                self.crash = line.decode(errors="replace")[:WORDS]
            self.words.append(line.decode(errors="replace")[:WORDS])
            return
        if not isinstance(entry, dict):
            return
        short = {key: value[:WORDS] if isinstance(value, str) else value for key, value in entry.items()}
        if entry.get("raw_output") or entry.get("level") in {"error", "warning"}:
            self.words.append(f"{entry.get('job', '').strip()}: {str(short.get('msg', '')).rstrip()}")
        self._note_output(entry, short)
        if not entry.get("raw_output") and {"stepResult", "jobResult", "command"} & set(entry):
            self.kept.append(short)

    def _note_output(self, entry: dict[str, Any], short: dict[str, Any]) -> None:
        """Remember what a step prints until it ends; what it printed last stays where it failed.

        act tells that a step failed before it has read all that the step printed: later lines count, too.
        """
        step = (str(entry.get("job")), str(entry.get("stage")), str(entry.get("stepID")))
        if entry.get("raw_output") or entry.get("command") in NOTES:
            printed = self._printed.setdefault(step, deque(maxlen=LAST))
            printed.append(str(short.get("arg") or short.get("msg", "")).rstrip()[:WIDE])
        elif "stepResult" in entry:
            if entry["stepResult"] == "failure":
                short["tail"] = self._printed.setdefault(step, deque(maxlen=LAST))
            else:
                self._printed.pop(step, None)


def bounded(
    argv: list[str], folder: Path, log: Log, seconds: float, held: dict[str, str]
) -> tuple[str | None, int | None]:
    """Run act as the runner, with the secrets that it holds; return how it overran, if it did, and its exit code."""
    SECRETS.unlink(missing_ok=True)
    os.mkfifo(SECRETS, 0o600)
    os.chown(SECRETS, bounds.RUNNER, bounds.RUNNER)
    child = subprocess.Popen(
        argv,
        cwd=folder,
        env={"PATH": PATH, "HOME": str(HOME), "LANG": "C.UTF-8", "TMPDIR": "/tmp", "OMP_NUM_THREADS": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        user=bounds.RUNNER,
        group=bounds.RUNNER,
        extra_groups=[],
        start_new_session=True,
    )
    bounds.first_to_go(child.pid)
    if child.stdout is None:
        raise RuntimeError("act was started without a pipe")
    deadline = time.monotonic() + seconds
    _tell(child, held, deadline)
    overrun = None
    with selectors.DefaultSelector() as ready:
        ready.register(child.stdout, selectors.EVENT_READ)
        while overrun is None:
            gone = child.poll() is not None
            if ready.select(0.2):
                data = os.read(child.stdout.fileno(), CHUNK)
                if not data:
                    break
                log.feed(data)
            elif gone:
                break  # what a step left running may hold the pipe open
            if log.size > bounds.OUTPUT:
                overrun = f"printed more than {bounds.OUTPUT >> 20} MB"
            elif time.monotonic() > deadline:
                overrun = f"did not end within {seconds:g} s"
    if overrun is not None:
        bounds.end_all()
    return overrun, _code(child)


def _tell(child: subprocess.Popen[bytes], held: dict[str, str], deadline: float) -> None:
    """Give act its secrets by a pipe that is gone before the first step: steps could read its environment and files."""
    text = "".join(f'{name}="{value}"\n' for name, value in held.items()).encode()
    while child.poll() is None and time.monotonic() < deadline:
        try:
            pipe = os.open(SECRETS, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:  # act has not opened it yet
            time.sleep(0.002)
            continue
        with os.fdopen(pipe, "wb", buffering=0) as line, suppress(BrokenPipeError):  # act may have given up
            line.write(text)
        break
    SECRETS.unlink()


def _code(child: subprocess.Popen[bytes]) -> int | None:
    try:
        return child.wait(bounds.END_SECONDS)
    except subprocess.TimeoutExpired:
        return None
