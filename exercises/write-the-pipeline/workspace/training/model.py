"""A model as it is kept in a file: weights of numbers, and one for each kind of contract that it has learnt."""

import math
from typing import Any

from training.features import contract, features


def score(model: dict[str, Any], row: dict[str, str]) -> float:
    """Return how likely a customer is to leave, from 0 to 1.

    Raises: KeyError for a kind of contract that the model has never seen.
    """
    numbers = features(row)
    odds = model["intercept"] + model["contracts"][contract(row)]
    odds += sum(weight * numbers[name] for name, weight in model["weights"].items())
    return 1 / (1 + math.exp(-odds))
