"""Where the server is in its life, and which requests are in flight."""

import threading
import time

from model_server import log


class Lifecycle:
    """Shared by the threads of one server: `initialised`, `hung` and `stopping` are set once and stay set."""

    def __init__(self) -> None:
        self.initialised = threading.Event()
        self.hung = threading.Event()
        self.stopping = threading.Event()
        self.failed = False
        self._in_flight = 0
        self._changed = threading.Condition()

    def begin(self) -> None:
        """Count a connection in."""
        with self._changed:
            self._in_flight += 1

    def end(self) -> None:
        """Count a connection out."""
        with self._changed:
            self._in_flight -= 1
            self._changed.notify_all()

    def drain(self, seconds: float) -> None:
        """Wait until nothing is in flight, at most `seconds`."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while self._in_flight and (left := deadline - time.monotonic()) > 0:
                self._changed.wait(left)
            if self._in_flight:
                log.warning("requests were cut off", requests=self._in_flight)
