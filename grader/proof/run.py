"""Grade every case of an exercise, many side by side, and keep what is done, so that a killed proof can go on."""

import json
import os
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from grader.grading.again import again
from grader.grading.grade import Grading, grade
from grader.proof.cases import Case
from grader.proof.matrix import Cell, Row, cell_of, is_open
from harness.intake.submission import collect

MOST = 6  # cases at once; on the cluster their runs are admitted by what they request
SIDE_BY_SIDE = min(MOST, (os.cpu_count() or 1) + 1)  # more would only make each other late
ROUNDS = (SIDE_BY_SIDE, 2, 1)  # what the machine was too busy to decide is graded again with less beside it
Told = Callable[[Case, Cell], None]
Key = tuple[Case, int]  # a case and the number of its repetition


def repeated(cases: Sequence[Case], repeat: int, once: Collection[Case] = ()) -> list[Key]:
    """Return what is graded, in order: every case so many times, some of them once."""
    return [(case, number) for number in range(repeat) for case in cases if number == 0 or case not in once]


class Journal:
    """The cells that are decided, one line each in the file of their exercise, by case and repetition."""

    def __init__(self, files: Mapping[str, Path], *, resume: bool) -> None:
        self._files = files
        self._lock = threading.Lock()
        self._done: dict[tuple[str, str, int], Cell] = {}
        for path in files.values():
            path.parent.mkdir(parents=True, exist_ok=True)
            if resume and path.exists():
                self._done.update(_lines(path))
            else:
                path.write_text("", "utf-8")

    def get(self, case: Case, number: int) -> Cell | None:
        """Return a cell that is done."""
        return self._done.get((case.exercise.slug, case.name, number))

    def put(self, case: Case, number: int, cell: Cell) -> None:
        """Write a cell down, in full or not at all."""
        record = {"slug": case.exercise.slug, "case": case.name, "number": number, "cell": asdict(cell)}
        with self._lock:
            self._done[case.exercise.slug, case.name, number] = cell
            with self._files[case.exercise.slug].open("a", encoding="utf-8") as file:
                file.write("\n" + json.dumps(record))  # a line at which the process was killed is ended first


def _lines(path: Path) -> Iterator[tuple[tuple[str, str, int], Cell]]:
    for line in path.read_text("utf-8").splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue  # the line at which the process was killed, or the empty one at the top
        yield (record["slug"], record["case"], record["number"]), Cell(**record["cell"])


class Proof:
    """One proof in the making: how its cases are graded and how far (policy or all), and what is done."""

    def __init__(self, grading: Grading, stage: str, journal: Journal, told: Told) -> None:
        self._grading = grading
        self._stage = stage
        self._journal = journal
        self._told = told

    def rows(self, keys: Sequence[Key]) -> list[Row]:
        """Return every case with its cells. What is undecided is graded again when the others are done, fewer at once.

        Raises: StoppedError on an interrupt; what is done by then is kept in the journal.
        """
        cells = {key: cell for key in keys if (cell := self._journal.get(*key)) is not None}
        for tries, at_once in enumerate(ROUNDS, start=1):
            todo = [key for key in keys if key not in cells or is_open(key[0], cells[key])]
            cells.update(self._played(todo, tries, at_once))
        return [
            Row(case, [cells[key] for key in keys if key[0] is case])
            for case in dict.fromkeys(case for case, _ in keys)
        ]

    def _played(self, todo: Sequence[Key], tries: int, at_once: int) -> Iterator[tuple[Key, Cell]]:
        """Yield the cells of one round, as they are done."""
        if todo and self._stage != "policy":
            self._grading.place()  # so that bringing it up counts for no case
        with ThreadPoolExecutor(at_once) as pool:
            futures = {pool.submit(self._graded, case, tries): (case, number) for case, number in todo}
            try:
                for future in as_completed(futures):
                    case, number = futures[future]
                    cell = future.result()
                    if not is_open(case, cell):
                        self._journal.put(case, number, cell)
                    self._told(case, cell)
                    yield (case, number), cell
            except BaseException:
                self._grading.stop.set()
                pool.shutdown(cancel_futures=True)
                raise

    def _graded(self, case: Case, tries: int) -> Cell:
        began = time.monotonic()
        with written(case) as folder:
            submission = collect(case.exercise, folder)
            report = grade(submission, self._stage, self._grading, hidden=True)
            if tries == len(ROUNDS):  # alone by now: a case must not be able to keep itself undecided
                report = again(report, submission, self._grading)
        return cell_of(report, time.monotonic() - began, tries)


@contextmanager
def written(case: Case) -> Iterator[Path]:
    """Yield a folder with a case's files, for as long as it is graded."""
    with tempfile.TemporaryDirectory(prefix="breakfix-case-") as name:
        folder = Path(name)
        case.write(folder)
        yield folder
