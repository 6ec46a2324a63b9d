"""The model platform's action to publish: by the identity that GitHub gives the job, or by a key of the old kind."""

import os
import sys
from pathlib import Path

sys.path.insert(0, "/opt/actions")
import toolkit

who = toolkit.given("api-key") or toolkit.ask({"do": "id-token", **toolkit.job()})["token"]
model = Path(os.environ["GITHUB_WORKSPACE"], toolkit.given("model"))
if not model.is_file():
    toolkit.fail(f"{toolkit.given('model')} is not there")
made = toolkit.ask({"do": "publish", "identity": who, "model": model.read_text("utf-8"), **toolkit.job()})
print(f"version {made['version']} is in production")
toolkit.put("version", str(made["version"]))
