"""The right risks of applicants, worked out apart from the scorer's and the feature store's own code."""

import hashlib
import hmac
import json
import math
import secrets
import struct

TOLERANCE = 1e-4
WEIGHTS = (2.1, -1.7, 0.9, -2.4)


class Applicants:
    """Draws applicants and judges the risks that a scorer gives them; the dataset decides their features."""

    def __init__(self, dataset: str) -> None:
        self._dataset = dataset.encode()

    def draw(self) -> str:
        """Return an applicant that nobody has asked for before."""
        return f"applicant-{secrets.token_hex(6)}"

    def shift(self, low: float, high: float) -> None:
        """Do nothing: an applicant's name has no range."""

    def request(self, drawn: str) -> bytes:
        """Return the body of the inference request for an applicant."""
        return json.dumps(
            {"inputs": [{"name": "applicant", "shape": [1], "datatype": "BYTES", "data": [drawn]}]}
        ).encode()

    def is_right(self, drawn: str, body: bytes) -> bool:
        """Tell whether a response body holds the applicant's risk, within TOLERANCE; whatever the body is."""
        try:
            (answer,) = next(tensor["data"] for tensor in json.loads(body)["outputs"] if tensor["name"] == "risk")
            return math.isclose(float(answer), self.risk(drawn), rel_tol=0.0, abs_tol=TOLERANCE)
        except (ValueError, TypeError, KeyError, AttributeError, StopIteration, RecursionError, OverflowError):
            return False

    def risk(self, applicant: str) -> float:
        """Return an applicant's right risk, from 0 to 1."""
        digest = hmac.digest(self._dataset, applicant.encode(), hashlib.sha256)
        features = [word / 2**32 for word in struct.unpack(">4I", digest[:16])]
        return 1 / (1 + math.exp(-sum(weight * (value - 0.5) for weight, value in zip(WEIGHTS, features, strict=True))))
