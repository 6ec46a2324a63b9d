"""Switch the servers of this container: `python3 -m model_server.switch hang`, or `end`."""

import itertools
import os
import signal
import sys
from pathlib import Path

SWITCHES = {"hang": signal.SIGUSR1, "end": signal.SIGUSR2}


def main(argv: list[str]) -> int:
    """Send the signal of a switch to each server process; return 1 when none runs, 2 on a wrong word."""
    if len(argv) != 1 or argv[0] not in SWITCHES:
        sys.stderr.write(f"usage: python3 -m model_server.switch {{{','.join(SWITCHES)}}}\n")
        return 2
    found = servers(Path("/proc"))
    for pid in found:
        os.kill(pid, SWITCHES[argv[0]])
    return 0 if found else 1


def servers(proc: Path) -> list[int]:
    """Return the process ids of the servers, by their command lines, whatever PID 1 is."""
    return sorted(int(path.name) for path in proc.iterdir() if path.name.isdigit() and _is_server(path))


def _is_server(path: Path) -> bool:
    try:
        words = (path / "cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:  # it ended meanwhile
        return False
    return Path(words[0]).name.startswith("python") and ("-m", "model_server") in itertools.pairwise(words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
