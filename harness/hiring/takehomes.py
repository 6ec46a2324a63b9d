"""Take-homes that are ready to be pinned: a round.yaml with parts, but without kit, versions, seeds and contact, and a story."""

import difflib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

import yaml

from harness.core import versions
from harness.core.errors import InputError
from harness.exercises import exercise
from harness.hiring import rounds, tasks

SEEDS = 2**31
ROUND = "round.yaml"


@dataclass(frozen=True)
class Prepared:
    """One that the kit or a pack has, as its files say."""

    name: str
    text: str
    story: str

    @property
    def title(self) -> str:
        """What the story is called."""
        return rounds.headline(self.story)

    @property
    def parts(self) -> dict[str, str]:
        """Which exercise each part is, by the part's folder."""
        return {one["part"]: one["exercise"] for one in self._data["parts"]}

    @property
    def short(self) -> dict[str, int]:
        """How many faults each part draws that is a short form, by the part's folder."""
        return {one["part"]: one["short"] for one in self._data["parts"] if "short" in one}

    @property
    def time(self) -> str:
        """How long all of it is planned for, in words, by the estimates of its exercises."""
        return rounds.hours([self.minutes])

    @property
    def minutes(self) -> dict[str, Any]:
        """The sums of the estimates of its exercises; `piloted` where all of them are."""
        known: list[Mapping[str, Any]] = [
            tasks.SHORT_FORM if "short" in one else exercise.load(one["exercise"]).minutes
            for one in self._data["parts"]
        ]
        sums = {key: sum(one[key] for one in known) for key in ("from", "to")}
        return {**sums, "piloted": all(bool(one.get("piloted")) for one in known)}

    @property
    def told(self) -> str:
        """The story, with the first word of each name."""
        words = {name: one["to"][0] for name, one in self._data.get("names", {}).items()}
        return Template(self.story).safe_substitute(words)

    @property
    def _data(self) -> Mapping[str, Any]:
        data: Mapping[str, Any] = yaml.safe_load(self.text)
        return data

    def pinned(self) -> str:
        """Return its round.yaml for this kit: the exercises' versions as they are, and seeds that nobody knows."""

        def pin(found: re.Match[str]) -> str:
            indent, slug = found[1], found[2]
            seed = secrets.randbelow(SEEDS)
            return f"{found[0]}\n{indent}version: {exercise.load(slug).version}\n{indent}seed: {seed}"

        text = re.sub(r"^(\s+)exercise: (\S+).*$", pin, self.text, flags=re.MULTILINE)
        return re.sub(r"^round: .*$", rf"\g<0>\nkit: {versions.KIT}", text, flags=re.MULTILINE)


def names() -> dict[str, Path]:
    """Return the folders of all take-homes by name, in order; a pack's takes the place of one of the same name before it."""
    found = (path.parent for root in exercise.roots() for path in (root / "takehomes").glob(f"*/{ROUND}"))
    return dict(sorted({folder.name: folder for folder in found}.items()))


def load(name: str) -> Prepared:
    """Return the take-home of that name.

    Raises: InputError for an unknown one, with the nearest.
    """
    known = names()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise InputError(f"no take-home is called {name!r}; {hint}`breakfix list` shows them all")
    folder = known[name]
    return Prepared(name, (folder / ROUND).read_text("utf-8"), (folder / rounds.STORY).read_text("utf-8"))


def write(name: str, folder: Path) -> None:
    """Write a take-home's round.yaml, pinned, and its story into a folder.

    Raises: InputError where one of them is there already.
    """
    found = load(name)
    files = {ROUND: found.pinned(), rounds.STORY: found.story}
    there = [file for file in files if (folder / file).exists()]
    if there:
        raise InputError(f"{folder / there[0]} exists and is left as it is; name another folder with --output")
    folder.mkdir(parents=True, exist_ok=True)
    for file, text in files.items():
        (folder / file).write_text(text, "utf-8")
