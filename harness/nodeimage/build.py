"""Building the node image on this machine, step by step."""

import json
import tarfile
import tempfile
from collections.abc import Callable
from contextlib import closing

import docker
from docker.errors import DockerException, ImageNotFound
from docker.models.containers import Container

from harness.build import gobuild, kindcli
from harness.core import artifacts, paths, versions
from harness.core.errors import EnvironmentBrokenError
from harness.core.progress import Progress
from harness.engine.engine import Engine
from harness.nodeimage import archive, base, binaries, components

REPOSITORY = "breakfix/node"
# As kind's own Dockerfile has it: systemd looks for `container`, and exits on that signal alone.
CONFIG = {
    "Env": ["container=docker", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
    "StopSignal": "SIGRTMIN+3",
}
ENTRYPOINT = ["/usr/local/bin/entrypoint", "/sbin/init"]
LOAD_SECONDS = 600

# Each step is cached by its inputs: a second run skips what the first one finished.
STEPS: tuple[tuple[str, Callable[[Engine, Progress], object]], ...] = (
    ("the Go toolchain", lambda _, progress: gobuild.toolchain(progress)),
    ("Kubernetes", lambda _, progress: binaries.kubernetes(progress)),
    ("kind", lambda _, progress: kindcli.binary(progress)),
    ("containerd", lambda _, progress: gobuild.compiled(binaries.containerd, progress)),
    ("crictl", lambda _, progress: gobuild.compiled(binaries.crictl, progress)),
    ("etcd", lambda _, progress: gobuild.compiled(binaries.etcd, progress)),
    ("CoreDNS", lambda _, progress: gobuild.compiled(binaries.coredns, progress)),
    ("kube-router", lambda _, progress: gobuild.compiled(binaries.kube_router, progress)),
    ("the volume provisioner", lambda _, progress: gobuild.compiled(binaries.local_path, progress)),
    ("Debian", lambda _, progress: base.rootfs(progress)),
    ("component images", lambda _, progress: components.archive(progress)),
    ("base image", lambda engine, progress: load_base(engine, progress)),  # noqa: PLW0108 - defined below
    ("node image", lambda engine, _: commit(engine)),
)


def tag() -> str:
    """Return the tag a node image built here and now would have."""
    return f"{versions.KUBERNETES}-{artifacts.digest(base.inputs())[:12]}"


def reference() -> str:
    """Return the full reference of the node image built here."""
    return f"{REPOSITORY}:{tag()}"


def base_reference() -> str:
    """Return the reference of the image the node image starts from; it is deleted once that is made."""
    return f"{REPOSITORY}-base:{tag()}"


def run(engine: Engine, progress: Progress) -> str:
    """Build the node image and return its reference. Ten to twenty minutes cold on two cores.

    Raises: EnvironmentBrokenError when a step fails, with what it said.
    """
    with artifacts.locked(paths.cache() / "node-image.lock", lambda: progress("waiting for another build")):
        for number, (title, step) in enumerate(STEPS, 1):
            prefix = f"node image, step {number}/{len(STEPS)}: {title}"
            progress(prefix)
            step(engine, _prefixed(prefix, progress))
    return reference()


def _prefixed(prefix: str, progress: Progress) -> Progress:
    return lambda line: progress(f"{prefix}: {line}")


def load_base(engine: Engine, progress: Progress) -> None:
    """Write the node's file system as an image of one layer and load it into the engine."""
    with closing(engine.client(LOAD_SECONDS)) as client:
        if is_present(client, base_reference()) or is_present(client, reference()):
            return
        pause = components.names(progress)["pause"]
        with artifacts.scratch(paths.cache() / "node-image.work") as folder:
            path = folder / "image"
            layer = archive.write_layer(folder / "layer", lambda tar: base.add(tar, pause, progress), compress=False)
            archive.write(path, [archive.Image(base_reference(), [layer], CONFIG)])
            layer.path.unlink()
            with path.open("rb") as handle:
                client.images.load(handle)


def is_present(client: docker.DockerClient, name: str) -> bool:
    """Tell whether the engine has an image of this name."""
    try:
        client.images.get(name)
    except ImageNotFound:
        return False
    return True


def commit(engine: Engine) -> None:
    """Load the component images into containerd's store in a container of the base, and commit that."""
    with closing(engine.client(LOAD_SECONDS)) as client:
        if is_present(client, reference()):
            return
        try:
            _load_and_commit(client)
        except DockerException as problem:
            raise EnvironmentBrokenError(f"the engine could not make the node image: {problem}") from problem


def _load_and_commit(client: docker.DockerClient) -> None:
    container = client.containers.create(
        base_reference(),
        entrypoint=["/kind/load-images", "/kind/component-images.tar"],
        privileged=True,
        network_mode="none",
    )
    try:
        _copy_in(container)
        container.start()
        code = container.wait(timeout=LOAD_SECONDS)["StatusCode"]
        if code != 0:
            said = container.logs(tail=20).decode(errors="replace")
            raise EnvironmentBrokenError(f"loading images into {base_reference()} ended with {code}:\n{said}")
        container.commit(REPOSITORY, tag(), changes=changes())
    finally:
        container.remove(force=True, v=True)
    client.images.remove(base_reference())


def _copy_in(container: Container) -> None:
    with tempfile.TemporaryFile(dir=paths.cache()) as handle:
        with tarfile.open(fileobj=handle, mode="w") as tar:
            archive.add_file(tar, "load-images", base.FILES / "load-images", 0o755)
            archive.add_file(tar, "component-images.tar", components.archive(lambda _: None))
            end = tar.offset + 2 * tarfile.BLOCKSIZE
        # podman stops reading at the end mark: padding after it breaks the pipe ("passing bulk input").
        handle.truncate(end)
        handle.seek(0)
        container.put_archive("/kind", handle)


def changes() -> list[str]:
    """Return what the container that loaded the images had otherwise; the rest comes from the base."""
    return [f"ENTRYPOINT {json.dumps(ENTRYPOINT)}", "CMD []"]
