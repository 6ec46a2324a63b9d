"""What GitHub's API answers: the pull requests, what was written during this run, and else nothing or an empty list."""

import base64
import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pipeline_runner.calls import Call

ARTIFACTS = Path("/store/artifacts")
BOT = {"login": "github-actions[bot]", "type": "Bot", "id": 41898282}
NOT_FOUND = {"status": 404, "error": "Not Found"}
LISTS = {  # how a list is wrapped
    "checks.listForRef": "check_runs",
    "checks.listForSuite": "check_runs",
    "checks.listSuitesForRef": "check_suites",
    "actions.listWorkflowRunArtifacts": "artifacts",
    "actions.listArtifactsForRepo": "artifacts",
    "actions.listJobsForWorkflowRun": "jobs",
    "actions.listWorkflowRuns": "workflow_runs",
    "actions.listWorkflowRunsForRepo": "workflow_runs",
    "actions.listRepoWorkflows": "workflows",
}


class Answers:
    """The repository's issues, pull requests, checks and statuses as one run leaves them.

    `memory` is what the run's earlier stages wrote; it is added to, and handed on. `pushed` is the commit of the branch
    that a workflow pushes, and `home` the repository as events tell of it.
    """

    def __init__(
        self, pulls: list[dict[str, Any]], files: list[str], memory: dict[str, list[dict[str, Any]]], pushed: str,
        home: Mapping[str, Any],
    ) -> None:  # fmt: skip
        self.memory = memory
        self._home = home
        self._pushed = pushed
        self._pulls = pulls
        self._files = files
        self._known: Mapping[str, Callable[[Mapping[str, Any], str], dict[str, Any]]] = {
            "pulls.list": self._list_pulls,
            "pulls.create": self._open,
            "git.getRef": self._ref,
            "repos.getBranch": self._branch,
            "pulls.get": self._pull,
            "issues.get": self._pull,
            "pulls.listFiles": self._list_files,
            "pulls.listCommits": self._list_commits,
            "repos.listPullRequestsAssociatedWithCommit": self._of_commit,
            "issues.listComments": self._list_comments,
            "issues.updateComment": self._update_comment,
            "issues.deleteComment": self._delete_comment,
            "repos.listCommitStatusesForRef": self._statuses,
            "repos.getCombinedStatusForRef": self._combined,
            "checks.listForRef": self._checks,
            "checks.update": self._update_check,
            "actions.listWorkflowRunArtifacts": self._artifacts,
            "actions.downloadArtifact": self._artifact,
            "repos.getCollaboratorPermissionLevel": self._permission,
        }

    def of(self, call: Call, given: Mapping[str, Any], by: str) -> dict[str, Any]:
        """Return what a call gives: its data, or a status with an error."""
        if call.name in self._known:
            return self._known[call.name](given, by)
        if call.writes:
            return {"data": self._noted(call.name, given, by)}
        if call.name in LISTS:
            return {"data": {"total_count": 0, LISTS[call.name]: []}}
        many = call.name.partition(".")[2].startswith("list")
        return {"data": [] if many else {"id": 1, "number": 1, "name": "", "state": "open", "labels": []}}

    def _noted(self, kind: str, given: Mapping[str, Any], by: str) -> dict[str, Any]:
        kept = self.memory.setdefault(kind, [])
        number = 1000 + sum(map(len, self.memory.values()))
        user = BOT if by == "workflow" else {"login": "refresh-app[bot]", "type": "Bot", "id": 1}
        told = {
            "id": number,
            "number": number,
            "user": user,
            "html_url": f"https://github.com/acme/churn-model#{number}",
        }
        kept.append({**{str(name): value for name, value in given.items() if name not in {"owner", "repo"}}, **told})
        return kept[-1]

    def _list_pulls(self, given: Mapping[str, Any], _: str) -> dict[str, Any]:
        state, head, base = (str(given.get(name) or "") for name in ("state", "head", "base"))
        found = [
            one
            for one in self._all_pulls()
            if state in {"", "open", "all"} and head in {"", one["head"]["label"]} and base in {"", one["base"]["ref"]}
        ]
        turned = given.get("direction") == "asc" or (
            given.get("sort") not in {None, "created"} and "direction" not in given
        )
        return {"data": list(reversed(found)) if turned else found}

    def _all_pulls(self) -> list[dict[str, Any]]:
        """Return the open pull requests, those that the run has opened first: the newest come first."""
        return [*reversed(self.memory.get("pulls.create", ())), *self._pulls]

    def _open(self, given: Mapping[str, Any], by: str) -> dict[str, Any]:
        made = self._noted("pulls.create", given, by)
        branch = str(given.get("head", "")).rpartition(":")[2]
        made["head"] = {"ref": branch, "sha": self._pushed, "label": f"acme:{branch}", "repo": self._home}
        made["base"] = {"ref": str(given.get("base", "main")), "repo": self._home}
        return {"data": made}

    def _ref(self, given: Mapping[str, Any], _: str) -> dict[str, Any]:
        ref = f"refs/{str(given.get('ref', '')).removeprefix('refs/')}"
        pushed = {str(one.get("ref")) for one in self.memory.get("git.createRef", ())}
        sha = self._pushed if ref in pushed else "0" * 40
        return {"data": {"ref": ref, "object": {"type": "commit", "sha": sha}}}

    def _branch(self, given: Mapping[str, Any], by: str) -> dict[str, Any]:
        found = self._ref({"ref": f"heads/{given.get('branch')}"}, by)["data"]["object"]
        return {"data": {"name": given.get("branch"), "commit": {"sha": found["sha"]}}}

    def _pull(self, given: Mapping[str, Any], _: str) -> dict[str, Any]:
        wanted = str(given.get("pull_number") or given.get("issue_number"))
        found = [one for one in self._all_pulls() if str(one["number"]) == wanted]
        return {"data": found[0]} if found else dict(NOT_FOUND)

    def _of_commit(self, given: Mapping[str, Any], _: str) -> dict[str, Any]:
        return {"data": [one for one in self._all_pulls() if one["head"]["sha"] == given.get("commit_sha")]}

    def _list_files(self, given: Mapping[str, Any], _: str) -> dict[str, Any]:
        counted = {"status": "modified", "additions": 1, "deletions": 1, "changes": 2}
        own = self._pulls and str(given.get("pull_number")) == str(self._pulls[-1]["number"])
        return {"data": [{"filename": name, "sha": "0" * 40, **counted} for name in self._files] if own else []}

    def _list_commits(self, given: Mapping[str, Any], by: str) -> dict[str, Any]:
        pull = self._pull(given, by).get("data")
        return {"data": [{"sha": pull["head"]["sha"], "commit": {"message": "A change"}}] if pull else []}

    def _list_comments(self, given: Mapping[str, Any], _: str) -> dict[str, Any]:
        kept = self.memory.get("issues.createComment", ())
        return {"data": [one for one in kept if str(one.get("issue_number")) == str(given.get("issue_number"))]}

    def _update_comment(self, given: Mapping[str, Any], _: str) -> dict[str, Any]:
        for comment in self.memory.get("issues.createComment", ()):
            if str(comment["id"]) == str(given.get("comment_id")):
                comment["body"] = given.get("body")
                return {"data": comment}
        return dict(NOT_FOUND)

    def _delete_comment(self, given: Mapping[str, Any], _: str) -> dict[str, Any]:
        kept = self.memory.get("issues.createComment", [])
        left = [one for one in kept if str(one["id"]) != str(given.get("comment_id"))]
        if len(left) == len(kept):
            return dict(NOT_FOUND)
        kept[:] = left
        return {"data": ""}

    def _statuses(self, given: Mapping[str, Any], _: str) -> dict[str, Any]:
        return {
            "data": [
                one for one in self.memory.get("repos.createCommitStatus", ()) if one.get("sha") == given.get("ref")
            ]
        }

    def _combined(self, given: Mapping[str, Any], by: str) -> dict[str, Any]:
        found = self._statuses(given, by)["data"]
        states = {str(one.get("state")) for one in found}
        worst = "failure" if states & {"failure", "error"} else "success" if states == {"success"} else "pending"
        return {"data": {"state": worst, "statuses": found, "total_count": len(found), "sha": given.get("ref")}}

    def _checks(self, given: Mapping[str, Any], _: str) -> dict[str, Any]:
        found = [one for one in self.memory.get("checks.create", ()) if one.get("head_sha") == given.get("ref")]
        return {"data": {"total_count": len(found), "check_runs": found}}

    def _update_check(self, given: Mapping[str, Any], _: str) -> dict[str, Any]:
        for run in self.memory.get("checks.create", ()):
            if str(run["id"]) == str(given.get("check_run_id")):
                run.update({str(key): value for key, value in given.items() if key not in {"owner", "repo"}})
                return {"data": run}
        return dict(NOT_FOUND)

    def _artifacts(self, given: Mapping[str, Any], _: str) -> dict[str, Any]:
        folder = ARTIFACTS / Path(str(given.get("run_id"))).name
        kept = sorted(folder.iterdir()) if folder.is_dir() else []
        found = [{"id": one.stat().st_ino, "name": one.name, "expired": False, "size_in_bytes": 1} for one in kept]
        return {"data": {"total_count": len(found), "artifacts": found}}

    def _artifact(self, given: Mapping[str, Any], _: str) -> dict[str, Any]:
        """Return an artifact as GitHub does, zipped; the stand-in of github-script makes bytes of it."""
        for folder in ARTIFACTS.glob("*/*"):
            if str(folder.stat().st_ino) == str(given.get("artifact_id")):
                packed = io.BytesIO()
                with zipfile.ZipFile(packed, "w") as archive:
                    for file in sorted(one for one in folder.rglob("*") if one.is_file() and not one.is_symlink()):
                        archive.write(file, str(file.relative_to(folder)))
                return {"bytes": base64.b64encode(packed.getvalue()).decode()}
        return dict(NOT_FOUND)

    def _permission(self, _: Mapping[str, Any], __: str) -> dict[str, Any]:
        return {"data": {"permission": "read", "role_name": "read"}}
