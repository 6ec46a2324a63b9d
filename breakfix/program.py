"""How a program of the kit ends: its exit code, and what it says of an error."""

import os
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

import click

USAGE, BROKEN, INTERRUPTED = 2, 3, 130


def run_as_program(body: Callable[[], object]) -> NoReturn:
    """Run a program's body and exit with the right code: the only place that prints errors."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        body()
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.ClickException as problem:
        problem.show()
        sys.exit(problem.exit_code)
    except (KeyboardInterrupt, click.Abort):
        _say("interrupted; what had been started was removed")
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as problem:
        if "-v" in sys.argv or "--verbose" in sys.argv:
            raise
        sys.exit(_explained(problem))
    sys.exit(0)


def _explained(problem: Exception) -> int:
    """Print an error and return its exit code: 2 for what was asked for, 3 for what broke."""
    from grader.errors import GraderError
    from harness.core.errors import HarnessError, InputError

    if isinstance(problem, InputError):
        _say(str(problem))
        return USAGE
    if isinstance(problem, (HarnessError, GraderError)):
        _say(str(problem))
        return BROKEN
    if isinstance(problem, OSError):
        _say(
            f"{problem.filename or 'this machine'}: {problem.strerror or problem}; free space or fix the path, then try again"
        )
        return BROKEN
    _say(f"breakfix itself failed: {type(problem).__name__}: {problem}; run the same with -v and report what it shows")
    return BROKEN


def _say(text: str) -> None:
    click.echo(f"breakfix: {text}", err=True)


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
