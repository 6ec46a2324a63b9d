"""Hiring rounds: round.yaml pins what all candidates get; the ledger beside it keeps who got what under which id.

A round has one exercise, or parts: several tasks in folders of their own, under one story and one pass rule.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from string import Template
from typing import Any

from harness.core import artifacts, versions
from harness.core.errors import InputError
from harness.exercises import exercise, variants
from harness.exercises.exercise import Exercise
from harness.files.yamlfile import Document, Path_
from harness.hiring import sharednames, tasks
from harness.hiring.ledger import Entry, Ledger
from harness.hiring.sharednames import SharedName
from harness.hiring.tasks import Task
from harness.schemas import load_document

STORY = "story.md"
OF_A_PART = ("exercise", "version", "seed", "short", "voided")
NO_MARK = 0  # of a part by itself: its musts must hold, and its points count in the whole


@dataclass(frozen=True)
class Round:
    """One round: the same tasks, faults, pass mark and rules for all its candidates; `story` where it has parts."""

    path: Path
    round: str
    kit: str
    tasks: tuple[Task, ...]
    pass_mark: int
    ai_policy: str
    contact: str
    story: str = ""
    names: tuple[SharedName, ...] = ()

    @property
    def several(self) -> bool:
        """Whether it has parts."""
        return bool(self.story)

    @cached_property
    def label(self) -> str:
        """Which round this is, and what it pins: reports that differ here cannot be compared."""
        pins = [self.kit, *self.tasks[0].pins, str(self.pass_mark)]
        if self.several:
            parts = [json.dumps([one.folder, *one.pins, one.weight]) for one in self.tasks]
            pins = [self.kit, *parts, json.dumps([asdict(one) for one in self.names]), str(self.pass_mark)]
        return f"{self.round} {artifacts.digest(pins)}"

    @property
    def voided(self) -> dict[str, str]:
        """The checks that count for nobody, and why; of a part by the names that they have in the whole."""
        return {self.named(one, name): why for one in self.tasks for name, why in one.voided.items()}

    def named(self, task: Task, name: str) -> str:
        """Return what something of a task is called in the whole."""
        return f"{task.folder}.{name}" if self.several else name

    @property
    def title(self) -> str:
        """What the story is called, or the one exercise."""
        return headline(self.story) if self.several else self.shipped().title

    @property
    def time(self) -> str:
        """How long all of it is planned for, in words: by whole hours, where it has parts."""
        return hours([self.shipped(one).minutes for one in self.tasks]) if self.several else self.shipped().time

    @property
    def ledger(self) -> Ledger:
        """Who got what."""
        pinned = {one.folder: _pinned(one) for one in self.tasks}
        return Ledger(
            self.path.with_suffix(".ledger.jsonl"), of=self.path, label=self.round, kit=self.kit,
            pinned={"parts": pinned} if self.several else pinned[tasks.WHOLE],
            tasks=tuple((one.exercise, one.version) for one in self.tasks),
        )  # fmt: skip

    def task(self, folder: str) -> Task:
        """Return the task of a part.

        Raises: InputError where there is none of that name.
        """
        found = next((one for one in self.tasks if one.folder == folder), None)
        if found is None:
            named = ", ".join(one.folder for one in self.tasks)
            raise InputError(f"round {self.round} has no part {folder!r}; it has {named}")
        return found

    def shipped(self, task: Task | None = None) -> Exercise:
        """Return a task's exercise under its shipped names, with the round's faults and rules.

        Raises: InputError where this kit has another version of it.
        """
        return self._ruled((task or self.tasks[0]).load())

    def exercise_of(self, entry: Entry, task: Task | None = None) -> Exercise:
        """Return a task's exercise as one candidate has it: the round's faults under names of their own."""
        task = task or self.tasks[0]
        known = exercise.load(task.exercise)
        return self._ruled(task.ruled(variants.drawn(known, task.seed, entry.names, self.shared(entry, task))))

    def shared(self, entry: Entry, task: Task) -> dict[str, str]:
        """Return what shipped names of a part become by the names that the parts share."""
        return sharednames.of_part(self.names, self._words(entry), task.folder)

    def story_of(self, entry: Entry) -> str:
        """Return the story as one candidate reads it, with the words of its names."""
        return Template(self.story).substitute(self._words(entry))

    def _words(self, entry: Entry) -> dict[str, str]:
        return sharednames.drawn(self.names, self.round, entry.names)

    def _ruled(self, one: Exercise) -> Exercise:
        return replace(one, pass_mark=NO_MARK if self.several else self.pass_mark, ai_policy=self.ai_policy)


def hours(minutes: Iterable[Mapping[str, Any]]) -> str:
    """Return how long all of several tasks are planned for, in words and by whole hours."""
    known = list(minutes)
    least, most = (sum(one[key] for one in known) for key in ("from", "to"))
    return exercise.in_words(least - least % 60, most + -most % 60)


def headline(story: str) -> str:
    """Return the heading of a story; '' where it begins with none."""
    first = story.lstrip().partition("\n")[0]
    return first.removeprefix("# ").strip() if first.startswith("# ") else ""


def _pinned(task: Task) -> dict[str, Any]:
    short = {"short": task.short} if task.short else {}
    return {"exercise": task.exercise, "version": task.version, "seed": task.seed, **short}


def load(path: Path) -> Round:
    """Return the round that a round.yaml declares.

    Raises: InputError that names every problem with file and line.
    """
    document = load_document(path, "round")
    data: Mapping[str, Any] = document.value
    known = [tasks.read(one) for one in data.get("parts", [data])]
    names = sharednames.read(data.get("names", {}))
    problems = [*_problems(document, known)]
    story = _story(path) if "parts" in data else ""
    if "parts" in data and not problems:
        problems += [*sharednames.problems(document, names, known), *_story_problems(document, story, names)]
    if problems:
        raise InputError("\n".join(f"{path}:{line}: {message}" for line, message in problems))
    own = {name: data[name] for name in ("round", "kit", "pass_mark", "ai_policy", "contact")}
    return Round(path=path.resolve(), tasks=tuple(known), story=story, names=names, **own)


def _story(path: Path) -> str:
    place = path.parent / STORY
    if not place.is_file():
        raise InputError(f"{place} is missing: a round with parts has a page that tells their story, beside its file")
    return place.read_text("utf-8")


def _problems(document: Document, known: list[Task]) -> Iterator[tuple[int, str]]:
    """Yield what the schema cannot see: line and message."""
    data = document.value
    if data["kit"] != versions.KIT:
        told = f"the round is pinned to kit {data['kit']}, and this is {versions.KIT}; go on with the kit it began with"
        yield document.line_of(("kit",)), told
    misplaced = OF_A_PART if "parts" in data else ("names",)
    for key in [key for key in misplaced if key in data]:
        told = "belongs into a part, where there are parts" if "parts" in data else "is of a round that has parts"
        yield document.line_of((key,)), f"{key} {told}"
    folders, slugs = [one.folder for one in known], [one.exercise for one in known]
    for number, task in enumerate(known):
        at: Path_ = ("parts", number) if "parts" in data else ()
        yield from tasks.problems(document, at, task)
        if task.folder in folders[:number]:
            yield document.line_of((*at, "part")), f"two parts are called {task.folder!r}"
        if task.exercise in slugs[:number]:
            yield document.line_of((*at, "exercise")), f"{task.exercise} is in two parts; each exercise can be in one"


def _story_problems(document: Document, story: str, names: tuple[SharedName, ...]) -> Iterator[tuple[int, str]]:
    if not headline(story):
        yield document.line, f"{STORY} does not begin with a heading: `# ` and what the whole is called"
    template = Template(story)
    strays = set(template.get_identifiers()) - {one.name for one in names} if template.is_valid() else {"$"}
    if strays:
        told = "write $$ for a dollar, and declare the others under `names`"
        yield (
            document.line,
            f"{STORY} has words that are none of the round's names: {', '.join(sorted(strays))}; {told}",
        )
