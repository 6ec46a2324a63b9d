"""What GitHub's events are about, with every key that GitHub sends: people, repositories, pull requests, issues, runs.

Numbers, which GitHub counts up, are made of names here, and times stand still.
Source: the schemas of @octokit/webhooks, a part of which stands in tests/schemas.
"""

import base64
import hashlib
from collections.abc import Sequence
from typing import Any

from harness.exercises.pipeline import MAIN, REPOSITORY

WHEN = "2026-03-02T08:30:00Z"
NOBODY = "0" * 40  # the commit before a branch or a tag was made
WEB, API = "https://github.com", "https://api.github.com"
OWNER = REPOSITORY.partition("/")[0]
KNOWN = {"refresh-app[bot]": 1}  # as the sandbox's answers have it
WORDS = "What it changes, and why."
USERS = {
    "followers": "", "following": "{/other_user}", "gists": "{/gist_id}", "starred": "{/owner}{/repo}", "subscriptions": "",
    "organizations": "", "repos": "", "events": "{/privacy}", "received_events": "",
}  # fmt: skip
REPOSITORIES = {
    "forks": "forks", "keys": "keys{/key_id}", "collaborators": "collaborators{/collaborator}", "teams": "teams",
    "hooks": "hooks", "issue_events": "issues/events{/number}", "events": "events", "assignees": "assignees{/user}",
    "branches": "branches{/branch}", "tags": "tags", "blobs": "git/blobs{/sha}", "git_tags": "git/tags{/sha}",
    "git_refs": "git/refs{/sha}", "trees": "git/trees{/sha}", "statuses": "statuses/{sha}", "languages": "languages",
    "stargazers": "stargazers", "contributors": "contributors", "subscribers": "subscribers",
    "subscription": "subscription", "commits": "commits{/sha}", "git_commits": "git/commits{/sha}",
    "comments": "comments{/number}", "issue_comment": "issues/comments{/number}", "contents": "contents/{+path}",
    "compare": "compare/{base}...{head}", "merges": "merges", "archive": "{archive_format}{/ref}",
    "downloads": "downloads", "issues": "issues{/number}", "pulls": "pulls{/number}",
    "milestones": "milestones{/number}", "notifications": "notifications{?since,all,participating}",
    "labels": "labels{/name}", "releases": "releases{/id}", "deployments": "deployments",
}  # fmt: skip
REACTIONS = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")
Data = dict[str, Any]


def user(login: str) -> Data:
    """Return somebody: a person, an app's bot, or the organization that owns the repository."""
    url = f"{API}/users/{login}"
    named = _named("user", login)
    return {
        **named,
        "id": KNOWN.get(login, named["id"]),
        "login": login,
        "avatar_url": f"https://avatars.githubusercontent.com/u/{named['id']}?v=4",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{WEB}/apps/{login.removesuffix('[bot]')}" if login.endswith("[bot]") else f"{WEB}/{login}",
        **{f"{name}_url": f"{url}/{name}{more}" for name, more in USERS.items()},
        "type": "Bot" if login.endswith("[bot]") else "Organization" if login == OWNER else "User",
        "site_admin": False,
    }


def organization() -> Data:
    """Return the organization that owns the repository."""
    url, known = f"{API}/orgs/{OWNER}", user(OWNER)
    return {
        **{key: known[key] for key in ("login", "id", "node_id", "avatar_url")},
        "url": url,
        **{f"{name}_url": f"{url}/{name}" for name in ("repos", "events", "hooks", "issues")},
        **{f"{name}_url": f"{url}/{name}{{/member}}" for name in ("members", "public_members")},
        "description": None,
    }


def installation() -> Data:
    """Return the installation of an app by which a dispatch came."""
    return _named("installation", OWNER)


def repository_lite(full_name: str, *, fork: bool = False) -> Data:
    """Return a repository as a workflow's run tells of it."""
    owner, _, name = full_name.partition("/")
    url = f"{API}/repos/{full_name}"
    return {
        **_named("repository", full_name),
        "name": name,
        "full_name": full_name,
        "private": False,
        "owner": user(owner),
        "html_url": f"{WEB}/{full_name}",
        "description": "Who will leave next month",
        "fork": fork,
        "url": url,
        **{f"{key}_url": f"{url}/{path}" for key, path in REPOSITORIES.items()},
    }


def repository(full_name: str, *, fork: bool = False) -> Data:
    """Return a repository."""
    return {
        **repository_lite(full_name, fork=fork),
        "created_at": WHEN,
        "updated_at": WHEN,
        "pushed_at": WHEN,
        "git_url": f"git://github.com/{full_name}.git",
        "ssh_url": f"git@github.com:{full_name}.git",
        "clone_url": f"{WEB}/{full_name}.git",
        "svn_url": f"{WEB}/{full_name}",
        "mirror_url": None,
        "homepage": None,
        "size": 120,
        "language": "Python",
        **dict.fromkeys(("has_issues", "has_projects", "has_downloads", "has_wiki"), not fork),
        **dict.fromkeys(("has_pages", "has_discussions", "archived", "disabled", "is_template"), False),
        **dict.fromkeys(("stargazers_count", "watchers_count", "watchers", "forks_count", "forks"), 0),
        "open_issues_count": 2,
        "open_issues": 2,
        "license": None,
        "allow_forking": True,
        "web_commit_signoff_required": False,
        "topics": [],
        "visibility": "public",
        "default_branch": MAIN,
        "custom_properties": {},
    }


