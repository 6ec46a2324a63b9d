"""One more fault in a submission, for the interview: one that its candidate has not seen, and proven to show."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from grader.checking.checking import run_checks
from grader.report.report import CheckResult, Report, Verdict
from grader.report.score import APPLICABLE
from harness.core.errors import EnvironmentBrokenError, InputError
from harness.exercises import faults, marker, variants
from harness.exercises.exercise import Exercise
from harness.exercises.faults import Fault
from harness.files.edits import Edit, edited
from harness.intake.submission import Submission, collect

Grade = Callable[[Submission, str], Report]  # of a stage


@dataclass(frozen=True)
class Choice:
    """A fault that might be put in; `repaired` where the candidate's variant had it."""

    fault: Fault
    repaired: bool


@dataclass(frozen=True)
class Twist:
    """A fault that was put in: the twisted submission, its report, and the checks that fail because of it."""

    choice: Choice
    submission: Submission
    report: Report
    failed: tuple[CheckResult, ...]


def choices(exercise: Exercise, seed: int | None, wanted: str | None) -> tuple[Choice, ...]:
    """Return the faults to try, first those that the variant did not have; a seed fixes another order.

    Raises: InputError where the wanted fault is none of the exercise's, its solution is not here, or it begins blank.
    """
    if exercise.blank:
        raise InputError(
            f"{exercise.slug} begins blank, and has no twist: its omissions are edits of the reference, whose words no "
            "candidate's own files have; ask the debrief's questions, or change one of the ticket's numbers together"
        )
    known = faults.load(exercise)
    present = {fault.id for fault in variants.faults_of(exercise, exercise.seed)}
    if wanted is not None and wanted not in {fault.id for fault in known}:
        raise InputError(f"{exercise.slug} has no fault {wanted!r}; it has {', '.join(fault.id for fault in known)}")
    found = [Choice(fault, fault.id in present) for fault in known if wanted in (None, fault.id)]
    if seed is not None:
        draws = variants.Draws(exercise.slug, exercise.version, seed, "twist")
        found = [found.pop(draws.below(len(found))) for _ in range(len(found))]
    return tuple(sorted(found, key=lambda one: one.repaired))


def texts_of(submission: Submission) -> dict[str, str]:
    """Return the editable files that are text, by path."""
    found = {}
    for one in submission.files:
        if one.editable:
            with suppress(UnicodeDecodeError):
                found[one.path] = one.data.decode("utf-8")
    return found


def applied(submission: Submission, fault: Fault) -> dict[str, str]:
    """Return the submission's editable files with the fault in them: text by path.

    Raises: InputError that says which of its places is not there, or not there once.
    """
    renamed = submission.exercise.renaming.text
    texts = texts_of(submission)
    edits = [Edit(one.file, renamed(one.find), renamed(one.replace)) for one in fault.edits]
    problems = [
        f"the text that it changes stands {times} times in {edit.file}, not once: {_first_line(edit.find)!r}"
        if edit.file in texts
        else f"there is no {edit.file}"
        for edit in edits
        if (times := edit.times(texts)) != 1
    ]
    if problems:
        raise InputError("; ".join(problems))
    return edited(texts, {fault.id: edits})


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0].strip() if text.strip() else text


def write(submission: Submission, texts: Mapping[str, str], folder: Path, candidate: str) -> None:
    """Write the submission with these texts in place of its own, the ticket and a marker into a folder."""
    exercise = submission.exercise
    files = {one.path: one.data for one in submission.files} | {"README.md": exercise.ticket.encode()}
    files |= {path: text.encode() for path, text in texts.items()}
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    marker.write(exercise, folder, candidate)


def readable(submission: Submission) -> None:
    """Make sure that the submission can be judged at all.

    Raises: InputError that says why not.
    """
    results = run_checks(submission, "policy", hidden=True).results
    for one in results:
        if one.spec.id in APPLICABLE and one.verdict is not Verdict.PASS:
            told = "" if one.reason is None else f": {one.reason.object} {one.reason.message}"
            raise InputError(f"nothing can be put into this submission, as {one.spec.id} fails{told}")


class Proof:
    """What shows that a fault shows: the submission's grades before it, each made once."""

    def __init__(self, submission: Submission, grade: Grade, *, live: bool) -> None:
        self._submission = submission
        self._grade = grade
        self._stages = ("policy", "all") if live else ("policy",)
        self._before: dict[str, Report] = {}

    def before(self, stage: str) -> Report:
        """Return the grade of the submission as it was handed in."""
        if stage not in self._before:
            self._before[stage] = _decided(self._grade(self._submission, stage))
        return self._before[stage]

    def of(self, choice: Choice) -> Twist:
        """Put a fault in, and show that checks which it declares fail now, and no other.

        Raises: InputError that says why it is no twist: it does not apply, nothing sees it, or it breaks more.
        """
        texts = applied(self._submission, choice.fault)
        with tempfile.TemporaryDirectory(prefix="breakfix-twist-") as scratch:
            write(self._submission, texts, Path(scratch), "")
            twisted = collect(self._submission.exercise, Path(scratch))
        for stage in self._stages:
            report = _decided(self._grade(twisted, stage))
            failed = tuple(_new(self.before(stage), report))
            odd = [one.spec.id for one in failed if one.spec.id not in choice.fault.caught_by]
            if odd:
                raise InputError(f"it would fail more than it declares: {', '.join(odd)}")
        if not failed:
            blind = "" if len(self._stages) > 1 else "; the live stage might"
            raise InputError(f"no check that passed before sees it{blind}")
        return Twist(choice, twisted, report, failed)


def _decided(report: Report) -> Report:
    """Return a report in which nothing is undecided.

    Raises: EnvironmentBrokenError where something is.
    """
    for one in report.results:
        if one.verdict is Verdict.ERROR:
            told = "" if one.reason is None else f": {one.reason.message}"
            raise EnvironmentBrokenError(f"{one.spec.id} is undecided{told}; nothing can be proven here, so try again")
    return report


def _new(before: Report, after: Report) -> Iterator[CheckResult]:
    was = {one.spec.id: one.verdict for one in before.results}
    for one in after.results:
        if one.verdict is Verdict.FAIL and was[one.spec.id] is not Verdict.FAIL:
            yield one


def first(proof: Proof, found: tuple[Choice, ...], tell: Callable[[str], None]) -> tuple[Twist | None, dict[str, str]]:
    """Return the first twist that is proven, and why those before it are none."""
    refused: dict[str, str] = {}
    for choice in found:
        tell(f"trying {choice.fault.id}")
        try:
            return proof.of(choice), refused
        except InputError as problem:
            refused[choice.fault.id] = str(problem)
    return None, refused


def nearest(report: Report, found: tuple[Choice, ...]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield the debrief's questions and answers about these faults' checks, those of the first fault first."""
    questions = () if report.interview is None else report.interview.questions
    seen: set[str] = set()
    for choice in found:
        for one in questions:
            if set(one.checks) & set(choice.fault.caught_by) and one.text not in seen:
                seen.add(one.text)
                yield one.text, one.answer
