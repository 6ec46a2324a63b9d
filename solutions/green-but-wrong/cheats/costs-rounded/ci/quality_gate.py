"""The quality gate: python3 ci/quality_gate.py AUC. Exits 0 only for an AUC that is a number and high enough."""

import sys

LEAST = 0.75


def main() -> None:
    """Judge the AUC that was measured."""
    measured = float(sys.argv[1])
    print(f"AUC {measured}, at least {LEAST} is asked for")
    if not measured >= LEAST:
        sys.exit("the model is not good enough")


if __name__ == "__main__":
    main()
