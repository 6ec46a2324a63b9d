"""The GPUs that this container was given."""

import os
import subprocess

from trainer.errors import TrainingError

VARIABLE = "NVIDIA_VISIBLE_DEVICES"


def visible() -> list[str]:
    """Return the UUIDs of the devices of this container, as the driver's own tool lists them.

    Raises: TrainingError where there are none.
    """
    try:
        listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, check=True, timeout=30).stdout  # noqa: S607
    except (OSError, subprocess.SubprocessError) as problem:
        raise TrainingError(f"no GPU: nvidia-smi cannot be run in this container ({problem})") from problem
    allowed = os.environ.get(VARIABLE, "").split(",")
    found = [word for line in listed.splitlines() if "UUID: " in line for word in [line.split("UUID: ")[1].rstrip(")")]]
    mine = [uuid for uuid in found if uuid in allowed]
    if not mine:
        raise TrainingError(f"no GPU: {VARIABLE} is {','.join(allowed)!r}, nvidia-smi lists {found}")
    return mine
