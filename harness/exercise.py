"""An exercise as its folder declares it: exercise.yaml, ticket, workspace, checks, and the team's solution."""

import difflib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness import expectations, paths
from harness.errors import InputError
from harness.expectations import Destination, Permission
from harness.schemas import load_valid

MARKER = ".breakfix.json"


@dataclass(frozen=True)
class Workload:
    """The workload that the story is about: it must survive, with its container, replicas and requests."""

    kind: str
    name: str
    namespace: str
    container: str
    replicas: int
    requests: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Traffic:
    """What the prober sends, and from where: URL, model, pod labels, and the Secret that holds the token.

    `stranger` labels pods that must not get through. `dataset` names the fresh value that decides the right answers.
    """

    url: str
    model: str
    labels: Mapping[str, str]
    token: Mapping[str, str] | None = None
    stranger: Mapping[str, str] | None = None
    dataset: str | None = None


@dataclass(frozen=True)
class Scenario:
    """One live run on an empty namespace: apply → hold → disturb → observe. All times in seconds."""

    name: str
    ready_within: float
    title: str = ""
    switches: Mapping[str, str] = field(default_factory=dict)
    hold: float = 0.0
    disturb: str | None = None
    recover_within: float = 60.0


@dataclass(frozen=True)
class Exercise:
    """One exercise. `folder` is exercises/<slug>; `solution` is solutions/<slug>, where the team has it."""

    folder: Path
    solution: Path | None
    slug: str
    version: int
    title: str
    kind: str
    level: str
    minutes: Mapping[str, Any]
    topics: tuple[str, ...]
    summary: str
    requirements: Mapping[str, str]
    slos: Mapping[str, float]
    isolation: str
    namespaces: tuple[str, ...]
    images: tuple[str, ...]
    editable: tuple[str, ...]
    ground_rules: str
    workload: Workload
    max_requests: Mapping[str, str]
    traffic: Traffic | None
    scenarios: tuple[Scenario, ...]
    pass_mark: int
    ai_policy: str
    namespace_labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    fresh: Mapping[str, tuple[Mapping[str, str], ...]] = field(default_factory=dict)
    access: tuple[Permission, ...] = ()
    reach: tuple[Destination, ...] = ()
    records: Mapping[str, str] | None = None

    @property
    def workspace(self) -> Path:
        """The broken files, exactly as handed over."""
        return self.folder / "workspace"

    @property
    def ticket(self) -> Path:
        """The story that the candidate reads."""
        return self.folder / "README.md"

    def check_folders(self, *, hidden: bool) -> tuple[tuple[str, Path], ...]:
        """Return (visibility, folder) of the checks to run; hidden ones only where the solution is here."""
        found = [("public", self.folder / "checks")]
        if hidden and self.solution is not None:
            found.append(("hidden", self.solution / "checks"))
        return tuple((visibility, folder) for visibility, folder in found if folder.is_dir())


def roots() -> list[Path]:
    """Return the folders that hold `exercises/`: the kit's own, then each of BREAKFIX_PACKS."""
    packs = [Path(entry) for entry in os.environ.get("BREAKFIX_PACKS", "").split(os.pathsep) if entry]
    return [paths.KIT, *packs]


def slugs() -> dict[str, Path]:
    """Return the exercise folders by slug, in order."""
    found = {
        folder.parent.name: folder.parent for root in roots() for folder in (root / "exercises").glob("*/exercise.yaml")
    }
    return dict(sorted(found.items()))


def load(slug: str) -> Exercise:
    """Return the exercise of that slug.

    Raises: InputError for an unknown slug (with the nearest) or an exercise.yaml that breaks its schema.
    """
    known = slugs()
    if slug not in known:
        near = difflib.get_close_matches(slug, known, n=1, cutoff=0.4)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise InputError(f"no exercise is called {slug!r}; {hint}`breakfix list` shows them all")
    return read(known[slug])


def read(folder: Path) -> Exercise:
    """Return the exercise in `folder`.

    Raises: InputError that names every problem of its exercise.yaml.
    """
    path = folder / "exercise.yaml"
    data = load_valid(path, "exercise")
    if data["id"] != folder.name:
        raise InputError(f"{path}: id is {data['id']!r}, but the folder is called {folder.name!r}")
    if data["ground_rules"] not in data["requirements"]:
        raise InputError(f"{path}: ground_rules names {data['ground_rules']}, which is no requirement")
    if strays := list(expectations.strays(data)):
        raise InputError("\n".join(f"{path}: {stray}" for stray in strays))
    solution = folder.parent.parent / "solutions" / folder.name
    taken = {"id", "workload", "traffic", "scenarios", "access", "reach"}
    plain: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}
    return Exercise(
        folder=folder,
        solution=solution if solution.is_dir() else None,
        slug=data["id"],
        workload=Workload(**data["workload"]),
        traffic=Traffic(**data["traffic"]) if "traffic" in data else None,
        scenarios=tuple(Scenario(name=name, **spec) for name, spec in data.get("scenarios", {}).items()),
        access=expectations.permissions(data),
        reach=expectations.destinations(data),
        **{name: value for name, value in plain.items() if name not in taken},
    )


def of_workspace(folder: Path) -> str:
    """Return the slug that a workspace's marker names.

    Raises: InputError where `folder` is no workspace or its marker cannot be read.
    """
    marker = folder / MARKER
    if not marker.is_file() or marker.is_symlink():
        raise InputError(
            f"{folder} is not a workspace: it has no {MARKER}; "
            "go into the folder that `breakfix start` made, or name the exercise with --exercise"
        )
    try:
        slug = json.loads(marker.read_text("utf-8"))["exercise"]
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise InputError(f"{marker} cannot be read ({problem}); name the exercise with --exercise") from problem
    if not isinstance(slug, str):
        raise InputError(f"{marker}: 'exercise' is not text; name the exercise with --exercise")
    return slug
