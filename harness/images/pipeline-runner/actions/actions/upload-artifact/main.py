"""Stand-in for actions/upload-artifact v4."""

import os
import re
import shutil
import sys
from pathlib import Path

sys.path.insert(0, "/opt/actions")
import toolkit

name = toolkit.given("name")
if not name or re.search(r'["\r\n<>|*?:\\/]', name):
    toolkit.fail(f"the artifact name {name!r} is empty or has characters that are not allowed")
found, roots = toolkit.matching(toolkit.lines("path"))
if not toolkit.truth("include-hidden-files"):
    found = [
        file
        for file in found
        if not any(part.startswith(".") for part in os.path.relpath(file).split("/") if part != "..")
    ]
if not found:
    told = f"No files were found with the provided path: {toolkit.given('path')}"
    if toolkit.given("if-no-files-found") == "error":
        toolkit.fail(told)
    print(told if toolkit.given("if-no-files-found") == "ignore" else f"::warning::{told}")
    sys.exit(0)
folder = toolkit.ARTIFACTS / os.environ["GITHUB_RUN_ID"] / name
if folder.exists():
    if not toolkit.truth("overwrite"):
        toolkit.fail(
            "Failed to CreateArtifact: (409) Conflict: an artifact with this name already exists on the workflow run"
        )
    shutil.rmtree(folder)
top = Path(os.path.commonpath([str(one if one.is_dir() else one.parent) for one in roots]))
for file in found:
    place = folder / file.relative_to(top)
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, place)
print(f"Artifact {name} has been successfully uploaded: {len(found)} files")
toolkit.put("artifact-id", str(folder.stat().st_ino))
