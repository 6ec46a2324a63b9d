"""One line of JSON in, one line of JSON out: what the programs in here have in common."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


def play(answer: Callable[[dict[str, Any]], Any]) -> None:
    """Answer each line of standard input; whatever else is printed goes to standard error."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    while line := sys.stdin.readline():
        answers.write(json.dumps(answer(json.loads(line))) + "\n")
        answers.flush()
