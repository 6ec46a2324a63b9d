"""Which place of a folder or an archive is the workspace: people pack it one or two folders down, or with much beside it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from harness.exercises.exercise import Exercise
from harness.exercises.marker import MARKER, PARTS
from harness.intake.clutter import is_clutter

DEEPEST = 4  # folders that a workspace may stand below
USUAL = "workspace"  # what a bundle calls it
ASIDE = ".before-reset-"  # in the names of folders that `breakfix reset` makes
TOP = PurePosixPath()


@dataclass(frozen=True)
class Found:
    """The workspace's place; `others` look as much like it, and `beside` hold files like its own."""

    place: PurePosixPath
    others: tuple[PurePosixPath, ...] = ()
    beside: tuple[PurePosixPath, ...] = ()

    def below(self, top: PurePosixPath) -> "Found":
        """Return the same, as it is from above `top`, below which it was looked for."""
        others, beside = (tuple(top / one for one in places) for places in (self.others, self.beside))
        return Found(top / self.place, others, beside)

    @property
    def equals(self) -> str:
        """All places that look like the workspace, for a message."""
        return listed((self.place, *self.others))


@dataclass(frozen=True)
class Corner:
    """Where one part of a take-home is to be found: its folder, and those of all parts."""

    folder: str
    folders: tuple[str, ...]

    def of(self, names: Iterable[str]) -> tuple[PurePosixPath, list[str]]:
        """Return the part's place, and the names below it as they are from there.

        The place is beside the parts' marker; where there is none, it is the uppermost folder of that name in no other part.
        """
        paths = list(_paths(names))
        tops = [path.parent for path in paths if path.name == PARTS and len(path.parts) <= DEEPEST + 1]
        places = [top / self.folder for top in tops] or [place for path in paths if (place := self._above(path))]
        place = min(places, key=lambda one: (len(one.parts), one), default=TOP / self.folder)
        return place, [str(path.relative_to(place)) for path in paths if path.is_relative_to(place) and path != place]

    def _above(self, path: PurePosixPath) -> PurePosixPath | None:
        """Return the folder of this part that a file is in; None where it is in none, or in another part."""
        folders = path.parts[:-1][: DEEPEST + 1]
        first = next((number for number, name in enumerate(folders) if name in self.folders), None)
        return None if first is None or folders[first] != self.folder else PurePosixPath(*folders[: first + 1])


def listed(places: Iterable[PurePosixPath]) -> str:
    """Return places for a message."""
    return ", ".join(f"{place}/" if place != TOP else "./" for place in sorted(places)[:6])


def marked(names: Iterable[str]) -> tuple[PurePosixPath, ...]:
    """Return the places with a marker that are the likeliest workspaces: more than one where nothing tells them apart."""
    places = [path.parent for path in _paths(names) if path.name == MARKER and len(path.parts) <= DEEPEST + 1]
    return _likeliest(places)


def find(names: Iterable[str], exercise: Exercise) -> Found:
    """Return where the exercise's workspace is; at the top where nothing looks like it."""
    shipped = set(exercise.shipped_files)
    markers: set[PurePosixPath] = set()
    editable: Counter[PurePosixPath] = Counter()
    known: Counter[PurePosixPath] = Counter()
    for path in _paths(names):
        if path.name == MARKER:
            markers.add(path.parent)
        for depth in range(min(DEEPEST, len(path.parts) - 1) + 1):
            rest = "/".join(path.parts[depth:])
            if rest in shipped and not exercise.may_edit(rest):
                break  # it belongs to the workspace as it is, whatever its inner folders look like
            if exercise.may_edit(rest):
                place = PurePosixPath(*path.parts[:depth])
                editable[place] += 1
                known[place] += rest in shipped
                break
    like = {place for place in known if known[place]}
    chosen = next((places for places in (
        markers & set(editable), like, markers, set(editable)
    ) if places), {TOP})  # fmt: skip
    best = _likeliest(chosen)
    beside = tuple(sorted(one for one in like - {*best} if not _is_aside(one)))
    return Found(best[0], best[1:], beside)


def _paths(names: Iterable[str]) -> Iterable[PurePosixPath]:
    for name in names:
        path = PurePosixPath(name)
        if not is_clutter(path.parts):
            yield path


def _likeliest(places: Iterable[PurePosixPath]) -> tuple[PurePosixPath, ...]:
    """Return the uppermost of some places; of those, what reset moved aside counts last, and `workspace` first."""
    known = sorted(set(places), key=lambda place: (len(place.parts), place))
    level = [place for place in known if len(place.parts) == len(known[0].parts)]
    level = [place for place in level if not _is_aside(place)] or level
    usual = [place for place in level if place.name == USUAL]
    return tuple(usual if len(usual) == 1 else level)


def _is_aside(place: PurePosixPath) -> bool:
    return any(ASIDE in part for part in place.parts)


def same(contents: Sequence[bytes]) -> bool:
    """Whether several markers say the same."""
    return len(set(contents)) <= 1
