"""Stand-in for actions/setup-python: says which Python the runner has."""

import platform
import sys

sys.path.insert(0, "/opt/actions")
import toolkit

wanted = toolkit.given("python-version")
if wanted and not platform.python_version().startswith(wanted.removesuffix(".x").rstrip(".")):
    toolkit.fail(f"version {wanted} is not available; this runner has {platform.python_version()}")
toolkit.put("python-version", platform.python_version())
toolkit.put("python-path", sys.executable)
