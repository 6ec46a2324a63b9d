"""Faults as data: anchored text edits that turn an exercise's reference into its broken workspace."""

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.core import listing
from harness.core.errors import InputError
from harness.exercises.exercise import Exercise
from harness.files.edits import Edit, edited, spans
from harness.files.yamlfile import Document
from harness.schemas import load_document


@dataclass(frozen=True)
class Fault:
    """One injected fault: what it is, the checks that must catch it, and how it is put in.

    A fault without a `pool` is in every variant.
    """

    id: str
    catalogue: str
    claim: str
    caught_by: tuple[str, ...]
    edits: tuple[Edit, ...]
    excludes: tuple[str, ...] = ()
    pool: str | None = None


@dataclass(frozen=True)
class FaultTable:
    """All faults of an exercise, in the order of its file, and how many a variant draws from each pool.

    Those of a blank exercise are omissions: what its proof takes out of the reference, and no workspace has.
    `fit` are the sets that make a short form, where the file says so.
    """

    faults: tuple[Fault, ...]
    draws: Mapping[str, int]
    blank: bool = False
    fit: tuple[tuple[str, ...], ...] = ()

    def sets(self) -> list[tuple[Fault, ...]]:
        """Return every set of faults that a variant can have, in a fixed order."""
        if self.blank:
            return [()]
        pools = [[one for one in self.faults if one.pool == name] for name in self.draws]
        draws = (itertools.combinations(pool, self.draws[name]) for pool, name in zip(pools, self.draws, strict=True))
        always = {fault.id for fault in self.faults if fault.pool is None}
        found = (always | {fault.id for part in parts for fault in part} for parts in itertools.product(*draws))
        chosen = (tuple(fault for fault in self.faults if fault.id in ids) for ids in found)
        return [faults for faults in chosen if not any(clash(*pair) for pair in itertools.combinations(faults, 2))]

    def short(self, count: int) -> list[tuple[Fault, ...]]:
        """Return every set of so many faults that a short form can have, in a fixed order: those that are fit for it.

        Where the file says nothing of that, all that some variant holds beside others.
        """
        if self.fit:
            found = [tuple(fault for fault in self.faults if fault.id in ids) for ids in self.fit]
            return [faults for faults in found if len(faults) == count]
        variants = [{fault.id for fault in faults} for faults in self.sets()]
        return [
            faults
            for faults in itertools.combinations(self.faults, count)
            if any({fault.id for fault in faults} <= ids for ids in variants)
        ]

    def shipped(self) -> tuple[Fault, ...]:
        """Return the faults of the shipped workspace: none of a blank exercise, else all that can be together."""
        return () if self.blank else self.together()

    def together(self) -> tuple[Fault, ...]:
        """Return all faults, but of those that exclude each other the first."""
        kept: list[Fault] = []
        for fault in self.faults:
            if not any(clash(fault, other) for other in kept):
                kept.append(fault)
        return tuple(kept)


def clash(one: Fault, other: Fault) -> bool:
    """Whether two faults cannot be in one workspace."""
    return other.id in one.excludes or one.id in other.excludes


def table(exercise: Exercise) -> FaultTable:
    """Return the exercise's faults and pools.

    Raises: InputError that names every problem with file and line, or where the solution is not here.
    """
    path = solution_of(exercise) / "faults.yaml"
    document = load_document(path, "faults")
    data = document.value
    found = FaultTable(
        tuple(_fault(exercise, entry) for entry in data["faults"]),
        {name: pool["draw"] for name, pool in data.get("pools", {}).items()},
        exercise.blank,
        tuple(map(tuple, data.get("short", ()))),
    )
    problems = [*_pool_problems(document, found), *_fault_problems(document, found), *_short_problems(document, found)]
    problems += _edit_problems(document, found, exercise)
    if problems:
        raise InputError("\n".join(f"{path}:{line}: {message}" for line, message in sorted(problems)))
    return found


def load(exercise: Exercise) -> tuple[Fault, ...]:
    """Return all faults of the exercise; see `table`."""
    return table(exercise).faults


def solution_of(exercise: Exercise) -> Path:
    """Return the folder of the exercise's solution.

    Raises: InputError where it is not on this machine.
    """
    if exercise.solution is None:
        raise InputError(
            f"the solution of {exercise.slug} is not on this machine; whoever gave you the exercise keeps it"
        )
    return exercise.solution


def _fault(exercise: Exercise, entry: Mapping[str, Any]) -> Fault:
    edits = tuple(Edit(**edit) for edit in entry["edits"])
    rest: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in entry.items() if key != "edits"
    }
    rest |= {"edits": edits, "claim": exercise.renaming.text(entry["claim"])}
    return Fault(**rest)


def _pool_problems(document: Document, known: FaultTable) -> Iterator[tuple[int, str]]:
    members = Counter(fault.pool for fault in known.faults)
    for name, draw in known.draws.items():
        if draw > members[name]:
            line = document.line_of(("pools", name))
            yield line, f"pool {name} is to draw {draw}, but holds {members[name]} faults"
    if not known.sets():
        yield document.line, "no variant can be drawn: faults that are drawn together exclude each other"


