"""Print what a matrix of `breakfix verify` says of right solutions that do not pass, as an output of a workflow's step."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

DELIMITER = "END_OF_DRIFT"


def drift(proofs: list[dict[str, Any]]) -> Iterator[str]:
    """Yield a line for each reference, alternative or outsider's right solution with a grade that did not pass."""
    for proof in proofs:
        for row in proof["rows"]:
            outcomes = [cell["outcome"] for cell in row["cells"]]
            if row["kind"] == "good" and set(outcomes) != {"passed"}:
                reasons = dict.fromkeys(text for cell in row["cells"] for text in cell["reasons"].values())
                yield f"- {proof['slug']}, {row['case']}: {', '.join(outcomes)}; {'; '.join(reasons)}"


def main(path: Path) -> None:
    """Print the output; it is empty where there is no matrix, since then nothing is known of any solution."""
    lines = drift(json.loads(path.read_text("utf-8"))) if path.is_file() else ()
    print(f"drift<<{DELIMITER}", *(" ".join(line.split()) for line in lines), DELIMITER, sep="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
