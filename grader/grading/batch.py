"""Grade many submissions on one place: side by side, then again alone what failed or is undecided. The reports are the journal."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from grader.errors import StoppedError
from grader.grading.again import settled
from grader.grading.confirm import unconfirmed
from grader.grading.grade import Grading, grade
from grader.plays.place import Tell
from grader.proof.run import SIDE_BY_SIDE
from grader.render import renderer
from grader.render.data import read
from grader.report.report import Confirmation, Outcome, Report
from grader.report.reporting import pins
from grader.report.takehome import TakeHome
from harness.core.errors import HarnessError, InputError
from harness.intake.submission import Submission

FORMS = ("json", "html")


@dataclass
class Entry:
    """A submission of a batch: `finish` adds what is known beside its verdicts. `report`, or what is `wrong`, comes of it."""

    name: str
    submission: Submission
    finish: Callable[[Report], Report]
    report: Report | None = None
    wrong: str = ""


def keep(output: Path, name: str, report: Report | TakeHome) -> None:
    """Write a report into a folder, in all its forms, each in full or not at all."""
    for form in FORMS:
        part = output / f".{name}.{form}.part"
        part.write_text(renderer(form)(report), "utf-8")
        part.replace(output / f"{name}.{form}")


class Batch:
    """A batch at work: reports go to the folder `output` as they come, and those that are there are not made again."""

    def __init__(self, output: Path, stage: str, *, confirm: bool, tell: Tell) -> None:
        self._output = output
        self._stage = stage
        self._confirm = confirm
        self._tell = tell

    def open(self, entries: Sequence[Entry]) -> list[Entry]:
        """Give entries the reports that are there already, and return those that need a grade or its confirmation."""
        for one in entries:
            one.report = self._kept(one)
        return [one for one in entries if one.report is None or self._pending(one.report)]

    def play(self, entries: Sequence[Entry], grading: Grading) -> None:
        """Grade what has no report yet, then again what is undecided, and confirm what failed. One that breaks disturbs no other.

        Raises: StoppedError on an interrupt; reports that were written stay.
        """
        todo = [one for one in entries if one.report is None]
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            futures = {pool.submit(self._graded, one, grading.telling(None)): one for one in todo}
            try:
                for number, future in enumerate(as_completed(futures), 1):
                    self._settle(futures[future], future.result, f"{number}/{len(todo)}")
            except BaseException:
                grading.stop.set()
                pool.shutdown(cancel_futures=True)
                raise
        for one in entries:
            if one.report is not None and (self._pending(one.report) or one.report.outcome is Outcome.UNDECIDED):
                self._settle(one, partial(self._settled, one, grading), "played again:")

    def _graded(self, one: Entry, grading: Grading) -> Report:
        found = grade(one.submission, self._stage, grading, hidden=True)
        return (
            replace(found, confirmation=Confirmation(pending=True)) if self._confirm and unconfirmed(found) else found
        )

    def _settled(self, one: Entry, grading: Grading) -> Report:
        """Return a report with what was undecided graded again, alone, and what failed confirmed."""
        if one.report is None:
            raise AssertionError("only what was graded is graded again")
        found = settled(one.report, one.submission, grading, confirm=self._confirm)
        nothing_left = self._pending(found)  # nothing that failed at first does so any more
        return replace(found, confirmation=Confirmation()) if nothing_left else found

    def _settle(self, one: Entry, result: Callable[[], Report], told: str) -> None:
        """Keep what a grade came to, or what broke it."""
        try:
            one.report = one.finish(result())
        except StoppedError:
            raise
        except Exception as problem:  # noqa: BLE001 - whatever it is, the others go on
            known = isinstance(problem, HarnessError)
            one.report, one.wrong = None, str(problem) if known else f"{type(problem).__name__}: {problem}"
            self._tell(f"{told} {one.name}: not graded, {one.wrong}")
            return
        keep(self._output, one.name, one.report)
        self._tell(f"{told} {one.name}: {one.report.outcome}")

    def _pending(self, report: Report) -> bool:
        return self._confirm and report.confirmation is not None and report.confirmation.pending

    def _kept(self, one: Entry) -> Report | None:
        """Return a decided report on the same files by the same kit, where one was written."""
        path = self._output / f"{one.name}.json"
        if not path.is_file():
            return None
        try:
            found = read(path)
        except InputError:
            return None  # another version's, or no report at all: written anew
        wanted = one.finish(replace(found, provenance=pins(one.submission), notes=())).provenance
        same = wanted.items() <= found.provenance.items() and found.stage == self._stage
        same = same and wanted.get("void") == found.provenance.get("void")
        return found if same and found.outcome is not Outcome.UNDECIDED else None
