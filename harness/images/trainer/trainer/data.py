"""The data: rows that follow a rule which the dataset's key decides, so that only a training on it can find the rule."""

import hashlib

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
FEATURES = 8
SCALE = 65535
NOISE = 0.05
ROWS = 500_000  # of each loader worker
BYTES = ROWS * (FEATURES + 1) * 8  # 36 MB: two workers' rows are more than a container's default /dev/shm holds


def weights(dataset: str) -> Floats:
    """Return the rule: one weight from -1 to 1 for each feature. The grader knows the same rule."""
    digest = hashlib.sha256(dataset.encode()).digest()
    return np.array([int.from_bytes(digest[2 * i : 2 * i + 2], "big") / SCALE * 2 - 1 for i in range(FEATURES)])


def fill(buffer: memoryview, dataset: str, shard: int) -> None:
    """Write one shard's rows into a buffer of BYTES bytes."""
    features, targets = split(buffer)
    random = np.random.default_rng([shard, *hashlib.sha256(dataset.encode()).digest()[:4]])
    random.standard_normal(out=features)
    random.standard_normal(out=targets)
    targets *= NOISE
    targets += features @ weights(dataset)


def split(buffer: memoryview) -> tuple[Floats, Floats]:
    """Return the features and the targets of a shard."""
    values = np.frombuffer(buffer, dtype=np.float64, count=ROWS * (FEATURES + 1))
    return values[: ROWS * FEATURES].reshape(ROWS, FEATURES), values[ROWS * FEATURES :]
