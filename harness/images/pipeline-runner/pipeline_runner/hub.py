"""What a workflow's jobs ask of GitHub: calls of its API by a token, identities, and what unreviewed code got hold of."""

import base64
import secrets
from typing import Any

from pipeline_runner import calls
from pipeline_runner.answers import Answers

ENTRIES = 100
TEXT = 20_000
INPUTS = 25  # what a dispatch may bring
FORBIDDEN = {"status": 403, "error": "Resource not accessible by integration"}
# A public repository is read without a right, but for what stands under actions. Source: the API's reference, which says
# of each such call that it "can be used without authentication ... if only public resources are requested".
ASKED_TO_READ = ("actions",)


class Hub:
    """GitHub's side of one stage of a run: who may do what, and what was done."""

    def __init__(self, run: dict[str, Any], stage: dict[str, Any], memory: dict[str, list[dict[str, Any]]]) -> None:
        self._run = run
        self._stage = stage
        self._apps: set[str] = set()
        self._identities: set[str] = set()
        self._answers = Answers(run["pulls"], run["changed"], memory, run["next"], stage["payload"]["repository"])
        self.calls: list[dict[str, Any]] = []
        self.heard: list[dict[str, Any]] = []

    @property
    def memory(self) -> dict[str, list[dict[str, Any]]]:
        """What was written, for the stages that follow."""
        return self._answers.memory

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
                return self._hear(asked)

    def identity(self, given: Any) -> str | None:
        """Return by what somebody proved who it is: a job's identity, or a key that the repository holds."""
        if given in self._identities:
            return "identity"
        return "key" if given in self._held().values() else None

    def note(self, call: str, arguments: Any, by: str, asked: dict[str, Any] | None = None, **more: Any) -> None:
        """Write down what was asked for, and by which job."""
        short = (
            {str(key)[:50]: _short(value) for key, value in arguments.items()} if isinstance(arguments, dict) else {}
        )
        told = {"event": self._stage["event"], "stage": self._stage["key"], "call": call, "arguments": short, "by": by}
        self.calls.append({**told, **_job(asked or {}), "allowed": True, "uses": [], **more})

    def _held(self) -> dict[str, str]:
        return dict(self._run["secrets"]) if self._stage["trusted"] else {}

    def _granted(self, asked: dict[str, Any]) -> dict[str, str]:
        """Return what the job that asks was granted; a fork's pull request may read at most."""
        found = self._stage["permissions"].get(asked.get("workflow"), {}).get(asked.get("job"), {})
        if self._stage["trusted"]:
            return dict(found)
        return {scope: "read" for scope in found if scope != "id-token"}

    def _call(self, asked: dict[str, Any]) -> dict[str, Any]:
        call, given = calls.resolve(str(asked.get("call")), asked.get("arguments"))
        token = asked.get("token")
        if call is None:
            return {"status": 404, "error": f"{asked.get('call')} is not played here"}
        by = "app" if token in self._apps else "workflow" if token == self._stage["token"] else ""
        if not by:
            return {"status": 401, "error": "Bad credentials"}
        gap = calls.missing(call, given)
        if gap:
            return {"status": 404, "error": f"Not Found: {call.path} with {gap}={str(given.get(gap))[:50]!r}"}
        uses = self._uses(call, self._granted(asked))
        allowed = by == "app" or bool(uses) or not (call.writes or set(call.needs) & set(ASKED_TO_READ))
        answer = self._answers.of(call, given, by) if allowed else dict(FORBIDDEN)
        if call.writes:
            done = allowed and "error" not in answer
            data = answer.get("data")
            about = {
                key: str(data[key]) for key in ("issue_number", "number") if isinstance(data, dict) and key in data
            }
            about |= {"sha": self._run["next"]} if call.name == "pulls.create" else {}
            more = {"allowed": allowed, "done": done, "uses": uses if by == "workflow" and done else [], "about": about}
            self.note(call.name, given, by, asked, **more)
        return answer

    def _uses(self, call: calls.Call, granted: dict[str, str]) -> list[str]:
        """Return the job's permissions by which it may do this."""
        levels = {"write"} if call.writes else {"read", "write"}
        return [scope for scope in call.needs if granted.get(scope) in levels]

    def _identity(self, asked: dict[str, Any]) -> dict[str, Any]:
        if self._granted(asked).get("id-token") != "write":
            return {"error": "Unable to get ACTIONS_ID_TOKEN_REQUEST_URL env variable"}
        made = f"eyJ{secrets.token_hex(18)}"
        self._identities.add(made)
        self.note("id-token", {}, "workflow", asked, uses=["id-token"])
        return {"token": made}

    def _app(self, key: Any) -> dict[str, Any]:
        if not key or key not in self._held().values():
            return {"error": "A JSON web token could not be decoded"}
        made = f"ghs_{secrets.token_hex(18)}"
        self._apps.add(made)
        return {"token": made}

    def _hear(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Take what the world's code sends home: where it ran, what it measured, and what it holds and must not know.

        Code reaches all that its job holds, the token included: on GitHub it may read the runner's memory.
        """
        text = str(asked.get("text", ""))
        plain = f"{text}\n{_decoded(text)}"
        found = sorted(name for name, value in self._held().items() if value in plain)
        told = {"event": self._stage["event"], "stage": self._stage["key"], **_job(asked), "found": found}
        said = {"side": str(asked.get("side", "head"))[:20], "report": str(asked.get("report", ""))[:TEXT]}
        self.heard.append({**told, **said, "writes": self._writes(asked), "trusted": self._stage["trusted"]})
        return {}

    def _writes(self, asked: dict[str, Any]) -> list[str]:
        """Return what the token of the job may write in which code ran; of any job where it is not known which."""
        if not self._stage["trusted"]:
            return []
        jobs = [job for jobs in self._stage["permissions"].values() for job in jobs.values()]
        own = self._stage["permissions"].get(asked.get("workflow"), {}).get(asked.get("job"))
        return sorted({scope for job in (jobs if own is None else [own]) for scope in job if job[scope] == "write"})


def _job(asked: dict[str, Any]) -> dict[str, str]:
    return {key: str(asked.get(key, ""))[:100] for key in ("workflow", "job")}


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
    if (
        isinstance(value, dict)
        and len(value) <= INPUTS
        and not any(isinstance(one, (dict, list)) for one in value.values())
    ):
        return {str(key)[:50]: _short(one) for key, one in value.items()}
    return str(value)[:TEXT]
