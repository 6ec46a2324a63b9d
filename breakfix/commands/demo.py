"""The main job in one go: an exercise's broken state is graded and fails, its reference is graded and passes.

The policy verdict is printed while the cluster is still being made.
"""

import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from breakfix.console import Terminal
from breakfix.options import Options
from breakfix.program import run_as_program
from grader.grading.grade import Grading, grade
from grader.plays.place import Place, Terms
from grader.render import terminal as rendering
from grader.report.report import Outcome, Report, Verdict
from grader.venues import venue_of
from harness.core import paths
from harness.core.errors import InputError
from harness.exercises import exercise as exercises
from harness.exercises import faults
from harness.intake.submission import Submission, collect

SLUG = "serving-never-ready"


class HeldBack:
    """What is told in the background, held back until a block is left: no line of it stands within what that prints."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._lock = threading.Lock()
        self._left = threading.Event()
        self._lines: list[str] = []

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, *_: object) -> None:
        """Tell what was held back; from now on everything is told at once."""
        sys.stdout.flush()  # the other stream: in a log both are one
        with self._lock:
            for line in self._lines:
                self._terminal.tell(line)
            self._left.set()

    def tell(self, text: str) -> None:
        """Tell it now, or as soon as that is."""
        with self._lock:
            if self._left.is_set():
                self._terminal.tell(text)
            else:
                self._lines.append(text)

    def consent(self, question: str) -> bool:
        """Ask, as soon as the block is left."""
        self._left.wait()
        return self._terminal.consent(question)


def demo() -> int:
    """Run the demonstration and return its exit code: 0 when both verdicts are as the exercise declares."""
    terminal = Terminal(Options())
    exercise = exercises.load(SLUG)
    if exercise.solution is None:
        raise InputError("the demonstration needs solutions/, which is not here")
    broken, fixed = collect(exercise, exercise.workspace), collect(exercise, exercise.solution / "reference")
    began = time.monotonic()
    with ExitStack() as stack, ThreadPoolExecutor(1) as background:
        building = HeldBack(terminal)
        coming = background.submit(
            lambda: stack.enter_context(
                venue_of(exercise).open([exercise], Terms(building.tell, None, building.consent))
            )
        )
        with building:
            _title(terminal, "The broken state, before any cluster is up", _command(exercise.workspace, "policy"))
            quick = grade(broken, "policy", Grading(coming.result, tell=terminal.tell), hidden=True)
            rendering.show(quick, terminal.out)
        reports = _both(terminal, coming.result(), broken, fixed)
    _title(terminal, "The broken state on the cluster", _command(exercise.workspace, "all"))
    rendering.show(reports[0], terminal.out)
    _title(terminal, "The reference solution on the cluster", _command(exercise.solution / "reference", "all"))
    rendering.show(reports[1], terminal.out)
    terminal.out.print(
        f"\nThat took {time.monotonic() - began:.0f} s. The cluster stays up for your own try; `.venv/bin/breakfix stop` removes it."
    )
    terminal.out.print(f"Next: .venv/bin/breakfix start {SLUG}")
    return _judge(terminal, reports, faults.load(exercise))


def _both(terminal: Terminal, place: Place, broken: Submission, fixed: Submission) -> list[Report]:
    """Grade both submissions side by side: each has namespaces of its own."""
    grading = Grading(lambda: place)

    def one(name: str, submission: Submission) -> Report:
        return grade(submission, "all", grading.telling(lambda text: terminal.tell(f"{name}: {text}")), hidden=True)

    with ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(one, "broken", broken), pool.submit(one, "reference", fixed)]
        try:
            return [future.result() for future in futures]
        except BaseException:
            grading.stop.set()
            raise


def _judge(terminal: Terminal, reports: list[Report], known: tuple[faults.Fault, ...]) -> int:
    """Return 0 where the broken state fails with its declared checks and the reference passes, else 1."""
    failed = {result.spec.id for result in reports[0].results if result.verdict is Verdict.FAIL}
    declared = {check for fault in known for check in fault.caught_by}
    good = [
        reports[0].outcome is Outcome.FAILED and bool(failed) and failed <= declared,
        reports[1].outcome is Outcome.PASSED,
    ]
    if not all(good):
        terminal.err.print("[bold red]The verdicts are not what the exercise declares.[/]")
    return 0 if all(good) else 1


def _title(terminal: Terminal, words: str, command: str) -> None:
    terminal.out.print()
    terminal.out.rule(words, align="left")
    terminal.out.print(f"$ {command}", style="dim", markup=False)
    terminal.out.print()


def _command(folder: Path, stage: str) -> str:
    shown = folder.relative_to(paths.KIT)
    return f"breakfix grade {shown} --exercise {SLUG}" + ("" if stage == "all" else f" --stage {stage}")


if __name__ == "__main__":
    run_as_program(lambda: sys.exit(demo()))
