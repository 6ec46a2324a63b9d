"""Grade many submissions on one place: side by side, then again alone what failed or is undecided. The reports are the journal."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from grader.again import settled
from grader.confirm import CONFIRMED, unconfirmed
from grader.errors import StoppedError
from grader.grade import Place, Tell, grade
from grader.proof.run import SIDE_BY_SIDE
from grader.render import renderer
from grader.render.data import read
from grader.report import Outcome, Report
from grader.reporting import pins
from harness.errors import HarnessError, InputError
from harness.submission import Submission

PENDING = "not yet: what failed has been seen once"
DONE = "what failed at first was undecided besides, and did not fail when it was graded again"
FORMS = ("json", "html")


@dataclass
class Entry:
    """A submission of a batch: `finish` adds what is known beside its verdicts. `report`, or what is `wrong`, comes of it."""

    name: str
    submission: Submission
    finish: Callable[[Report], Report]
    report: Report | None = None
    wrong: str = ""


class Batch:
    """A batch at work: reports go to the folder `output` as they come, and those that are there are not made again."""

    def __init__(self, output: Path, stage: str, *, confirm: bool, stop: threading.Event, tell: Tell) -> None:
        self._output = output
        self._stage = stage
        self._confirm = confirm
        self._stop = stop
        self._tell = tell

    def open(self, entries: Sequence[Entry]) -> list[Entry]:
        """Give entries the reports that are there already, and return those that need a grade or its confirmation."""
        for one in entries:
            one.report = self._kept(one)
        return [one for one in entries if one.report is None or self._pending(one.report)]

    def play(self, entries: Sequence[Entry], place: Place | None) -> None:
        """Grade what has no report yet, then again what is undecided, and confirm what failed. One that breaks disturbs no other.

        The policy stage needs no place.

        Raises: StoppedError on an interrupt; reports that were written stay.
        """
        todo = [one for one in entries if one.report is None]
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            futures = {pool.submit(self._graded, one, place): one for one in todo}
            try:
                for number, future in enumerate(as_completed(futures), 1):
                    self._settle(futures[future], future.result, f"{number}/{len(todo)}")
            except BaseException:
                self._stop.set()
                pool.shutdown(cancel_futures=True)
                raise
        for one in entries:
            if one.report is not None and (self._pending(one.report) or one.report.outcome is Outcome.UNDECIDED):
                self._settle(one, partial(self._settled, one, place), "played again:")

    def _graded(self, one: Entry, place: Place | None) -> Report:
        found = grade(
            one.submission, self._stage, hidden=True, place=partial(_there, place), stop=self._stop, tell=lambda _: None
        )
        if self._confirm and unconfirmed(found):
            found = replace(found, provenance={**found.provenance, CONFIRMED: PENDING})
        return found

    def _settled(self, one: Entry, place: Place | None) -> Report:
        """Return a report with what was undecided graded again, alone, and what failed confirmed."""
        if one.report is None:
            raise AssertionError("only what was graded is graded again")
        there = partial(_there, place)
        found = settled(
            one.report, one.submission, confirm=self._confirm, place=there, stop=self._stop, tell=self._tell
        )
        if self._pending(found):  # nothing that failed at first does so any more
            found = replace(found, provenance={**found.provenance, CONFIRMED: DONE})
        return found

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
        for form in FORMS:
            self._write(one.name, form, renderer(form)(one.report))
        self._tell(f"{told} {one.name}: {one.report.outcome}")

    def _write(self, name: str, form: str, text: str) -> None:
        """Write a file in full or not at all."""
        part = self._output / f".{name}.{form}.part"
        part.write_text(text, "utf-8")
        part.replace(self._output / f"{name}.{form}")

    def _pending(self, report: Report) -> bool:
        return self._confirm and report.provenance.get(CONFIRMED) == PENDING

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


def _there(place: Place | None) -> Place:
    if place is None:
        raise AssertionError("the policy stage asks for no place")
    return place
