"""Where the live stage happens, and what it takes to get there."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Terms:
    """How a place is brought up: who hears of it, which engine is forced, who is asked before something is installed."""

    tell: Tell
    force: str | None
    consent: Callable[[str], bool]


@dataclass(frozen=True)
class Place:
    """Where the live stage happens: an admin identity at a cluster, or a sandbox, and the images' IDs.

    Runs are removed in the background, so that a report need not wait for it; `close` waits.
    """

    admin: Any  # harness.kube.kube.Kube: not imported here, since the policy stage must stay quick
    images: Mapping[str, str]
    sandbox: Any = None  # harness.containers.sandbox.Sandbox
    removals: list[Future[None]] = field(default_factory=list)
    _pool: ThreadPoolExecutor = field(default_factory=ThreadPoolExecutor)

    def remove(self, removal: Callable[[], None]) -> None:
        """Begin to remove a run."""
        self.removals.append(self._pool.submit(removal))

    def close(self) -> None:
        """Wait until every run is gone.

        Raises: EnvironmentBrokenError when one does not go.
        """
        while self.removals:
            self.removals.pop().result()
        self._pool.shutdown()
