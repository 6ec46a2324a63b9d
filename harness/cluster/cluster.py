"""The kit's kind cluster: made once, kept, reused, and remade when it went stale."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from harness import nodeimage
from harness.build import kindcli
from harness.cluster import egress, kindconfig
from harness.core import artifacts, paths, process
from harness.core.errors import EnvironmentBrokenError
from harness.core.progress import Progress
from harness.engine import clusternode, clusterrecord
from harness.engine.clusterrecord import Cluster
from harness.engine.engine import Engine
from harness.exercises.needs import Needs

__all__ = ["Cluster", "current", "delete", "delete_all", "ensure", "exec_node", "save_diagnostics"]

READY_SECONDS = 15
CREATE_SECONDS = 600
MODULES = Path("/lib/modules")  # kind mounts it into every node
WATCHERS = Path("/proc/sys/fs/inotify/max_user_instances")
ENOUGH_WATCHERS = 512  # about 40 on a node, and clusters live side by side
NOTHING = Needs()
SYSTEM = (
    # A second CoreDNS on the same machine makes nothing safer, and takes the room of a run.
    [*clusternode.KUBECTL, "-n", "kube-system", "scale", "deployment/coredns", "--replicas=1"],
    # kube-proxy requests nothing, and so would come last on a busy node: a Service would lead to pods that are gone.
    [*clusternode.KUBECTL, "-n", "kube-system", "set", "resources", "daemonset/kube-proxy", "--requests=cpu=50m"],
)
EXPLANATIONS = (
    ("no space left on device", "the disk is full; free some space and try again"),
    ("address already in use", "a port the cluster needs was taken meanwhile; try again"),
    ("Cannot connect to the Docker daemon", "the engine stopped while the cluster was made; start it"),
    ("connection refused", "the engine or the node stopped while the cluster was made"),
    ("too many open files", "raise fs.inotify.max_user_instances; see: breakfix doctor"),
)


@dataclass(frozen=True)
class Spec:
    """What a cluster is made from; its name stands for all of it."""

    image: str
    config: str
    variant: str
    engine: str
    workers: int = 0

    @property
    def name(self) -> str:
        """Return breakfix- and eight hexadecimal digits of all of it."""
        return f"breakfix-{artifacts.digest([self.image, self.config, self.variant, self.engine])[:8]}"

    @property
    def node(self) -> str:
        """Return the name kind gives the node's container."""
        return f"{self.name}-control-plane"

    @property
    def nodes(self) -> tuple[str, ...]:
        """Return the names of all nodes' containers."""
        return (self.node, *clusterrecord.workers(self.name, self.workers))


def ensure(
    engine: Engine,
    progress: Progress,
    *,
    consent: Callable[[str], bool],
    variant: str = "",
    needs: Needs = NOTHING,
) -> Cluster:
    """Return the running cluster that has what is needed, made first where there is none or only a stale one.

    Clusters of different `variant` live side by side, as do those for different sorts of needs. A reuse takes well under
    a second.

    Raises: EnvironmentBrokenError when it cannot be made, or its API server does not answer.
    """
    image = nodeimage.ensure(engine, progress, consent=consent)
    config = kindconfig.text(kindconfig.of(needs))
    spec = Spec(image, config, variant + needs.variant, engine.kind, needs.workers)
    lock = paths.state() / "clusters" / f"{spec.name}.lock"
    with artifacts.locked(lock, lambda: progress("waiting for another breakfix that makes the cluster")):
        return reused(engine, spec, progress) or create(engine, spec, progress)


def reused(engine: Engine, spec: Spec, progress: Progress) -> Cluster | None:
    """Return the recorded cluster if its node runs; delete it and return None if it went stale.

    Raises: EnvironmentBrokenError when the node runs and its API server does not answer.
    """
    recorded, found = clusterrecord.read(spec.name), [clusternode.status(engine, node) for node in spec.nodes]
    status = next((one for one in found if one != "running"), "running")
    if recorded is None and not any(found):
        return None
    if recorded is not None and status == "running":
        last = clusterrecord.await_ready(recorded, READY_SECONDS)
        if last is None:
            clusterrecord.touch(spec.name)
            return recorded
        if clusternode.alive(engine, spec.node):
            raise EnvironmentBrokenError(
                f"cluster {spec.name}: its node runs, but the API server at {recorded.server} did not get ready "
                f"within {READY_SECONDS} s ({last}); look at: {engine.kind} logs {spec.node}; to have it made "
                f"anew: {engine.kind} rm --force --volumes {spec.node}"
            )
        status = "dead, though the engine has not noticed"
    progress(f"cluster {spec.name} is stale (its node is {status or 'gone'}); making it again")
    delete(engine, spec.name)
    return None


def create(engine: Engine, spec: Spec, progress: Progress) -> Cluster:
    """Make the cluster; whatever goes wrong, nothing of it is left behind.

    Raises: EnvironmentBrokenError, naming the folder with the diagnostics.
    """
    _require_modules_folder()
    _allow_watches(progress)
    kind = kindcli.binary(progress)
    for other in clusterrecord.names((spec.variant,), spec.engine):
        progress(f"deleting cluster {other}, which an earlier configuration or node image made")
        delete(engine, other)
    progress(f"creating cluster {spec.name}")
    try:
        with _terminable():
            _run_kind(kind, engine, spec, progress)
            for node in spec.nodes:
                egress.confine(engine, node, spec.node)
            for command in SYSTEM:
                clusternode.execute(engine, spec.node, command, 30)
            return clusterrecord.write(spec.name, spec.variant, spec.engine, spec.workers)
    except BaseException as problem:
        with _undisturbed():
            _clean_up(engine, spec, problem)
        raise


