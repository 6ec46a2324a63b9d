"""The images of the exercises' workloads: built from harness/images and from packs, and put on a cluster's node."""

import json
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

import docker
import requests
from docker.errors import DockerException

from harness.containers import imagebuild
from harness.core import artifacts, paths
from harness.core.errors import EnvironmentBrokenError, InputError
from harness.core.progress import Progress
from harness.engine import clusternode, imagearchive
from harness.engine.clusterrecord import Cluster
from harness.engine.engine import Engine

BUILD_SECONDS = 900
LOAD_SECONDS = 300
SETTLE_SECONDS = 10
POLL_SECONDS = 0.1
EXEC_TRIES = 5  # Podman 4.3 on a busy machine now and then ends an exec with code 0 before it hands over the output


@dataclass(frozen=True)
class Image:
    """An image: the name manifests use, and the digest of its configuration, which a node has as its ID."""

    name: str
    id: str


def names() -> list[str]:
    """Return the images of the kit that stand on the runtime."""
    found = imagebuild.recipes()
    return [name for name, recipe in found.items() if recipe.is_the_kits and recipe.base == imagebuild.RUNTIME]


def ensure(engine: Engine, names: Sequence[str], progress: Progress) -> dict[str, Image]:
    """Return the named images, each built first unless the engine has it from the same inputs.

    Raises: InputError for a name that neither the kit nor a pack has, EnvironmentBrokenError when a build fails.
    """
    known = imagebuild.recipes()
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise InputError(f"there is no image {', '.join(unknown)}; kit and packs have {', '.join(known)}")
    lock = paths.cache() / "workload-images.lock"
    wanted = list(dict.fromkeys(names))
    try:
        with closing(engine.client(BUILD_SECONDS)) as client:
            if all(imagebuild.present(client, name) for name in wanted):  # no build of other images is waited for
                return {name: _ensured(client, name, progress) for name in wanted}
            with artifacts.locked(lock, lambda: progress("waiting for another build of the images")):
                return {name: _ensured(client, name, progress) for name in wanted}
    except (DockerException, requests.RequestException) as problem:
        raise EnvironmentBrokenError(f"the {engine.kind} engine failed at an image: {problem}") from problem


def _ensured(client: docker.DockerClient, name: str, progress: Progress) -> Image:
    image = imagebuild.ensure(client, name, progress)
    return Image(name, imagearchive.config_digest(client, image))


def load(engine: Engine, cluster: Cluster, images: Sequence[Image], progress: Progress) -> None:
    """Make sure that every node holds these images under their names; a fraction of a second when they do.

    Raises: EnvironmentBrokenError when it still does not afterwards.
    """
    try:
        with closing(engine.client(LOAD_SECONDS)) as client:
            for node in cluster.nodes:
                missing = _missing(_held(client, node), images)
                if missing:
                    progress(f"loading {', '.join(image.name for image in missing)} into {node}")
                    _load(engine, client, node, missing)
    except (DockerException, requests.RequestException) as problem:
        raise EnvironmentBrokenError(f"images could not be loaded into cluster {cluster.name}: {problem}") from problem


def _load(engine: Engine, client: docker.DockerClient, node: str, images: Sequence[Image]) -> None:
    with tempfile.TemporaryFile(dir=paths.cache()) as archive:
        imagearchive.write(client, [imagebuild.REGISTRY + image.name for image in images], archive)
        command = ["ctr", "--namespace=k8s.io", "images", "import", "-"]
        clusternode.execute(engine, node, command, LOAD_SECONDS, archive.read())
    deadline = time.monotonic() + SETTLE_SECONDS  # the kubelet's side learns of an import by an event
    while missing := _missing(held := _held(client, node), images):
        if time.monotonic() > deadline:
            names = ", ".join(f"{image.name} ({image.id})" for image in missing)
            raise EnvironmentBrokenError(f"{node} does not hold {names} after loading; it has {held}")
        time.sleep(POLL_SECONDS)


def _missing(held: Mapping[str, str], images: Sequence[Image]) -> list[Image]:
    return [image for image in images if held.get(imagebuild.REGISTRY + image.name) != image.id]


def _held(client: docker.DockerClient, node: str) -> dict[str, str]:
    """Return what the node's container runtime holds: full names to configuration digests."""
    for _ in range(EXEC_TRIES):
        code, output = client.containers.get(node).exec_run(["crictl", "images", "--output=json"], stderr=False)
        said = output.decode(errors="replace") if isinstance(output, bytes) else ""
        if code == 0 and said.strip():
            images = json.loads(said).get("images") or []
            return {str(tag): str(image["id"]) for image in images for tag in image.get("repoTags") or []}
    raise EnvironmentBrokenError(f"{node} could not list its images: {said.strip() or f'exit code {code}'}")