def pull_request(number: int, branch: str, sha: str, author: str, *, home: str = REPOSITORY, draft: bool = False, title: str = "A change", files: int = 1) -> Data:  # fmt: skip
    """Return an open pull request against main; `home` is the repository that its branch stands in."""
    forked = home != REPOSITORY
    url, html = f"{API}/repos/{REPOSITORY}/pulls/{number}", f"{WEB}/{REPOSITORY}/pull/{number}"
    issue_url = f"{API}/repos/{REPOSITORY}/issues/{number}"
    links = {
        "self": url,
        "html": html,
        "issue": issue_url,
        "comments": f"{issue_url}/comments",
        "review_comments": f"{url}/comments",
        "review_comment": f"{API}/repos/{REPOSITORY}/pulls/comments{{/number}}",
        "commits": f"{url}/commits",
        "statuses": f"{API}/repos/{REPOSITORY}/statuses/{sha}",
    }
    return {
        **_named("pull_request", f"{REPOSITORY}#{number}"),
        "number": number,
        "state": "open",
        "draft": draft,
        "title": title,
        "body": WORDS,
        "labels": [],
        **dict.fromkeys(("merged", "locked"), False),
        **dict.fromkeys(("closed_at", "merged_at", "merged_by", "merge_commit_sha", "mergeable", "rebaseable")),
        **dict.fromkeys(("assignee", "milestone", "auto_merge", "active_lock_reason")),
        **{name: [] for name in ("assignees", "requested_reviewers", "requested_teams")},
        "mergeable_state": "unknown",
        "maintainer_can_modify": forked,
        "created_at": WHEN,
        "updated_at": WHEN,
        "url": url,
        "html_url": html,
        "diff_url": f"{html}.diff",
        "patch_url": f"{html}.patch",
        "issue_url": issue_url,
        **{f"{name}_url": link for name, link in links.items() if name not in {"self", "html", "issue"}},
        "_links": {name: {"href": link} for name, link in links.items()},
        "author_association": "NONE" if forked else "MEMBER",
        "head": _side(home, branch, sha),
        "base": _side(REPOSITORY, MAIN, sha[::-1]),
        "user": user(author),
        **dict.fromkeys(("comments", "review_comments"), 0),
        **dict.fromkeys(("commits", "additions", "deletions"), 1),
        "changed_files": files,
    }


def issue(number: int, title: str, author: str, association: str) -> Data:
    """Return an open issue."""
    url = f"{API}/repos/{REPOSITORY}/issues/{number}"
    return {
        **_named("issue", f"{REPOSITORY}#{number}"),
        "number": number,
        "title": title,
        "body": WORDS,
        "user": user(author),
        "state": "open",
        "state_reason": None,
        "locked": False,
        **{name: [] for name in ("labels", "assignees")},
        **dict.fromkeys(("assignee", "milestone", "closed_at", "active_lock_reason", "performed_via_github_app")),
        "comments": 0,
        "created_at": WHEN,
        "updated_at": WHEN,
        "author_association": association,
        "url": url,
        "repository_url": f"{API}/repos/{REPOSITORY}",
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "timeline_url": f"{url}/timeline",
        "html_url": f"{WEB}/{REPOSITORY}/issues/{number}",
        "reactions": _reactions(url),
    }


def comment(about: Data, body: str, author: str, association: str) -> Data:
    """Return a comment at an issue, or at a pull request seen as one."""
    url = f"{API}/repos/{REPOSITORY}/issues/comments/1"
    return {
        **_named("comment", body),
        "id": 1,
        "body": body,
        "user": user(author),
        "author_association": association,
        "created_at": WHEN,
        "updated_at": WHEN,
        "url": url,
        "html_url": f"{about['html_url']}#issuecomment-1",
        "issue_url": about["url"],
        "performed_via_github_app": None,
        "reactions": _reactions(url),
    }


def release(tag: str) -> Data:
    """Return a release of main."""
    url, html = f"{API}/repos/{REPOSITORY}/releases", f"{WEB}/{REPOSITORY}/releases/tag/{tag}"
    named = _named("release", tag)
    return {
        **named,
        "tag_name": tag,
        "target_commitish": MAIN,
        "name": tag,
        "body": "",
        "draft": False,
        "prerelease": False,
        "author": user("dev"),
        "assets": [],
        "created_at": WHEN,
        "published_at": WHEN,
        "url": f"{url}/{named['id']}",
        "assets_url": f"{url}/{named['id']}/assets",
        "upload_url": f"https://uploads.github.com/repos/{REPOSITORY}/releases/{named['id']}/assets{{?name,label}}",
        "html_url": html,
        "tarball_url": f"{API}/repos/{REPOSITORY}/tarball/{tag}",
        "zipball_url": f"{API}/repos/{REPOSITORY}/zipball/{tag}",
    }


