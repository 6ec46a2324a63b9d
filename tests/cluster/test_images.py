"""The built images: small, on the node under the names manifests use, and loaded only once."""

import time
from contextlib import closing

import pytest

from grader.venues import tofu
from harness.cluster.cluster import Cluster
from harness.containers import images
from harness.engine.engine import Engine

LARGEST = 200_000_000  # bytes

pytestmark = pytest.mark.cluster


def quiet(_: str) -> None:
    """Progress that nobody needs to see."""


@pytest.fixture(scope="module")
def built(engine: Engine) -> dict[str, images.Image]:
    return images.ensure(engine, images.names(), quiet)


@pytest.mark.parametrize("name", [name for name in images.names() if name != tofu.IMAGE])
def test_an_image_of_a_node_is_small(engine: Engine, built: dict[str, images.Image], name: str) -> None:
    with closing(engine.client()) as client:
        # Not the image's own Size: Docker's containerd store counts its compressed layers on top.
        layers = client.images.get(f"docker.io/{built[name].name}").history()
        assert 0 < sum(layer["Size"] for layer in layers) < LARGEST


def test_images_are_built_once(engine: Engine, built: dict[str, images.Image]) -> None:
    said: list[str] = []
    assert images.ensure(engine, images.names(), said.append) == built
    assert said == []


def test_the_node_holds_the_images_and_loading_again_does_nothing(
    engine: Engine, cluster: Cluster, built: dict[str, images.Image]
) -> None:
    images.load(engine, cluster, list(built.values()), quiet)
    said: list[str] = []
    started = time.monotonic()
    images.load(engine, cluster, list(built.values()), said.append)
    assert said == []
    assert time.monotonic() - started < 5  # 0.1 s on an idle machine


def test_a_missing_image_is_loaded_again(engine: Engine, cluster: Cluster, built: dict[str, images.Image]) -> None:
    image = built["breakfix/prober:1.0"]
    images.load(engine, cluster, [image], quiet)
    with closing(engine.client()) as client:
        node = client.containers.get(cluster.node)
        assert node.exec_run(["ctr", "-n", "k8s.io", "images", "rm", f"docker.io/{image.name}"])[0] == 0
    said: list[str] = []
    images.load(engine, cluster, [image], said.append)
    assert said == [f"loading {image.name} into {cluster.node}"]
