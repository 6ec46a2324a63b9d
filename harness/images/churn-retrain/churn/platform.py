"""The model platform's data, registry and alerts, over HTTP; each call waits for as long as the platform takes."""

import json
import os
import urllib.error
import urllib.request
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

URL = os.environ.get("MODEL_PLATFORM_URL", "http://model-platform.model-platform.svc")


class NotLandedError(Exception):
    """The batch of a day has not come yet."""


def day() -> str:
    """Return the day to retrain for: RETRAIN_DAY where it is set, as for a rerun, else the platform's newest."""
    return os.environ.get("RETRAIN_DAY") or newest()


def newest() -> str:
    """Return the platform's newest day."""
    return str(_call("GET", "/day")["day"])


def batch(of: str) -> str:
    """Return a day's batch as CSV.

    Raises: NotLandedError where it has not come yet.
    """
    try:
        return str(_call("GET", f"/batches/{of}")["csv"])
    except urllib.error.HTTPError as problem:
        if problem.code == HTTPStatus.NOT_FOUND:
            raise NotLandedError(f"the batch of {of} has not landed yet") from problem
        raise


def holdout() -> str:
    """Return the labelled customers on which models are compared, as CSV; they change from night to night."""
    return str(_call("GET", "/holdout")["csv"])


def production() -> Mapping[str, Any]:
    """Return the version that alias production serves: version, day, model, and the score it was registered with."""
    return _call("GET", "/models/production")


def register(of: str, model: Mapping[str, Any], score: float) -> int:
    """Register a model that was trained on a day's batch, and return its version."""
    return int(_call("POST", "/models", {"day": of, "model": dict(model), "score": score})["version"])


def promote(version: int) -> None:
    """Let alias production serve a version from now on."""
    _call("POST", "/production", {"version": version})


def alert(of: str, kind: str, text: str) -> None:
    """Page who is on call about a day: of kind data or quality."""
    _call("POST", "/alerts", {"day": of, "kind": kind, "text": text})


def _call(method: str, path: str, body: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(URL + path, data, headers, method=method)  # noqa: S310 - the platform's own address
    with urllib.request.urlopen(request) as response:  # noqa: S310 - the same
        found: Mapping[str, Any] = json.loads(response.read())
    return found
