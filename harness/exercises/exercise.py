"""An exercise as its folder declares it: exercise.yaml, ticket, workspace, checks, and the team's solution."""

import difflib
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Any

from harness.core import listing, paths
from harness.core.errors import InputError
from harness.exercises import analysis, component, expectations, gpus, infrastructure, jobs, pipeline, scenarios
from harness.exercises.analysis import Analysis
from harness.exercises.expectations import Decoy, Destination, Permission, Right
from harness.exercises.gpus import Pool
from harness.exercises.infrastructure import Infrastructure
from harness.exercises.jobs import Job
from harness.exercises.pipeline import Pipeline
from harness.exercises.scenarios import Scenario
from harness.files.tokens import Renaming
from harness.files.yamlfile import Document
from harness.schemas import load_document

BROKEN, BLANK = "broken", "blank"  # how an exercise begins
HOURS = ("one", "two", "three", "four", "five", "six", "seven", "eight")


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

    `stranger` labels pods that must not get through. `dataset` names the fresh value that decides the right answers. `caller` is
    an image that calls in the prober's place: it reads the same plan, takes orders for more or fewer requests, and writes records.
    """

    url: str
    model: str
    labels: Mapping[str, str]
    token: Mapping[str, str] | None = None
    stranger: Mapping[str, str] | None = None
    dataset: str | None = None
    caller: str | None = None


@dataclass(frozen=True)
class Name:
    """A name that variants change: what it may become, and phrases in which it means something else and stays."""

    to: tuple[str, ...]
    keep: tuple[str, ...] = ()


@dataclass(frozen=True)
class Exercise:
    """One exercise. `folder` is exercises/<slug>; `solution` is solutions/<slug>, where the team has it.

    In a variant (see harness.exercises.variants) `seed` is set, `chosen` maps the shipped names to the variant's, and
    every other field has the variant's names already. The files in `folder` have the shipped ones.
    """

    folder: Path
    solution: Path | None
    slug: str
    version: int
    title: str
    venue: str  # where it is played; see grader.venues
    level: str
    minutes: Mapping[str, Any]
    topics: tuple[str, ...]
    summary: str
    requirements: Mapping[str, str]
    slos: Mapping[str, float]
    editable: tuple[str, ...]
    ground_rules: str
    pass_mark: int
    ai_policy: str
    # What stands from here to `hands_over` is of a cluster's exercises alone.
    isolation: str = ""
    namespaces: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    workloads: tuple[Workload, ...] = ()
    max_requests: Mapping[str, str] = field(default_factory=dict)
    traffic: Traffic | None = None
    scenarios: tuple[Scenario, ...] = ()
    namespace_labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    fresh: Mapping[str, tuple[Mapping[str, str], ...]] = field(default_factory=dict)
    access: tuple[Permission, ...] = ()
    reach: tuple[Destination, ...] = ()
    rights: tuple[Right, ...] = ()  # all that the workload's identity may hold
    decoys: tuple[Decoy, ...] = ()
    records: Mapping[str, str] | None = None
    gpus: tuple[Pool, ...] = ()
    nodes: Mapping[str, int] = field(default_factory=dict)  # worker nodes by their sort; GPU nodes come by pools
    components: tuple[str, ...] = ()  # what its cluster has beside Kubernetes
    jobs: tuple[Job, ...] = ()  # of a workload of kind Job: all that must run to completion
    priority_classes: tuple[str, ...] = ()  # which cluster-scoped objects the candidate's files may hold
    start: str = BROKEN  # or BLANK: nothing is broken, and what is asked for is not there yet
    hands_over: tuple[str, ...] = ()  # kinds that are the platform's elsewhere, and the candidate's here
    names: Mapping[str, Name] = field(default_factory=dict)
    chosen: Mapping[str, str] = field(default_factory=dict)
    seed: int | None = None
    short: int = 0  # faults that a short form draws; 0: as the pools say
    judged_later: int | None = None  # of a hundred points, in a bundle: what hangs on checks that are not in it
    voided: Mapping[str, str] = field(default_factory=dict)  # by a hiring round: check ids and reasons

    @property
    def label(self) -> str:
        """Which exercise this is, to the byte."""
        short = f" short {self.short}" if self.short else ""
        return f"{self.slug} version {self.version}" + ("" if self.seed is None else f" seed {self.seed}{short}")

    @property
    def time(self) -> str:
        """How long it is planned for, in words: the ticket and a bundle's rules say it alike."""
        return in_words(self.minutes["from"], self.minutes["to"])

    pipeline: Pipeline | None = None  # of workflows alone
    analysis: Analysis | None = None  # of analyses alone
    infrastructure: Infrastructure | None = None  # of infrastructure as code alone

    @property
    def workload(self) -> Workload:
        """The workload that the story is about.

        Raises: AssertionError where there is none, since nothing of the exercise runs on a cluster.
        """
        if not self.workloads:
            raise AssertionError(f"{self.slug} has no workload")
        return self.workloads[0]

    @property
    def blank(self) -> bool:
        """Whether it begins without what it asks for: what stands in faults.yaml are then omissions, for its proof alone."""
        return self.start == BLANK

    @property
    def flaws(self) -> str:
        """What faults.yaml holds, in the plural, as people are told of it."""
        return "omissions" if self.blank else "faults"

    @property
    def needed(self) -> str:
        """The file that has to be there by this name, '' where only what files hold counts."""
        return self.pipeline.workflow if self.pipeline else ""

    @property
    def simulated(self) -> bool:
        """Whether its nodes are simulated, so that only where pods are placed counts."""
        return any(pool.simulated for pool in self.gpus)

    @property
    def workspace(self) -> Path:
        """The broken files as the exercise ships them."""
        return self.folder / "workspace"

    @property
    def shipped_files(self) -> dict[str, Path]:
        """The files of the workspace that belong to the exercise, by their paths in it."""
        return listing.files(self.folder, "workspace")

    @property
    def ticket(self) -> str:
        """The story that the candidate reads."""
        return self.renaming.text((self.folder / "README.md").read_text("utf-8"))

    @cached_property
    def renaming(self) -> Renaming:
        """From the shipped names to this variant's."""
        return Renaming(self.chosen, [phrase for name in self.names.values() for phrase in name.keep])

    def may_edit(self, path: str) -> bool:
        """Tell whether the candidate may edit the file at this path of the workspace."""
        return any(fnmatchcase(path, pattern) for pattern in self.editable)

    def check_folders(self, *, hidden: bool) -> tuple[tuple[str, Path], ...]:
        """Return (visibility, folder) of the checks to run; hidden ones only where the solution is here."""
        found = [("public", self.folder / "checks")]
        if hidden and self.solution is not None:
            found.append(("hidden", self.solution / "checks"))
        return tuple((visibility, folder) for visibility, folder in found if folder.is_dir())


