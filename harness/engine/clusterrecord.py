"""What this machine remembers of a cluster, and whether its API server answers."""

import base64
import json
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import yaml

from harness.core import artifacts, paths

RECORD = "cluster.json"
POLL_SECONDS = 0.25


@dataclass(frozen=True)
class Cluster:
    """A running cluster: kind's name for it, its kubeconfig, its API server's URL, its nodes' containers."""

    name: str
    kubeconfig: Path
    node: str
    server: str
    workers: tuple[str, ...] = ()

    @property
    def nodes(self) -> tuple[str, ...]:
        """Return the containers of all nodes, the control plane's first."""
        return (self.node, *self.workers)


def folder(name: str) -> Path:
    """Return where a cluster's kubeconfig and record are kept."""
    return paths.state() / "clusters" / name


def workers(name: str, count: int) -> tuple[str, ...]:
    """Return what kind calls the containers of so many workers."""
    return tuple(f"{name}-worker{number if number > 1 else ''}" for number in range(1, count + 1))


def write(name: str, variant: str, engine: str, count: int = 0) -> Cluster:
    """Record a cluster that was just made, from the kubeconfig kind wrote."""
    kubeconfig = folder(name) / "kubeconfig"
    server = yaml.safe_load(kubeconfig.read_text())["clusters"][0]["cluster"]["server"]
    cluster = Cluster(name, kubeconfig, f"{name}-control-plane", str(server), workers(name, count))
    record = {"node": cluster.node, "server": cluster.server, "variant": variant, "engine": engine}
    record["workers"] = str(count)
    part = folder(name) / f"{RECORD}.part"
    part.write_text(json.dumps(record))
    part.rename(folder(name) / RECORD)
    return cluster


def read(name: str) -> Cluster | None:
    """Return a recorded cluster; None where there is no record."""
    record = _record(name)
    try:
        beside = workers(name, int(record.get("workers", "0")))
        return Cluster(name, folder(name) / "kubeconfig", record["node"], record["server"], beside)
    except KeyError:
        return None


def touch(name: str) -> None:
    """Remember that a cluster is used now."""
    (folder(name) / RECORD).touch()


def _record(name: str) -> dict[str, str]:
    """Return what is recorded of a cluster; nothing where the record is missing or broken."""
    try:
        record = json.loads((folder(name) / RECORD).read_text())
    except (OSError, ValueError):
        return {}
    return {str(key): str(value) for key, value in record.items()} if isinstance(record, dict) else {}


def names(variants: Collection[str] | None = None, engine: str | None = None) -> list[str]:
    """Return the names of the recorded clusters (of some variants, on one kind of engine), last used first."""
    records = (paths.state() / "clusters").glob(f"*/{RECORD}")
    newest_first = sorted(records, key=lambda path: path.stat().st_mtime, reverse=True)
    found = [path.parent.name for path in newest_first]
    return [
        name
        for name in found
        if (variants is None or _record(name).get("variant") in variants)
        and engine in {None, _record(name).get("engine")}
    ]


def variants() -> set[str]:
    """Return the variants of all recorded clusters."""
    return {_record(name).get("variant", "") for name in names()}


def forget(name: str) -> None:
    """Delete what is remembered of a cluster."""
    artifacts.remove(folder(name))


def await_ready(cluster: Cluster, seconds: float) -> str | None:
    """Wait until the API server says it is ready; return None then, else what was last seen."""
    opener = _opener(cluster.kubeconfig)
    deadline = time.monotonic() + seconds
    while True:
        try:
            with opener.open(f"{cluster.server}/readyz", timeout=2):
                return None
        except urllib.error.HTTPError as problem:
            with problem:
                last = f"{problem.code} {problem.read(200).decode(errors='replace').strip()}"
        except (OSError, ssl.SSLError) as problem:
            last = str(problem)
        if time.monotonic() > deadline:
            return last
        time.sleep(POLL_SECONDS)


def _opener(kubeconfig: Path) -> urllib.request.OpenerDirector:
    """Return an opener that trusts this cluster alone and heeds no proxy; /readyz needs no login."""
    entry = yaml.safe_load(kubeconfig.read_text())["clusters"][0]["cluster"]
    authority = base64.b64decode(entry["certificate-authority-data"]).decode()
    context = ssl.create_default_context(cadata=authority)
    return urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
