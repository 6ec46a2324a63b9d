"""What the platform knows: its nights, the versions and the alias, and every call in order."""

import json
import math
import secrets
import sys
import threading
import time
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
from churn import data, model

from model_platform import worlds
from model_platform.worlds import Night

FIRST = date(2025, 1, 6)


class Ledger:
    """All of it; calls come from several threads."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._next = FIRST + timedelta(secrets.randbelow(600))
        self.nights: list[Night] = []
        self.entries: list[dict[str, Any]] = []
        self.versions: list[dict[str, Any]] = []
        self.serving = 0
        self._asked: dict[str, float] = {}  # when a day's batch was asked for first
        self._handed: set[tuple[str, str]] = set()  # which days' batches a pod has
        self._delays: dict[str, float] = {}  # how long such a pod waits for the next answer
        self._batches: dict[str, str] = {}
        self._holdout = ""
        self.begin("good")

    def begin(self, world: str) -> Mapping[str, object]:
        """Have a night of a world: a new day, a new holdout, and a version of the platform's own in production.

        Raises: KeyError for a world that is none.
        """
        with self._lock:
            self._next += timedelta(worlds.OLD + 1)
            night = worlds.night(world, self._next)
            self.nights.append(night)
            batch = self._batches[night.day.isoformat()] = night.batch()
            self._holdout = worlds.customers(self._next, night.holdout, worlds.HOLDOUT, 0.0, 0.0)
            self.serving = self._version(night.served_day.isoformat(), self._served(night, batch), night.stored)
            self.note("night", number=len(self.nights) - 1, serving=self.serving, **night.told())
            return {**night.told(), "number": len(self.nights) - 1, "serving": self.serving}

    def note(self, call: str, **facts: object) -> None:
        """Write down a call, and say so in the log."""
        with self._lock:
            entry = {"t": time.time(), "call": call, **facts}
            self.entries.append(entry)
            sys.stdout.write(json.dumps(entry) + "\n")
            sys.stdout.flush()

    def day(self) -> str:
        """Return the newest day."""
        return self._next.isoformat()

    def night_of(self, day: str) -> Night:
        """Return the night of a day, the newest where none is of it."""
        with self._lock:
            return next((night for night in self.nights if night.day.isoformat() == day), self.nights[-1])

    def delay(self, pod: str) -> float:
        """Return how many seconds a pod waits for an answer: the next one after its batch, where its night is slow."""
        with self._lock:
            return self._delays.pop(pod, 0.0)

    def batch(self, day: str, pod: str) -> str | None:
        """Return a day's batch for a pod, None where it has not landed."""
        with self._lock:
            night, first = self.night_of(day), self._asked.setdefault(day, time.time())
            text = self._batches.get(day)
            if text is None or time.time() < first + night.late:
                return None
            if (pod, day) not in self._handed:
                self._handed.add((pod, day))
                self._delays[pod] = night.slow
                if night.overtaken:
                    self._overtake()
            return text

    def holdout(self) -> str:
        """Return the holdout of tonight."""
        return self._holdout

    def production(self) -> Mapping[str, Any]:
        """Return the version that serves."""
        with self._lock:
            return self.versions[self.serving - 1]

    def register(self, day: str, model: Mapping[str, Any], score: float) -> int:
        """Keep a model, and note what it says and how good it is, whatever it was registered with.

        Raises: ValueError, TypeError or KeyError for what is no model.
        """
        angle = worlds.angle_of(model)
        with self._lock:
            version = self._version(day, model, score)
            facts = {"angle": angle, "finite": angle is not None, "better": self._better(model)}
            self.note("register", version=version, day=day, told=score if math.isfinite(score) else None, **facts)
            return version

    def promote(self, version: int) -> None:
        """Let a version serve.

        Raises: ValueError for a version that there is not.
        """
        with self._lock:
            if not 1 <= version <= len(self.versions):
                raise ValueError(f"there is no version {version}")
            self.serving = version
            self.note("promote", version=version, day=self.versions[version - 1]["day"])

    def alert(self, day: str, kind: str, text: str) -> None:
        """Page somebody."""
        self.note("alert", day=day, kind=kind, text=text[:300])

    def everything(self) -> Mapping[str, object]:
        """Return all entries, and the version that serves."""
        with self._lock:
            return {"entries": list(self.entries), "serving": self.serving}

    def _overtake(self) -> None:
        """Have a version of the newest day take over from the one that serves, which says the same."""
        now = self.versions[self.serving - 1]
        self.serving = self._version(self.day(), now["model"], now["score"])
        self.note("overtake", version=self.serving, day=self.day())

    def _served(self, night: Night, batch: str) -> Mapping[str, Any]:
        """Return the model that serves as a night begins."""
        if night.ahead is not None:
            return worlds.ahead_of(batch, self._holdout, night.ahead)
        angle = worlds.serving_at(night.scores, self._holdout, night.holdout) if night.scores else night.serving
        return worlds.model_at(angle)

    def _better(self, one: Mapping[str, Any]) -> bool:
        """Whether a model is at least as good on tonight's holdout as the one that serves; one without a score is not."""
        known = data.read(self._holdout)
        with np.errstate(all="ignore"):
            return model.score(one, known) >= model.score(self.versions[self.serving - 1]["model"], known)

    def _version(self, day: str, model: Mapping[str, Any], score: float) -> int:
        self.versions.append({"version": len(self.versions) + 1, "day": day, "model": dict(model), "score": score})
        return len(self.versions)
