"""The calls of GitHub's REST API that are played: by octokit's name, or by the route as the API's reference writes it."""

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

TABLE = Path(__file__).with_name("calls.json")  # made by ../calls.mjs
OWN = {"owner": "acme", "repo": "churn-model"}
PARAMETER = re.compile(r"\{(\w+)\}")
LONG = {"ref", "path", "branch", "head", "basehead"}  # parts that may hold a slash
API = "https://api.github.com"


@dataclass(frozen=True)
class Call:
    """One call: its name, whether it changes something, and the permissions of which one is enough."""

    name: str
    method: str
    path: str
    needs: tuple[str, ...]

    @property
    def writes(self) -> bool:
        """Whether it needs a right to write."""
        return self.method != "GET"


@cache
def known() -> dict[str, Call]:
    """Return the calls by name."""
    rows = json.loads(TABLE.read_text("utf-8"))["calls"]
    return {name: Call(name, method, path, tuple(needs)) for name, (method, path, *needs) in rows.items()}


def resolve(asked: str, arguments: Any) -> tuple[Call | None, dict[str, Any]]:
    """Return the call that is meant by a name or by a route, and its arguments, those in the route's path included."""
    given = dict(arguments) if isinstance(arguments, dict) else {}
    if " " not in asked:
        return known().get(asked), given
    method, _, target = asked.partition(" ")
    path = urlsplit(target.strip().removeprefix(API)).path
    for call in known().values():
        if call.method == method.upper() and (found := _pattern(call.path).fullmatch(path)):
            return call, {
                **given,
                **{name: unquote(value) for name, value in found.groupdict().items() if "{" not in value},
            }
    return None, given


def missing(call: Call, given: dict[str, Any]) -> str:
    """Return the first part of the path that is not given, or is another repository's; '' where all are."""
    for name in PARAMETER.findall(call.path):
        value = given.get(name)
        if value is None or value == "" or (name in OWN and str(value).lower() != OWN[name]):
            return name
    return ""


@cache
def _pattern(path: str) -> re.Pattern[str]:
    """Return what fits a route's path, whether its parts are filled in or still have their names."""
    words = re.split(r"(\{\w+\})", path)
    return re.compile("".join(_part(word[1:-1]) if word.startswith("{") else re.escape(word) for word in words))


def _part(name: str) -> str:
    return f"(?P<{name}>{'.+' if name in LONG else '[^/]+'})"
