"""Bring last night's customers: python3 -m training.refresh DATA. Here it only marks the file."""

import sys
from pathlib import Path


def main() -> None:
    """Rewrite the data file."""
    path = Path(sys.argv[1])
    path.write_text(path.read_text("utf-8").rstrip("\n") + "\n", "utf-8")
    print(f"refreshed {path}")


if __name__ == "__main__":
    main()
