"""Train the fraud scorer and write it as ONNX: `python3 train.py [FOLDER]`.

The data are synthetic and seeded: payments drawn from the ranges in config.json, and labels from a risk that
rises with unusual amounts, distance, haste and a new device. Nobody's data, and the same on each machine.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.ensemble import GradientBoostingClassifier

FOLDER = Path(__file__).parent / "models" / "fraud-scorer"
SEED = 20240229
ROWS = 6000
OPSET = 17
INPUT = "features"
OUTPUT = "fraud_probability"

Table = NDArray[np.float32]


def payments(rows: int, seed: int, folder: Path = FOLDER) -> tuple[Table, NDArray[np.int64]]:
    """Draw `rows` payments, one column for each feature of config.json in its order, and their labels."""
    ranges = json.loads((folder / "config.json").read_text())["features"]
    rng = np.random.default_rng(seed)
    unit = rng.random((rows, len(ranges)))
    low = np.array([feature["low"] for feature in ranges])
    high = np.array([feature["high"] for feature in ranges])
    column = {feature["name"]: unit[:, index] for index, feature in enumerate(ranges)}
    labels = (rng.random(rows) < _risk(column)).astype(np.int64)
    return (low + unit * (high - low)).astype(np.float32), labels


def train(features: Table, labels: NDArray[np.int64]) -> GradientBoostingClassifier:
    """Fit the classifier; the same data give the same trees."""
    model = GradientBoostingClassifier(n_estimators=60, max_depth=3, random_state=SEED)
    return model.fit(features, labels)


def export(model: GradientBoostingClassifier) -> bytes:
    """Return the classifier as an ONNX model with one output, the probability of fraud, shape (rows, 1)."""
    columns = int(model.n_features_in_)
    proto = to_onnx(
        model,
        initial_types=[(INPUT, FloatTensorType([None, columns]))],
        options={id(model): {"zipmap": False}},
        target_opset=OPSET,
    )
    _keep_fraud_only(proto)
    onnx.checker.check_model(proto)
    content: bytes = proto.SerializeToString(deterministic=True)
    return content


def main(argv: list[str]) -> int:
    """Train on the synthetic payments and write version 1 of the model into its folder."""
    folder = Path(argv[0]) if argv else FOLDER
    target = folder / "1" / "model.onnx"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(export(train(*payments(ROWS, SEED))))
    return 0


def _risk(unit: dict[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return each payment's chance of being fraud from its features scaled to 0..1."""
    night = np.abs(unit["hour"] - 0.5) * 2
    score = (
        3.0 * unit["amount"] * unit["amount_to_mean"]
        + 2.5 * unit["distance_km"] * unit["device_changed"]
        + 2.0 * unit["payments_last_hour"]
        + 2.0 * unit["merchant_risk"] * night
        - 2.0 * unit["account_age_days"]
        - 3.0
    )
    chance: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-2.0 * score))
    return chance


def _keep_fraud_only(proto: Any) -> None:  # noqa: ANN401 - onnx generates its message classes at run time
    """Replace the label and the two-column probabilities by the second column, named OUTPUT."""
    graph = proto.graph
    probabilities = graph.output[1].name
    graph.initializer.append(numpy_helper.from_array(np.array([1], dtype=np.int64), name="fraud_column"))
    graph.node.append(helper.make_node("Gather", [probabilities, "fraud_column"], [OUTPUT], axis=1))
    del graph.output[:]
    graph.output.append(helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [None, 1]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
