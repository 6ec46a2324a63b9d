"""What each path of the protocol answers: a function from a request to a response, without sockets.

Paths and documents: Open Inference Protocol v2, HTTP/REST (kserve/open-inference-protocol).
"""

import hmac
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol

from model_server import VERSION
from model_server.errors import RequestError

MODEL_PATH = re.compile(
    r"/v2/models/(?P<model>[^/]+)(/versions/(?P<version>[^/]+))?(?P<action>/ready|/infer)?",
)


class Model(Protocol):
    """What a loaded model can do."""

    @property
    def version(self) -> str:
        """The version that is served."""

    def metadata(self) -> dict[str, object]:
        """Return the model metadata document."""

    def infer(self, body: bytes) -> dict[str, object]:
        """Return the inference response document for a request body."""


@dataclass(frozen=True)
class Request:
    """One HTTP request; `authorization` is that header or empty."""

    method: str
    path: str
    authorization: str = ""
    body: bytes = b""


class Service:
    """One model by name, perhaps still loading, perhaps behind a token."""

    def __init__(self, name: str, token: str | None, initialised: threading.Event) -> None:
        self.model: Model | None = None
        self._initialised = initialised
        self._name = name
        self._token = token

    def answer(self, request: Request) -> dict[str, object]:
        """Return the document that answers a request with status 200.

        Raises: RequestError with the status and the message for the client otherwise.
        """
        path = request.path.partition("?")[0]
        if not _is_open(path):
            self._authorise(request.authorization)
        method, action = self._find(path)
        if request.method != method:
            message = f"{path} answers {method}, not {request.method}"
            raise RequestError(HTTPStatus.METHOD_NOT_ALLOWED, message)
        return action(request)

    def _find(self, path: str) -> tuple[str, Callable[[Request], dict[str, object]]]:
        fixed: dict[str, Callable[[Request], dict[str, object]]] = {
            "/v2": lambda _: {"name": "model-server", "version": VERSION, "extensions": []},
            "/v2/health/live": lambda _: self._live(),
            "/v2/health/ready": lambda _: self._ready(),
        }
        if path in fixed:
            return "GET", fixed[path]
        match = MODEL_PATH.fullmatch(path)
        if match is None:
            raise RequestError(HTTPStatus.NOT_FOUND, f"no such path: {path}")
        self._require_served(match["model"], match["version"])
        if match["action"] == "/infer":
            return "POST", lambda request: self._loaded().infer(request.body)
        if match["action"] == "/ready":
            return "GET", lambda _: {"name": self._name, **self._ready()}
        return "GET", lambda _: self._loaded().metadata()

    def _require_served(self, name: str, version: str | None) -> None:
        if name != self._name:
            raise RequestError(HTTPStatus.NOT_FOUND, f"no such model: {name}; this server has {self._name}")
        if version is not None and version != self._loaded().version:
            raise RequestError(HTTPStatus.NOT_FOUND, f"model {name} has no version {version}")

    def _live(self) -> dict[str, object]:
        if not self._initialised.is_set():
            raise RequestError(HTTPStatus.SERVICE_UNAVAILABLE, "the server is still initialising")
        return {"live": True}

    def _ready(self) -> dict[str, object]:
        self._loaded()
        return {"ready": True}

    def _loaded(self) -> Model:
        if self.model is None:
            raise RequestError(HTTPStatus.SERVICE_UNAVAILABLE, f"model {self._name} is still loading")
        return self.model

    def _authorise(self, authorization: str) -> None:
        if self._token is None:
            return
        wanted = f"Bearer {self._token}".encode()
        # A header arrives as Latin-1: encoded so, a token in UTF-8 compares byte by byte.
        if not hmac.compare_digest(authorization.encode("latin-1", "replace"), wanted):
            problem = "wrong bearer token" if authorization else "no bearer token"
            raise RequestError(HTTPStatus.UNAUTHORIZED, f"{problem}; send Authorization: Bearer <token>")


def _is_open(path: str) -> bool:
    """Tell whether the kubelet, which holds no token, asks for this path."""
    if path.startswith("/v2/health/"):
        return True
    match = MODEL_PATH.fullmatch(path)
    return match is not None and match["action"] == "/ready"
