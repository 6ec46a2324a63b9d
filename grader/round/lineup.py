"""The reports that may stand beside each other: of one round, kit and exercise, judged alike, one for each candidate."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from grader import render
from grader.report.report import Report, Verdict
from grader.report.takehome import TakeHome
from grader.round import alike
from grader.round.alike import Likeness
from grader.round.comparison import rescored
from harness.core.errors import InputError
from harness.hiring.rounds import Round
from harness.hiring.tasks import Task

OPAQUE = re.compile(r"[a-z0-9]{1,40}")
NEEDED = ("kit", "round", "candidate", "submitted files")


def gather(paths: Sequence[Path], one: Round | None) -> tuple[dict[str, Report], list[str] | None]:
    """Return the reports by file, re-scored by the round where it is given, and the ids that have none.

    Raises: InputError that names every file that cannot be read, is of something else, or stands for a candidate twice.
    """
    read = _read(_files(paths))
    reports = {file: _flat(report) for file, report in read.items()}
    problems = [*_strays(reports)]
    if not problems:
        problems = [*_mixed(reports, one), *_doubles(reports)]
    if problems:
        raise InputError("\n".join(problems))
    if one is None:
        return reports, None
    found = {report.provenance["candidate"] for report in reports.values()}
    missing = [entry.id for entry in one.ledger.entries() if entry.id not in found]
    extra = {entry.id: entry.extra_minutes for entry in one.ledger.entries()}
    return {file: _timed(_flat(_rescored(report, one)), extra) for file, report in read.items()}, missing


def likeness(reports: Mapping[str, Report], one: Round | None) -> tuple[Likeness, ...]:
    """Return which of a round's submissions are alike beyond what the task explains; nothing where the round is not known.

    Of parts each is looked at by itself, and whose they are has the part's name behind it.
    """
    if one is None:
        return ()
    found = (note for task in one.tasks for note in _alike(reports, one, task))
    return tuple(sorted(found, key=lambda note: (-note.shared / note.whole, note.one, note.other)))


def _alike(reports: Mapping[str, Report], one: Round, task: Task) -> tuple[Likeness, ...]:
    known = alike.known(one.shipped(task))
    if known is None:
        return ()
    own = {}
    for report in reports.values():
        id_ = report.provenance["candidate"]
        changes = [change for change in report.changes if not one.several or change.file.startswith(f"{task.folder}/")]
        renaming = one.exercise_of(one.ledger.find(id_), task).renaming
        own[f"{id_}.{task.folder}" if one.several else id_] = alike.own(changes, renaming)
    return alike.find(own, known)


def _timed(report: Report, extra: Mapping[str, int]) -> Report:
    """Return the report with the minutes that the ledger gives its candidate today."""
    if report.hours is None:
        return report
    return replace(report, hours=replace(report.hours, extra_minutes=extra[report.provenance["candidate"]]))


def _flat(report: Report | TakeHome) -> Report:
    """Return a report to stand in a table: of a take-home, the parts are what others have for requirements."""
    return report.flat() if isinstance(report, TakeHome) else report


def _rescored(report: Report | TakeHome, one: Round) -> Report | TakeHome:
    if not isinstance(report, TakeHome):
        return rescored(report, one.voided)
    return report.changed(lambda folder, part: rescored(part, one.task(folder).voided))


def _files(paths: Sequence[Path]) -> list[Path]:
    """Return the files, each once; of a folder all that are called .json, but for hidden ones."""
    found: dict[Path, Path] = {}
    for path in paths:
        inside = [path]
        if path.is_dir():
            names = sorted(one for one in path.rglob("*.json") if one.is_file())
            inside = [one for one in names if not any(part[0] == "." for part in one.relative_to(path).parts)]
            if not inside:
                raise InputError(f"{path} holds no .json file; `breakfix grade --format json --output FILE` writes one")
        for one in inside:
            found.setdefault(one.resolve(), one)
    return list(found.values())


def _read(files: Sequence[Path]) -> dict[str, Report | TakeHome]:
    reports: dict[str, Report | TakeHome] = {}
    problems = []
    for file in files:
        try:
            reports[str(file)] = render.read(file)
        except InputError as problem:
            problems.append(str(problem))
    if problems:
        raise InputError("\n".join(problems))
    return reports


def _strays(reports: Mapping[str, Report]) -> Iterator[str]:
    """Tell of reports that are of no round, or do not hold all of it."""
    for file, report in reports.items():
        if report.scope == "public":
            yield f"{file}: judged by the public checks alone; grade the submission where the solutions are"
        lacking = [name for name in NEEDED if not report.provenance.get(name)]
        if lacking:
            yield f"{file}: its provenance names no {' and no '.join(lacking)}; grade the submission with --round"
        elif not OPAQUE.fullmatch(report.provenance["candidate"]):
            yield f"{file}: its candidate is {report.provenance['candidate'][:80]!r}, which is no opaque id"
        elif report.confirmation is not None and report.confirmation.pending:
            yield f"{file}: its failures were not confirmed; run `breakfix batch` again, which goes on where it was stopped"
        elif report.audience != "team":
            yield f"{file}: is a candidate's copy, which does not hold every check; take the team's report"


def _mixed(reports: Mapping[str, Report], one: Round | None) -> Iterator[str]:
    """Tell of reports that differ, from the first or from the round, in what all must have in common."""
    first, known = next(iter(reports.items()))
    ids = None if one is None else {entry.id for entry in one.ledger.entries()}
    for file, report in reports.items():
        yield from (f"{file}: {told}; it cannot be compared with {first}" for told in _differences(known, report))
        if one is None or ids is None:
            continue
        if report.provenance["round"] != one.label:
            yield f"{file}: is of round {report.provenance['round']!r}, and {one.path} is {one.label!r}"
        elif report.provenance["candidate"] not in ids:
            yield f"{file}: its candidate {report.provenance['candidate']} is not in {one.ledger.path}"
        for name in _voided(report) - one.voided.keys():
            yield f"{file}: {name} is void in it, and not in {one.path}; grade the submission again"
    if one is None:
        void = _voided(known)
        for file, report in reports.items():
            for name in sorted(void ^ _voided(report)):
                is_void, not_so = (file, first) if name in _voided(report) else (first, file)
                yield f"{is_void}: {name} is void, and not in {not_so}; give --round, which re-scores everybody"


def _differences(known: Report, report: Report) -> Iterator[str]:
    """Tell what differs; where the round does, the seed of the faults or the pass mark may be what differs in it."""
    there, here = _facts(known), _facts(report)
    yield from (f"{name} is {here[name]!r}, not {there[name]!r}" for name in there if here[name] != there[name])
    before, now = _checks(known), _checks(report)
    differing = sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))
    if differing and known.slug == report.slug:
        more = f" and {len(differing) - 3} more" if len(differing) > 3 else ""  # noqa: PLR2004 - enough to know where
        yield f"its checks are others, or count otherwise: {', '.join(differing[:3])}{more}"


def _facts(report: Report) -> dict[str, object]:
    return {
        "kit": report.provenance["kit"], "exercise": report.slug, "version": report.version,
        "round": report.provenance["round"], "pass mark": report.pass_mark, "stage": report.stage,
    }  # fmt: skip


def _checks(report: Report) -> dict[str, object]:
    return {
        one.spec.id: (one.spec.requirement, one.spec.points, one.spec.stage, one.spec.must, one.spec.visibility)
        for one in report.results
    }


def _voided(report: Report) -> set[str]:
    return {one.spec.id for one in report.results if one.verdict is Verdict.VOID}


def _doubles(reports: Mapping[str, Report]) -> Iterator[str]:
    seen: dict[str, tuple[str, Report]] = {}
    for file, report in reports.items():
        name = report.provenance["candidate"]
        other, before = seen.setdefault(name, (file, report))
        if other == file:
            continue
        if before.provenance["submitted files"] == report.provenance["submitted files"]:
            yield f"{file} and {other} are two reports of the same submission of candidate {name}: leave one out"
        else:
            yield (
                f"{file} and {other} are of two submissions that both carry the id {name}, with different files: find out "
                "which is that candidate's and counts, and leave the other out"
            )
