"""What the demonstration prints, in which order."""

import pytest

from breakfix.commands.demo import HeldBack
from breakfix.console import Terminal
from breakfix.options import Options


def test_build_lines_wait_until_the_report_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """In a log both streams are one: no line of the build stands within the report, none is lost, also after an error."""
    building = HeldBack(Terminal(Options(plain=True)))
    with building:
        building.tell("compiling kind")
        assert capsys.readouterr().err == ""
    building.tell("loading images")
    assert capsys.readouterr().err == "· compiling kind\n· loading images\n"
    failing = HeldBack(Terminal(Options(plain=True, yes=True)))

    def fails() -> None:
        with failing:
            failing.tell("pulling")
            raise KeyError

    with pytest.raises(KeyError):
        fails()
    assert failing.consent("build it?")  # waits for nothing any more
    assert capsys.readouterr().err == "· pulling\n· build it?\n"
