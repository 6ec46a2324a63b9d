"""Break a device of this node, or mend them all: `python3 -m gpu_node.fault '{"unhealthy": ["GPU-…"]}'`.

Keys: `unhealthy` (UUIDs), `xid` (UUID to number), `driver` and `cuda` (another version). `{}` mends everything.
"""

import json
import sys
from pathlib import Path

SHARED = Path("/var/lib/breakfix-gpus")
KEYS = {"unhealthy", "xid", "driver", "cuda"}


def main(text: str, folder: Path = SHARED) -> None:
    """Write the faults down, whole or not at all."""
    asked = json.loads(text)
    unknown = set(asked) - KEYS
    if unknown:
        raise SystemExit(f"no fault is called {', '.join(sorted(unknown))}; there are {', '.join(sorted(KEYS))}")
    part = folder / "faults.part"
    part.write_text(json.dumps(asked), "utf-8")
    part.rename(folder / "faults.json")


if __name__ == "__main__":
    main(sys.argv[1])
