"""The container engine of this machine: Docker or Podman, found or, for Podman, started."""

import os
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import docker
import requests
from docker.constants import DEFAULT_DOCKER_API_VERSION
from docker.context import ContextAPI
from docker.errors import DockerException

from harness.core.errors import EnvironmentBrokenError
from harness.engine import podman

Kind = Literal["docker", "podman"]
ANSWER_SECONDS = 5
CALL_SECONDS = 300
REMEDY = (
    "no container engine answers; start Docker or Podman, or install one (on Debian and Ubuntu: "
    "sudo sh harness/bootstrap.sh), or point DOCKER_HOST at the engine's socket; then run: breakfix doctor"
)


@dataclass(frozen=True)
class Engine:
    """An engine that answered: its API's address and what kind and its own command line need to use it."""

    kind: Kind
    url: str
    version: str
    environment: Mapping[str, str] = field(default_factory=dict)
    api: str = "auto"  # the API's version; known, it saves each client asking (0.3 s on podman)

    def client(self, seconds: float = CALL_SECONDS) -> docker.DockerClient:
        """Return a new SDK client with this timeout per call; the caller closes it (contextlib.closing).

        Raises: EnvironmentBrokenError when the engine has stopped answering.
        """
        try:
            return docker.DockerClient(base_url=self.url, version=self.api, timeout=int(seconds))
        except (DockerException, requests.RequestException) as problem:
            raise EnvironmentBrokenError(
                f"the {self.kind} engine at {self.url} stopped answering: {problem}"
            ) from problem


@contextmanager
def connect(force: str | None = None) -> Iterator[Engine]:
    """Give the engine to use: DOCKER_HOST, the docker context, a known socket, or a podman of our own.

    `force` is "docker" or "podman" and passes over engines of the other kind. A podman service started
    here ends with the context.

    Raises: EnvironmentBrokenError with the remedy when there is none.
    """
    if force not in {None, "docker", "podman"}:
        raise EnvironmentBrokenError(f"there is no engine {force!r}; use docker or podman")
    found = find(force)
    if found is not None:
        yield found
        return
    if force == "docker" or not podman.can_serve():
        wanted = f" (only {force} was asked for)" if force else ""
        raise EnvironmentBrokenError(REMEDY + wanted)
    with podman.service() as url:
        # It listens before it answers, and on a busy machine long before: it first waits for podman's own locks.
        engine = probe(url, podman.START_SECONDS)
        if engine is None:
            raise EnvironmentBrokenError(f"podman was started on {url} but does not answer; try: podman info")
        yield engine


def find(force: str | None = None) -> Engine | None:
    """Return the first engine of the wanted kind that already answers, or None.

    Raises: EnvironmentBrokenError when DOCKER_HOST is set and nothing answers there.
    """
    explicit = os.environ.get("DOCKER_HOST")
    if explicit:
        engine = probe(explicit)
        if engine is None:
            raise EnvironmentBrokenError(f"no engine answers at DOCKER_HOST={explicit}; start it, or unset DOCKER_HOST")
        if force in {None, engine.kind}:
            return engine
    for url in candidates():
        engine = probe(url)
        if engine is not None and force in {None, engine.kind}:
            return engine
    return None


def candidates() -> list[str]:
    """Return the addresses an engine may listen on, most wanted first: the context's, then known sockets."""
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}")
    sockets = (
        Path("/var/run/docker.sock"),
        runtime / "docker.sock",
        Path.home() / ".docker/run/docker.sock",
        Path.home() / ".colima/default/docker.sock",
        Path.home() / ".rd/docker.sock",
        # podman's command line serves each user apart, so root's socket is root's alone.
        *([Path("/run/podman/podman.sock")] if os.geteuid() == 0 else []),
        runtime / "podman/podman.sock",
    )
    urls = [*_context(), *(f"unix://{path}" for path in sockets), *podman.machine_urls()]
    return list(dict.fromkeys(urls))


def _context() -> list[str]:
    """Return the active docker context's address; none where the user's docker configuration is broken."""
    try:
        context = ContextAPI.get_current_context()
        return [str(context.endpoints["docker"]["Host"])] if context else []
    except Exception:  # noqa: BLE001 - the SDK raises bare Exception here
        return []


def probe(url: str, seconds: float = ANSWER_SECONDS) -> Engine | None:
    """Return the engine that answers at this address within these seconds, or None."""
    if url.startswith("unix://") and not podman.listens(url.removeprefix("unix://")):
        return None  # the SDK leaks its own socket where nothing listens
    try:
        with closing(docker.APIClient(url, DEFAULT_DOCKER_API_VERSION, int(seconds))) as client:
            version = client.version(api_version=False)
    except (DockerException, requests.RequestException, ValueError):
        return None
    kind = engine_kind(version)
    said = str(version.get("Version", "unknown"))
    return Engine(kind, url, said, environment(kind, url), str(version.get("ApiVersion", "auto")))


def engine_kind(version: Mapping[str, object]) -> Kind:
    """Tell Podman from Docker by the component names in the answer of the version call."""
    components = version.get("Components")
    for component in components if isinstance(components, list) else []:
        if "podman" in str(component.get("Name", "")).lower():
            return "podman"
    return "docker"


def environment(kind: Kind, url: str) -> dict[str, str]:
    """Return what the kind and the engine's command line need in their environment."""
    if kind == "docker":
        return {"DOCKER_HOST": url}
    return {"KIND_EXPERIMENTAL_PROVIDER": "podman", **podman.environment()}
