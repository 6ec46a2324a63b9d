"""Train once, tell how it went on standard output, and leave the result as the container's termination message."""

import json
import signal
import sys
import time
from pathlib import Path

from trainer import devices, fit, loader, settings
from trainer.errors import TrainingError

TERMINATION = Path("/dev/termination-log")  # Kubernetes' own default


def say(**fields: object) -> None:
    """Write one line of the log."""
    sys.stdout.write(json.dumps({"time": time.strftime("%H:%M:%S"), **fields}) + "\n")
    sys.stdout.flush()


def tell(epoch: int, loss: float, pace: float) -> None:
    """Tell of an epoch, `pace` seconds after the one before it."""
    time.sleep(pace)
    say(level="info", message="epoch done", epoch=epoch, loss=round(loss, 6))


def main() -> int:
    """Run one training and return the exit code."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))  # as process 1 it would not end by itself
    told = settings.read(sys.argv[1:])
    try:
        found = devices.visible()
        say(level="info", message="devices", devices=found)
        with loader.shards(told.dataset, told.workers) as shards:
            say(level="info", message="data loaded", workers=told.workers)
            if (kept := fit.resumed(told.output, told.dataset).epoch) > 0:
                say(level="info", message="going on from a checkpoint", epoch=kept, output=str(told.output))
            end = fit.train(
                shards, told.dataset, told.epochs, told.output,
                lambda epoch, loss: tell(epoch, loss, told.pace),
            )  # fmt: skip
    except TrainingError as problem:
        say(level="error", message="training failed", error=str(problem))
        return 1
    result = {
        "epochs": end.epoch, "pace": told.pace, "workers": told.workers, "devices": found, "output": str(told.output),
        "weights": [round(float(one), 4) for one in end.weights],
    }  # fmt: skip
    say(level="info", message="training done", **result)
    if TERMINATION.exists():
        TERMINATION.write_text(json.dumps(result), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
