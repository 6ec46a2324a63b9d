"""The settings: environment variables. Those that begin with BREAKFIX_ are for tests alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class SettingsError(Exception):
    """A setting cannot be used: its name, its value and what is wanted."""


@dataclass(frozen=True)
class Settings:
    """What one server was told. `drain_seconds`: how long it goes on after SIGTERM; `cost`: milliseconds of CPU for a ranking."""

    port: int
    version: str
    models: Path
    drain_seconds: float
    load_seconds: float
    cost: float


def parse(env: Mapping[str, str]) -> Settings:
    """Return the settings.

    Raises: SettingsError.
    """
    return Settings(
        port=int(_number(env, "RANKER_PORT", 8080)),
        version=env.get("BREAKFIX_MODEL_VERSION") or env.get("RANKER_VERSION", "1"),
        models=Path(env.get("RANKER_MODELS", "/models")),
        drain_seconds=_number(env, "RANKER_DRAIN_SECONDS", 0),
        load_seconds=_number(env, "BREAKFIX_LOAD_SECONDS", 4),
        cost=_number(env, "BREAKFIX_COST_MS", 4),
    )


def _number(env: Mapping[str, str], name: str, usual: float) -> float:
    text = env.get(name, str(usual))
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found < 1e5:  # noqa: PLR2004 - a day of seconds, or a port
        raise SettingsError(f"{name} must be a number, not below 0, and not {text!r}")
    return found
