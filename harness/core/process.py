"""The one module that runs programs: argv lists, no shell, always a timeout."""

import os
import shlex
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from pathlib import Path

from harness.core.errors import EnvironmentBrokenError

LAST_LINES = 15


class ProcessError(EnvironmentBrokenError):
    """A program failed or overran its time; the message holds a command one can paste."""

    def __init__(self, argv: Sequence[str], problem: str, output: str) -> None:
        self.output = output
        tail = "\n".join("  " + line for line in output.strip().splitlines()[-LAST_LINES:])
        super().__init__(f"{shlex.join(argv)}\n  {problem}" + (f"; it last said:\n{tail}" if tail else ""))


def run(
    argv: Sequence[str | Path],
    *,
    timeout: float,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: bytes | None = None,
    on_line: Callable[[str], None] | None = None,
) -> str:
    """Run a program to its end and return what it wrote, stdout and stderr interleaved.

    `timeout` is in seconds; `env` is added to this process's environment; `on_line` sees each line as it
    is written. The program runs in a process group of its own, which is killed as a whole on a timeout or
    an interrupt.

    Raises: ProcessError when the program is missing, exits non-zero or overruns.
    """
    words = [str(word) for word in argv]
    try:
        child = subprocess.Popen(
            words,
            env={**os.environ, **(env or {})},
            cwd=cwd,
            stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as problem:
        raise ProcessError(words, f"could not be started: {problem.strerror}", "") from problem
    overran = threading.Event()

    def overrun() -> None:
        overran.set()
        kill_group(child)

    watchdog = threading.Timer(timeout, overrun)
    watchdog.daemon = True
    watchdog.start()
    lines: list[str] = []
    try:
        if child.stdin is not None and stdin is not None:
            _feed(child, stdin)
        for raw in child.stdout or ():
            line = raw.decode(errors="replace")
            lines.append(line)
            if on_line is not None:
                on_line(line.rstrip("\n"))
        code = child.wait()
    finally:
        watchdog.cancel()
        kill_group(child)
        if child.stdout is not None:
            child.stdout.close()
    output = "".join(lines)
    if overran.is_set():
        raise ProcessError(words, f"did not end within {timeout:g} s and was killed", output)
    if code != 0:
        raise ProcessError(words, f"exited with {code}", output)
    return output


def spawn(argv: Sequence[str | Path], *, env: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    """Start a service in a process group of its own, its output in `log`; end it with kill_group.

    It works in the log's folder: conmon, which podman starts, leaves a file `oom` where it stands.
    """
    with log.open("ab") as out:
        return subprocess.Popen(
            [str(word) for word in argv],
            env={**os.environ, **env},
            cwd=log.parent,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


@contextmanager
def companion(argv: Sequence[str | Path], *, env: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Have a service run beside us while the context lasts, from whatever thread it is entered and left.

    Where util-linux offers setpriv, the kernel ends it should we be killed. It does so, too, when the thread ends that started it
    (prctl(2), PR_SET_PDEATHSIG): a thread of its own does that, and stays.
    """
    leash = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
    started: Future[subprocess.Popen[bytes]] = Future()
    over = threading.Event()

    def keep() -> None:
        try:
            started.set_result(spawn([*leash, *argv], env=env, log=log))
        except OSError as problem:
            started.set_exception(problem)
        else:
            over.wait()

    keeper = threading.Thread(target=keep, name=f"keeper of {argv[0]}", daemon=True)
    keeper.start()
    child = started.result()
    try:
        yield child
    finally:
        kill_group(child)
        over.set()
        keeper.join()


def kill_group(child: subprocess.Popen[bytes]) -> None:
    """Kill a program and all it started, and reap it; nothing where it has already been reaped."""
    if child.returncode is not None:
        return
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _feed(child: subprocess.Popen[bytes], data: bytes) -> None:
    """Write all of a program's standard input from a thread, so that neither side waits for the other."""

    def write() -> None:
        pipe = child.stdin
        if pipe is not None:
            with suppress(BrokenPipeError):
                pipe.write(data)
            with suppress(BrokenPipeError):
                pipe.close()

    threading.Thread(target=write, daemon=True).start()


def alive(process: str) -> bool:
    """Tell whether there is a process of this number, whoever's it is; what is no number is none."""
    try:
        os.kill(int(process), 0)
    except (ValueError, OverflowError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True
