"""Which Go will do, and what makes a program another one."""

import dataclasses

import pytest

from harness.build import gobuild, kindcli
from harness.core import artifacts, versions


@pytest.mark.parametrize(
    ("version", "enough"),
    [
        (f"go{versions.GO}", True),
        ("go1.99.0", True),
        ("go2.0", True),
        ("go1.21.5", False),
        ("devel +abc", False),
        ("", False),
    ],
)
def test_a_go_older_than_the_pinned_language_is_passed_over(version: str, enough: bool) -> None:  # noqa: FBT001
    assert gobuild.is_enough(version) is enough


@pytest.mark.parametrize("change", [{"version": "9.9.9"}, {"cgo": True}, {"tags": ("x",)}, {"binaries": {"a": "b"}}])
def test_every_option_of_a_program_decides_its_place_in_the_cache(change: dict[str, object]) -> None:
    program = kindcli.PROGRAM
    other = dataclasses.replace(program, **change)  # type: ignore[arg-type]
    assert artifacts.digest(program.inputs) != artifacts.digest(other.inputs)
