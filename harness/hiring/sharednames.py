"""Names that the parts of a round share, so that they read as one platform: one word, drawn for each candidate."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.core import listing
from harness.exercises import exercise as exercises
from harness.exercises import faults, variants
from harness.exercises.exercise import Exercise
from harness.files.yamlfile import Document
from harness.hiring.tasks import Task

PLACE = "{}"  # where the word stands in what a part makes of it


@dataclass(frozen=True)
class SharedName:
    """A word of which one is drawn, and what each part calls after it: shipped names and what they become, by folder."""

    name: str
    to: tuple[str, ...]
    parts: Mapping[str, Mapping[str, str]]

    def made(self, folder: str, word: str) -> dict[str, str]:
        """Return what the names of a part become, by the shipped ones."""
        return {old: form.replace(PLACE, word) for old, form in self.parts.get(folder, {}).items()}


def read(data: Mapping[str, Any]) -> tuple[SharedName, ...]:
    """Return the names that a round.yaml shares."""
    return tuple(SharedName(name, tuple(one["to"]), one["parts"]) for name, one in data.items())


def drawn(known: Sequence[SharedName], label: str, seed: int) -> dict[str, str]:
    """Return which word each name has for a candidate, whose names come from this seed."""
    return {one.name: one.to[variants.Draws(label, one.name, seed).below(len(one.to))] for one in known}


def of_part(known: Sequence[SharedName], words: Mapping[str, str], folder: str) -> dict[str, str]:
    """Return what the shipped names of a part become."""
    return {old: new for one in known for old, new in one.made(folder, words[one.name]).items()}


def problems(document: Document, known: Sequence[SharedName], tasks: Sequence[Task]) -> Iterator[tuple[int, str]]:
    """Yield what would make names that no exercise can have: line and message."""
    there = {task.folder: exercises.load(task.exercise) for task in tasks}
    texts = {folder: _words(exercise) for folder, exercise in there.items()}
    taken: Counter[tuple[str, str]] = Counter(
        (folder, old) for one in known for folder in one.parts for old in one.parts[folder]
    )
    for one in known:
        for folder, forms in one.parts.items():
            line = document.line_of(("names", one.name, "parts", folder))
            if folder not in there:
                yield line, f"names.{one.name}: no part is called {folder!r}"
                continue
            for old in forms:
                if old not in there[folder].names:
                    yield line, f"names.{one.name}: {there[folder].slug} has no name {old!r} that could be another"
                if taken[folder, old] > 1:
                    yield line, f"names.{one.name}: {old} of {folder} is named twice"
            for new in {new for word in one.to for new in one.made(folder, word).values()}:
                if not variants.NAME.fullmatch(new):
                    yield (
                        line,
                        f"names.{one.name}: {new!r} is no name: lower-case words joined by '-', 40 characters at most",
                    )
                elif new in texts[folder]:
                    yield (
                        line,
                        f"names.{one.name}: {new} stands in {there[folder].slug} already, and means something else there",
                    )
    yield from _meeting(document, known, there)


def _words(exercise: Exercise) -> set[str]:
    """Return all words of an exercise and its solution: its table of names is among them."""
    tops = [exercise.folder, *([faults.solution_of(exercise)] if exercise.solution else [])]
    files = [path for top in tops for name, path in listing.files(top).items() if not name.endswith(".csv")]
    return {word for path in files for word in re.findall(r"[A-Za-z0-9_-]+", path.read_text("utf-8", "replace"))}


def _meeting(
    document: Document, known: Sequence[SharedName], there: Mapping[str, Exercise]
) -> Iterator[tuple[int, str]]:
    """Tell of names that would be one for two things: in a part, or of two parts' namespaces, which share a cluster."""
    made: dict[tuple[str, str], set[str]] = {}  # by who has a name there, and the name: which shipped ones it is of
    for one in known:
        for folder in one.parts.keys() & there.keys():
            for word in one.to:
                for old, new in one.made(folder, word).items():
                    made.setdefault((folder, new), set()).add(old)
                    if old in there[folder].namespaces:
                        made.setdefault(("", new), set()).add(f"{folder}/{old}")
    for (_, new), olds in made.items():
        if len(olds) > 1:
            yield document.line_of(("names",)), f"names: {new} would be {' and '.join(sorted(olds))} at once"
