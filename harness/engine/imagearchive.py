"""Images as the engine saves them: the archive a node imports, and the identity a node will know."""

import json
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import docker
from docker.models.images import Image

from harness.core import artifacts, paths
from harness.core.errors import EnvironmentBrokenError

BLOCK = 1 << 20


def write(client: docker.DockerClient, references: Sequence[str], target: IO[bytes]) -> None:
    """Save images into one archive, layers they share only once.

    Raises: docker.errors.DockerException or requests.RequestException.
    """
    # The SDK's own call saves one image at a time. Same API: Docker Engine API, ImageGetAll.
    url = f"{client.api.base_url}/v{client.api.api_version}/images/get"
    with client.api.get(url, params={"names": list(references)}, stream=True) as response:
        response.raise_for_status()
        for block in response.iter_content(BLOCK):
            target.write(block)
    target.seek(0)


def config_digest(client: docker.DockerClient, image: Image) -> str:
    """Return the digest of an image's configuration, `sha256:…`, by which a node's containerd names it."""
    identity = "sha256:" + str(image.id).removeprefix("sha256:")
    if "Descriptor" not in image.attrs:
        return identity
    # Docker's containerd store names an image by its manifest instead; the archive tells the configuration.
    known = artifacts.made("image-config", [identity], lambda path: _write_digest(client, identity, path))
    return known.read_text()


def _write_digest(client: docker.DockerClient, identity: str, path: Path) -> None:
    with tempfile.TemporaryFile(dir=paths.cache()) as archive:
        write(client, [identity], archive)
        path.write_text(read_config_digest(archive))


def read_config_digest(archive: IO[bytes]) -> str:
    """Return the digest of the configuration of an archive's one image."""
    with tarfile.open(fileobj=archive) as tar:
        manifest = tar.extractfile("manifest.json")
        if manifest is None:
            raise EnvironmentBrokenError("the engine saved an image without its manifest; is its disk full?")
        config = str(json.load(manifest)[0]["Config"])
    return "sha256:" + config.rpartition("/")[2].removesuffix(".json")
