"""The model platform's action to deploy a version."""

import subprocess
import sys

sys.path.insert(0, "/opt/actions")
import toolkit

command = ["/usr/local/bin/model-platform", "deploy", "--version", toolkit.given("version")]
if subprocess.run(command, check=False).returncode:
    toolkit.fail("the version could not be deployed")
print(f"version {toolkit.given('version')} is in production")
