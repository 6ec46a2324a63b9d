"""Give a run or a variant names of its own, whole-token, everywhere they stand."""

import base64
import binascii
import re
import secrets
from collections.abc import Iterable, Mapping
from typing import Any

ALPHABET = "bcdfghjklmnpqrstvwxz2456789"


def fresh(length: int = 6) -> str:
    """Return a new token of letters and digits that reads as no word."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


class Renaming:
    """A whole-token mapping of names, and its way back; phrases to `keep` stay as they are."""

    def __init__(self, names: Mapping[str, str], keep: Iterable[str] = ()) -> None:
        self.names = dict(names)
        self._there = _pattern(self.names, keep)
        self._back = {new: old for old, new in self.names.items()}
        self._return = _pattern(self._back)

    def text(self, text: str) -> str:
        """Return the text with each name in it replaced."""
        return self._there.sub(lambda found: self.names.get(found[0], found[0]), text) if self.names else text

    def restore(self, text: str) -> str:
        """Return the text with each new name replaced by the one that the candidate knows."""
        return self._return.sub(lambda found: self._back[found[0]], text) if self.names else text

    def value(self, value: Any) -> Any:  # noqa: ANN401 - any YAML value
        """Return a value with the names replaced in all its text: keys, values and what a Secret holds encoded."""
        if isinstance(value, dict):
            renamed = {self.text(key): self.value(item) for key, item in value.items()}
            if renamed.get("kind") == "Secret" and isinstance(renamed.get("data"), dict):
                renamed["data"] = {key: self._encoded(item) for key, item in renamed["data"].items()}
            return renamed
        if isinstance(value, list):
            return [self.value(item) for item in value]
        return self.text(value) if isinstance(value, str) else value

    def _encoded(self, value: Any) -> Any:  # noqa: ANN401 - what stands in a Secret's data
        try:
            plain = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, ValueError, TypeError):
            return value
        return base64.b64encode(self.text(plain).encode()).decode()


def _pattern(names: Iterable[str], keep: Iterable[str] = ()) -> re.Pattern[str]:
    kept = [*keep]
    before = f"{_any_of(kept)}|" if kept else ""
    return re.compile(rf"{before}(?<![A-Za-z0-9_-]){_any_of(names)}(?![A-Za-z0-9_-])")


def _any_of(words: Iterable[str]) -> str:
    """Return a pattern of any of these, the longest first, since the first that fits is taken."""
    return f"(?:{'|'.join(map(re.escape, sorted(words, key=len, reverse=True)))})"
