"""Stand-in for actions/download-artifact v4."""

import fnmatch
import os
import shutil
import sys
from pathlib import Path

sys.path.insert(0, "/opt/actions")
import toolkit

own = os.environ["GITHUB_RUN_ID"]
run = toolkit.given("run-id") or own
if run != own:
    # Another run's artifacts come by the API, which asks for a token and what it may read.
    toolkit.call("actions.listWorkflowRunArtifacts", {"run_id": run}, toolkit.given("github-token"))
top = toolkit.ARTIFACTS / Path(run).name
target = Path(toolkit.given("path") or ".").expanduser().absolute()
name, pattern = toolkit.given("name"), toolkit.given("pattern") or "*"
known = sorted(path.name for path in top.iterdir()) if top.is_dir() else []
if name:
    if name not in known:
        toolkit.fail(f"Unable to download artifact(s): Artifact not found for name: {name}")
    chosen = [name]
else:
    chosen = [one for one in known if fnmatch.fnmatchcase(one, pattern)]
flat = bool(name) or toolkit.truth("merge-multiple")
target.mkdir(parents=True, exist_ok=True)
for one in chosen:
    shutil.copytree(top / one, target if flat else target / one, dirs_exist_ok=True)
print(f"Total of {len(chosen)} artifact(s) downloaded: {', '.join(chosen)}")
toolkit.put("download-path", str(target))