def _fault_problems(document: Document, known: FaultTable) -> Iterator[tuple[int, str]]:
    count = Counter(fault.id for fault in known.faults)
    for number, fault in enumerate(known.faults):
        line = document.line_of(("faults", number))
        if count[fault.id] > 1:
            yield line, f"{count[fault.id]} faults share the id {fault.id}"
        if fault.pool is not None and fault.pool not in known.draws:
            yield (
                document.line_of(("faults", number, "pool")),
                f"fault {fault.id} is of pool {fault.pool}, which is not declared",
            )
        for other in fault.excludes:
            if other not in count or other == fault.id:
                where = document.line_of(("faults", number, "excludes"))
                yield where, f"fault {fault.id} excludes {other}, which is no other fault"


def _short_problems(document: Document, known: FaultTable) -> Iterator[tuple[int, str]]:
    by_id = {fault.id: fault for fault in known.faults}
    for number, ids in enumerate(known.fit):
        line = document.line_of(("short", number))
        for name in ids:
            if name not in by_id:
                yield line, f"short.{number} names {name}, which is no fault"
        for one, other in itertools.combinations([by_id[name] for name in ids if name in by_id], 2):
            if clash(one, other):
                yield line, f"short.{number} has {one.id} and {other.id}, which exclude each other"


def _edit_problems(document: Document, known: FaultTable, exercise: Exercise) -> Iterator[tuple[int, str]]:
    files, faults = reference_texts(exercise), known.faults
    for number, fault in enumerate(faults):
        for index, edit in enumerate(fault.edits):
            line = document.line_of(("faults", number, "edits", index, "find"))
            if not exercise.may_edit(edit.file):
                yield line, f"fault {fault.id} changes {edit.file}, which the candidate may not edit"
            if (times := edit.times(files)) != 1:
                yield line, f"fault {fault.id}: its anchor stands {times} times in {edit.file}, not once: {edit.find!r}"
    places = [(place, number) for number, fault in enumerate(faults) for place in spans(files, fault.edits)]
    for (one, number), (other, later) in itertools.combinations(places, 2):
        first, second = faults[number], faults[later]
        if one.overlaps(other) and (number == later or not clash(first, second)):
            line = document.line_of(("faults", later))
            yield line, f"faults {first.id} and {second.id} change the same place in {one.file}"


def reference_files(exercise: Exercise) -> dict[str, str]:
    """Return the reference laid over the workspace's protected files, with the variant's names: text by path."""
    return broken_files(exercise, ())


def broken_files(exercise: Exercise, faults: Iterable[Fault]) -> dict[str, str]:
    """Return the workspace with these faults and the variant's names: text by path.

    Names are changed last, as anchors are written with the shipped ones.
    """
    files = inject(reference_texts(exercise), faults)
    return {path: exercise.renaming.text(text) for path, text in files.items()}


def deviating(exercise: Exercise, path: Path, told: Mapping[str, Any], left: Iterable[Fault] = ()) -> dict[str, str]:
    """Return a submission that a file tells as the reference but for `edits`, `files` and `remove`, with the faults that are `left` in it.

    Text by path, with the variant's names.

    Raises: InputError that names the file, where it does not fit the reference.
    """
    reference, removed = reference_texts(exercise), set(told.get("remove", ()))
    edits = [Edit(**edit) for edit in told.get("edits", ())]
    if unknown := sorted({*(edit.file for edit in edits), *removed} - reference.keys()):
        raise InputError(f"{path}:1: the reference has no {', '.join(unknown)}")
    files = {**edited(reference, {str(path): edits, **_named(left)}), **told.get("files", {})}
    return {name: exercise.renaming.text(text) for name, text in files.items() if name not in removed}


def texts(exercise: Exercise, folder: Path) -> dict[str, str]:
    """Return the text files below a folder of the exercise's solution, with the variant's names."""
    return {path: exercise.renaming.text(text) for path, text in listing.texts(listing.files(folder)).items()}


def reference_texts(exercise: Exercise) -> dict[str, str]:
    """Return the reference laid over the workspace's protected files, with the shipped names: what anchors stand in."""
    reference = solution_of(exercise) / "reference"
    if not reference.is_dir():
        raise InputError(
            f"{reference} is missing: a full fix, laid out as the workspace is, is what faults are put into"
        )
    fixed = listing.files(reference)
    covered = {name.partition("/")[0] for name in fixed}
    rest = {name: path for name, path in exercise.shipped_files.items() if name.partition("/")[0] not in covered}
    return listing.texts({**rest, **fixed})


def inject(files: Mapping[str, str], faults: Iterable[Fault]) -> dict[str, str]:
    """Return the files with the faults in them, in whatever order the faults come.

    Raises: InputError where an anchor does not stand exactly once, or two edits overlap.
    """
    return edited(files, _named(faults))


def _named(faults: Iterable[Fault]) -> dict[str, tuple[Edit, ...]]:
    """Return the edits of faults by what messages call them."""
    return {f"fault {fault.id}": fault.edits for fault in faults}
