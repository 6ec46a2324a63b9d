"""Switch the servers of this container: `python3 -m ranker.switch refresh` has them refresh their catalogue, `freeze` hang for good."""

import itertools
import os
import signal
import sys
from pathlib import Path

SWITCHES = {"refresh": signal.SIGUSR1, "freeze": signal.SIGUSR2}


def main(argv: list[str]) -> int:
    """Send the signal of a switch to each server process; return 1 when none runs, 2 on a wrong word."""
    if len(argv) != 1 or argv[0] not in SWITCHES:
        sys.stderr.write(f"usage: python3 -m ranker.switch {{{','.join(SWITCHES)}}}\n")
        return 2
    found = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit() and _is_server(path)]
    for pid in found:
        os.kill(pid, SWITCHES[argv[0]])
    return 0 if found else 1


def _is_server(path: Path) -> bool:
    try:
        words = (path / "cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:  # it ended meanwhile
        return False
    return Path(words[0]).name.startswith("python") and ("-m", "ranker") in itertools.pairwise(words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
