"""Building the workload images with the engine, each only when its inputs changed."""

import hashlib
import io
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

import docker
import requests
from docker.errors import DockerException, ImageNotFound
from docker.models.images import Image

from harness.build import imagefile, rootfs, wheels
from harness.build.imagefile import Recipe
from harness.core import artifacts, listing, paths, versions
from harness.core.errors import EnvironmentBrokenError, InputError
from harness.core.progress import Progress
from harness.exercises import component
from harness.exercises import exercise as exercises
from harness.nodeimage import archive
from harness.nodeimage.choice import registry_was_missing

FOLDER = paths.KIT / "harness" / "images"
LABEL = "breakfix.inputs"
MARK = "breakfix.workload"  # on all that a build makes, so that what it leaves behind can be told from others'
REGISTRY = imagefile.REGISTRY
RUNTIME = "breakfix/runtime:1.0"
PIPELINE_BASE = "breakfix/pipeline-base:1.2"
PIPELINE = "breakfix/pipeline-runner:1.2"
PROGRAMS = "bin"  # where compiled programs stand in a build context
BOOTSTRAPPED = f"{REGISTRY}breakfix/debian:bookworm"
PLAIN, EXECUTABLE = 0o644, 0o755


def recipes() -> dict[str, Recipe]:
    """Return what can be built: the images of the kit, of components and of packs.

    Raises: InputError for an image that cannot be.
    """
    roots = exercises.roots()
    folders = [(folder, imagefile.KIT) for folder in sorted(FOLDER.glob("*/"))]
    folders += [(folder, component.prefix(folder)) for folder in component.image_folders(roots)]
    folders += [(folder, imagefile.PACK) for pack in roots[1:] for folder in sorted((pack / "images").glob("*/"))]
    found = imagefile.found(folders)
    for recipe in found.values():
        if recipe.base is not None and recipe.base not in found:
            raise InputError(f"{recipe.place_of_base}: there is no image {recipe.base}; there are {', '.join(found)}")
    return found


def ensure(client: docker.DockerClient, name: str, progress: Progress) -> Image:
    """Return an image of `recipes`, built first unless the engine has it from the same inputs.

    Raises: EnvironmentBrokenError when a build fails, with the last it said.
    """
    there = present(client, name)
    if there is not None:
        return there
    progress(f"building {name}")
    recipe = recipes()[name]
    if recipe.base is not None:
        ensure(client, recipe.base, progress)
    if recipe.lock is not None:
        _build_base(client, recipe, recipe.lock, progress)
    else:
        network = "none" if recipe.is_the_kits else None
        files = [*_own_files(recipe), *_programs(recipe, progress)]
        _build(client, name, files, REGISTRY + recipe.base if recipe.base else "", network)
    _forget_leftovers(client)
    return client.images.get(REGISTRY + name)


def inputs(name: str) -> str:
    """Return the digest of all that decides an image's content, Debian's current packages aside; nothing is compiled for it."""
    recipe = recipes()[name]
    parts = [word for place, content in _own_files(recipe) for word in (place, content.hex())]
    parts += ["/".join(program.place.parts[-2:]) for program in recipe.programs.values()]
    if recipe.lock is None:
        return artifacts.digest([inputs(recipe.base) if recipe.base else "", *parts])
    decided = (*recipe.excluded, versions.WORKLOAD_BASE, *recipe.packages)
    return artifacts.digest([recipe.lock.read_text(), *decided, *parts])


def present(client: docker.DockerClient, name: str) -> Image | None:
    """Return an image that the engine has, made from these very inputs."""
    with suppress(ImageNotFound):
        image = client.images.get(REGISTRY + name)
        if image.labels.get(LABEL) == inputs(name):
            return image
    return None


def _forget_leftovers(client: docker.DockerClient) -> None:
    """Delete the first stage of a build and the images that a new one took the name of: 200 MB each."""
    with suppress(DockerException):  # another program may delete or use them right now
        client.images.prune(filters={"dangling": True, "label": MARK})


