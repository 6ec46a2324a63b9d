"""Components as data: what a cluster can have beside Kubernetes, each in a folder of its own.

A folder holds component.yaml (when it is ready, what it wants of kind, which of its kinds a candidate may write),
manifests.yaml and, where it brings an image of its own, image.yaml and Containerfile as every image has them. Kinds that
the owner of a namespace may write are granted in its manifests, by a ClusterRole that is aggregated to `admin`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from harness.build import imagefile
from harness.core import artifacts, paths
from harness.core.errors import InputError
from harness.files.objects import Object, Ref
from harness.schemas import load_document

FILE, MANIFESTS = "component.yaml", "manifests.yaml"
KIT = paths.KIT / "harness" / "components"
IMAGE = re.compile(r"\$\{image:([^}]*)\}")  # in manifests: the image of that name, whatever its tag
DEFINITION = "CustomResourceDefinition"


@dataclass(frozen=True)
class Component:
    """One component: the images that its manifests name, what must be ready, and its part of kind's configuration.

    `patches` has kubeadm's arguments by program, fields of the kubelet's configuration, and text for containerd's.
    `candidates` are the (apiVersion, kind) that a submission may hold.
    """

    name: str
    folder: Path
    images: tuple[str, ...]
    ready: tuple[Ref, ...]
    patches: Mapping[str, Any] = field(default_factory=dict)
    candidates: tuple[tuple[str, str], ...] = ()

    @cached_property
    def text(self) -> str:
        """The manifests, as they stand in the file."""
        return (self.folder / MANIFESTS).read_text("utf-8")

    @property
    def digest(self) -> str:
        """What stands for all that is installed, its images' content and comments aside."""
        said = "".join(line for line in self.text.splitlines(keepends=True) if not line.startswith("#"))
        return artifacts.digest([said, *self.images, *map(repr, self.ready)])

    def objects(self) -> list[Object]:
        """Return the objects of its manifests, in order, with the full names of the images.

        Raises: InputError with file and line for what cannot be read, or names an image that it does not have.
        """
        path = self.folder / MANIFESTS
        named = {image.rpartition(":")[0].rpartition("/")[2]: imagefile.REGISTRY + image for image in self.images}
        for found in IMAGE.finditer(self.text):
            if found[1] not in named:
                line = self.text.count("\n", 0, found.start()) + 1
                raise InputError(
                    f"{path}:{line}: {found[0]} is none of its images: {', '.join(named) or 'it has none'}"
                )
        try:
            values = list(yaml.safe_load_all(IMAGE.sub(lambda found: named[found[1]], self.text)))
        except yaml.MarkedYAMLError as problem:
            line = problem.problem_mark.line + 1 if problem.problem_mark else 1
            raise InputError(f"{path}:{line}: is not valid YAML: {problem.problem}") from problem
        return [value for value in values if value is not None]

    def definitions(self) -> list[Object]:
        """Return the CustomResourceDefinitions among its objects."""
        return [value for value in self.objects() if value["kind"] == DEFINITION]


def known(roots: Sequence[Path]) -> dict[str, Path]:
    """Return the folders of components by name: the kit's, then those of each pack's `components/`.

    Raises: InputError where two have one name, or a folder lacks a file.
    """
    found: dict[str, Path] = {}
    for root in (KIT, *(pack / "components" for pack in roots if pack != paths.KIT)):
        for folder in sorted(root.glob("*/")):
            missing = [name for name in (FILE, MANIFESTS) if not (folder / name).is_file()]
            if missing:
                raise InputError(
                    f"{folder}: a component has {FILE} and {MANIFESTS}; {' and '.join(missing)} is missing"
                )
            if folder.name in found:
                raise InputError(f"{folder}: {found[folder.name]} has the same name; rename one of them")
            found[folder.name] = folder
    return found


def image_folders(roots: Sequence[Path]) -> list[Path]:
    """Return the folders of components that bring an image of their own."""
    return [folder for folder in known(roots).values() if (folder / imagefile.FILE).is_file()]


def prefix(folder: Path) -> str:
    """Return what the name of an image in a component's folder begins with."""
    return imagefile.KIT if folder.parent == KIT else imagefile.PACK


def read(folder: Path) -> Component:
    """Return the component in a folder.

    Raises: InputError with every problem of its component.yaml, each with file and line.
    """
    path = folder / FILE
    document = load_document(path, "component")
    data = document.value
    own = [imagefile.read(folder, prefix(folder)).name] if (folder / imagefile.FILE).is_file() else []
    found = Component(
        folder.name,
        folder,
        images=(*own, *data.get("images", ())),
        ready=tuple(
            Ref(one["apiVersion"], one["kind"], one.get("namespace", ""), one["name"]) for one in data["ready"]
        ),
        patches=data.get("kind", {}),
        candidates=tuple((one["apiVersion"], one["kind"]) for one in data.get("candidates", ())),
    )
    problems = [f"{path}:{document.line_of(at)}: {told}" for at, told in _strays(found)]
    if problems:
        raise InputError("\n".join(problems))
    return found


def _strays(component: Component) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield what the file names and its manifests do not hold: place and message."""
    objects = component.objects()
    there = {
        (value["apiVersion"], value["kind"], value["metadata"].get("namespace", ""), value["metadata"]["name"])
        for value in objects
    }
    for number, ref in enumerate(component.ready):
        if (ref.api_version, ref.kind, ref.namespace, ref.name) not in there:
            where = f" in namespace {ref.namespace}" if ref.namespace else ""
            yield ("ready", number), f"{MANIFESTS} has no {ref.label} of {ref.api_version}{where}"
    defined = {
        (f"{value['spec']['group']}/{version['name']}", value["spec"]["names"]["kind"])
        for value in component.definitions()
        for version in value["spec"]["versions"]
    }
    for number, (api_version, kind) in enumerate(component.candidates):
        if (api_version, kind) not in defined:
            yield ("candidates", number), f"{MANIFESTS} defines no {kind} of {api_version}"
