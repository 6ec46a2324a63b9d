"""The settings: environment variables, each with a flag that wins over it."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

HIGHEST_PORT = 65535


class SettingsError(Exception):
    """A setting cannot be used: its name, its value and what is wanted."""


@dataclass(frozen=True)
class Settings:
    """What one server process was told."""

    url: str
    client: str
    token: str | None
    runs: str
    port: int

    def public(self) -> dict[str, object]:
        """Return what may be logged: the token only as set or not set."""
        token = "not set" if self.token is None else "set (redacted)"
        return {
            "feature_store": self.url,
            "client": repr(self.client),
            "token": token,
            "runs": self.runs,
            "port": self.port,
        }


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise SettingsError(message)


def parse(argv: Sequence[str], env: Mapping[str, str]) -> Settings:
    """Return the settings from flags and environment.

    Raises: SettingsError naming the variable or flag, its value and what is wanted.
    """
    parser = _Parser(prog="risk_scorer", allow_abbrev=False, description="Score applicants over HTTP.")
    parser.add_argument("--feature-store", default=env.get("FEATURE_STORE_URL"), help="$FEATURE_STORE_URL")
    parser.add_argument("--client", default=env.get("FEATURE_STORE_CLIENT"), help="$FEATURE_STORE_CLIENT")
    parser.add_argument("--token-file", help="a file with the token; $FEATURE_STORE_TOKEN holds the token itself")
    parser.add_argument("--runs", default=env.get("SCORER_RUNS", "scoring-runs"), help="$SCORER_RUNS")
    parser.add_argument("--port", default=env.get("SCORER_PORT", "8080"), help="$SCORER_PORT")
    flags = parser.parse_args(argv)
    for name, value in (
        ("FEATURE_STORE_URL", flags.feature_store),
        ("FEATURE_STORE_CLIENT", flags.client),
        ("SCORER_RUNS", flags.runs),
    ):
        if not value:
            raise SettingsError(f"{name} is not set")
    return Settings(
        _url(flags.feature_store), flags.client, _token(flags.token_file, env), flags.runs, _port(flags.port)
    )


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        usable = parts.scheme == "http" and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable:
        raise SettingsError(f"FEATURE_STORE_URL must be an http URL, not {text!r}")
    return text.strip().rstrip("/")


def _token(path: str | None, env: Mapping[str, str]) -> str | None:
    """Return the token, byte for byte as it was given."""
    if path is None:
        return env.get("FEATURE_STORE_TOKEN") or None
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, ValueError) as problem:
        raise SettingsError(f"--token-file {path} cannot be read: {problem}") from problem


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:10]) <= HIGHEST_PORT):
        raise SettingsError(f"SCORER_PORT must be an integer from 1 to {HIGHEST_PORT}, not {text!r}")
    return int(text)
