"""Which node image to use, and the pull of the published one."""

import time
from collections.abc import Callable
from contextlib import closing

import docker
import requests
from docker.errors import DockerException

from harness.core import paths, versions
from harness.core.errors import EnvironmentBrokenError
from harness.core.progress import Progress
from harness.engine.engine import Engine
from harness.nodeimage import build

SILENCE_SECONDS = 60  # a registry that says nothing for so long counts as none
REMEMBER_SECONDS = 600
COST = "10 to 20 minutes on two cores, 11 GB of disk, most of it Go's caches (go clean -cache -modcache)"


def ensure(engine: Engine, progress: Progress, *, consent: Callable[[str], bool]) -> str:
    """Return the reference of a node image the engine has: present, pulled, or built here with consent.

    Raises: EnvironmentBrokenError when there is none and consent to build one was not given, or the
    build failed.
    """
    with closing(engine.client()) as client:
        for reference in (versions.KIND_NODE, build.reference()):
            if build.is_present(client, reference):
                return reference
    if not registry_was_missing() and pull(engine, progress):
        return versions.KIND_NODE
    if not consent(f"no registry has the node image; build one on this machine ({COST})?"):
        raise EnvironmentBrokenError(
            f"the node image {versions.KIND_NODE} cannot be pulled, and building one here was declined; "
            "give this machine access to an image registry, or agree to the build"
        )
    return build.run(engine, progress)


def pull(engine: Engine, progress: Progress) -> bool:
    """Pull the published node image; tell whether that worked and remember for a while if it did not."""
    progress("pulling the node image")
    try:
        with closing(engine.client(SILENCE_SECONDS)) as client:
            _pull(client, versions.KIND_NODE)
    except (DockerException, requests.RequestException) as problem:
        told = str(problem).splitlines()[0][:200]
        progress(f"no registry gives the published node image, so one is needed that is made here (it said: {told})")
        (paths.state() / "no-registry").touch()
        return False
    return True


def _pull(client: docker.DockerClient, reference: str) -> None:
    """Pull by the streaming call, so that the time limit is one of silence and not of the whole download."""
    repository, digest = reference.split("@")
    for message in client.api.pull(repository, tag=digest, stream=True, decode=True):
        if "error" in message:
            raise DockerException(str(message["error"]))
    client.images.get(reference)


def registry_was_missing() -> bool:
    """Tell whether a pull failed within the last ten minutes, so that warm runs lose no time."""
    mark = paths.state() / "no-registry"
    return mark.exists() and time.time() - mark.stat().st_mtime < REMEMBER_SECONDS
