"""Files that were handed in and not read: each that may have been meant as a fix is named, with what to do about it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import PurePosixPath

from harness.exercises.exercise import Exercise
from harness.files.manifests import Manifest
from harness.files.yamlfile import Problem
from harness.intake.foreigners import CHARTS, KUSTOMIZATIONS
from harness.intake.reading import reading_of
from harness.intake.workplace import DEEPEST

MOST = 12  # files or folders that are named, each in a line of its own
SOURCES = (".yaml", ".yml", ".json", ".py", ".sh")
TRAILING = (".txt", ".bak", ".orig", ".new", ".fixed", ".tpl", ".tmpl", ".j2")  # behind the ending that counts
ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".7z", ".rar", ".xz", ".bz2")


class Unread:
    """The unread files of a submission; `handed_out` maps the files that may be edited to their objects as shipped."""

    def __init__(
        self,
        exercise: Exercise,
        paths: Sequence[str],
        handed_out: Mapping[str, Sequence[Manifest]],
        objects: Sequence[Manifest],
    ) -> None:
        self._exercise = exercise
        self._paths = sorted(set(paths))
        self._handed_out = handed_out
        self._there = {(one.kind, one.name) for one in objects}
        self._charts = {PurePosixPath(path).parent for path in self._paths if PurePosixPath(path).name in CHARTS}
        self._told = {path: why for path in self._paths if (why := self._why(PurePosixPath(path)))}

    @property
    def meant(self) -> list[str]:
        """The files that may have been meant as a fix."""
        return list(self._told)

    def problems(self, editable: AbstractSet[str]) -> list[Problem]:
        """Return a problem for each file that stands where one with objects that are missing now was handed out."""
        return [
            Problem(path, 1, f"{why}; {stood} and objects of it are missing")
            for path, why in self._told.items()
            if (stood := self._stood_for(path, editable))
        ][:MOST]

    def notes(self, editable: AbstractSet[str]) -> list[str]:
        """Return a line for each of the others; folders full of what nobody meant have one together."""
        meant = [f"{path} {why}" for path, why in self._told.items() if not self._stood_for(path, editable)]
        rest = list(self._grouped())
        return [*_at_most(meant, "that may have been meant"), *_at_most(rest, "that are not part of the exercise")]

    def _why(self, path: PurePosixPath) -> str:
        """Return why a file that may have been meant was not read, and what to do; nothing of any other."""
        wanted = " or ".join(self._exercise.editable)
        objects = reading_of(self._exercise.venue).objects
        name = path.name.casefold()
        source = name.endswith(SOURCES)
        stem = next((name.removesuffix(end) for end in TRAILING if name.endswith(end)), "")
        whys = (
            (
                bool(self._below(path)),
                f"is a file where the folder {path}/ belongs; put what it holds into files that match {wanted}",
            ),
            (
                (place := self._too_deep(path)) != "",
                f"was not read: its workspace is looked for at most {DEEPEST} folders down; hand in {place}/ itself",
            ),
            (
                objects and path.name in KUSTOMIZATIONS,
                "is a kustomization, which is not built: write what it changes into the manifests themselves",
            ),
            (
                objects and source and any(path.is_relative_to(chart) for chart in self._charts),
                f"is of a Helm chart, which is not rendered: hand in what `helm template` writes, as {wanted}",
            ),
            (
                stem != "" and self._exercise.may_edit(str(path.parent / stem)),
                f"was not read, for its ending; if it is meant, rename it to match {wanted}",
            ),
            (
                self._exercise.may_edit(str(path).casefold()),
                f"was not read, for its capital letters; rename it to match {wanted}",
            ),
            (
                objects and name.endswith(".json") and bool(self._twins(path) or self._among_manifests(path)),
                f"is JSON, which was not read; write it as YAML, as {wanted}",
            ),
            (
                source and bool(self._twins(path) or (objects and name.endswith((".yaml", ".yml")))),
                f"was not read: it is not where you may edit; if it is meant, put it where {wanted} matches",
            ),
        )
        return next((why for holds, why in whys if holds), "")

    def _below(self, path: PurePosixPath) -> list[str]:
        """Return the files that were handed out in a folder of this name."""
        return [one for one in self._handed_out if PurePosixPath(one).is_relative_to(path)]

    def _too_deep(self, path: PurePosixPath) -> str:
        """Return the place, too far down to be looked at, in which this file is what was handed out."""
        depths = range(DEEPEST + 1, len(path.parts))
        found = (depth for depth in depths if "/".join(path.parts[depth:]) in self._handed_out)
        return "/".join(path.parts[: next(found, 0)])

    def _among_manifests(self, path: PurePosixPath) -> bool:
        return any(path.parent == PurePosixPath(one).parent for one in self._handed_out)

    def _twins(self, path: PurePosixPath) -> list[str]:
        """Return the files that were handed out under the same name, whatever its folder and its ending."""
        name = path.name.casefold().partition(".")[0]
        return [one for one in self._handed_out if PurePosixPath(one).name.casefold().partition(".")[0] == name]

    def _stood_for(self, path: str, editable: AbstractSet[str]) -> str:
        """Return what was handed out in this file's place and is not there, if objects of it are missing."""
        for twin in (*self._below(PurePosixPath(path)), *self._twins(PurePosixPath(path))):
            shipped = {(one.kind, one.name) for one in self._handed_out[twin]}
            if twin not in editable and not shipped <= self._there:
                return f"{twin} is not there"
        return ""

    def _grouped(self) -> Iterator[str]:
        rest = [path for path in self._paths if path not in self._told]
        known = {PurePosixPath(one).parts[0] for one in self._handed_out}
        tops = Counter(path.split("/")[0] for path in rest)
        grouped: set[str] = set()
        for path in rest:
            top = path.split("/")[0]
            if tops[top] == 1 or top in known:
                packed = "; it is an archive, which was not opened" if path.endswith(ARCHIVES) else ""
                yield f"{path} is not part of the exercise and was left out{packed}"
            elif top not in grouped:
                grouped.add(top)
                yield f"{top}/ ({tops[top]} files) is not part of the exercise and was left out"


def _at_most(lines: Sequence[str], what: str) -> Iterator[str]:
    yield from lines[:MOST]
    if len(lines) > MOST:
        yield f"{len(lines) - MOST} more files or folders {what} were not read"
