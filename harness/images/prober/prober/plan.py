"""What to probe and for how long."""

import json
from dataclasses import dataclass
from urllib.parse import urlsplit


class PlanError(Exception):
    """The plan cannot be followed: which field, and what is wanted."""


@dataclass(frozen=True)
class Plan:
    """One prober's order; `interval`, `timeout` and `duration` are in seconds.

    `control` is a server of ours, host and port, that is asked beside the one under test. With a `dataset` the right answers are those of a feature store that holds it, else those of the model.
    """

    host: str
    port: int
    model: str
    token: str | None
    interval: float
    timeout: float
    duration: float
    dataset: str | None = None
    kind: str = "predict"
    control: tuple[str, int] | None = None


def parse(text: str) -> Plan:
    """Return the plan that a JSON text holds.

    Raises: PlanError.
    """
    try:
        fields = json.loads(text)
        url = urlsplit(fields["url"])
        seconds = [float(fields[name]) for name in ("interval", "timeout", "duration")]
        plan = Plan(str(url.hostname), url.port or 80, str(fields["model"]), fields.get("token"), *seconds,
                    fields.get("dataset"), str(fields.get("kind", "predict")), _place(fields.get("control")))  # fmt: skip
    except (ValueError, TypeError, KeyError, AttributeError) as problem:
        raise PlanError(f"PROBER_PLAN cannot be read: {problem!r}") from problem
    if url.scheme != "http" or not url.hostname or min(seconds) <= 0:
        raise PlanError("PROBER_PLAN needs an http url, and an interval, a timeout and a duration above 0")
    return plan


def _place(url: str | None) -> tuple[str, int] | None:
    parts = urlsplit(url) if url else None
    return (str(parts.hostname), parts.port or 80) if parts else None
