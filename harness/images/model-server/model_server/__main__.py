"""Run the server: `python3 -m model_server`. Listens at once, loads meanwhile, stops at SIGTERM."""

import os
import signal
import sys
import threading
import time

from model_server import log, settings
from model_server.errors import SettingsError
from model_server.lifecycle import Lifecycle
from model_server.routes import Service
from model_server.server import Server
from model_server.settings import Settings

STOP_SIGNALS = {signal.SIGTERM, signal.SIGINT}
HANG_SIGNAL = signal.SIGUSR1
END_SIGNAL = signal.SIGUSR2
END_DELAY = 0.5  # seconds in which whoever sent that signal from within the container ends well
GRACE = 0.8  # seconds that requests in flight get at a stop


def main(argv: list[str]) -> int:
    """Serve until a signal; return 0 after an ordered stop, 1 when a setting or the model was unusable."""
    # Blocked here and fetched by sigwait: no handler runs amid other code, and none is lost before the wait.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS | {HANG_SIGNAL, END_SIGNAL})
    try:
        chosen = settings.parse(argv, os.environ)
    except SettingsError as problem:
        log.error("invalid setting", error=str(problem))
        return 1
    log.info("starting", pid=os.getpid(), uid=os.getuid(), **chosen.public())
    _warn(chosen)
    lifecycle = Lifecycle()
    service = Service(chosen.model, chosen.token, lifecycle.initialised)
    try:
        server = Server((chosen.host, chosen.port), service, lifecycle)
    except OSError as problem:
        log.error("cannot listen", host=chosen.host, port=chosen.port, error=str(problem))
        return 1
    log.info("listening", host=chosen.host, port=chosen.port)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    threading.Thread(target=_load, args=(chosen, service, lifecycle), daemon=True).start()
    _wait(lifecycle)
    lifecycle.stopping.set()
    server.stop()
    lifecycle.drain(GRACE)
    log.info("stopped")
    return 1 if lifecycle.failed else 0


def _warn(chosen: Settings) -> None:
    if chosen.token is None:
        log.warning("no token is set: anonymous callers are served")
    elif chosen.token != chosen.token.strip():
        log.warning("the token begins or ends with white space, which no Authorization header can carry")


def _load(chosen: Settings, service: Service, lifecycle: Lifecycle) -> None:
    try:
        from model_server import model  # noqa: PLC0415 - numpy and onnxruntime take time; the port is open by now

        loaded = model.load(chosen, lifecycle.stopping, lifecycle.initialised)
    except Exception as problem:  # noqa: BLE001 - whatever it is, a server without its model must end
        log.error("model could not be loaded", error=f"{type(problem).__name__}: {problem}")
        lifecycle.failed = True
        os.kill(os.getpid(), signal.SIGTERM)
    else:
        service.model = loaded
        log.info("ready", model=loaded.name, version=loaded.version)


def _wait(lifecycle: Lifecycle) -> None:
    """Return at a signal to stop; hang the server at the other one."""
    while (received := signal.sigwait(STOP_SIGNALS | {HANG_SIGNAL, END_SIGNAL})) == HANG_SIGNAL:
        lifecycle.hung.set()
    if received == END_SIGNAL:
        time.sleep(END_DELAY)
    log.info("stopping", signal=signal.Signals(received).name)


if __name__ == "__main__":
    status = main(sys.argv[1:])
    sys.stdout.flush()
    # Not sys.exit: threads may still be inside onnxruntime, which does not survive the interpreter's end.
    os._exit(status)
