"""Hiring rounds: round.yaml pins what all candidates get; the ledger beside it keeps who got what under which id."""

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from harness import artifacts, exercise, tokens, variants, versions
from harness.errors import InputError
from harness.exercise import Exercise
from harness.marker import Marker
from harness.schemas import load_document
from harness.yamlfile import Document

ID_LENGTH = 10  # letters and digits: enough that nobody meets another's id by guessing
NAMES = 2**48  # seeds for names; which one a candidate has says nothing of the round's faults


@dataclass(frozen=True)
class Round:
    """One round: the same exercise, faults, pass mark and rules for all its candidates; `voided` maps checks to reasons."""

    path: Path
    round: str
    kit: str
    exercise: str
    version: int
    seed: int
    pass_mark: int
    ai_policy: str
    contact: str
    voided: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def label(self) -> str:
        """Which round this is, and what it pins: reports that differ here cannot be compared."""
        pins = [self.kit, self.exercise, str(self.version), str(self.seed), str(self.pass_mark)]
        return f"{self.round} {artifacts.digest(pins)}"

    @property
    def ledger(self) -> "Ledger":
        """Who got what."""
        return Ledger(self, self.path.with_suffix(".ledger.jsonl"))

    def shipped(self) -> Exercise:
        """Return the round's exercise under its shipped names, with the round's faults and rules.

        Raises: InputError where this kit has another version of it.
        """
        return self._ruled(variants.load(self.exercise))

    def exercise_of(self, entry: "Entry") -> Exercise:
        """Return the exercise as one candidate has it: the round's faults under names of their own."""
        return self._ruled(variants.drawn(exercise.load(self.exercise), self.seed, entry.names))

    def _ruled(self, one: Exercise) -> Exercise:
        return replace(one, seed=self.seed, pass_mark=self.pass_mark, ai_policy=self.ai_policy, voided=self.voided)


@dataclass(frozen=True)
class Entry:
    """One candidate: the opaque `id` that their files carry, and who they are to the team; `names` is a seed.

    `extra_minutes` are theirs beyond the exercise's own time. A later line of the same id takes the place of an earlier one.
    """

    id: str
    candidate: str
    round: str
    exercise: str
    version: int
    seed: int
    names: int
    kit: str
    made: str
    extra_minutes: int = 0


def load(path: Path) -> Round:
    """Return the round that a round.yaml declares.

    Raises: InputError that names every problem with file and line.
    """
    document = load_document(path, "round")
    problems = list(_problems(document))
    if problems:
        raise InputError("\n".join(f"{path}:{line}: {message}" for line, message in problems))
    return Round(path=path.resolve(), **document.value)


def _problems(document: Document) -> Iterator[tuple[int, str]]:
    """Yield what the schema cannot see: line and message."""
    data = document.value
    if data["kit"] != versions.KIT:
        told = f"the round is pinned to kit {data['kit']}, and this is {versions.KIT}; go on with the kit it began with"
        yield document.line_of(("kit",)), told
    if data["exercise"] not in exercise.slugs():
        told = f"no exercise is called {data['exercise']!r}; --pack adds those of a pack"
        yield document.line_of(("exercise",)), told
        return
    here = exercise.load(data["exercise"]).version
    if data["version"] != here:
        told = (
            f"the round is pinned to version {data['version']} of {data['exercise']}, and this kit has version {here}"
        )
        yield document.line_of(("version",)), told


class Ledger:
    """The file of a round's candidates: one JSON object a line, only ever added to, under a lock."""

    def __init__(self, of: Round, path: Path) -> None:
        self._round = of
        self.path = path

    def entries(self) -> list[Entry]:
        """Return all candidates in the order of their bundles.

        Raises: InputError for a line that cannot be read, or that is of another round.
        """
        if not self.path.exists():
            return []
        lines = enumerate(self.path.read_text("utf-8").splitlines(), 1)
        return list({entry.id: entry for entry in (self._entry(number, line) for number, line in lines)}.values())

    def _entry(self, number: int, line: str) -> Entry:
        try:
            found = Entry(**json.loads(line))
        except (ValueError, TypeError) as problem:
            raise InputError(f"{self.path}:{number}: cannot be read ({problem}); mend or remove this line") from problem
        if type(found.extra_minutes) is not int or found.extra_minutes < 0:
            raise InputError(f"{self.path}:{number}: extra_minutes is no whole number from 0; mend this line")
        pins = (self._round.round, self._round.exercise, self._round.version, self._round.seed, self._round.kit)
        if (found.round, found.exercise, found.version, found.seed, found.kit) != pins:
            raise InputError(
                f"{self.path}:{number}: bundle {found.id} was made with another {self._round.path.name}: a round's kit, "
                "exercise, version and seed stay as they are; begin a new round in a file of its own"
            )
        return found

    def add(self, candidate: str, extra_minutes: int | None = None) -> Entry:
        """Return the candidate's entry, made now where there is none; None leaves the minutes that they have."""
        with artifacts.locked(self.path.with_suffix(".lock")):
            known = self.entries()
            found = next((one for one in known if one.candidate == candidate), None)
            wanted = found or self._new(candidate)
            if extra_minutes is not None:
                wanted = replace(wanted, extra_minutes=extra_minutes)
            if wanted != found:
                with self.path.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(asdict(wanted)) + "\n")
        return wanted

    def _new(self, candidate: str) -> Entry:
        one = self._round
        return Entry(
            id=tokens.fresh(ID_LENGTH), candidate=candidate, round=one.round, exercise=one.exercise, version=one.version,
            seed=one.seed, names=secrets.randbelow(NAMES), kit=one.kit,
            made=datetime.now(UTC).isoformat(timespec="seconds"),
        )  # fmt: skip

    def find(self, name: str) -> Entry:
        """Return the entry with this opaque id.

        Raises: InputError where there is none.
        """
        for one in self.entries():
            if one.id == name:
                return one
        raise InputError(
            f"no bundle of round {self._round.round} has the id {name!r} (see {self.path}): it is of another round, or its "
            ".breakfix.json was edited; where you know whose it is, say so with --candidate"
        )

    def told(self, marker: Marker) -> Entry:
        """Return the entry of the id that a submission's marker tells; nothing else that it says counts.

        Raises: InputError where it tells none of this round, or speaks of another exercise, version or kit.
        """
        if not marker.candidate:
            raise InputError(
                f"the submission has no candidate's id, so it is no bundle of round {self._round.round}; "
                "where you know whose it is, say so with --candidate"
            )
        found = self.find(marker.candidate)
        said, wanted = (marker.slug, marker.version, marker.kit), (found.exercise, found.version, found.kit)
        if said != wanted:
            raise InputError(
                f"the submission of {found.id} says that it is {said[0]} version {said[1]} of kit {said[2]}, and the bundle "
                f"was {wanted[0]} version {wanted[1]} of kit {wanted[2]}: its .breakfix.json was edited or is another's; "
                f"to grade it nevertheless: --candidate {found.id}"
            )
        return found
