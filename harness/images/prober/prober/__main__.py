"""Run the prober (`python3 -m prober`, its order in PROBER_PLAN), the sentinel (`… sentinel`, which probes too if it has an order), one look around (`… reach`), or leave it an order (`… order`)."""

import os
import signal
import sys
import threading
from pathlib import Path

from prober import applicants, orders, plan, reach, sentinel
from prober.oracle import Oracle


def main(argv: list[str]) -> int:
    """Probe until the plan's duration is over or SIGTERM; return 2 for an unusable order."""
    signals = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    if argv == ["sentinel"]:
        threading.Thread(target=sentinel.serve, daemon=True).start()
        if "PROBER_PLAN" not in os.environ:
            signal.sigwait(signals)
            return 0
    if argv[:1] == ["reach"]:
        sys.stdout.write(reach.tell(argv[1]) + "\n")
        return 0
    if argv[:1] == ["order"]:
        try:
            orders.leave(argv[1])
        except orders.OrderError as problem:
            sys.stderr.write(f"{problem}\n")
            return 2
        return 0
    try:
        order = plan.parse(os.environ.get("PROBER_PLAN", ""))
    except plan.PlanError as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    # The resolver reads this at its first use: a name server that is silent must not outlast the timeout.
    os.environ.setdefault("RES_OPTIONS", f"timeout:{max(1, int(order.timeout))} attempts:1")
    _probe(order, signals)
    return 0


def _probe(order: plan.Plan, signals: set[signal.Signals]) -> None:
    from prober import cadence  # noqa: PLC0415 - the sentinel does without it

    stopping = threading.Event()

    def stop() -> None:
        signal.sigwait(signals)
        stopping.set()

    threading.Thread(target=stop, daemon=True).start()
    cadence.run(order, _oracle(order), stopping)


def _oracle(order: plan.Plan) -> Oracle:
    """Return what knows the right answers."""
    if order.dataset is not None:
        return applicants.Applicants(order.dataset)
    from prober import scorer  # noqa: PLC0415 - numpy and onnxruntime take a second of CPU time

    return scorer.Scorer(Path(os.environ.get("PROBER_MODELS", "/models")) / order.model)


if __name__ == "__main__":
    status = main(sys.argv[1:])
    sys.stdout.flush()
    # Not sys.exit: requests to a hung server may still wait, and nobody reads their results.
    os._exit(status)
