"""Stand-in for actions/checkout: the repository as the event left it."""

import os
import shutil
import sys
from pathlib import Path

sys.path.insert(0, "/opt/actions")
import toolkit

if toolkit.given("repository") not in {"", os.environ.get("GITHUB_REPOSITORY", "")}:
    toolkit.fail("no other repository can be reached from here")
target = Path(os.environ["GITHUB_WORKSPACE"], toolkit.given("path"))
shutil.copytree("/work/repo", target, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".git"))
for path in (target, *target.rglob("*")):
    path.chmod(0o755 if path.is_dir() else 0o644 | (path.stat().st_mode & 0o111))
toolkit.put("ref", toolkit.given("ref") or os.environ.get("GITHUB_REF", ""))
toolkit.put("commit", os.environ.get("GITHUB_SHA", ""))
