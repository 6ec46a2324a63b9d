"""The cases that prove an exercise: what is submitted, and what the grader must say of it."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import chain
from pathlib import Path

import yaml

from grader.proof import deviations
from harness.exercises import faults, variants, worlds
from harness.exercises.exercise import Exercise
from harness.exercises.faults import Fault

CHAIN = 3  # partial fixes that are sampled, each one fault fewer than the one before


class Kind(StrEnum):
    """What a case is, and so what is expected of it."""

    BROKEN = "broken"
    GOOD = "good"
    CHEAT = "cheat"
    FAULT = "fault"
    PARTIAL = "partial"
    ODD = "odd"


@dataclass(frozen=True, eq=False)
class Case:
    """One submission with what must become of it.

    `files` is the submitted folder: bytes by path. `faults` maps the faults in it to the checks they declare.
    `rejected_by` is the check that a cheat names. `after` names the case that must score less.
    """

    name: str
    kind: Kind
    exercise: Exercise
    files: Mapping[str, bytes]
    faults: Mapping[str, tuple[str, ...]]
    rejected_by: str = ""
    after: str = ""

    @property
    def declared(self) -> set[str]:
        """The checks that its faults declare to fail."""
        return set(chain(*self.faults.values()))

    def write(self, folder: Path) -> None:
        """Write the submitted folder."""
        for path, data in self.files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)


def all_cases(exercise: Exercise) -> list[Case]:
    """Return the cases of an exercise: broken, good, cheats, outsiders', each fault alone, partial fixes, odd submissions.

    Raises: InputError where the solution is not here, or is no solution.
    """
    known = faults.load(exercise)
    handed_over = faults.table(exercise).together() if exercise.blank else variants.faults_of(exercise, exercise.seed)
    return [
        _blank(exercise) if exercise.blank else _faulty(exercise, "broken", Kind.BROKEN, handed_over),
        *_good(exercise),
        *_cheats(exercise),
        *_wild(exercise),
        *(_faulty(exercise, f"{exercise.flaws[:-1]} {fault.id}", Kind.FAULT, (fault,)) for fault in known),
        *_partial(exercise, handed_over),
        *_odd(exercise),
    ]


def for_policy(cases: Sequence[Case], live: AbstractSet[str]) -> list[Case]:
    """Return the cases as the policy stage alone can judge them, without what only the `live` checks can show."""
    judged = [
        replace(case, faults={fault: tuple(set(checks) - live) for fault, checks in case.faults.items()})
        for case in cases
        if case.rejected_by not in live
    ]
    kept = [case for case in judged if all(case.faults.values())]
    names = {case.name for case in kept}
    return [replace(case, after=case.after if case.after in names else "") for case in kept]


def by_files(cases: Sequence[Case], live: AbstractSet[str]) -> set[Case]:
    """Return the cheats that a check of files rejects: no play can change that, so that one is enough."""
    return {case for case in cases if case.kind is Kind.CHEAT and case.rejected_by not in live}


def _faulty(exercise: Exercise, name: str, kind: Kind, found: tuple[Fault, ...], after: str = "") -> Case:
    texts = faults.broken_files(exercise, found)
    return Case(name, kind, exercise, _encoded(exercise, texts), {one.id: one.caught_by for one in found}, after=after)


def _blank(exercise: Exercise) -> Case:
    """Return the workspace as it is handed out: it breaks nothing, and must not pass."""
    return Case("blank", Kind.ODD, exercise, variants.workspace_files(exercise), {})


def _encoded(exercise: Exercise, texts: Mapping[str, str]) -> dict[str, bytes]:
    return {path: text.encode() for path, text in worlds.filled(exercise, texts).items()}


def _good(exercise: Exercise) -> Iterator[Case]:
    yield Case("reference", Kind.GOOD, exercise, _encoded(exercise, faults.reference_files(exercise)), {})
    for folder in sorted((exercise.solution or Path()).glob("alternatives/*/")):
        yield Case(
            f"alternative {folder.name}", Kind.GOOD, exercise, _encoded(exercise, faults.texts(exercise, folder)), {}
        )


def _cheats(exercise: Exercise) -> Iterator[Case]:
    for cheat in deviations.cheats(exercise):
        yield Case(
            f"cheat {cheat.name}",
            Kind.CHEAT,
            exercise,
            _encoded(exercise, cheat.files),
            {},
            rejected_by=cheat.rejected_by,
        )


def _wild(exercise: Exercise) -> Iterator[Case]:
    """Yield what outsiders handed in: right ones, which pass everything, and wrong ones, which a must check rejects."""
    for told in deviations.wild(exercise):
        kind = Kind.CHEAT if told.rejected_by else Kind.GOOD
        yield Case(
            f"wild {told.name}", kind, exercise, _encoded(exercise, told.files), {}, rejected_by=told.rejected_by
        )


def _partial(exercise: Exercise, known: tuple[Fault, ...]) -> Iterator[Case]:
    """Yield a chain of partial fixes: half of the faults, in an order that depends on the exercise alone, then fewer."""
    order = sorted(known, key=lambda fault: hashlib.sha256(f"{exercise.slug} {fault.id}".encode()).digest())
    before = "" if exercise.blank else "broken"
    for left in range(min(len(order) - 1, len(order) // 2 + CHAIN // 2), 0, -1)[:CHAIN]:
        chosen = tuple(fault for fault in known if fault in order[:left])
        case = _faulty(exercise, f"partial {left} of {len(order)} {exercise.flaws}", Kind.PARTIAL, chosen, before)
        before = case.name
        yield case


def _odd(exercise: Exercise) -> Iterator[Case]:
    reference = _encoded(exercise, faults.reference_files(exercise))
    yield Case("nothing", Kind.ODD, exercise, {}, {})
    yield Case("empty files", Kind.ODD, exercise, dict.fromkeys(reference, b""), {})
    yield Case(
        "cut off",
        Kind.ODD,
        exercise,
        {path: data[: len(data) // 2] + b"\n  : [" for path, data in reference.items()},
        {},
    )
    yield Case(
        "swapped types", Kind.ODD, exercise, {path: _swapped(path, data) for path, data in reference.items()}, {}
    )


def _swapped(path: str, data: bytes) -> bytes:
    """Return the documents with each object's spec, data, jobs or evidence turned into a list, of HCL all texts; the rest stays."""
    if path.endswith(".tf"):
        return re.sub(rb'= "[^"\n]*"', b"= [7]", data)
    if not path.endswith((".yaml", ".yml")):
        return data
    # The key `on` of a workflow is a truth value to YAML 1.1.
    found = [
        {"on" if key is True else key: value for key, value in one.items()} if isinstance(one, dict) else one
        for one in yaml.safe_load_all(data)
    ]
    for one in found:
        for field in ("spec", "data", "stringData", "jobs", "evidence"):
            if isinstance(one, dict) and field in one:
                one[field] = [one[field]]
    return yaml.safe_dump_all(found).encode()
