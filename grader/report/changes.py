"""How a submission's files differ from the workspace that was handed out, and from every solution that is known."""

import difflib
import itertools
from collections.abc import Callable, Iterator, Mapping

from grader.report.report import Change, Unusual
from harness.core.errors import InputError
from harness.exercises import faults, variants
from harness.exercises.exercise import Exercise
from harness.intake.submission import Submission

LONGEST = 400  # lines of one file's difference that a report keeps
MOST = 60_000  # characters of all differences together
TOO_LONG = "… too long to show"
PLACES = 8  # unusual places that a report names
EXCERPT = 8  # lines of one of them
WIDEST = 300  # characters of a line
LARGEST = 500_000  # characters of a submission that are compared: a hostile one must not cost minutes


def changes(submission: Submission) -> tuple[Change, ...]:
    """Return the difference from the workspace that was handed out, file by file.

    Where the solution is not here, a variant's workspace cannot be made: then there is nothing to compare with.
    """
    try:
        before = _handed_out(submission.exercise)
    except InputError:
        return ()
    after = _submitted(submission)
    compared, found, room = _compared(after), [], MOST
    for path in sorted(before.keys() | after.keys()):
        if before.get(path) != after.get(path):
            known = path in compared or path not in after
            diff = _difference(before.get(path, ""), after.get(path, "")) if known and room > 0 else TOO_LONG
            found.append(Change(path, _status(path, before, after), diff if len(diff) <= room else TOO_LONG))
            room -= len(diff)
    return tuple(found)


def unusual(submission: Submission) -> tuple[Unusual, ...]:
    """Return the places that no known solution has, then what all of them keep and this one does not.

    Lines are compared without indentation and without comments, wherever they stand: another order is not unusual.
    Nor is anything where the exercise begins blank, and everybody writes lines of their own.

    Raises: InputError where the solution is not here.
    """
    exercise = submission.exercise
    if exercise.blank:
        return ()
    before, after = _handed_out(exercise), _compared(_submitted(submission))
    solutions = [_lines(files) for files in _solutions(exercise)]
    known = _lines(before).union(*solutions)
    given_up = _lines(before).intersection(*solutions) - _lines(after)
    added = _places("added", after, lambda line: line not in known)
    return tuple([*added, *_places("removed", before, given_up.__contains__)][:PLACES])


def _handed_out(exercise: Exercise) -> dict[str, str]:
    files = variants.workspace_files(exercise)
    return _editable({path: data.decode("utf-8", "replace") for path, data in files.items()}, exercise)


def _submitted(submission: Submission) -> dict[str, str]:
    return {file.path: file.data.decode("utf-8", "replace") for file in submission.files if file.editable}


def _compared(files: Mapping[str, str]) -> dict[str, str]:
    """Return the files that are compared, line by line: those that fit."""
    sizes = itertools.accumulate(len(text) for text in files.values())
    return {path: text for (path, text), size in zip(files.items(), sizes, strict=True) if size <= LARGEST}


def _solutions(exercise: Exercise) -> Iterator[dict[str, str]]:
    yield _editable(faults.reference_files(exercise), exercise)
    for folder in sorted((faults.solution_of(exercise) / "alternatives").glob("*/")):
        yield _editable(faults.texts(exercise, folder), exercise)


def _editable(files: Mapping[str, str], exercise: Exercise) -> dict[str, str]:
    return {path: text for path, text in files.items() if exercise.may_edit(path)}


def _lines(files: Mapping[str, str]) -> set[str]:
    return {told for text in files.values() for line in text.splitlines() if (told := _told(line))}


def _told(line: str) -> str:
    """Return what a line says; nothing where it is empty, a comment or the mark between two documents."""
    line = line.strip().removeprefix("- ").strip()
    return "" if line.startswith("#") or line == "---" else line


def _places(kind: str, files: Mapping[str, str], wanted: Callable[[str], bool]) -> Iterator[Unusual]:
    """Yield the runs of wanted lines, each as one place; lines that say nothing do not part a run."""
    for path, text in files.items():
        run: list[str] = []
        began = 0
        for number, line in enumerate([*text.splitlines(), "\0"], 1):
            told = _told(line)
            if told and told != "\0" and wanted(told):
                began = began if run else number
                run.append(line[:WIDEST])
            elif told and run:
                rest = [f"… {len(run) - EXCERPT} more lines"] if len(run) > EXCERPT else []
                yield Unusual(path, began, kind, "\n".join([*run[:EXCERPT], *rest]))
                run = []


def _difference(before: str, after: str) -> str:
    lines = list(difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=2))[2:]
    rest = [f"… {len(lines) - LONGEST} more lines"] if len(lines) > LONGEST else []
    return "\n".join([*(line[:WIDEST] for line in lines[:LONGEST]), *rest])


def _status(path: str, before: Mapping[str, str], after: Mapping[str, str]) -> str:
    if path not in before:
        return "added"
    return "changed" if path in after else "removed"
