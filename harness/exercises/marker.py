"""The marker in a workspace: which exercise, which version of it, which seed. Data from a stranger, when graded.

Above several workspaces that belong together, the parts of one take-home, stands a marker that names their folders.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.core import versions
from harness.core.errors import InputError
from harness.exercises.exercise import Exercise

MARKER = ".breakfix.json"
PARTS = ".breakfix-parts.json"
MOST_PARTS = 20


@dataclass(frozen=True)
class Marker:
    """What a workspace says that it is; `version` is the exercise's at the time.

    A bundle's says no seed, but an opaque `candidate` and the `names` that its files have for the shipped ones. Of these,
    `shared` ones are the round's, for several exercises, and stand in no exercise's table.
    """

    slug: str
    version: int | None = None
    seed: int | None = None
    kit: str = ""
    candidate: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    shared: tuple[str, ...] = ()


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
        data = marker.read_bytes()
    except OSError as problem:
        raise InputError(f"{marker} cannot be read ({problem}); name the exercise with --exercise") from problem
    return parsed(data, str(marker))


def parsed(content: bytes, name: str) -> Marker:
    """Return what a marker's bytes say; messages call it `name`.

    Raises: InputError where it is no marker.
    """
    try:
        data = json.loads(content.decode("utf-8"))
        found = Marker(
            data["exercise"], data.get("version"), data.get("seed"), data.get("kit", ""), data.get("candidate", ""),
            data.get("names", {}), tuple(data.get("shared", ())),
        )  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as problem:
        raise InputError(f"{name} cannot be read ({problem}); name the exercise with --exercise") from problem
    for key, text in (("exercise", found.slug), ("kit", found.kit), ("candidate", found.candidate)):
        if not isinstance(text, str):
            raise InputError(f"{name}: {key!r} is not text; name the exercise with --exercise")
    for key, value in (("version", found.version), ("seed", found.seed)):
        if value is not None and (type(value) is not int or value < 0):
            raise InputError(f"{name}: {key!r} is not a whole number from 0; name the exercise with --exercise")
    if not isinstance(found.names, dict) or not all(isinstance(new, str) for new in found.names.values()):
        raise InputError(f"{name}: 'names' is no table of names; name the exercise with --exercise")
    if not all(isinstance(old, str) for old in found.shared):
        raise InputError(f"{name}: 'shared' is no list of names; name the exercise with --exercise")
    return found


def write(exercise: Exercise, folder: Path, candidate: str = "") -> None:
    """Mark a folder as a workspace of the exercise; a candidate's holds no seed, which would tell the faults."""
    data: dict[str, object] = {"exercise": exercise.slug, "version": exercise.version, "kit": versions.KIT}
    if candidate:
        shared = [old for old, new in exercise.chosen.items() if new not in exercise.names[old].to]
        data |= {"candidate": candidate, "names": dict(exercise.chosen), **({"shared": shared} if shared else {})}
    elif exercise.seed is not None:
        data["seed"] = exercise.seed
    (folder / MARKER).write_text(json.dumps(data, indent=2) + "\n", "utf-8")


def write_parts(folder: Path, folders: Sequence[str], title: str) -> None:
    """Mark a folder as one that holds the parts of a take-home."""
    data = {"title": title, "parts": list(folders)}
    (folder / PARTS).write_text(json.dumps(data, indent=2) + "\n", "utf-8")


def parts_of(folder: Path) -> tuple[str, tuple[str, ...]]:
    """Return the title of the take-home in a folder and the folders of its parts; nothing where it is none.

    Raises: InputError where its marker cannot be read.
    """
    path = folder / PARTS
    if not path.is_file() or path.is_symlink():
        return "", ()
    try:
        data = json.loads(path.read_bytes())
        title, folders = str(data["title"]), tuple(data["parts"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as problem:
        raise InputError(f"{path} cannot be read ({problem}); put it back as it was handed out") from problem
    named = all(isinstance(one, str) and re.fullmatch(r"[a-z][a-z0-9-]*", one) for one in folders)
    if not named or not 0 < len(folders) <= MOST_PARTS:
        raise InputError(f"{path} names no folders of parts; put it back as it was handed out")
    return title, folders
