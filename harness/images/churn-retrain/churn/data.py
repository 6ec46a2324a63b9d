"""A day's batch of customers: CSV with a header, a row for each customer."""

import csv
import io

import numpy as np

FEATURES = ("tenure", "calls", "spend", "logins")
COLUMNS = ("customer", "as_of", *FEATURES, "churned")
TEXTS = ("customer", "as_of")


def read(text: str) -> dict[str, np.ndarray]:
    """Return a batch's columns by name: texts as they stand, numbers as floats, NaN where the field is empty.

    A column that the batch does not have is not there. Raises: ValueError for a number that is none.
    """
    rows = list(csv.DictReader(io.StringIO(text)))
    names = next(csv.reader(io.StringIO(text)), [])
    return {name: _column(name, [row[name] or "" for row in rows]) for name in names}


def _column(name: str, fields: list[str]) -> np.ndarray:
    if name in TEXTS:
        return np.array(fields, dtype=str)
    return np.array([float(field) if field else np.nan for field in fields], dtype=float)


def matrix(batch: dict[str, np.ndarray]) -> np.ndarray:
    """Return the features, a row for each customer.

    Raises: KeyError for a column that is not there.
    """
    return np.stack([batch[name] for name in FEATURES], axis=1)
