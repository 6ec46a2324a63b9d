"""What an agent left is kept whole, or not at all."""

import io
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from harness.containers import agentbox
from harness.core.errors import EnvironmentBrokenError

if TYPE_CHECKING:
    from docker.models.containers import Container


class Ended:
    """A container of an engine that gives one archive after another."""

    def __init__(self, *archives: Sequence[bytes]) -> None:
        self.archives = list(archives)

    def get_archive(self, place: str) -> tuple[Iterator[bytes], dict[str, Any]]:
        assert place == "/candidate/work"
        return iter(self.archives.pop(0) if len(self.archives) > 1 else self.archives[0]), {}


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agentbox, "POLL", 0)


def kept(left: Path, *archives: Sequence[bytes]) -> None:
    agentbox._keep(cast("Container", Ended(*archives)), "/candidate/work", left)


def whole() -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        for name in ("one", "two"):
            member = tarfile.TarInfo(name)
            member.size = 700
            archive.addfile(member, io.BytesIO(b"x" * 700))
    return held.getvalue()


@pytest.mark.parametrize("cut", [0, 512, 900, 1536, 2048])
def test_a_part_is_asked_for_again(tmp_path: Path, cut: int) -> None:
    """Also where it ends between two files, which no reader of archives notices."""
    kept(tmp_path / "left.tar", [whole()[:cut]], [whole()[:1000], whole()[1000:]])
    assert (tmp_path / "left.tar").read_bytes() == whole()


def test_no_part_is_taken_for_the_whole(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentBrokenError, match="no more than a part"):
        kept(tmp_path / "left.tar", [])


def test_what_is_too_large_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agentbox, "LARGEST", 1000)
    kept(tmp_path / "left.tar", [b"x" * 600, b"y" * 600])
    assert (tmp_path / "left.tar").read_bytes() == b"x" * 600
