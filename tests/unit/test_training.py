"""The committed model is what train.py makes, and worth serving."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from harness.core import paths

MODELS = paths.KIT / "harness/images/model-server/models/fraud-scorer"


@pytest.fixture(scope="module")
def train(module: Callable[[str], Any]) -> Any:
    return module("model-server/train.py")


@pytest.fixture(scope="module")
def predict(module: Callable[[str], Any]) -> Callable[[Any], Any]:
    """Compute the committed model as the prober does."""
    scorer = module("prober/prober/scorer.py").Scorer(MODELS)
    return lambda table: scorer.score(table)[:, 0]


def test_training_again_gives_the_committed_predictions(train: Any, predict: Callable[[Any], Any]) -> None:
    model = train.train(*train.payments(train.ROWS, train.SEED))
    table, _ = train.payments(500, seed=1)
    assert np.allclose(model.predict_proba(table)[:, 1], predict(table), atol=1e-5)


def test_the_model_ranks_unseen_payments(train: Any, predict: Callable[[Any], Any]) -> None:
    """A fraud scores above an honest payment in at least 4 of 5 pairs (0.89 when it was trained)."""
    table, labels = train.payments(2000, seed=2)
    scores = predict(table)
    fraud, honest = scores[labels == 1], scores[labels == 0]
    assert (fraud[:, None] > honest[None, :]).mean() > 0.8


def test_predictions_depend_on_every_row(train: Any, predict: Callable[[Any], Any]) -> None:
    """Two random payments hardly ever score alike, so that a constant or a stale answer is noticed."""
    table, _ = train.payments(500, seed=3)
    scores = predict(table)
    assert (np.abs(scores[1:] - scores[:-1]) > 1e-3).mean() > 0.95


def test_the_written_model_is_the_same_twice(train: Any) -> None:
    data = train.payments(300, seed=4)
    assert train.export(train.train(*data)) == train.export(train.train(*data))
