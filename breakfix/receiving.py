"""What was handed in, as hostile input: which exercise, round and candidate it is of, and what its author saw of it."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from grader.grading.voiding import confirm
from grader.report import local
from grader.report.audience import LOOK
from grader.report.report import Hours, Report
from grader.report.takehome import PartReport, TakeHome
from harness.core.errors import InputError
from harness.exercises import marker, variants
from harness.exercises.exercise import Exercise
from harness.exercises.marker import Marker
from harness.hiring import canary, rounds
from harness.hiring.ledger import Entry
from harness.hiring.rounds import Round
from harness.hiring.tasks import Task
from harness.intake import archives, handin, times
from harness.intake.submission import NOTES, REPORT, TIMES, Submission, collect
from harness.intake.workplace import Corner


@dataclass(frozen=True)
class Received:
    """A submission; `folder` is where its workspace is, `told` which round and candidate it is of."""

    folder: Path
    submission: Submission
    told: dict[str, str]
    local: bytes  # the report of its author's last check, as it was handed in; empty where there is none
    hours: Hours | None = None
    canaries: tuple[str, ...] = ()  # notes on them, for the team alone

    def finished(self, report: Report, *, compared: bool = True) -> Report:
        """Return the report with what is known of the submission beside its verdicts; `compared` to its author's last check."""
        notes = (*report.notes, *((*self.canaries, *local.differences(report, self.local)) if compared else ()))
        return replace(report, provenance={**report.provenance, **self.told}, notes=notes, hours=self.hours)


@dataclass(frozen=True)
class Delivery:
    """All that was handed in at once: one submission or, by the names and weights of its parts, a take-home's.

    `hours` are of all parts of a round's take-home together.
    """

    parts: dict[str, Received]
    weights: dict[str, int] | None = None
    title: str = ""
    pass_mark: int = 0
    hours: Hours | None = None

    def report(self, reports: dict[str, Report]) -> Report | TakeHome:
        """Return the report on it, from those on its parts: a submission's own, or one over all of them."""
        if self.weights is None:
            return next(iter(reports.values()))
        parts = (PartReport(name, weight, reports[name]) for name, weight in self.weights.items())
        return TakeHome(self.title, self.pass_mark, tuple(parts), self.hours)


@contextmanager
def delivered(
    path: Path,
    *,
    slug: str | None = None,
    seed: int | None = None,
    ruled: Round | None = None,
    candidate: str = "",
    public: bool = False,
) -> Iterator[Delivery]:
    """Give all that a folder or an archive holds; what was unpacked is gone afterwards. See `received` for what counts.

    Raises: InputError where it cannot be said which exercises it is of, or it is not of this round; and for a take-home
    without its round, unless all that is wanted are `public` checks.
    """
    title, folders = marker.parts_of(path) if ruled is None and slug is None and path.is_dir() else ("", ())
    with ExitStack() as stack:
        if ruled is not None and ruled.several:
            id_ = candidate or _whose(path, ruled)
            found = {
                task.folder: stack.enter_context(received(path, ruled=ruled, candidate=id_, task=task))
                for task in ruled.tasks
            }
            hours = _together(ruled.time, ruled.ledger.find(next(iter(found.values())).told["candidate"]), found)
            weights = {task.folder: task.weight for task in ruled.tasks}
            yield Delivery(found, weights, ruled.title, ruled.pass_mark, hours)
        elif folders and not public:
            raise InputError(
                f"{path} is a take-home of {len(folders)} parts; its round says how they count: give --round"
            )
        elif folders:
            found = {name: stack.enter_context(received(path / name)) for name in folders}
            yield Delivery(found, dict.fromkeys(folders, 1), title)
        else:
            opened = received(path, slug=slug, seed=seed, ruled=ruled, candidate=candidate)
            yield Delivery({path.name: stack.enter_context(opened)})


def _whose(path: Path, ruled: Round) -> str:
    """Return whose take-home it is, as the markers of its parts tell alike.

    Raises: InputError where they tell of none of this round, or of several.
    """
    found: list[str] = []

    def identify(folders: Sequence[Path]) -> Exercise:
        told = [ruled.ledger.told(marker.read(folder)).id for folder in folders]
        if not told:
            raise InputError(
                f"{path} holds no part of round {ruled.round}; where you know whose it is, say so with --candidate"
            )
        if len(set(told)) > 1:
            raise InputError(f"{path} holds parts of {len(set(told))} candidates; say with --candidate whose it is")
        found.append(told[0])
        return ruled.shipped()

    with archives.opened(path, identify):
        return found[0]


