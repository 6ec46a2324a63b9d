"""What a candidate's program can and cannot do while it is asked: nothing of later turns, of other calls, of the job."""

import json
import threading
from typing import Any

import pytest

from grader.plays.analysis import ENTRYPOINT
from harness.containers.sandbox import Sandbox
from harness.core import paths

pytestmark = pytest.mark.sandbox
ECHO = "import sys\nfor line in sys.stdin: print(line.strip(), flush=True)\n"
AHEAD = """\
import json, select, sys
sys.stdin.readline()
more = select.select([0], [], [], 1.0)[0]
print(json.dumps({"more": bool(more)}), flush=True)
sys.stdin.readline()
print(json.dumps("second"), flush=True)
"""
SPY = """\
import json, os, pathlib, sys
def tries(what):
    try:
        return str(what())[:40]
    except OSError as problem:
        return type(problem).__name__
sys.stdin.readline()
found = [str(path) for top in ("/work", "/tmp", "/var/tmp", "/store", "/home") for path in pathlib.Path(top).rglob("*") if path.is_file()]
told = {
    "job": tries(lambda: os.listdir("/job")), "own": tries(lambda: open("runner/program.py", "a")),
    "found": found, "env": sorted(os.environ), "uid": os.getuid(), "parent": tries(lambda: open("/proc/1/environ").read()),
}
pathlib.Path("/tmp/left").write_text("left")
if os.fork() == 0:
    os.setsid()
    import time
    time.sleep(60)
print(json.dumps(told), flush=True)
"""


def asked(sandbox: Sandbox, program: str, *turns: Any, calls: int = 1, seconds: float = 20) -> list[dict[str, Any]]:
    runs = [{"name": f"call-{number}", "program": "runner/program.py", "turns": list(turns)} for number in range(calls)]
    job = {"files": {"runner/program.py": program}, "runs": runs, "seconds": seconds}
    found: list[dict[str, Any]] = sandbox.play(job, paths.supervisor("analysis"), threading.Event(), ENTRYPOINT)["runs"]
    return found


def test_turns_are_answered_in_order_whatever_their_size(sandbox: Sandbox) -> None:
    turns = [{"n": 1}, {"rows": ["x" * 1000] * 500}, "three"]
    (call,) = asked(sandbox, ECHO, *turns)
    assert (call["answers"], call["failed"]) == (turns, "")


def test_a_later_turn_is_not_there_before_the_answer(sandbox: Sandbox) -> None:
    (call,) = asked(sandbox, AHEAD, "first", "second")
    assert call["answers"] == [{"more": False}, "second"]


def test_nothing_of_the_job_or_of_an_earlier_call_can_be_read(sandbox: Sandbox) -> None:
    """The job's folder is closed, the program's own files cannot be changed, and what a call leaves is gone, processes included."""
    for call in asked(sandbox, SPY, "go", calls=3):
        (told,) = call["answers"]
        assert told["job"] == told["own"] == told["parent"] == "PermissionError"
        assert told["found"] == ["/work/analysis/runner/program.py"]
        assert told["uid"] != 0
        assert call["seconds"] < 15


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("print('hello', flush=True)\ninput()\n", "no line of JSON"),
        ("input()\nprint('NaN', flush=True)\n", "no line of JSON"),
        ("input()\nprint('[' * 100000, flush=True)\n", "no line of JSON"),
        ("input()\nprint('\"' + 'x' * 3000000 + '\"', flush=True)\n", "longer than"),
        ("import sys\nsys.exit('that was it')\n", "ended before"),
        ("while True: pass\n", "more than 3 seconds"),
    ],
)
def test_a_program_that_does_not_answer_is_told_as_such(sandbox: Sandbox, program: str, why: str) -> None:
    """And the next call is played nevertheless."""
    calls = asked(sandbox, program, "go", calls=2, seconds=3)
    assert [why in call["failed"] for call in calls] == [True, True], json.dumps(calls)[:400]


def test_the_last_fifteen_lines_that_it_printed_are_kept(sandbox: Sandbox) -> None:
    (call,) = asked(
        sandbox, "import sys\nfor n in range(40): print(n, file=sys.stderr)\nraise ValueError('odd')\n", "go"
    )
    assert len(call["tail"]) == 15
    assert "odd" in call["tail"][-1]
