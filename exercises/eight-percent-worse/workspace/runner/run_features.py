"""Run features.py: each line has tables and requests, and is answered by the features of each request."""

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import turns


def answer(turn: dict[str, Any]) -> list[dict[str, float]]:
    """Return the features of the requests of a line."""
    from features import features

    return [features(dict(request), turn["tables"]) for request in turn["requests"]]


turns.play(answer)
