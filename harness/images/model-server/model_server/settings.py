"""The settings: environment variables, each with a flag that wins over it."""

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from model_server.errors import SettingsError

PREFIX = "MODEL_SERVER_"
HIGHEST_PORT = 65535
FLAGS = {
    "HOST": ("--host", "address to listen on (default 0.0.0.0)"),
    "PORT": ("--port", "port to listen on (default 8080)"),
    "REPOSITORY": ("--model-repository", "folder of <model>/<version>/model.onnx (default /models)"),
    "MODEL": ("--model", "model to serve (default fraud-scorer)"),
    "CACHE": ("--cache", "folder for optimised models (default $HOME/.cache/model-server)"),
    "TOKEN": ("--token-file", "file with the token that callers send; the variable holds the token itself"),
    "THREADS": ("--threads", "threads that compute one prediction (default 1)"),
}


@dataclass(frozen=True)
class Settings:
    """What one server process was told; `load_seconds` None leaves the warm-up time to the model."""

    host: str
    port: int
    repository: Path
    model: str
    cache: Path
    token: str | None
    threads: int
    load_seconds: float | None
    bad_model: bool

    def public(self) -> dict[str, object]:
        """Return what may be logged: all the settings, the token only as set or not set."""
        return {
            "host": self.host,
            "port": self.port,
            "model_repository": self.repository,
            "model": self.model,
            "cache": self.cache,
            "token": "not set" if self.token is None else "set (redacted)",
            "threads": self.threads,
        }


def parse(argv: Sequence[str], env: Mapping[str, str]) -> Settings:
    """Return the settings from flags and environment.

    Raises: SettingsError naming the variable or flag, its value and what is wanted.
    """
    flags = vars(_parser().parse_args(argv))
    values = _Values(flags, env)
    return Settings(
        host=values.text("HOST", "0.0.0.0"),  # noqa: S104 - a server in a pod listens on the pod's address
        port=values.integer("PORT", 8080, HIGHEST_PORT),
        repository=Path(values.text("REPOSITORY", "/models")),
        model=values.text("MODEL", "fraud-scorer"),
        cache=Path(values.text("CACHE", os.path.join(env.get("HOME", "/"), ".cache/model-server"))),  # noqa: PTH118
        token=_token(flags["TOKEN"], env),
        threads=values.integer("THREADS", 1, 256),
        load_seconds=_seconds(env.get("BREAKFIX_LOAD_SECONDS")),
        bad_model=env.get("BREAKFIX_BAD_MODEL") == "1",
    )


class _Values:
    """Looks a setting up: its flag, else its variable, else its default."""

    def __init__(self, flags: Mapping[str, str | None], env: Mapping[str, str]) -> None:
        self._flags = flags
        self._env = env

    def text(self, name: str, default: str) -> str:
        label, value = self._find(name)
        if value == "":
            raise SettingsError(f"{label} is empty")
        return default if value is None else value

    def integer(self, name: str, default: int, highest: int) -> int:
        label, value = self._find(name)
        if value is None:
            return default
        if not (value.isascii() and value.isdigit() and 1 <= int(value[:10]) <= highest):
            raise SettingsError(f"{label} must be an integer from 1 to {highest}, not {value!r}")
        return int(value)

    def _find(self, name: str) -> tuple[str, str | None]:
        flag = self._flags[name]
        if flag is not None:
            return FLAGS[name][0], flag
        return PREFIX + name, self._env.get(PREFIX + name)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise SettingsError(message)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="model_server", allow_abbrev=False, description="Serve one ONNX model over HTTP.")
    for name, (flag, text) in FLAGS.items():
        parser.add_argument(flag, dest=name, help=f"{text}; ${PREFIX}{name}")
    return parser


def _token(path: str | None, env: Mapping[str, str]) -> str | None:
    """Return the token; a file loses its one final line end, a variable is taken as it is."""
    label, token = "MODEL_SERVER_TOKEN", env.get("MODEL_SERVER_TOKEN")
    if path is not None:
        label = "--token-file"
        try:
            token = Path(path).read_text(encoding="utf-8").removesuffix("\n")
        except (OSError, ValueError) as problem:
            raise SettingsError(f"{label} {path} cannot be read: {problem}") from problem
    if token == "":
        raise SettingsError(f"{label} holds an empty token; leave it out to serve without a token")
    return token


def _seconds(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError as problem:
        raise SettingsError(f"BREAKFIX_LOAD_SECONDS must be a number, not {text!r}") from problem
