"""The control: a run of our own in which nothing is applied, which tells whether the machine is steady and idle by itself."""

import threading
import time
from contextlib import suppress

from grader.live import stalls
from grader.live.observer import Observer
from harness.core.errors import EnvironmentBrokenError
from harness.exercises.exercise import Exercise
from harness.kube.kube import ApiRefusedError, Kube
from harness.runs import admission
from harness.runs import run as runs
from harness.runs.run import SENTINEL, Run

WATCHED = 15.0  # seconds
SOON = 10.0  # seconds until our server is ready; half of its budget
IDLE = 0.5  # of the processors' time: a machine that others keep busy proves nothing about a submission
READ = ["python3", "-c", "print(open('/proc/stat').readline())"]
SLOW = 500.0  # milliseconds for a request to our server: half of what counts as a stall


def unsteady(exercise: Exercise, admin: Kube, stop: threading.Event) -> str:
    """Return what is wrong with the machine while nothing of a submission runs; '' where it is steady and mostly idle.

    Raises: StoppedError on an interrupt, after the run was removed.
    """
    run = runs.plan(exercise, admin)
    observer = Observer(run, stop)
    try:
        return _watched(run, observer)
    except (EnvironmentBrokenError, ApiRefusedError) as problem:
        return str(problem)
    finally:
        observer.close()
        with suppress(EnvironmentBrokenError):
            runs.close(run)
        observer.join()
        run.candidate.close()


def _watched(run: Run, observer: Observer) -> str:
    observer.started = admission.admit(run, [], lambda seconds: observer.wait(lambda: False, seconds), lambda _: None)
    observer.start()
    made = time.time()
    runs.make_helpers(run, runs.new_api_token())
    if not observer.wait(observer.sentinel_ready, SOON):
        return f"a server of ours that does nothing was not ready within {SOON:g} s"
    observer.wait(lambda: False, stalls.SETTLE)
    before = _processors(run)
    observer.wait(lambda: False, WATCHED)
    after = _processors(run)
    found = [*stalls.seen(made, observer.pulse, observer.probes, time.time()), *observer.waits]
    slow = [one for one in observer.probes if one["kind"] == "control" and (one["ms"] > SLOW or one["error"])]
    slow = [one for one in slow if one["t"] > time.time() - WATCHED]
    if found or slow:
        return found[0].what if found else f"a request to a server of ours took {slow[0]['ms']:.0f} ms"
    if run.exercise.traffic and not any(one["kind"] == "control" for one in observer.probes):
        return "our prober sent no request"
    return busy(before, after)


def _processors(run: Run) -> str:
    """Return the times of the processors below the node, as our server's pod sees them."""
    pods = run.admin.list_objects("v1", "Pod", run.prober_namespace, f"{runs.HELPER_LABEL}={SENTINEL}")
    return run.admin.execute(run.prober_namespace, pods[0]["metadata"]["name"], SENTINEL, READ)


def busy(before: str, after: str) -> str:
    """Return how little of the processors' time was idle between two readings, where that is too little.

    Source: proc(5); the first line of /proc/stat adds up user, nice, system, idle, iowait, irq, softirq and steal.
    """
    spent = [int(late) - int(early) for early, late in zip(_times(before), _times(after), strict=True)]
    share = (spent[3] + spent[4]) / max(1, sum(spent[:8]))
    return "" if share >= IDLE else f"the processors are idle {share:.0%} of the time, with nothing of ours to do"


def _times(text: str) -> list[str]:
    return text.splitlines()[0].split()[1:]
