"""The pods of a submission that serve behind a Service, of whatever workload they are: what holds for one, holds for each."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import PurePosixPath

from grader.checks.pods import all_containers, all_pods, labels_of, later_labels, selects, uses, words
from grader.checks.rights import account_of
from grader.checks.submission import Submission
from grader.checks.values import looked_up
from grader.checks.view import View

SHELLS = {"sh", "bash", "dash", "ash"}
WAYS = ("httpGet", "tcpSocket", "grpc")  # in which a probe asks a port


def servers(submission: Submission) -> list[View]:
    """Return the workload's pods, and all others that run their image's own program where a Service may lead to."""
    main = submission.pod()
    others = [
        pod
        for pod in all_pods(submission)
        if (pod.manifest, pod.path) != (main.manifest, main.path)
        and any(serves(container, submission) for container in all_containers(pod))
        and any(services_of(submission, pod))
    ]
    return [main, *others]


def alike(submission: Submission, files: str, label: tuple[str, str], secret: str) -> list[View]:
    """Return the workload's pods, and all others below the folder `files` that pass for one of them.

    They have its label, or its identity, use its Secret, or are where one of the Services may lead that lead to it.
    """
    main, home = submission.pod(), submission.exercise["workload"]["namespace"]
    leading = [service.manifest for service in services_of(submission, main)]
    return [
        main,
        *(
            pod
            for pod in all_pods(submission)
            if pod.manifest.file.startswith(files)
            and (pod.manifest.namespace or home) == home
            and (pod.manifest, pod.path) != (main.manifest, main.path)
            and (
                labels_of(pod).get(label[0]) == label[1]
                or account_of(pod) == account_of(main)
                or any(uses(pod, container, "Secret", secret) for container in all_containers(pod))
                or any(service.manifest in leading for service in services_of(submission, pod))
            )
        ),
    ]


def services_of(submission: Submission, pod: View) -> Iterator[View]:
    """Yield the Services that may lead to a pod."""
    home = submission.exercise["workload"]["namespace"]
    for service in submission.all("Service"):
        together = (service.manifest.namespace or home) == (pod.manifest.namespace or home)
        if together and selects(service, labels_of(pod), later_labels(pod)):
            yield service


def serves(container: View, submission: Submission | None = None) -> bool:
    """Whether a container runs its image's own program, which is called as the image is, or names it in its command.

    Variables in the command are put in; those from ConfigMaps where the submission is told.
    """
    return not container.at("command").items() or any(
        _program(container) in word for word in _line(container, submission)
    )


def programs(submission: Submission, pod: View) -> list[View]:
    """Return the containers of a server's pod that serve; of the workload's pods, its container is one of them.

    Who names the program in a command of its own may do something else with it, as a watcher does: it counts where
    nothing in the pod calls the program outright.
    """
    containers, main = list(all_containers(pod)), submission.container()
    calling = [one for one in containers if _calls(one, submission)]
    found = calling or [one for one in containers if serves(one, submission)]
    own = (pod.manifest, pod.path) == (main.manifest, main.path[:-2])
    return [main, *(one for one in found if one.path != main.path)] if own else found


def is_alone(container: View, submission: Submission) -> bool:
    """Whether a container runs its image's own program and nothing beside it, such as a script that watches it."""
    line = _line(container, submission)
    shell = bool(container.at("command").items()) and PurePosixPath(line[0]).name in SHELLS
    hooked = container.at("lifecycle", "postStart").present
    return _calls(container, submission) and not hooked and (not shell or ("exec" in line and "&" not in line))


def _calls(container: View, submission: Submission) -> bool:
    """Whether a container calls its image's own program outright: as the image does, as a module or by its path."""
    line, program = _line(container, submission), _program(container)
    return not container.at("command").items() or any(
        (word == program and (before == "exec" or re.fullmatch(r"-[a-zA-Z]*m", before)))
        or (word.removesuffix("/__main__.py").endswith(f"/{program}") and "python" in before)
        for before, word in pairwise(("exec", *line))
    )


def _line(container: View, submission: Submission | None) -> list[str]:
    return words(container, looked_up(submission, container) if submission is not None else {})


def _program(container: View) -> str:
    return container.at("image").text().rpartition("/")[2].partition(":")[0].replace("-", "_")


def asked_port(probe: View) -> str | None:
    """Return the port of its own pod that a probe asks; None where it asks none, or another host."""
    for way in WAYS:
        if probe.at(way).present and not probe.at(way, "host").present:
            asked = probe.at(way, "port")
            container = View(probe.manifest, (), probe.manifest.value).at(*probe.path[:-1])
            named = container.at("ports").named(asked.value) if isinstance(asked.value, str) else None
            return str((named.at("containerPort") if named is not None else asked).value)
    return None
