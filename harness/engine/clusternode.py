"""A cluster's node containers, as the engine sees them."""

import time
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

import docker
import requests
from docker.errors import APIError, DockerException, NotFound
from docker.models.containers import Container
from docker.models.volumes import Volume

from harness.core import paths, process
from harness.core.errors import EnvironmentBrokenError
from harness.engine.engine import Engine

LABEL = "io.x-k8s.kind.cluster"  # kind puts it on the containers it makes
TRIES = 5  # of a deletion: each sees what the one before left
KUBECTL = ["kubectl", "--kubeconfig=/etc/kubernetes/admin.conf"]
DIAGNOSTICS: tuple[tuple[str, list[str], list[str]], ...] = (
    ("container.json", ["inspect"], []),
    ("container.log", ["logs"], []),
    ("journal.log", ["exec"], ["journalctl", "--no-pager", "-n", "2000"]),
    ("containers.txt", ["exec"], ["crictl", "ps", "-a"]),
    ("pods.txt", ["exec"], [*KUBECTL, "get", "pods,nodes", "-A", "-o", "wide"]),
    ("events.txt", ["exec"], [*KUBECTL, "get", "events", "-A"]),
)


def status(engine: Engine, node: str) -> str | None:
    """Return a node container's status ("running", "exited", …); None where it is gone."""
    with closing(engine.client(10)) as client:
        try:
            return str(client.containers.get(node).status)
        except NotFound:
            return None
        except (DockerException, requests.RequestException) as problem:
            raise EnvironmentBrokenError(f"the engine could not inspect {node}: {problem}") from problem


def alive(engine: Engine, node: str) -> bool:
    """Whether a program can run on the node: Podman calls a container running whose monitor was killed with it."""
    try:
        execute(engine, node, ["true"], 10)
    except process.ProcessError:
        return False
    return True


def clusters(engine: Engine) -> list[str]:
    """Return the names of all kind clusters of this kit that have a container, in any state."""
    with closing(engine.client()) as client:
        found = client.containers.list(all=True, filters={"label": LABEL})
        names = {str(container.labels.get(LABEL, "")) for container in found}
    return sorted(name for name in names if name.startswith("breakfix-"))


def remove(engine: Engine, name: str) -> None:
    """Delete a cluster's containers and volumes at once, without the grace a stop would give.

    Asked again, a few times: Podman refuses at first where a container's monitor ended without it, and takes it then.

    Raises: EnvironmentBrokenError when something of it is still there afterwards.
    """
    said = ""
    with closing(engine.client()) as client:
        for _ in range(TRIES):
            try:
                left: list[Container | Volume] = [*containers(client, name), *volumes(client, name)]
                if not left:
                    return
                said = " ".join(filter(None, map(_delete, left))) or said
            except (DockerException, requests.RequestException) as problem:
                said = str(problem)
    raise EnvironmentBrokenError(
        f"cluster {name} could not be deleted: {said}; try: {engine.kind} rm --force --volumes {name}-control-plane"
    )


def _delete(one: Container | Volume) -> str:
    """Delete a container or a volume; return what the engine says against it."""
    try:
        if isinstance(one, Volume):
            one.remove(force=True)
        else:
            with suppress(APIError):
                one.kill()
            one.remove(force=True, v=True)
    except NotFound:
        return ""
    except APIError as problem:  # a volume goes nevertheless when a reboot took its lock
        return str(problem)
    return ""


def containers(client: docker.DockerClient, name: str) -> list[Container]:
    """Return a cluster's node containers, in any state."""
    return client.containers.list(all=True, filters={"label": f"{LABEL}={name}"})


def volumes(client: docker.DockerClient, name: str) -> list[Volume]:
    """Return a cluster's volumes. On podman kind makes them apart and labels them with the node's name."""
    found = client.volumes.list()
    return [volume for volume in found if any(key.startswith(f"{name}-") for key in volume.attrs["Labels"] or ())]


def execute(engine: Engine, node: str, argv: Sequence[str], timeout: float, stdin: bytes | None = None) -> str:
    """Run a command on a node and return what it wrote; `timeout` in seconds.

    Raises: ProcessError when it exits non-zero or overruns.
    """
    interactive = ["-i"] if stdin is not None else []
    command = [engine.kind, "exec", *interactive, node, *argv]
    return process.run(command, timeout=timeout, env=engine.environment, stdin=stdin)


def save_diagnostics(engine: Engine, node: str, folder: Path) -> None:
    """Write what the engine and the node know into `folder`; what cannot be had says why in its file."""
    folder.mkdir(parents=True, exist_ok=True)
    for file, verb, argv in DIAGNOSTICS:
        try:
            said = process.run([engine.kind, *verb, node, *argv], timeout=10, env=engine.environment)
        except process.ProcessError as problem:
            said = f"{problem}\n"
        (folder / file).write_text(said)


def diagnostics_folder(name: str) -> Path:
    """Return a new name for a folder of diagnostics, under the kit's state."""
    return paths.state() / "diagnostics" / f"{name}-{time.strftime('%Y%m%d-%H%M%S')}"
