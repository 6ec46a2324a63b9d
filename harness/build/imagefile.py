"""Images as data: what a folder's image.yaml says that its image stands on, and what goes into it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from harness.build import gobuild, wheels
from harness.core import artifacts, paths
from harness.core.errors import InputError
from harness.core.progress import Progress
from harness.files.yamlfile import Document
from harness.schemas import load_document

FILE = "image.yaml"
# containerd and Podman complete a short name differently; a full one means the same to all of them.
REGISTRY = "docker.io/"
KIT, PACK = "breakfix/", "breakfix-pack/"  # what the names of images begin with
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
KIT_IMAGE = re.compile(r"\bbreakfix(-pack)?/[a-z0-9-]+:[A-Za-z0-9_.-]+")


@dataclass(frozen=True)
class Source:
    """A program whose Go source stands in the image's folder, or in another of the kit's; the linker sets `variables` in it.

    One that the cluster's node has, too, with the same variables, is compiled once for both.
    """

    folder: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def inputs(self) -> list[str]:
        """Return all that decides its bytes, Go's own version aside."""
        return [*gobuild.contents(self.folder), *map(str, self.variables.items())]

    @property
    def place(self) -> Path:
        """Where it is once it is compiled; the name stands for all that decides its bytes."""
        return artifacts.place(self.folder.name, self.inputs)

    def compiled(self, progress: Progress) -> Path:
        """Return the program, compiled once."""

        def build(output: Path) -> None:
            progress(f"compiling {self.folder.name}")
            gobuild.compile_here(self.folder, output, ".", progress, variables=self.variables, system="linux")

        return artifacts.made(self.folder.name, self.inputs, build)


@dataclass(frozen=True)
class Module:
    """A program of somebody else's Go module; compiling it takes minutes, once."""

    binary: str
    program: gobuild.Program

    @property
    def place(self) -> Path:
        """Where it is once it is compiled; the name stands for all that decides its bytes."""
        return gobuild.place(self.program) / self.binary

    def compiled(self, progress: Progress) -> Path:
        """Return the program, compiled once."""
        return gobuild.compiled(self.program, progress) / self.binary


@dataclass(frozen=True)
class Recipe:
    """What one image is made from: `sources` are files and folders with their places in the build context."""

    name: str
    folder: Path
    sources: Mapping[Path, str]
    base: str | None = None  # another image of the kit or of a pack
    place_of_base: str = ""  # file and line that say so
    lock: Path | None = None  # of the packages inside, of what stands on Debian alone
    excluded: tuple[str, ...] = ()  # what of them stays out
    packages: tuple[str, ...] = ()  # of Debian, in what stands on it alone
    programs: Mapping[str, Source | Module] = field(default_factory=dict)  # compiled ones, by their places

    @property
    def is_the_kits(self) -> bool:
        """Whether the kit ships it. Its builds need no network; a pack's are its team's, and may install what they need."""
        return self.name.startswith(KIT)


def found(folders: Iterable[tuple[Path, str]]) -> dict[str, Recipe]:
    """Return the images of these folders, by name; each comes with what its name begins with.

    Raises: InputError that names every folder which cannot be an image, and why.
    """
    recipes: dict[str, Recipe] = {}
    called: dict[str, Path] = {}
    problems = []
    for folder, prefix in folders:
        twin = called.setdefault(f"{prefix}{folder.name}", folder)
        if twin != folder:
            problems.append(f"{folder}: {twin} has the same name; rename one of them")
            continue
        try:
            recipe = read(folder, prefix)
        except InputError as problem:
            problems.append(str(problem))
        else:
            recipes[recipe.name] = recipe
    if problems:
        raise InputError("\n".join(problems))
    return recipes


def read(folder: Path, prefix: str) -> Recipe:
    """Return what an image's folder says of it.

    Raises: InputError with every problem, each with file and line.
    """
    path = folder / FILE
    if not NAME.fullmatch(folder.name):
        raise InputError(f"{folder}: an image is called by lower-case words joined by '-'; rename the folder")
    if not path.is_file():
        raise InputError(f'{folder}: there is no {FILE}; write one that holds its tag, such as `tag: "1.0"`')
    document = _document(path, path.stat().st_mtime_ns)
    return of_document(document, folder, f"{prefix}{folder.name}:{document.value['tag']}")


def of_document(document: Document, folder: Path, name: str, below: tuple[str, ...] = ()) -> Recipe:
    """Return the image that a valid document describes, in it `below` some keys.

    Raises: InputError for what is not in the folder, with file and line.
    """
    data: Any = document.value
    for key in below:
        data = data[key]
    system = data.get("debian", {})
    recipe = Recipe(
        name,
        folder,
        sources=_sources(folder, data),
        base=data.get("base"),
        place_of_base=f"{document.file}:{document.line_of((*below, 'base'))}",
        lock=folder / system["requirements"] if system else None,
        excluded=(*wheels.COMMON, *system.get("without", ())) if system else (),
        packages=tuple(system.get("packages", ())),
        programs={place: _program(folder, place, spec) for place, spec in data.get("programs", {}).items()},
    )
    problems = [f"{document.file}:{document.line_of((*below, *at))}: {told}" for at, told in _problems(recipe)]
    if problems:
        raise InputError("\n".join(problems))
    return recipe


@lru_cache(maxsize=200)
def _document(path: Path, _changed: int) -> Document:
    return load_document(path, "image")


def _sources(folder: Path, data: Mapping[str, Any]) -> dict[Path, str]:
    """Return what goes into the build context: what is listed, each under its last name, or else the whole folder."""
    if "files" not in data:
        return {folder: "."}
    return {folder / name: Path(name).name for name in data["files"]}


def _program(folder: Path, place: str, spec: Mapping[str, Any]) -> Source | Module:
    variables = spec.get("variables", {})
    if "source" in spec:
        own = folder / spec["source"]
        return Source(own if own.is_dir() else paths.KIT / "harness" / spec["source"], variables)
    binary = Path(place).name
    program = gobuild.Program(
        spec["module"], spec["version"], {binary: spec["package"]}, tags=tuple(spec.get("tags", ())),
        replace=spec.get("replace", {}), system="linux", variables=variables,
    )  # fmt: skip
    return Module(binary, program)


def _problems(recipe: Recipe) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield what the schema cannot see: place and message."""
    for number, path in enumerate(recipe.sources):
        if not path.exists():
            yield ("files", number), f"files names {path}, which is not there"
    if recipe.lock is not None and not recipe.lock.is_file():
        yield ("debian", "requirements"), f"there is no {recipe.lock}"
    for place, program in recipe.programs.items():
        if isinstance(program, Source) and not program.folder.is_dir():
            yield ("programs", place, "source"), f"there is no folder {program.folder}"
    script = _containerfile(recipe)
    if script is None:
        yield (("files",), "no Containerfile is among its files")
    elif recipe.base is None and (meant := KIT_IMAGE.search(script.read_text("utf-8"))):
        yield (), f"its Containerfile stands on {meant[0]}; add `base: {meant[0]}`, so that this is built first"


def _containerfile(recipe: Recipe) -> Path | None:
    places = {path / "Containerfile" if place == "." else path for path, place in recipe.sources.items()}
    return next((path for path in places if path.name == "Containerfile" and path.is_file()), None)