def label(name: str) -> Data:
    """Return a label."""
    url = f"{API}/repos/{REPOSITORY}/labels/{name.replace(' ', '%20')}"
    return {**_named("label", name), "url": url, "name": name, "description": None, "color": "ededed", "default": False}


def milestone() -> Data:
    """Return the milestone of whatever has one."""
    url = f"{API}/repos/{REPOSITORY}/milestones/1"
    return {
        **_named("milestone", "1"),
        "number": 1,
        "title": "Next",
        "description": None,
        "creator": user("dev"),
        "open_issues": 1,
        "closed_issues": 0,
        "state": "open",
        "created_at": WHEN,
        "updated_at": WHEN,
        "due_on": None,
        "closed_at": None,
        "url": url,
        "html_url": f"{WEB}/{REPOSITORY}/milestone/1",
        "labels_url": f"{url}/labels",
    }


def commit_simple(sha: str, message: str, author: str = "dev") -> Data:
    """Return a commit as a workflow's run and a merge group tell of it."""
    person = {"name": author, "email": f"{author}@users.noreply.github.com"}
    written = {"author": person, "committer": person}
    return {"id": sha, "tree_id": sha[1:] + sha[:1], "message": message, "timestamp": WHEN, **written}


def commit(sha: str, message: str, changed: Sequence[str]) -> Data:
    """Return a commit that is pushed."""
    told = {"distinct": True, "url": f"{WEB}/{REPOSITORY}/commit/{sha}"}
    return {**commit_simple(sha, message), **told, "added": [], "removed": [], "modified": list(changed)}


def workflow(name: str, file: str) -> Data:
    """Return a workflow."""
    named = _named("workflow", file)
    return {
        **named,
        "name": name,
        "path": file,
        "state": "active",
        "created_at": WHEN,
        "updated_at": WHEN,
        "url": f"{API}/repos/{REPOSITORY}/actions/workflows/{named['id']}",
        "html_url": f"{WEB}/{REPOSITORY}/blob/{MAIN}/{file}",
        "badge_url": f"{WEB}/{REPOSITORY}/workflows/{name.replace(' ', '%20')}/badge.svg",
    }


def workflow_run(of: Data, number: int) -> Data:
    """Return what a workflow's run has by its number: names and addresses."""
    url, html = f"{API}/repos/{REPOSITORY}/actions/runs/{number}", f"{WEB}/{REPOSITORY}/actions/runs/{number}"
    suite = _named("check_suite", str(number))
    return {
        **_named("workflow_run", str(number)),
        "id": number,
        "run_number": number,
        "run_attempt": 1,
        "name": of["name"],
        "path": of["path"],
        "workflow_id": of["id"],
        "workflow_url": of["url"],
        "check_suite_id": suite["id"],
        "check_suite_node_id": suite["node_id"],
        "check_suite_url": f"{API}/repos/{REPOSITORY}/check-suites/{suite['id']}",
        "url": url,
        "html_url": html,
        **{f"{name}_url": f"{url}/{name}" for name in ("jobs", "logs", "artifacts", "cancel", "rerun")},
        "previous_attempt_url": None,
        **dict.fromkeys(("created_at", "updated_at", "run_started_at"), WHEN),
    }


def pull_reference(pull: Data) -> Data:
    """Return what a workflow's run tells of a pull request."""
    sides = {
        side: {"ref": pull[side]["ref"], "sha": pull[side]["sha"], "repo": _reference(pull[side]["repo"])}
        for side in ("head", "base")
    }
    return {"url": pull["url"], "id": pull["id"], "number": pull["number"], **sides}


def _reference(repo: Data) -> Data:
    return {name: repo[name] for name in ("id", "url", "name")}


def _side(home: str, branch: str, sha: str) -> Data:
    repo = repository(home, fork=home != REPOSITORY)
    label_of = f"{repo['owner']['login']}:{branch}"
    return {"ref": branch, "sha": sha, "label": label_of, "user": repo["owner"], "repo": repo}


def _reactions(url: str) -> Data:
    return {"url": f"{url}/reactions", "total_count": 0, **dict.fromkeys(REACTIONS, 0)}


def _named(kind: str, name: str) -> Data:
    """Return both identifiers of a thing."""
    digest = hashlib.sha256(f"{kind} {name}".encode()).digest()
    return {
        "id": int.from_bytes(digest[:4]) // 4 + 1000,
        "node_id": base64.b64encode(digest[:9]).decode(),
    }
