"""Train the ranker's two versions and write their weights: `python3 train.py [FOLDER]`.

The data are synthetic and seeded: items with four features, and whether they were bought. Version 2 has seen a later season,
in which price counts for more. Logistic regression by gradient descent, in plain Python; the same on each machine.
"""

import json
import math
import random
import sys
from pathlib import Path

FOLDER = Path(__file__).parent / "models" / "ranker"
FEATURES = ("affinity", "popularity", "price", "age")
SEASONS = {"1": (1.8, 1.1, -0.6, -0.4), "2": (1.2, 0.9, -1.9, -0.2)}
ROWS, ROUNDS, RATE, DIGITS = 600, 60, 0.5, 4

Row = tuple[float, ...]


def sales(season: Row, seed: int) -> list[tuple[Row, int]]:
    """Draw items, each feature from -1 to 1, and whether each was bought."""
    rng = random.Random(seed)  # noqa: S311 - no secret
    items = [tuple(rng.uniform(-1, 1) for _ in FEATURES) for _ in range(ROWS)]
    return [(item, int(rng.random() < chance(item, season, 0.1))) for item in items]


def chance(item: Row, weights: Row, bias: float) -> float:
    """Return the chance that an item is bought."""
    return 1 / (1 + math.exp(-bias - sum(weight * value for weight, value in zip(weights, item, strict=True))))


def train(rows: list[tuple[Row, int]]) -> tuple[Row, float]:
    """Return weights and bias."""
    weights, bias = [0.0] * len(FEATURES), 0.0
    for _ in range(ROUNDS):
        errors = [(chance(item, tuple(weights), bias) - bought, item) for item, bought in rows]
        bias -= RATE * sum(error for error, _ in errors) / len(rows) * len(FEATURES)
        for place in range(len(FEATURES)):
            weights[place] -= RATE * sum(error * item[place] for error, item in errors) / len(rows) * len(FEATURES)
    return tuple(round(weight, DIGITS) for weight in weights), round(bias, DIGITS)


def main(folder: Path) -> None:
    """Write both versions."""
    for version, season in SEASONS.items():
        weights, bias = train(sales(season, seed=int(version)))
        place = folder / version / "weights.json"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(json.dumps({"features": FEATURES, "weights": weights, "bias": bias}, indent=2) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else FOLDER)