def _run_kind(kind: Path, engine: Engine, spec: Spec, progress: Progress) -> None:
    kubeconfig = clusterrecord.folder(spec.name) / "kubeconfig"
    kubeconfig.parent.mkdir(parents=True, exist_ok=True)
    command: list[str | Path] = [kind, "create", "cluster", "--name", spec.name, "--image", spec.image]
    command += ["--config", "-", "--kubeconfig", kubeconfig, "--wait", "60s", "--retain"]
    process.run(
        command,
        timeout=CREATE_SECONDS,
        env=engine.environment,
        stdin=spec.config.encode(),
        on_line=lambda line: _forward(line, progress),
    )


def _forward(line: str, progress: Progress) -> None:
    """Pass kind's steps on, without its bullets and pictures."""
    if line.startswith(" • "):
        text = "".join(letter for letter in line[3:] if letter.isascii() or letter == "≤")
        progress("cluster: " + text.strip(" ."))


def _clean_up(engine: Engine, spec: Spec, problem: BaseException) -> None:
    """Save diagnostics, except on Ctrl-C, and delete the half-made cluster.

    Raises: EnvironmentBrokenError that tells what to do, in place of one that came from a program.
    """
    told = [f"cluster {spec.name} could not be made: {explain(problem)}", str(problem)]
    if not isinstance(problem, KeyboardInterrupt):
        folder = clusternode.diagnostics_folder(spec.name)
        clusternode.save_diagnostics(engine, spec.node, folder)
        told.append(f"diagnostics: {folder}")
    try:
        delete(engine, spec.name)
    except EnvironmentBrokenError as left_behind:
        told.append(str(left_behind))
    if isinstance(problem, EnvironmentBrokenError):
        raise EnvironmentBrokenError("\n".join(told)) from problem


def explain(problem: BaseException) -> str:
    """Return what a failure's output says in one sentence, where it is one we know."""
    output = problem.output if isinstance(problem, process.ProcessError) else str(problem)
    for phrase, explanation in EXPLANATIONS:
        if phrase.lower() in output.lower():
            return explanation
    return "the output below tells why"


def _require_modules_folder() -> None:
    if sys.platform != "linux" or MODULES.exists():
        return
    try:
        MODULES.mkdir(parents=True)
    except OSError as problem:
        raise EnvironmentBrokenError(f"kind needs {MODULES}; run: sudo mkdir -p {MODULES}") from problem


def _allow_watches(progress: Progress) -> None:
    """Let all nodes watch files, where this process may: a kube-proxy that cannot ends, and Services lead nowhere.

    Source: kind's page on known issues, "Pod errors due to too many open files".
    """
    if not WATCHERS.exists() or int(WATCHERS.read_text()) >= ENOUGH_WATCHERS:
        return
    with suppress(OSError):  # who may not is told by doctor, and by what then fails
        WATCHERS.write_text(str(ENOUGH_WATCHERS))
        progress(f"fs.inotify.max_user_instances is {ENOUGH_WATCHERS} now, until the next boot")


@contextmanager
def _terminable() -> Iterator[None]:
    """Let a SIGTERM unwind like an exit while the context lasts, so that clean-up runs."""

    def stop(number: int, _: FrameType | None) -> None:
        raise SystemExit(128 + number)

    with _handler(signal.SIGTERM, stop):
        yield


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Heed neither Ctrl-C nor SIGTERM while the context lasts: cleaning up takes seconds."""
    with _handler(signal.SIGINT, signal.SIG_IGN), _handler(signal.SIGTERM, signal.SIG_IGN):
        yield


Handler = Callable[[int, FrameType | None], None] | signal.Handlers


@contextmanager
def _handler(number: signal.Signals, handler: Handler) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(number, handler)
    try:
        yield
    finally:
        signal.signal(number, before)


def chosen_variant() -> str:
    """Return BREAKFIX_CLUSTER: a word that gives a second cluster beside the usual one; '' for the usual one."""
    return os.environ.get("BREAKFIX_CLUSTER", "")


def current() -> Cluster | None:
    """Return the cluster that was used last, without asking the engine; None where there is none."""
    names = clusterrecord.names(variants())
    return clusterrecord.read(names[0]) if names else None


def variants() -> tuple[str, ...]:
    """Return the recorded variants that the commands mean here: the chosen one, for whatever needs."""
    chosen = chosen_variant()
    return tuple(name for name in clusterrecord.variants() if name == chosen or name.startswith(f"{chosen}+"))


def delete(engine: Engine, name: str) -> None:
    """Delete a cluster and all that is remembered of it; nothing where there is none."""
    clusternode.remove(engine, name)
    clusterrecord.forget(name)


def delete_all(engine: Engine) -> None:
    """Delete every cluster of this kit on this engine, and forget those that are gone already.

    With BREAKFIX_CLUSTER set, only that one.
    """
    chosen = chosen_variant()
    known = clusterrecord.names(variants() if chosen else None, engine.kind)
    for name in sorted({*known, *([] if chosen else clusternode.clusters(engine))}):
        delete(engine, name)


def exec_node(engine: Engine, cluster: Cluster, argv: Sequence[str], timeout: float) -> str:
    """Run a command on the cluster's node and return what it wrote; `timeout` in seconds.

    Raises: ProcessError when it exits non-zero or overruns.
    """
    return clusternode.execute(engine, cluster.node, argv, timeout)


def save_diagnostics(engine: Engine, cluster: Cluster, folder: Path) -> None:
    """Write the node's logs, events, pods and containers into `folder`."""
    clusternode.save_diagnostics(engine, cluster.node, folder)