@contextmanager
def received(
    path: Path,
    *,
    slug: str | None = None,
    seed: int | None = None,
    ruled: Round | None = None,
    candidate: str = "",
    task: Task | None = None,
) -> Iterator[Received]:
    """Give what a folder or an archive holds; what was unpacked is gone afterwards.

    What its marker says counts only where neither exercise nor seed is named. With a round, exercise, names, faults
    and pass mark come from the ledger; `task` says which of its parts is wanted, of the `candidate` whose it is.

    Raises: InputError where it cannot be said which exercise it is, or it is not of this round.
    """
    told: dict[str, str] = {}

    def identify(folders: Sequence[Path]) -> Exercise:
        exercise, said = _exercise(_Marked(path, folders), slug, seed, ruled=ruled, candidate=candidate, task=task)
        told.update(said)
        return exercise

    corner = Corner(task.folder, tuple(one.folder for one in ruled.tasks)) if ruled and task else None
    with archives.opened(path, identify, corner) as unpacked:
        exercise = unpacked.exercise
        if exercise is None:
            raise AssertionError("it was identified")
        if path.is_file():
            told["archive"] = f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
        found = collect(exercise, unpacked.folder, unpacked.beside, unpacked.problems)
        changed = [
            f"{one} is not as submission.json says: changed after it was packed"
            for one in handin.changed(unpacked.folder, found)
        ]
        entry = ruled.ledger.find(told["candidate"]) if ruled else None
        named = names_in(_kept(unpacked.folder, NOTES), entry.candidate) if entry else []
        told_beside = (*unpacked.notes, *changed, *named, *found.notes)
        found = replace(found, notes=told_beside)
        extra = None if entry is None else 0 if task else entry.extra_minutes  # a candidate's own are of the whole
        yield Received(
            unpacked.folder, found, told, _kept(unpacked.folder, REPORT), _hours(unpacked.folder, exercise, extra),
            tuple(_canaries(unpacked.folder, found)),
        )  # fmt: skip


@dataclass(frozen=True)
class _Marked:
    """What was handed in at `path`, and the folders in it that have the likeliest markers."""

    path: Path
    folders: Sequence[Path]

    def read(self, remedy: str) -> Marker:
        """Return what the marker says.

        Raises: InputError where there is none, or there are several that say different things.
        """
        if not self.folders:
            raise InputError(
                f"{self.path} is not a workspace: no {marker.MARKER} is in it or in its folders; go into the folder that "
                f"`breakfix start` made, or {remedy}"
            )
        said = [marker.read(folder) for folder in self.folders]
        if any(one != said[0] for one in said):
            raise InputError(
                f"{self.path} holds {len(said)} workspaces of different exercises or people; name one of them"
            )
        return said[0]


def _kept(folder: Path, name: str) -> bytes:
    """Return a small file of a submission that is not graded; nothing of a link, or of what is too large."""
    path = folder / name
    plain = path.is_file() and not path.is_symlink() and path.stat().st_size <= archives.MAX_MEMBER
    return path.read_bytes() if plain else b""


def _canaries(folder: Path, submission: Submission) -> Iterator[str]:
    """Yield a note for each file of the submission's own that holds a canary."""
    files = {file.path: file.data for file in submission.files if file.editable} | {NOTES: _kept(folder, NOTES)}
    for path, word in canary.found(files).items():
        yield f"{LOOK}{path} holds {word}, which stands in solutions and hidden checks alone: ask where that text comes from"


def _hours(folder: Path, exercise: Exercise, extra: int | None) -> Hours | None:
    """Return the time that a candidate of a round had and what the submission notes of it; None where there is neither."""
    noted = times.parsed(_kept(folder, TIMES))
    if extra is None and not noted.first and not noted.submitted:
        return None
    return Hours(exercise.time, extra or 0, noted.first, noted.command, noted.submitted)


def _together(planned: str, entry: Entry, parts: Mapping[str, Received]) -> Hours:
    """Return the time for all parts: from the first command on any of them to the last submit."""
    noted = [one.hours for one in parts.values() if one.hours is not None]
    first, command = min(((one.first, one.command) for one in noted if one.first), default=("", ""))
    return Hours(planned, entry.extra_minutes, first, command, max((one.submitted for one in noted), default=""))


def names_in(notes: bytes, candidate: str) -> list[str]:
    """Tell of lines of NOTES.md that hold a word of the name in the ledger: raters should not know whose it is."""
    words = [word for word in re.findall(r"[^\W\d_]{3,}", candidate) if word[0].isupper()]
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)" if words else r"(?!)")
    lines = notes.decode("utf-8", "replace").splitlines()
    found = [str(number) for number, line in enumerate(lines, 1) if pattern.search(line)]
    return [f"{NOTES} names its author (line {', '.join(found)}); take that out before raters read it"] if found else []


def _exercise(
    marked: _Marked, slug: str | None, seed: int | None, *, ruled: Round | None, candidate: str, task: Task | None
) -> tuple[Exercise, dict[str, str]]:
    if ruled is not None:
        of_whom = "say with --candidate whose it is"
        entry = ruled.ledger.find(candidate) if candidate else ruled.ledger.told(marked.read(of_whom))
        return ruled.exercise_of(entry, task), {"round": ruled.label, "candidate": entry.id}
    of_what = "name the exercise with --exercise"
    if slug is None and seed is None:
        return variants.marked(marked.read(of_what), str(marked.path)), {}
    return variants.load(slug or marked.read(of_what).slug, seed), {}


def load_round(path: Path | None) -> Round | None:
    """Return the round that was named, if one was.

    Raises: InputError with every problem of it, checks that it cannot void among them.
    """
    if path is None:
        return None
    found = rounds.load(path)
    confirm(found)
    return found
