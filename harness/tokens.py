"""Give a run its own names: the exercise's namespaces become unique ones, whole-token, everywhere they stand."""

import base64
import binascii
import re
import secrets
from collections.abc import Mapping
from typing import Any

ALPHABET = "bcdfghjklmnpqrstvwxz2456789"


def fresh(length: int = 6) -> str:
    """Return a new token of letters and digits that reads as no word."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


class Renaming:
    """A whole-token mapping of names, and its way back."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = dict(names)
        self._there = _pattern(self.names)
        self._back = {new: old for old, new in self.names.items()}
        self._return = _pattern(self._back)

    def text(self, text: str) -> str:
        """Return the text with each name in it replaced."""
        return self._there.sub(lambda found: self.names[found[0]], text) if self.names else text

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


def _pattern(names: Mapping[str, str]) -> re.Pattern[str]:
    longest_first = sorted(names, key=len, reverse=True)
    return re.compile(rf"(?<![A-Za-z0-9_-])(?:{'|'.join(map(re.escape, longest_first))})(?![A-Za-z0-9_-])")
