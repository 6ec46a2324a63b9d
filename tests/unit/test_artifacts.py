"""What the cache promises: made once, whole or not at all."""

import subprocess
import sys
from pathlib import Path

import pytest

from harness.core import artifacts


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def test_the_same_inputs_are_made_once() -> None:
    """A second call with the same inputs returns the first one's file and makes nothing."""
    calls = []

    def make(path: Path) -> None:
        calls.append(path)
        path.write_text("made")

    first = artifacts.made("thing", ["a"], make)
    assert artifacts.made("thing", ["a"], make) == first
    assert first.read_text() == "made"
    assert len(calls) == 1
    assert artifacts.made("thing", ["b"], make) != first


@pytest.mark.parametrize("problem", [ValueError, KeyboardInterrupt])
def test_a_half_finished_step_leaves_nothing(tmp_path: Path, problem: type[BaseException]) -> None:
    """What failed or was interrupted is not taken for finished later, and its parts are gone."""

    def fail(path: Path) -> None:
        path.mkdir()
        (path / "half").write_text("x")
        raise problem

    with pytest.raises(problem):
        artifacts.made("thing", ["a"], fail)
    assert [path.suffix for path in (tmp_path / "breakfix/artifacts").iterdir()] == [".lock"]
    assert artifacts.made("thing", ["a"], lambda path: path.touch()).is_file()


def test_the_digest_tells_boundaries_apart() -> None:
    assert artifacts.digest(["ab", "c"]) != artifacts.digest(["a", "bc"])


def test_a_taken_lock_is_told_and_awaited(tmp_path: Path) -> None:
    """A free lock never calls `waiting`."""
    with artifacts.locked(tmp_path / "lock", lambda: pytest.fail("nobody holds it")):
        assert (tmp_path / "lock").exists()


HOLD = """
import sys
from pathlib import Path
from harness.core import artifacts
with artifacts.shared(Path(sys.argv[1]), sys.argv[2], lambda: print("waits", flush=True)):
    print("holds", flush=True)
    sys.stdin.read()
"""


def _holder(lock: Path, value: str) -> subprocess.Popen[str]:
    argv = [sys.executable, "-c", HOLD, str(lock), value]
    return subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_a_shared_lock_is_held_by_all_who_hold_it_for_the_same(tmp_path: Path) -> None:
    """And by nobody for anything else meanwhile; who holds it has it again inside."""
    lock = tmp_path / "lock"
    with _holder(lock, "a") as first, _holder(lock, "a") as second:
        assert first.stdout and second.stdout and first.stdin and second.stdin
        assert {first.stdout.readline(), second.stdout.readline()} == {"holds\n"}
        with _holder(lock, "other") as third:
            assert third.stdout and third.stdin
            assert third.stdout.readline() == "waits\n"
            first.stdin.close()
            assert first.wait() == 0
            assert third.poll() is None
            second.stdin.close()
            assert third.stdout.readline() == "holds\n"
            third.stdin.close()
    with (
        artifacts.shared(lock, "a", lambda: pytest.fail("nobody holds it")),
        artifacts.shared(lock, "b", lambda: pytest.fail("this process holds it")),
    ):
        assert lock.exists()