def in_words(least: int, most: int) -> str:
    """Return how long something is planned for, from so many minutes to so many."""
    if least % 60 or most % 60 or most > 60 * len(HOURS):
        return f"{least} to {most} minutes"
    first, last = (HOURS[minutes // 60 - 1] for minutes in (least, most))
    return f"{first} hour{'' if first == 'one' else 's'}" if first == last else f"{first} to {last} hours"


def roots() -> list[Path]:
    """Return the folders that hold `exercises/`: the kit's own, then each of BREAKFIX_PACKS.

    Raises: InputError for a pack that is none.
    """
    packs = [Path(entry) for entry in os.environ.get("BREAKFIX_PACKS", "").split(os.pathsep) if entry]
    for pack in packs:
        if not (pack / "exercises").is_dir():
            raise InputError(
                f"{pack} is no pack: it has no folder exercises/; `breakfix new SLUG --dir {pack}` makes one"
            )
    return list(dict.fromkeys([paths.KIT, *(pack.resolve() for pack in packs)]))


def slugs() -> dict[str, Path]:
    """Return the exercise folders by slug, in order; a pack's takes the place of one of the same name before it."""
    folders = (path.parent for root in roots() for path in (root / "exercises").glob("*/exercise.yaml"))
    return dict(sorted({folder.name: folder for folder in folders}.items()))


def load(slug: str) -> Exercise:
    """Return the exercise of that slug.

    Raises: InputError for an unknown slug (with the nearest) or an exercise.yaml that breaks its schema.
    """
    known = slugs()
    if slug not in known:
        near = difflib.get_close_matches(slug, known, n=1, cutoff=0.4)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise InputError(
            f"no exercise is called {slug!r}; {hint}`breakfix list` shows them all, and --pack adds those of a pack"
        )
    return read(known[slug])


def read(folder: Path, *, seed: int | None = None, chosen: Mapping[str, str] | None = None) -> Exercise:
    """Return the exercise in `folder`, with the names `chosen` in place of the shipped ones.

    Raises: InputError that names every problem of its exercise.yaml.
    """
    path = folder / "exercise.yaml"
    document = load_document(path, "exercise")
    problems = list(_problems(document, folder))
    if problems:
        raise InputError("\n".join(f"{path}:{line}: {message}" for line, message in problems))
    shipped = _exercise(folder, document)
    if not chosen:
        return replace(shipped, seed=seed)
    renaming = replace(shipped, chosen=chosen).renaming
    renamed = _exercise(folder, load_document(path, "exercise", renaming.text))
    for name in ("slug", "version", "images", "editable"):
        if getattr(renamed, name) != getattr(shipped, name):
            raise InputError(f"{path}: the table of names changes {name}, which no variant may change; add to `keep`")
    return replace(renamed, seed=seed, chosen=chosen, names=shipped.names)


def _problems(document: Document, folder: Path) -> Iterator[tuple[int, str]]:
    """Yield what the schema cannot see: line and message."""
    data = document.value
    if data["id"] != folder.name:
        yield document.line_of(("id",)), f"id is {data['id']!r}, but the folder is called {folder.name!r}"
    if data["ground_rules"] not in data["requirements"]:
        yield document.line_of(("ground_rules",)), f"ground_rules names {data['ground_rules']}, which is no requirement"
    table = data.get("names", {})
    known = Counter([*table, *(new for name in table.values() for new in name["to"])])
    for old, name in table.items():
        for new in name["to"]:
            if known[new] > 1:
                yield document.line_of(("names", old)), f"names.{old}: {new!r} stands in the table twice"
    there = component.known(roots()) if "components" in data else {}
    for number, name in enumerate(data.get("components", [])):
        if name not in there:
            told = f"there is no component {name!r}; kit and packs have {', '.join(there)}"
            yield document.line_of(("components", number)), f"components.{number}: {told}"
    strays = (*expectations.strays(data), *gpus.strays(data), *jobs.strays(data))
    for place, message in strays:
        yield document.line_of(place), message


def _exercise(folder: Path, document: Document) -> Exercise:
    data: Mapping[str, Any] = document.value
    solution = folder.parent.parent / "solutions" / folder.name
    taken = {
        "id", "venue", "workload", "traffic", "scenarios", "names", "access", "reach", "rights", "decoys", "pipeline", "analysis", "infrastructure", "gpus",
        "jobs",
    }  # fmt: skip
    plain: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}
    return Exercise(
        folder=folder,
        solution=solution if solution.is_dir() else None,
        slug=data["id"],
        venue=data["venue"],
        workloads=(Workload(**data["workload"]),) if "workload" in data else (),
        traffic=Traffic(**data["traffic"]) if "traffic" in data else None,
        pipeline=pipeline.read(data["pipeline"], folder / "workspace") if "pipeline" in data else None,
        analysis=analysis.read(data["analysis"]) if "analysis" in data else None,
        infrastructure=infrastructure.read(data["infrastructure"]) if "infrastructure" in data else None,
        scenarios=scenarios.read(document),
        names={
            name: Name(tuple(spec["to"]), tuple(spec.get("keep", ()))) for name, spec in data.get("names", {}).items()
        },
        access=expectations.permissions(data),
        reach=expectations.destinations(data),
        rights=expectations.rights(data),
        decoys=expectations.decoys(data),
        gpus=gpus.read(data),
        jobs=jobs.read(data),
        **{name: value for name, value in plain.items() if name not in taken},
    )
