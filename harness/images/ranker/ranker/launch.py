"""Start the server in a process of its own and wait for it: `python3 -m ranker.launch`, for work on the image. Signals stay here."""

import signal
import subprocess
import sys

if __name__ == "__main__":
    # The kernel delivers no SIGTERM to a first process that does not ask for it; elsewhere it would end this one alone.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(subprocess.call([sys.executable, "-m", "ranker"]))
