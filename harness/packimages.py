"""The images that packs bring along: images/<name>/ with a Containerfile, and a VERSION that is their tag."""

import re
from dataclasses import dataclass
from pathlib import Path

from harness import exercise as exercises
from harness.errors import InputError

PREFIX = "breakfix-pack/"
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")  # as image references allow; latest is refused below
KIT_IMAGE = re.compile(r"\bbreakfix/[a-z0-9-]+:[A-Za-z0-9_.-]+")


@dataclass(frozen=True)
class PackImage:
    """An image of a pack: its name with tag, its folder, and the image of the kit that it stands on, if any."""

    name: str
    folder: Path
    base: str | None


def found() -> list[PackImage]:
    """Return the images of all packs.

    Raises: InputError that names every folder which cannot be an image.
    """
    folders = [path for pack in exercises.roots()[1:] for path in sorted((pack / "images").glob("*/"))]
    wrong = {folder: _problem(folder) for folder in folders}
    problems = [problem for problem in wrong.values() if problem is not None]
    images = [_image(folder) for folder, problem in wrong.items() if problem is None]
    for number, image in enumerate(images):
        twins = [other.folder for other in images[:number] if other.folder.name == image.folder.name]
        problems += [f"{image.folder}: {twin} has the same name; rename one of them" for twin in twins]
    if problems:
        raise InputError("\n".join(problems))
    return images


def _problem(folder: Path) -> str | None:
    if not NAME.fullmatch(folder.name):
        return f"{folder}: an image is called by lower-case words joined by '-'; rename the folder"
    if not (folder / "Containerfile").is_file():
        return f"{folder}: there is no Containerfile"
    version = _read(folder / "VERSION")
    if not TAG.fullmatch(version) or version == "latest":
        return f"{folder / 'VERSION'}: a tag such as 1.0 is expected (never latest), not {version!r}"
    return None


def _image(folder: Path) -> PackImage:
    base = KIT_IMAGE.search(_read(folder / "Containerfile"))
    return PackImage(f"{PREFIX}{folder.name}:{_read(folder / 'VERSION')}", folder, base[0] if base else None)


def _read(path: Path) -> str:
    return path.read_text("utf-8").strip() if path.is_file() else ""
