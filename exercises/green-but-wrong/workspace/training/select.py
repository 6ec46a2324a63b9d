"""Say which candidate to take: python3 -m training.select MODELS [CANDIDATE].

MODELS holds one folder for each candidate, as training.train wrote it. Prints candidate=, auc= and cost= of the best
by AUC, or of the one that is named.
"""

import json
import sys
from pathlib import Path


def main() -> None:
    """Print the candidate and its metrics, ready for $GITHUB_OUTPUT."""
    found = [json.loads(path.read_text("utf-8")) for path in sorted(Path(sys.argv[1]).rglob("metrics.json"))]
    if len(sys.argv) > 2:
        found = [one for one in found if one["candidate"] == sys.argv[2]]
    if not found:
        sys.exit("no metrics of such a candidate were found")
    best = max(found, key=lambda one: one["auc"])
    for name in ("candidate", "auc", "cost"):
        print(f"{name}={best[name]}")


if __name__ == "__main__":
    main()
