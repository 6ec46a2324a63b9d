"""Run the server: `python3 -m ranker`. Listens at once, loads meanwhile, stops at SIGTERM when all answers are given."""

import os
import signal
import sys
import threading
import time

from ranker import log, model, settings
from ranker.server import Server
from ranker.settings import Settings, SettingsError

STOP_SIGNALS = {signal.SIGTERM, signal.SIGINT}
REFRESH_SIGNAL, FREEZE_SIGNAL = signal.SIGUSR1, signal.SIGUSR2
REFRESH_SECONDS = 6.0  # in which health probes wait and rankings do not


def main() -> int:
    """Serve until a signal; return 0 after an ordered stop, 1 when a setting or the model was unusable."""
    signals = STOP_SIGNALS | {REFRESH_SIGNAL, FREEZE_SIGNAL}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    try:
        chosen = settings.parse(os.environ)
    except SettingsError as problem:
        log.write("invalid setting", error=str(problem))
        return 1
    server = Server(chosen.port)
    log.write("listening", port=chosen.port, version=chosen.version)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    threading.Thread(target=_load, args=(chosen, server), daemon=True).start()
    while (received := signal.sigwait(signals)) not in STOP_SIGNALS:
        if received == FREEZE_SIGNAL:
            server.frozen = True  # says nothing: what hangs does not tell
        else:
            log.write("refreshing the catalogue", seconds=REFRESH_SECONDS)
            server.busy_until = time.monotonic() + REFRESH_SECONDS
    log.write("stopping", signal=signal.Signals(received).name)
    failed = server.model is None
    server.draining = True
    time.sleep(0 if failed else chosen.drain_seconds)
    server.finish()
    log.write("stopped")
    return 1 if failed and received == signal.SIGINT else 0


def _load(chosen: Settings, server: Server) -> None:
    try:
        loaded = model.load(chosen.models, chosen.version, chosen.cost)
    except (OSError, ValueError, KeyError) as problem:
        log.write("model could not be loaded", error=f"{type(problem).__name__}: {problem}")
        os.kill(os.getpid(), signal.SIGINT)
        return
    time.sleep(chosen.load_seconds)  # the store of models is slow; the weights are small
    server.model = loaded
    log.write("ready", version=loaded.version)


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    os._exit(status)
