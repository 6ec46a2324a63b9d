"""When GitHub starts a workflow: what `on` says of an event, its branch, and the files that changed.

act plays a workflow whatever its filters say, so that they are read here.
Source: GitHub's documentation, "Workflow syntax" (on, filter patterns) and "Events that trigger workflows".
"""

import re
from collections.abc import Sequence
from typing import Any

PULL_REQUESTS = ("pull_request", "pull_request_target")
ACTION = "synchronize"  # what a pull request's new commits are called
ACTIONS = ("opened", ACTION, "reopened")  # what counts without `types`
COMPLETED = "completed"
PIECES = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "?", "+": "+"}


def starts(
    on: Any,  # noqa: ANN401 - YAML
    event: str,
    branch: str,
    changed: Sequence[str] | None = None,
    action: str = ACTION,
    *,
    tag: str = "",
) -> bool:
    """Tell whether an event starts a workflow. `branch` is the one that is pushed to, or a pull request's base.

    `changed` are the files that the event brings, None where nothing is known of them; `action` is what happened to a
    pull request, `tag` one that is pushed in place of a branch.
    """
    setting = declared(on, event)
    if setting is None:
        return False
    if event in PULL_REQUESTS and action not in (texts(setting.get("types")) or ACTIONS):
        return False
    if event not in {"push", *PULL_REQUESTS}:
        return True
    if tag:
        return _takes(setting, tag)
    if "tags" in setting and not {"branches", "branches-ignore"} & set(setting):
        return False
    return _met(setting, "branches", [branch]) and (changed is None or _met(setting, "paths", changed))


def activities(on: Any, event: str) -> list[str]:  # noqa: ANN401 - YAML
    """Return the activity types on which a workflow starts, those that count without `types` included."""
    setting = declared(on, event)
    if setting is None:
        return []
    return texts(setting.get("types")) or list(ACTIONS if event in PULL_REQUESTS else ())


def follows(on: Any, workflow: str, branch: str) -> bool:  # noqa: ANN401 - YAML
    """Tell whether a workflow starts when a run of the one of that name is completed, whose head's branch is called so.

    Source: GitHub's documentation, "Events that trigger workflows" (workflow_run).
    """
    setting = declared(on, "workflow_run")
    if setting is None or COMPLETED not in (texts(setting.get("types")) or [COMPLETED]):
        return False
    return workflow in texts(setting.get("workflows")) and _met(setting, "branches", [branch])


def events(on: Any) -> list[str]:  # noqa: ANN401 - YAML
    """Return the events that a workflow declares, in their order."""
    return [str(event) for event in on] if isinstance(on, dict) else texts(on)


def types(on: Any, event: str) -> list[str]:  # noqa: ANN401 - YAML
    """Return the activities of an event that a workflow names."""
    return texts((declared(on, event) or {}).get("types"))


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


def declared(on: Any, event: str) -> dict[str, Any] | None:  # noqa: ANN401 - YAML
    """Return what a workflow says of an event: its filters, nothing where it names it alone, None where it does not."""
    if isinstance(on, dict):
        value = on.get(event)
        return None if event not in on else value if isinstance(value, dict) else {}
    return {} if event in texts(on) else None


def texts(value: Any) -> list[str]:  # noqa: ANN401 - YAML
    """Return the texts of what may be one text or a list of them."""
    if isinstance(value, str):
        return [value]
    return [str(one) for one in value] if isinstance(value, list) else []


def _takes(filters: dict[str, Any], tag: str) -> bool:
    """Tell whether a pushed tag is let through: filters of branches alone leave tags out, paths do not count for them."""
    if {"tags", "tags-ignore"} & set(filters):
        return _met(filters, "tags", [tag])
    return not {"branches", "branches-ignore"} & set(filters)


def _met(setting: dict[str, Any], key: str, found: Sequence[str]) -> bool:
    """Tell whether one at least of what was found is let through by a filter and its opposite."""
    if not {key, f"{key}-ignore"} & set(setting):
        return True
    ignored = texts(setting.get(f"{key}-ignore"))
    left = [one for one in found if not any(matches(one, pattern) for pattern in ignored)]
    return any(key not in setting or _included(one, texts(setting[key])) for one in left)


def _included(text: str, patterns: Sequence[str]) -> bool:
    """Tell whether the last pattern that fits takes the text in."""
    found = False
    for pattern in patterns:
        if matches(text, pattern.removeprefix("!")):
            found = not pattern.startswith("!")
    return found
