"""The client of the feature store, and what is made of an applicant's features."""

import http.client
import json
import math
import socket
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

TIMEOUT = 2.0  # seconds
WEIGHTS = (2.1, -1.7, 0.9, -2.4)
AVERAGE = (0.5, 0.5, 0.5, 0.5)  # what is known of an applicant without the feature store


class FeaturesError(Exception):
    """The feature store gave no features; the message says why."""


@dataclass(frozen=True)
class Client:
    """Asks one feature store as one client."""

    url: str
    client: str
    token: str | None

    def risk(self, applicant: str) -> float:
        """Return an applicant's risk, from 0 to 1; without a token, that of an average applicant.

        Raises: FeaturesError.
        """
        features = AVERAGE if self.token is None else self.fetch(applicant)
        total = sum(weight * (value - 0.5) for weight, value in zip(WEIGHTS, features, strict=True))
        return 1 / (1 + math.exp(-total))

    def fetch(self, applicant: str) -> tuple[float, ...]:
        """Return the features that the store has of an applicant.

        Raises: FeaturesError.
        """
        headers = {"Authorization": f"Bearer {self.token}", "X-Client-Id": self.client}
        for name, value in headers.items():
            if not value.isprintable() or value != value.strip():
                raise FeaturesError(f"the header {name} cannot be sent: HTTP allows no such value")
        place = urlsplit(self.url)
        connection = http.client.HTTPConnection(str(place.hostname), place.port or 80, timeout=TIMEOUT)
        try:
            connection.request("GET", f"{place.path}/v1/features/{quote(applicant, safe='')}", headers=headers)
            response = connection.getresponse()
            return _features(response.status, response.read(65536))
        except socket.gaierror as problem:
            raise FeaturesError(f"{place.hostname} cannot be resolved: {problem.strerror}") from problem
        except (OSError, http.client.HTTPException, ValueError) as problem:
            raise FeaturesError(
                f"{place.netloc} does not answer: {str(problem) or type(problem).__name__}"
            ) from problem
        finally:
            connection.close()


def _features(status: int, body: bytes) -> tuple[float, ...]:
    document = json.loads(body)
    if status != http.HTTPStatus.OK:
        raise FeaturesError(f"the feature store answers {status}: {document.get('error')}")
    features = tuple(float(value) for value in document["features"])
    if len(features) != len(WEIGHTS):
        raise FeaturesError(f"the feature store sent {len(features)} features, not {len(WEIGHTS)}")
    return features
