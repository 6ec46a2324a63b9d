"""The marker in a workspace: which exercise, which version of it, which seed. Data from a stranger, when graded."""

import json
from dataclasses import dataclass
from pathlib import Path

from harness import versions
from harness.errors import InputError
from harness.exercise import Exercise

MARKER = ".breakfix.json"


@dataclass(frozen=True)
class Marker:
    """What a workspace says that it is; `version` is the exercise's at the time."""

    slug: str
    version: int | None = None
    seed: int | None = None


def read(folder: Path) -> Marker:
    """Return what a workspace's marker names.

    Raises: InputError where `folder` is no workspace or its marker cannot be read.
    """
    marker = folder / MARKER
    if not marker.is_file() or marker.is_symlink():
        raise InputError(
            f"{folder} is not a workspace: it has no {MARKER}; "
            "go into the folder that `breakfix start` made, or name the exercise with --exercise"
        )
    try:
        data = json.loads(marker.read_text("utf-8"))
        found = Marker(data["exercise"], data.get("version"), data.get("seed"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise InputError(f"{marker} cannot be read ({problem}); name the exercise with --exercise") from problem
    if not isinstance(found.slug, str):
        raise InputError(f"{marker}: 'exercise' is not text; name the exercise with --exercise")
    for key, value in (("version", found.version), ("seed", found.seed)):
        if value is not None and (type(value) is not int or value < 0):
            raise InputError(f"{marker}: {key!r} is not a whole number from 0; name the exercise with --exercise")
    return found


def write(exercise: Exercise, folder: Path) -> None:
    """Mark a folder as a workspace of the exercise."""
    data = {"exercise": exercise.slug, "version": exercise.version, "kit": versions.KIT}
    if exercise.seed is not None:
        data["seed"] = exercise.seed
    (folder / MARKER).write_text(json.dumps(data, indent=2) + "\n", "utf-8")
