"""A round's ledger: who got what under which opaque id; it stands beside round.yaml and never goes to a candidate."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness.core import artifacts
from harness.core.errors import InputError
from harness.exercises.marker import Marker
from harness.files import tokens

ID_LENGTH = 10  # letters and digits: enough that nobody meets another's id by guessing
NAMES = 2**48  # seeds for names; which one a candidate has says nothing of the round's faults
OWN = ("id", "candidate", "round", "names", "kit", "made")
EXTRA = "extra_minutes"  # which lines of an older kit do not have


@dataclass(frozen=True)
class Entry:
    """One candidate: the opaque `id` that their files carry, and who they are to the team; `names` is a seed.

    `pinned` is what the round fixes of its exercise or its parts, as the ledger has it. `extra_minutes` are theirs beyond the
    round's own time. A later line of the same id takes the place of an earlier one.
    """

    id: str
    candidate: str
    round: str
    names: int
    kit: str
    made: str
    pinned: Mapping[str, Any]
    extra_minutes: int = 0


class Ledger:
    """The file of a round's candidates: one JSON object a line, only ever added to, under a lock.

    `pinned` is what all entries have in common, `tasks` are the exercises (slug and version) that a submission may say it is of.
    """

    def __init__(
        self,
        path: Path,
        *,
        of: Path,
        label: str,
        kit: str,
        pinned: Mapping[str, Any],
        tasks: tuple[tuple[str, int], ...],
    ) -> None:
        self.path = path
        self._of = of
        self._round = label
        self._kit = kit
        self._pinned = pinned
        self._tasks = tasks

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
            data = json.loads(line)
            found = Entry(**{key: data.pop(key) for key in OWN}, extra_minutes=data.pop(EXTRA, 0), pinned=data)
        except (ValueError, TypeError, KeyError, AttributeError) as problem:
            raise InputError(f"{self.path}:{number}: cannot be read ({problem}); mend or remove this line") from problem
        if type(found.extra_minutes) is not int or found.extra_minutes < 0:
            raise InputError(f"{self.path}:{number}: {EXTRA} is no whole number from 0; mend this line")
        if (found.round, found.kit, found.pinned) != (self._round, self._kit, self._pinned):
            raise InputError(
                f"{self.path}:{number}: bundle {found.id} was made with another {self._of.name}: a round's kit, "
                "exercise, version and seed stay as they are; begin a new round in a file of its own"
            )
        return found

    def add(self, candidate: str, extra_minutes: int | None = None) -> Entry:
        """Return the candidate's entry, made now where there is none; None leaves the minutes that they have."""
        with artifacts.locked(self.path.with_suffix(".lock")):
            found = next((one for one in self.entries() if one.candidate == candidate), None)
            wanted = found or self._new(candidate)
            if extra_minutes is not None:
                wanted = replace(wanted, extra_minutes=extra_minutes)
            if wanted != found:
                with self.path.open("a", encoding="utf-8") as file:
                    file.write(_line(wanted) + "\n")
        return wanted

    def _new(self, candidate: str) -> Entry:
        return Entry(
            id=tokens.fresh(ID_LENGTH), candidate=candidate, round=self._round, names=secrets.randbelow(NAMES), kit=self._kit,
            made=datetime.now(UTC).isoformat(timespec="seconds"), pinned=self._pinned,
        )  # fmt: skip

    def find(self, name: str) -> Entry:
        """Return the entry with this opaque id.

        Raises: InputError where there is none.
        """
        for one in self.entries():
            if one.id == name:
                return one
        raise InputError(
            f"no bundle of round {self._round} has the id {name!r} (see {self.path}): it is of another round, or its "
            ".breakfix.json was edited; where you know whose it is, say so with --candidate"
        )

    def told(self, marker: Marker) -> Entry:
        """Return the entry of the id that a submission's marker tells; nothing else that it says counts.

        Raises: InputError where it tells none of this round, or speaks of another exercise, version or kit.
        """
        if not marker.candidate:
            raise InputError(
                f"the submission has no candidate's id, so it is no bundle of round {self._round}; "
                "where you know whose it is, say so with --candidate"
            )
        found = self.find(marker.candidate)
        if (marker.slug, marker.version) not in self._tasks or marker.kit != self._kit:
            was = ", ".join(f"{slug} version {version}" for slug, version in self._tasks)
            raise InputError(
                f"the submission of {found.id} says that it is {marker.slug} version {marker.version} of kit {marker.kit}, and "
                f"the bundle was {was} of kit {self._kit}: its .breakfix.json was edited or is another's; "
                f"to grade it nevertheless: --candidate {found.id}"
            )
        return found


def _line(entry: Entry) -> str:
    own = {key: getattr(entry, key) for key in (*OWN, EXTRA)}
    first = {key: own.pop(key) for key in OWN[:3]}
    return json.dumps({**first, **entry.pinned, **own})
