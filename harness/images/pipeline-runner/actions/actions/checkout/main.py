"""Stand-in for actions/checkout: the repository as the event left it, what main has by now, or the base or the head of a pull request."""

import base64
import json
import os
import shutil
import sys
from pathlib import Path

sys.path.insert(0, "/opt/actions")
import toolkit

MAIN = ("main", "refs/heads/main")
TIP = Path("/work/tip")  # where another merge came since the event
own, event = os.environ.get("GITHUB_REPOSITORY", ""), os.environ.get("GITHUB_EVENT_NAME", "")
payload = json.loads(Path(os.environ["GITHUB_EVENT_PATH"]).read_text())
pull, followed = payload.get("pull_request") or {}, payload.get("workflow_run") or {}
told = json.loads(Path("/work/pull.json").read_text())  # where the event itself does not tell of its pull request
head, number = pull.get("head") or told, pull.get("number") or told.get("number")
branch = str(payload.get("ref", "")).removeprefix("refs/heads/")
wanted, repository = toolkit.given("ref"), toolkit.given("repository") or own
fork = (head.get("repo") or followed.get("head_repository") or {}).get("full_name", own)
heads = {head.get("sha"), head.get("ref"), followed.get("head_sha"), followed.get("head_branch")}
heads |= {f"refs/heads/{name}" for name in heads if name}
heads |= {f"refs/pull/{number}/{end}" for end in ("head", "merge")} if number else set()
bases = {*MAIN, (pull.get("base") or {}).get("sha")}
if event == "pull_request" or (event in {"push", "workflow_dispatch"} and branch not in {"", "main"}):
    heads |= {"", branch, os.environ.get("GITHUB_SHA"), os.environ.get("GITHUB_REF")}
else:
    bases |= {"", os.environ.get("GITHUB_SHA"), os.environ.get("GITHUB_REF")}
newest = set(MAIN)
if event == "workflow_run":  # its commit is the newest of the default branch
    newest |= {"", os.environ.get("GITHUB_SHA")}
if repository not in {own, fork}:
    toolkit.fail("no other repository can be reached from here")
if wanted in heads - bases or (repository != own and (wanted in heads or not wanted)):
    source = "/work/head"
elif wanted in newest and repository == own and TIP.is_dir():
    source = "/work/tip"
elif wanted in bases and repository == own:
    source = "/work/repo"
else:
    toolkit.fail(f"A branch or tag with the name {wanted!r} could not be found")
target = Path(os.environ["GITHUB_WORKSPACE"], toolkit.given("path"))
shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".git"))
for path in (target, *target.rglob("*")):
    path.chmod(0o755 if path.is_dir() else 0o644 | (path.stat().st_mode & 0o111))
if toolkit.truth("persist-credentials") and toolkit.given("token"):
    basic = base64.b64encode(f"x-access-token:{toolkit.given('token')}".encode()).decode()
    (target / ".git").mkdir(exist_ok=True)
    (target / ".git" / "config").write_text(
        f'[http "https://github.com/"]\n\textraheader = AUTHORIZATION: basic {basic}\n'
    )
toolkit.put("ref", wanted or os.environ.get("GITHUB_REF", ""))
toolkit.put("commit", os.environ.get("GITHUB_SHA", ""))
