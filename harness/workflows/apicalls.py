"""The calls of GitHub's REST API that the sandbox knows, and what each needs: the same table as the sandbox has."""

import json
import re
from functools import cache

from harness.core import paths

# A comment of JavaScript, or a text, in which what looks like a comment is none.
PARTS = re.compile(
    r"""(?P<note>//[^\n]*|/\*.*?(?:\*/|\Z))|(?P<text>'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`)""",
    re.DOTALL,
)
TABLE = "harness/images/pipeline-runner/pipeline_runner/calls.json"


@cache
def writes() -> dict[str, frozenset[str]]:
    """Return the calls that change something, by name and by route, each with the permissions of which one is enough."""
    rows = json.loads((paths.KIT / TABLE).read_text("utf-8"))["calls"]
    found = {name: (method, path, frozenset(needs)) for name, (method, path, *needs) in rows.items() if method != "GET"}
    routes = {f"{method} {path}": needs for method, path, needs in found.values()}
    return {**{name: needs for name, (_, _, needs) in found.items()}, **routes}


def named(script: str) -> set[str]:
    """Return the permissions that the calls need which a script names: in its code, or as a route in its texts."""
    routes = PARTS.sub(lambda part: part["text"] or " ", script)
    names = set(re.findall(r"(?=\b(\w+\.\w+)\b)", PARTS.sub(_template, script)))
    said = {needs for name, needs in writes().items() if name in names or (" " in name and _routed(name, routes))}
    return {scope for needs in said for scope in needs}


def _template(part: re.Match[str]) -> str:
    """Return what is code in a comment or a text: the expressions of a template."""
    return " ".join(re.findall(r"\$\{(.*?)\}", part["text"] or "", re.DOTALL)) or "''"


def _routed(route: str, script: str) -> bool:
    """Tell whether a script holds a route, whatever stands in the places of its parameters."""
    parts = [re.escape(part) for part in re.split(r"\{\w+\}", route)]
    return re.search(r"[^\s/'\"`]+".join(parts) + r"['\"`]", script) is not None
