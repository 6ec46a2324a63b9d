"""Anchored text edits: each names the one place in a file that it replaces, so that edits combine in any order."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness.core.errors import InputError


@dataclass(frozen=True)
class Edit:
    """Replace the one place in a file where `find` stands by `replace`."""

    file: str
    find: str
    replace: str

    def times(self, files: Mapping[str, str]) -> int:
        """Return how often the anchor stands in its file."""
        return files.get(self.file, "").count(self.find)


@dataclass(frozen=True)
class Span:
    """The place of an edit in a file's text."""

    file: str
    start: int
    end: int
    text: str

    def overlaps(self, other: "Span") -> bool:
        """Whether both edits change the same characters."""
        return self.file == other.file and self.start < other.end and other.start < self.end


def spans(files: Mapping[str, str], edits: Iterable[Edit]) -> list[Span]:
    """Return the places of edits, those left out whose anchor does not stand exactly once."""
    found = [(edit, files[edit.file].index(edit.find)) for edit in edits if edit.times(files) == 1]
    return [Span(edit.file, start, start + len(edit.find), edit.replace) for edit, start in found]


def edited(files: Mapping[str, str], edits: Mapping[str, Sequence[Edit]]) -> dict[str, str]:
    """Return the files with all edits made; `edits` is by the names that a message calls them.

    Raises: InputError where an anchor does not stand exactly once, or two edits overlap.
    """
    found: list[tuple[Span, str]] = []
    for name, own in edits.items():
        for edit in own:
            if (times := edit.times(files)) != 1:
                raise InputError(f"{name}: its anchor stands {times} times in {edit.file}, not once: {edit.find!r}")
        found += [(span, name) for span in spans(files, own)]
    found.sort(key=lambda one: (one[0].file, one[0].start))
    for (one, first), (other, second) in itertools.pairwise(found):
        if one.overlaps(other):
            raise InputError(f"{first} and {second} change the same place in {one.file}")
    result = dict(files)
    for span, _ in reversed(found):
        text = result[span.file]
        result[span.file] = text[: span.start] + span.text + text[span.end :]
    return result
