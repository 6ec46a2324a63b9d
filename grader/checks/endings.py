"""How a server of the kit's image `ranker` ends: for how long it goes on to serve, and how long it may take.

Source: Kubernetes documentation on pod termination and container lifecycle hooks. The grace period begins before the preStop hook,
and SIGTERM comes after it; a hook that cannot be run ends at once.
"""

import re
from itertools import pairwise
from pathlib import PurePosixPath
from urllib.parse import parse_qs, urlsplit

from grader.checks.pods import setting, words
from grader.checks.submission import Submission
from grader.checks.values import looked_up
from grader.checks.view import View

PROGRAM = "python3"  # the one program in the image, also by the name of its version
DRAIN = "/drain"  # answers once so many seconds have gone by
AFTER_SIGTERM = "RANKER_DRAIN_SECONDS"
USUAL_GRACE = 30.0
SERVER, LAUNCHER, OWN = "server", "launcher", "own"  # what a container's first process may be


def goes_on(submission: Submission, container: View) -> float | None:
    """Return for how many seconds a server accepts requests once its end has begun; None where a program of its own decides."""
    hook, late = hook_seconds(container), after_sigterm(submission, container)
    return None if hook is None or late is None else hook + late


def hook_seconds(container: View) -> float | None:
    """Return how long the preStop hook lasts; None where a program of its own decides."""
    hook = container.at("lifecycle", "preStop")
    if hook.at("sleep").present:
        return hook.at("sleep", "seconds").number(0)
    if hook.at("httpGet").present:
        url = urlsplit(hook.at("httpGet", "path").text())
        asked = parse_qs(url.query).get("seconds", ["0"])[0]
        return float(asked) if url.path == DRAIN and asked.replace(".", "", 1).isdecimal() else 0.0
    return None if hook.at("exec").present and runs(hook) else 0.0


def runs(hook: View) -> bool:
    """Whether the image has the program that a hook calls."""
    command = hook.at("exec", "command").items()
    return bool(command) and PurePosixPath(command[0].text()).name.startswith(PROGRAM)


def after_sigterm(submission: Submission, container: View) -> float | None:
    """Return for how long the server goes on after SIGTERM; None where only the cluster knows, as of a first process of one's own."""
    if first_program(submission, container) == OWN:
        return None
    found = setting(container, AFTER_SIGTERM, "--no-such-flag", "0", looked_up(submission, container)).value
    if found is None:
        return None
    return float(found) if found.replace(".", "", 1).isdecimal() else 0.0


def grace(pod: View) -> float:
    """Return how many seconds a pod has for its end."""
    return pod.at("terminationGracePeriodSeconds").number(USUAL_GRACE)


def first_program(submission: Submission, container: View) -> str:
    """Return what a container's first process is: the image's server, its launcher, which hands no signal on, or one's own.

    Both are modules by the image's name. What a program of one's own does with a signal, only the cluster tells.
    """
    if not container.at("command").items():
        return SERVER
    line = words(container, looked_up(submission, container))
    module = container.at("image").text().rpartition("/")[2].partition(":")[0].replace("-", "_")
    if any(word == f"{module}.launch" or word.endswith(f"{module}/launch.py") for word in line):
        return LAUNCHER
    by_name = any(word == module and re.fullmatch(r"-[a-zA-Z]*m", before) for before, word in pairwise(line))
    by_path = any(word.removesuffix("/__main__.py").endswith(f"/{module}") for word in line)
    return SERVER if by_name or by_path else OWN
