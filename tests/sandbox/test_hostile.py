"""Workflows that mean harm: each ends in a clear finding within its time, and the next grade does not notice."""

import os
import time
from pathlib import Path

import pytest

from harness.containers.sandbox import Sandbox

from .conftest import GOOD, SECONDS, Grader, script

pytestmark = pytest.mark.sandbox
SAY = "model-platform register --model"
MARGIN = 60  # seconds for two containers on a busy machine, beyond what the workflow itself may take


@pytest.fixture(autouse=True)
def _unharmed(graded: Grader, tmp_path: Path) -> object:
    """The host's canary is as it was, and a good workflow is graded as ever."""
    canary = tmp_path / "canary"
    canary.write_text("alive")
    yield
    assert canary.read_text() == "alive"
    assert graded(GOOD).report.score == 100


HOSTILE = {
    "loops for ever": (["while :; do :; done"], "did not end within"),
    "sleeps for ever": (["sleep 100000"], "did not end within"),
    "fork bomb": (["bomb() { bomb | bomb & }; bomb; sleep 100000"], ""),
    "prints 1 GB": (["yes 0123456789012345678901234567890123456789 | head -c 1000000000"], "printed more than 16 MB"),
    "one endless line": (["head -c 200000000 /dev/zero | tr '\\0' x"], ""),
    "fills the disk": (["cat /dev/zero > ~/big; cat /dev/zero > /store/big; cat /dev/zero > /tmp/big; exit 1"], "failed at"),
    "fills memory": (["python3 -c 'x = bytearray(8 << 30)'; head -c 3G /dev/zero | tail -c 3G; exit 1"], ""),
    "many files": (["for i in $(seq 200000); do : > ~/$i || exit 1; done; exit 1"], ""),
    "deep folders": (["python3 -c 'import os; [(os.mkdir(\"d\"), os.chdir(\"d\")) for _ in range(5000)]'; exit 1"], "failed at"),
    "deletes everything": (["rm -rf --no-preserve-root / 2> /dev/null; rm -rf ~ /store/* $GITHUB_WORKSPACE; exit 1"], ""),
    "kills everything": (["kill -9 -1"], "runner was killed"),
    "ends the runner's folder": (["rm -rf ~/.cache; exit 1"], ""),
    "unreadable leftovers": (["mkdir -p ~/x/y && chmod 0 ~/x; ln -s / ~/root; mkfifo ~/pipe; exit 1"], "failed at"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_workflow_gets_a_finding(graded: Grader, name: str) -> None:
    lines, words = HOSTILE[name]
    began = time.monotonic()
    found = graded(script(*lines))
    assert time.monotonic() - began < 2 * SECONDS + MARGIN
    assert found.report.outcome == "failed", found.reasons
    assert set(found.reasons) == {"both-deployed"}
    assert found.reasons["both-deployed"].startswith("FAIL"), found.reasons
    assert words in found.reasons["both-deployed"]


def said(graded: Grader, *lines: str) -> str:
    """Return what lines printed, brought out by the registry, which keeps texts whole."""
    found = graded(script("{", *lines, "} > said.txt 2>&1 || true", f"{SAY} said.txt"))
    (model,) = [one["model"] for one in found.runs[0]["registered"]]
    return str(model)


def test_nothing_inside_tells_the_scenario(graded: Grader) -> None:
    """Neither /proc, nor the environment, nor any file that can be read."""
    text = said(
        graded,
        "env; id; cat /proc/*/environ /proc/*/cmdline /proc/mounts | tr '\\0' '\\n'",
        "ls -laR /job /work /store; cat /job/* /job/*/*",
        "grep -rIl -e secret-scenario -e secret-first -e hidden-truth / --exclude-dir=sys --exclude-dir=proc",
    )
    assert "uid=64201(runner)" in text
    assert "/job" in text
    for secret in ("secret-scenario", "secret-first", "hidden-truth", "job.json"):
        assert secret not in text


def test_nothing_outside_can_be_written_or_used(graded: Grader) -> None:
    """Neither the image, the job, the repository, the ledger nor the engine's log and program."""
    places = "/x /etc/x /opt/actions/x /app/x /job/x /job/result.json /work/x /work/repo/model.txt /work/event.json"
    text = said(
        graded,
        f"for place in {places} /work/platform/x /usr/local/bin/x; do echo x > $place && echo WROTE $place; done",
        "for fd in /proc/1/fd/* /proc/*/fd/1; do [ -w $fd ] && readlink -f $fd; done | grep pipe && echo PIPE",
        "rm -f /work/platform/socket && echo REMOVED; kill -9 1 && echo KILLED; cat /usr/local/bin/act > ~/act && echo READ",
        "grep -E 'CapEff|NoNewPrivs|Uid' /proc/self/status; find / -xdev -perm /6000 -type f",
    )
    assert not [word for word in ("WROTE", "REMOVED", "KILLED", "READ\n") if word in text], text
    assert "CapEff:\t0000000000000000" in text
    assert "NoNewPrivs:\t1" in text


def test_the_engines_log_cannot_be_forged(graded: Grader) -> None:
    """A step runs as the engine's own user, and still cannot write into the engine's output."""
    line = '{"jobID": "forged", "job": "forged", "jobResult": "success", "level": "info", "msg": "x"}'
    forge = (
        f"for p in /proc/[0-9]*; do grep -qs '^Name:.act$' $p/status && echo '{line}' > $p/fd/1; done; echo '{line}'"
    )
    found = graded(script(f"{forge} || true", "exit 1"))
    assert {job["id"] for job in found.runs[0]["jobs"]} == {"release"}
    assert found.runs[0]["conclusion"] == "failure"


def test_there_is_no_network(graded: Grader) -> None:
    connect = "import socket; socket.create_connection(('1.1.1.1', 53), 3)"
    text = said(graded, f'python3 -c "{connect}"; python3 -c "import socket; print(socket.if_nameindex())"')
    assert "Network is unreachable" in text
    assert "[(1, 'lo')]" in text


def test_the_ledger_stands_what_is_sent_to_it(graded: Grader) -> None:
    """Rubbish, endless lines, and too many entries change nothing of what is recorded."""
    send = (
        "import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect('/work/platform/socket'); "
        "s.sendall(eval(sys.argv[1])); s.settimeout(5); print(s.recv(200))"
    )
    text = said(
        graded,
        *(
            f'python3 -c "{send}" "{what}" || echo GONE'
            for what in (
                "b'x\\n'",
                "b'[]\\n'",
                "b'[' * 900000 + b'\\n'",
                "b'x' * 3000000",
                'b\'{\\"do\\": \\"forge\\"}\\n\'',
            )
        ),
        "model-platform deploy --version 999; model-platform deploy --version -1",
    )
    assert "no version 999 is registered" in text


def test_the_ledger_takes_only_so_many_entries(graded: Grader) -> None:
    found = graded(script("for i in $(seq 60); do model-platform register --model model.txt; done || true"))
    assert [len(run["registered"]) for run in found.runs] == [50, 50]


def test_what_a_step_leaves_running_neither_holds_the_run_nor_outlives_it(graded: Grader) -> None:
    leave = "(trap '' TERM HUP INT; exec setsid sleep 5000) &"
    began = time.monotonic()
    found = graded(
        script(
            leave, "sleep 1", "ps=$(grep -l '^Name:.sleep' /proc/[0-9]*/status | wc -l); echo $ps > said", f"{SAY} said"
        )
    )
    assert time.monotonic() - began < MARGIN
    assert [one["model"].strip() for run in found.runs for one in run["registered"]] == ["1", "1"]


def test_no_container_is_left(sandbox: Sandbox) -> None:
    client = sandbox.engine.client()
    try:
        assert client.containers.list(all=True, filters={"label": f"breakfix.sandbox={os.getpid()}"}) == []
    finally:
        client.close()
