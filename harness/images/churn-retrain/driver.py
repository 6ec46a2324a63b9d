"""What this image can be told in its own container: `python3 -m driver WORLD` has a night of that sort, `ledger` tells all."""

import os
import socket
import sys

SOCKET = os.environ.get("MODEL_PLATFORM_SOCKET", "/tmp/model-platform.sock")  # noqa: S108 - in a container with one process


def main() -> int:
    """Hand the words over and print the answer, a line of JSON."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(SOCKET)
        connection.sendall(" ".join(sys.argv[1:]).encode() + b"\n")
        with connection.makefile() as answer:
            sys.stdout.write(answer.read())
    return 0


if __name__ == "__main__":
    sys.exit(main())
