"""Run the scorer: `python3 -m risk_scorer`. Listens at once, gets ready meanwhile, stops at SIGTERM."""

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable

from risk_scorer import log, runs, settings
from risk_scorer.features import Client, FeaturesError
from risk_scorer.server import Server
from risk_scorer.settings import Settings, SettingsError

RETRY = 1.0  # seconds
REPEAT = 10  # tries after which the same failure is logged again


def main(argv: list[str]) -> int:
    """Serve until a signal; return 0 after an ordered stop, 1 when a setting was unusable."""
    signals = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    try:
        chosen = settings.parse(argv, os.environ)
    except SettingsError as problem:
        log.write("ERROR", "invalid setting", error=str(problem))
        return 1
    # The resolver reads this at its first use: a name server that is silent must not hold requests up.
    os.environ.setdefault("RES_OPTIONS", "timeout:1 attempts:2")
    log.write("INFO", "starting", **chosen.public())
    client = Client(chosen.url, chosen.client, chosen.token)
    if chosen.token is None:
        log.write("WARNING", "no token is set: every applicant gets the score of an average one")
    server = Server(chosen.port, client)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    threading.Thread(target=_get_ready, args=(chosen, client, server), daemon=True).start()
    received = signal.sigwait(signals)
    log.write("INFO", "stopping", signal=signal.Signals(received).name)
    server.shutdown()
    return 0


def _get_ready(chosen: Settings, client: Client, server: Server) -> None:
    _until_done("the feature store cannot be used", lambda: client.risk("readiness"))
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    _until_done(
        "the start cannot be recorded", lambda: runs.record(chosen.runs, socket.gethostname(), f"started {stamp}")
    )
    server.ready.set()
    log.write("INFO", "ready")


def _until_done(failure: str, step: Callable[[], object]) -> None:
    tries, last = 0, ""
    while True:
        try:
            step()
        except (FeaturesError, runs.RunsError) as problem:
            if str(problem) != last or tries % REPEAT == 0:
                log.write("ERROR", failure, error=str(problem))
            tries, last = tries + 1, str(problem)
            time.sleep(RETRY)
        else:
            return


if __name__ == "__main__":
    status = main(sys.argv[1:])
    sys.stdout.flush()
    os._exit(status)  # requests may still wait for the feature store
