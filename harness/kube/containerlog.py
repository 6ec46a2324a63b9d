"""What containers last wrote, as people are shown it."""

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress

from harness.core.errors import HarnessError
from harness.kube.kube import Kube
from harness.kube.status import PodStatus

AMONG = 20  # how many lines are read for each that is quoted: some tell of requests of ours
ANONYMOUS = "no bearer token"  # how our image's log begins to tell of a request without one


def quoted(log: str, lines: int) -> str:
    """Return the last lines of a log in one, without those on requests of ours; '' where nothing is left."""
    kept = [line for line in log.strip().splitlines() if not _ours(line)]
    return " | ".join(map(_logged, kept[-lines:]))


def last_lines(kube: Kube, pods: Iterable[PodStatus]) -> Iterator[tuple[str, str]]:
    """Yield the pods that are not ready and have written something, each by its name and the last line of its container.

    A container that has written nothing yet is quoted as it was before its restart.
    """
    for pod in pods:
        for previous in (False, True) if pod.unready else ():
            with suppress(HarnessError):
                log = kube.log(pod.namespace, pod.name, pod.unready, lines=AMONG, previous=previous)
                if line := quoted(log, 1):
                    yield pod.name, line
                    break


def _logged(line: str) -> str:
    """Return a log line as a reason quotes it: a JSON line without its time and other fields, another as it stands."""
    try:
        record = json.loads(line)
        said = [str(record[key]) for key in ("level", "message", "error") if key in record]
    except (ValueError, TypeError):
        said = []
    return (": ".join(said) or line)[:300]


def _ours(line: str) -> bool:
    """Whether a log line tells of a caller of ours that carried no token, on purpose; others' all carry one."""
    try:
        return str(json.loads(line).get("error", "")).startswith(ANONYMOUS)
    except (ValueError, AttributeError):
        return False
