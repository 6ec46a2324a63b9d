"""What the cache promises: made once, whole or not at all."""

from pathlib import Path

import pytest

from harness import artifacts


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
