"""The model platform's action to register a model."""

import subprocess
import sys

sys.path.insert(0, "/opt/actions")
import toolkit

reports = ["--reports", toolkit.given("reports")] if toolkit.given("reports") else []
command = ["/usr/local/bin/model-platform", "register", "--model", toolkit.given("model"), *reports]
done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
if done.returncode:
    toolkit.fail("the model could not be registered")
print(f"registered as version {done.stdout.strip()}")
toolkit.put("version", done.stdout.strip())
