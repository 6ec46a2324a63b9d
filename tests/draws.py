"""What each commit draws of the proofs that only `make prove` and the nightly run have time to make whole."""

import hashlib
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from grader.grading.again import settled
from grader.grading.grade import Grading, grade
from grader.plays.place import Place
from grader.proof.cases import Case, Kind, all_cases
from grader.proof.matrix import JUDGED, Cell, Row, cell_of, wrong
from grader.proof.run import Journal, Proof, repeated, written
from grader.report.report import Verdict
from harness.core import paths
from harness.exercises import exercise as exercises
from harness.exercises import variants
from harness.intake.submission import collect

SEEDS = (None, 20_261_125)  # as it is shipped, and one of its variants: any other would do
ALL = "BREAKFIX_TEST_ALL"  # where it is set, nothing is left out
T = TypeVar("T")


def drawn(values: Sequence[T], count: int, of: str) -> list[T]:
    """Return so many of some values, in their order: others for another commit, and for another `of`."""
    if os.environ.get(ALL):
        return list(values)
    git = shutil.which("git") or "git"
    commit = subprocess.run([git, "rev-parse", "HEAD"], cwd=paths.KIT, capture_output=True, check=False).stdout
    places = sorted(range(len(values)), key=lambda place: hashlib.sha256(commit + f"{of} {place}".encode()).digest())
    return [values[place] for place in sorted(places[:count])]


def drawn_cases(slug: str) -> list[Case]:
    """Return an exercise's reference, its broken state and one of its cheats, as it is shipped or of a variant."""
    found: list[Case] = []
    for seed in drawn(SEEDS, 1, f"seed of {slug}"):
        cases = all_cases(variants.load(slug, seed))
        cheats = [case for case in cases if case.kind is Kind.CHEAT]
        found += [case for case in cases if case.name in {"reference", "broken", "blank"}]
        found += drawn(cheats, 1, f"cheat of {slug}")
    return found


def graded_cases(cases: Sequence[Case], place: Callable[[], Place], journal: Path, *, at_once: int = 2) -> list[Row]:
    """Return the cases graded as `breakfix verify` grades them, but for fewer at once: others test, too.

    What nobody declares to fail counts as it does for a submission: where it fails again, alone.
    """
    files, grading = {case.exercise.slug: journal for case in cases}, Grading(place)
    proof = Proof(grading, "all", Journal(files, resume=False), lambda _, __: None)
    rows = [
        row
        for first in range(0, len(cases), at_once)
        for row in proof.rows(repeated(cases[first : first + at_once], 1))
    ]
    return [Row(row.case, [_confirmed(row.case, grading)]) if _fails_unasked(row) else row for row in rows]


def _fails_unasked(row: Row) -> bool:
    """Whether something fails that nobody declares, and that is all that is wrong: a fault that is not caught stays so."""
    stopped = [cell.having(Verdict.FAIL) | cell.having(Verdict.BLOCKED) for cell in row.cells]
    caught = all(cell.intersection(checks) for cell in stopped for checks in row.case.faults.values())
    unasked = any(cell.having(Verdict.FAIL) - row.case.declared for cell in row.cells)
    return row.case.kind in JUDGED and caught and unasked


def _confirmed(case: Case, grading: Grading) -> Cell:
    """Return a case's grade by what was seen twice, as `breakfix batch` has it."""
    with written(case) as folder:
        submission, began = collect(case.exercise, folder), time.monotonic()
        report = settled(grade(submission, "all", grading, hidden=True), submission, grading, confirm=True)
    return cell_of(report, time.monotonic() - began, 1)


def mistakes(rows: Sequence[Row]) -> list[str]:
    """Return what is not as the cases declare, or not told by the variant's own names."""
    by_name = {row.case.name: row for row in rows}
    return [sentence for row in rows for sentence in (*wrong(row, by_name), *_misnamed(row))]


def _misnamed(row: Row) -> list[str]:
    """Return each name of the shipped exercise that reasons about a variant's objects speak of."""
    told = str([cell.reasons for cell in row.cells])
    shipped = row.case.exercise.chosen if row.case.exercise.workloads else ()
    return [
        f"{row.case.name}: a reason speaks of {old}"
        for old in shipped
        if f"/{old}" in re.sub(rf"models(/{old})+", "", told)
    ]


def proven_here(fits: Callable[[exercises.Exercise], bool]) -> list[str]:
    """Return those of this commit's two exercises with a cluster that are played on the kind that `fits`."""
    those = [slug for slug in exercises.slugs() if exercises.load(slug).workloads]
    return [slug for slug in drawn(those, 2, "exercise") if fits(exercises.load(slug))]
