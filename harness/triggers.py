"""When GitHub starts a workflow: what `on` says of an event, its branch, and the files that changed.

act plays a workflow whatever its filters say, so that they are read here.
Source: GitHub's documentation, "Workflow syntax" (on, filter patterns) and "Events that trigger workflows".
"""

import re
from collections.abc import Sequence
from typing import Any

PULL_REQUESTS = ("pull_request", "pull_request_target")
ACTION = "synchronize"  # what a pull request's new commits are called; also in the types that count without `types`
COMPLETED = "completed"
PIECES = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "?", "+": "+"}


def starts(on: Any, event: str, branch: str, changed: Sequence[str] | None = None) -> bool:  # noqa: ANN401 - YAML
    """Tell whether an event starts a workflow. `branch` is the one that is pushed to, or a pull request's base.

    `changed` are the files that the event brings, None where nothing is known of them.
    """
    setting = _setting(on, event)
    if setting is None:
        return False
    if event in PULL_REQUESTS and ACTION not in (_texts(setting.get("types")) or [ACTION]):
        return False
    if event not in {"push", *PULL_REQUESTS}:
        return True
    if "tags" in setting and not {"branches", "branches-ignore"} & set(setting):
        return False
    return _met(setting, "branches", [branch]) and (changed is None or _met(setting, "paths", changed))


def follows(on: Any, workflow: str) -> bool:  # noqa: ANN401 - YAML
    """Tell whether a workflow starts when a run of the one of that name is completed."""
    setting = _setting(on, "workflow_run")
    if setting is None or COMPLETED not in (_texts(setting.get("types")) or [COMPLETED]):
        return False
    return workflow in _texts(setting.get("workflows"))


def matches(text: str, pattern: str) -> bool:
    """Tell whether a branch or a path fits a filter pattern."""
    words = re.split(r"(\*\*/|\*\*|\*|\?|\+|\[[^\]]*\])", pattern)
    try:
        return (
            re.fullmatch("".join(PIECES.get(w, w if w.startswith("[") else re.escape(w)) for w in words), text)
            is not None
        )
    except re.error:
        return False


def _setting(on: Any, event: str) -> dict[str, Any] | None:  # noqa: ANN401 - YAML
    if isinstance(on, dict):
        value = on.get(event)
        return None if event not in on else value if isinstance(value, dict) else {}
    return {} if event in _texts(on) else None


def _texts(value: Any) -> list[str]:  # noqa: ANN401 - YAML
    if isinstance(value, str):
        return [value]
    return [str(one) for one in value] if isinstance(value, list) else []


def _met(setting: dict[str, Any], key: str, found: Sequence[str]) -> bool:
    """Tell whether one at least of what was found is let through by a filter and its opposite."""
    if not {key, f"{key}-ignore"} & set(setting):
        return True
    ignored = _texts(setting.get(f"{key}-ignore"))
    left = [one for one in found if not any(matches(one, pattern) for pattern in ignored)]
    return any(key not in setting or _included(one, _texts(setting[key])) for one in left)


def _included(text: str, patterns: Sequence[str]) -> bool:
    """Tell whether the last pattern that fits takes the text in."""
    found = False
    for pattern in patterns:
        if matches(text, pattern.removeprefix("!")):
            found = not pattern.startswith("!")
    return found