def _own_files(recipe: Recipe) -> Iterator[tuple[str, bytes]]:
    """Give the files of an image's recipe: place in the context, content; in a fixed order."""
    for root, place in recipe.sources.items():
        for inside, path in ({"": root} if root.is_file() else listing.files(root)).items():
            if inside != imagefile.FILE:  # all that it says is in the digest otherwise
                yield str(Path(place, inside)), path.read_bytes()


def _programs(recipe: Recipe, progress: Progress) -> Iterator[tuple[str, bytes]]:
    """Give the compiled programs of a recipe: place in the context, content."""
    for place, program in recipe.programs.items():
        yield place, program.compiled(progress).read_bytes()


def _build_base(client: docker.DockerClient, recipe: Recipe, lock: Path, progress: Progress) -> None:
    architecture = str(client.version()["Arch"])
    folder = wheels.download(architecture, lock)
    packages = ((f"site-packages/{path}", content) for path, content in wheels.files(folder, recipe.excluded))
    files = [*_own_files(recipe), *packages, *_programs(recipe, progress)]
    if _pull(client, progress):
        _build(client, recipe.name, files, versions.WORKLOAD_BASE, None)
        return
    _load_bootstrapped(client, recipe.packages, progress)
    try:
        _build(client, recipe.name, files, BOOTSTRAPPED, "none")
    finally:
        client.images.remove(BOOTSTRAPPED, force=True)


def _load_bootstrapped(client: docker.DockerClient, packages: tuple[str, ...], progress: Progress) -> None:
    """Give the engine the kit's own bootstrap of Debian as an image of one layer."""
    system = rootfs.bootstrap(packages, progress)
    with system.open("rb") as handle:
        layer = archive.Layer(system, "sha256:" + hashlib.file_digest(handle, "sha256").hexdigest())
    with tempfile.TemporaryDirectory(prefix="base-", dir=paths.cache()) as folder:
        path = Path(folder) / "image.tar"
        archive.write(path, [archive.Image(BOOTSTRAPPED, [layer])])
        with path.open("rb") as handle:
            client.images.load(handle)


def _pull(client: docker.DockerClient, progress: Progress) -> bool:
    """Tell whether the engine has the published base, pulled now if need be."""
    with suppress(ImageNotFound):
        client.images.get(versions.WORKLOAD_BASE)
        return True
    if registry_was_missing():
        return False
    progress(f"pulling {versions.WORKLOAD_BASE}")
    try:
        client.images.pull(versions.WORKLOAD_BASE)
    except (DockerException, requests.RequestException) as problem:
        told = " ".join(str(problem).split())[:200]
        progress(f"no registry gives the published base, so one is made here from Debian's packages (it said: {told})")
        (paths.state() / "no-registry").touch()
        return False
    return True


def _build(
    client: docker.DockerClient,
    name: str,
    files: Iterable[tuple[str, bytes]],
    base: str,
    network: str | None,
) -> None:
    with tempfile.TemporaryFile(dir=paths.cache()) as context:
        write_context(context, files)
        said: list[str] = []
        for message in client.api.build(
            fileobj=context,
            custom_context=True,
            dockerfile="Containerfile",
            tag=REGISTRY + name,
            buildargs={"BASE": base} if base else {},
            labels={LABEL: inputs(name), MARK: "image"},
            network_mode=network,
            rm=True,
            forcerm=True,
            decode=True,
        ):
            said.append(str(message.get("stream", "")))
            if "error" in message:
                last = "".join(said[-15:])
                raise EnvironmentBrokenError(f"image {name} could not be built: {message['error']}\n{last}")


def write_context(target: IO[bytes], files: Iterable[tuple[str, bytes]]) -> None:
    """Write a build context whose bytes do not depend on this machine's owners, modes and times."""
    with tarfile.open(fileobj=target, mode="w") as tar:
        for place, content in files:
            member = tarfile.TarInfo(place)
            member.size = len(content)
            member.mode = EXECUTABLE if Path(place).parts[0] == PROGRAMS else PLAIN
            tar.addfile(member, io.BytesIO(content))
    target.seek(0)
