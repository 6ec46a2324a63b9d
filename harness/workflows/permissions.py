"""What the token of a workflow's job may do: the permissions that files declare, as GitHub puts them together.

Source: GitHub's documentation, "Workflow syntax" (permissions) and "Automatic token authentication".
"""

from collections.abc import Mapping
from typing import Any

SCOPES = (
    "actions", "attestations", "checks", "contents", "deployments", "discussions", "id-token", "issues", "models",
    "packages", "pages", "pull-requests", "security-events", "statuses",
)  # fmt: skip
# Of a workflow that declares none: what an organisation with restricted defaults gives.
RESTRICTED: Mapping[str, str] = {"contents": "read", "packages": "read"}
LEVELS = {"read-all": "read", "write-all": "write"}


def effective(workflow: Mapping[str, Any], job: Mapping[str, Any]) -> dict[str, str]:
    """Return read or write by scope for a job: its own setting, else the workflow's, else the restricted default."""
    for holder in (job, workflow):
        if "permissions" in holder:
            return _read(holder["permissions"])
    return dict(RESTRICTED)


def _read(setting: Any) -> dict[str, str]:  # noqa: ANN401 - any YAML value
    if isinstance(setting, str):
        level = LEVELS.get(setting)
        return {scope: level for scope in SCOPES if level and (scope != "id-token" or level == "write")}
    if not isinstance(setting, Mapping):
        return {}
    return {scope: str(level) for scope, level in setting.items() if scope in SCOPES and level in ("read", "write")}
