"""What this person has done so far, kept in the state folder: one file per exercise, one entry per variant of it.

Nothing in it counts for a grade; it says where to go on.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from grader.report.report import Outcome, Report, Verdict
from harness.core import artifacts, paths
from harness.core.errors import InputError
from harness.exercises.exercise import Exercise
from harness.intake.submission import Submission


@dataclass(frozen=True)
class Last:
    """The last report on a workspace: the files that it judged, and the checks that failed, in its order.

    `live` where the cluster was asked and could answer; `full` where hidden checks ran.
    """

    files: str
    live: bool
    full: bool
    failed: tuple[str, ...]


@dataclass(frozen=True)
class Progress:
    """One variant of an exercise: `hints` is how many tiers were shown for each fault, `best` the best score of 100."""

    started: str = ""
    attempts: int = 0
    best: int = 0
    public: bool = False
    passed: bool = False
    debriefed: bool = False
    hints: Mapping[str, int] = field(default_factory=dict)
    last: Last | None = None

    def told(self) -> str:
        """Return it in a few words."""
        counts = {"reports": self.attempts, "hints": sum(self.hints.values())}
        words = [self.state, *(f"{name}: {count}" for name, count in counts.items() if count)]
        return ", ".join([*words, "debrief read"] if self.debriefed else words)

    @property
    def state(self) -> str:
        """How far it went; a score counts only with what the service did."""
        if self.passed or self.public:
            return "passed" if self.passed else "public checks passed"
        return f"best score {self.best}" if self.best else "started"


def of(exercise: Exercise) -> Progress:
    """Return the progress on this exercise and variant; an empty one where there is none."""
    return all_of(exercise).get(_key(exercise), Progress())


def all_of(exercise: Exercise) -> dict[str, Progress]:
    """Return the progress on all variants of an exercise, by what they are called.

    Raises: InputError where the record cannot be read.
    """
    path = _path(exercise)
    if not path.is_file():
        return {}
    try:
        return {key: _progress(entry) for key, entry in json.loads(path.read_text("utf-8")).items()}
    except (OSError, ValueError, TypeError, AttributeError, KeyError) as problem:
        raise InputError(
            f"{path}, your progress, cannot be read ({problem}); move it away to begin a new one"
        ) from problem


def _progress(entry: Mapping[str, Any]) -> Progress:
    last = entry.get("last")
    found = Progress(**{**entry, "last": None})
    if isinstance(last, dict):
        found = replace(found, last=Last(**{**last, "failed": tuple(last["failed"])}))
    return found


def keep(exercise: Exercise, progress: Progress) -> None:
    """Write the progress down."""
    path = _path(exercise)
    with artifacts.locked(path.with_suffix(".lock")):
        entries = {**all_of(exercise), _key(exercise): progress}
        part = path.with_suffix(".part")
        part.write_text(json.dumps({key: asdict(one) for key, one in entries.items()}, indent=1) + "\n", "utf-8")
        part.replace(path)


@contextmanager
def best_effort(tell: Callable[[str], None]) -> Iterator[None]:
    """Go on where progress cannot be kept, as on a machine that grades and has no home: nothing depends on it."""
    try:
        yield
    except (OSError, InputError) as problem:
        tell(f"your progress was not noted: {problem}")


def begun(exercise: Exercise) -> None:
    """Note that a workspace was made."""
    found = of(exercise)
    if not found.started:
        keep(exercise, replace(found, started=datetime.now(UTC).date().isoformat()))


def graded(submission: Submission, report: Report) -> None:
    """Note a report on a workspace."""
    exercise, found = submission.exercise, of(submission.exercise)
    full = any(one.spec.visibility == "hidden" for one in report.results)
    passed = report.outcome is Outcome.PASSED and report.stage == "all"
    best = report.score or 0 if report.stage == "all" else 0
    last = Last(
        files=submission.digest(editable=True), full=full,
        live=report.stage != "policy" and report.outcome is not Outcome.UNDECIDED,
        failed=tuple(one.spec.id for one in report.results if one.verdict is Verdict.FAIL),
    )  # fmt: skip
    keep(exercise, replace(
        found, attempts=found.attempts + 1, best=max(found.best, best), public=found.public or passed,
        passed=found.passed or (passed and full), last=last,
    ))  # fmt: skip


def _key(exercise: Exercise) -> str:
    return f"version {exercise.version}, " + ("as shipped" if exercise.seed is None else f"seed {exercise.seed}")


def _path(exercise: Exercise) -> Path:
    folder = paths.state() / "progress"
    folder.mkdir(exist_ok=True)
    return folder / f"{exercise.slug}.json"
