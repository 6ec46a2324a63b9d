"""What a workflow's jobs ask of GitHub: calls of its API by a token, identities, and what a fork's code got hold of."""

import base64
import secrets
from typing import Any

ENTRIES = 100
TEXT = 20_000
# What a call needs: one of these permissions, for writing or for reading. Source: GitHub's documentation, "Permissions
# required for GitHub Apps".
WRITES = {
    "issues.createComment": ("issues", "pull-requests"),
    "issues.updateComment": ("issues", "pull-requests"),
    "issues.addLabels": ("issues", "pull-requests"),
    "pulls.create": ("pull-requests",),
    "pulls.createReview": ("pull-requests",),
    "checks.create": ("checks",),
    "repos.createCommitStatus": ("statuses",),
    "actions.createWorkflowDispatch": ("actions",),
}
READS = {
    "pulls.list": ("pull-requests",),
    "pulls.get": ("pull-requests",),
    "issues.listComments": ("issues", "pull-requests"),
    "actions.downloadArtifact": ("actions",),
}
FORBIDDEN = {"status": 403, "error": "Resource not accessible by integration"}


class Hub:
    """GitHub's side of one stage of a run: who may do what, and what was done."""

    def __init__(self, run: dict[str, Any], stage: dict[str, Any]) -> None:
        self._run = run
        self._stage = stage
        self._apps: set[str] = set()
        self._identities: set[str] = set()
        self.calls: list[dict[str, Any]] = []
        self.heard: list[dict[str, Any]] = []

    def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Do one thing that was asked, and return the answer."""
        if len(self.calls) + len(self.heard) >= ENTRIES:
            return {"status": 403, "error": "API rate limit exceeded"}
        match asked["do"]:
            case "call":
                return self._call(asked)
            case "id-token":
                return self._identity(asked)
            case "app-token":
                return self._app(asked.get("key"))
            case _:
                return self._hear(str(asked.get("text", "")))

    def identity(self, given: Any) -> str | None:
        """Return by what somebody proved who it is: a job's identity, or a key that the repository holds."""
        if given in self._identities:
            return "identity"
        return "key" if given in self._held().values() else None

    def note(self, call: str, arguments: Any, by: str, job: str = "", *, allowed: bool = True) -> None:
        """Write down what was asked for."""
        short = (
            {str(key)[:50]: _short(value) for key, value in arguments.items()} if isinstance(arguments, dict) else {}
        )
        self.calls.append(
            {"event": self._stage["event"], "call": call, "arguments": short, "by": by, "job": job, "allowed": allowed}
        )

    def _held(self) -> dict[str, str]:
        return dict(self._run["secrets"]) if self._stage["trusted"] else {}

    def _granted(self, asked: dict[str, Any]) -> dict[str, str]:
        """Return what the job that asks was granted; a fork's pull request may read at most."""
        found = self._stage["permissions"].get(asked.get("workflow"), {}).get(asked.get("job"), {})
        if self._stage["trusted"]:
            return dict(found)
        return {scope: "read" for scope in found if scope != "id-token"}

    def _call(self, asked: dict[str, Any]) -> dict[str, Any]:
        call, arguments, token = str(asked.get("call")), asked.get("arguments"), asked.get("token")
        if call not in {**WRITES, **READS}:
            return {"status": 404, "error": f"{call} is not played here"}
        by = "app" if token in self._apps else "workflow" if token == self._stage["token"] else ""
        if not by:
            return {"status": 401, "error": "Bad credentials"}
        granted = self._granted(asked)
        needed, level = (WRITES[call], {"write"}) if call in WRITES else (READS[call], {"read", "write"})
        allowed = by == "app" or any(granted.get(scope) in level for scope in needed)
        if call in WRITES:
            self.note(call, arguments, by, str(asked.get("job"))[:100], allowed=allowed)
        return self._data(call, arguments) if allowed else dict(FORBIDDEN)

    def _data(self, call: str, arguments: Any) -> dict[str, Any]:
        """Return what GitHub would, as far as workflows read it."""
        told, pull = arguments if isinstance(arguments, dict) else {}, self._run["pull"]
        if call == "pulls.list":
            fits = pull and str(told.get("head") or pull["head"]["label"]) == pull["head"]["label"]
            return {"data": [pull] if fits else []}
        if call == "pulls.get":
            fits = pull and str(told.get("pull_number")) == str(pull["number"])
            return {"data": pull} if fits else {"status": 404, "error": "Not Found"}
        if call == "issues.listComments":
            return {"data": []}
        return {"data": {"number": 8, "id": len(self.calls), "html_url": "https://github.com/"}}

    def _identity(self, asked: dict[str, Any]) -> dict[str, Any]:
        if self._granted(asked).get("id-token") != "write":
            return {"error": "Unable to get ACTIONS_ID_TOKEN_REQUEST_URL env variable"}
        made = f"eyJ{secrets.token_hex(18)}"
        self._identities.add(made)
        return {"token": made}

    def _app(self, key: Any) -> dict[str, Any]:
        if not key or key not in self._held().values():
            return {"error": "A JSON web token could not be decoded"}
        made = f"ghs_{secrets.token_hex(18)}"
        self._apps.add(made)
        return {"token": made}

    def _hear(self, text: str) -> dict[str, Any]:
        """Take what somebody else's code sends home, and see whether it holds what it must not know."""
        prizes = {**self._held(), **({"GITHUB_TOKEN": self._stage["token"]} if self._writes() else {})}
        plain = f"{text}\n{_decoded(text)}"
        found = sorted(name for name, value in prizes.items() if value in plain)
        self.heard.append({"event": self._stage["event"], "found": found})
        return {}

    def _writes(self) -> bool:
        """Tell whether the token of a job of this stage may write anything."""
        jobs = [job for jobs in self._stage["permissions"].values() for job in jobs.values()]
        return self._stage["trusted"] and any(level == "write" for job in jobs for level in job.values())


def _decoded(text: str) -> str:
    """Return the words of a text that are Base64, as checkout keeps a token, decoded."""
    words = []
    for word in text.split()[:20_000]:
        try:
            words.append(base64.b64decode(word, validate=True).decode())
        except ValueError:
            continue
    return "\n".join(words)


def _short(value: Any) -> Any:
    if isinstance(value, (int, float, bool)) or value is None:
        return value
    return str(value)[:TEXT]
