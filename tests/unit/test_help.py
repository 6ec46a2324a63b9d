"""What each command says of itself is a contract: to change it, change the file under golden/help/ of its name."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from breakfix.cli import cli

GOLDEN = Path(__file__).parent / "golden/help"


# "scorecard new" and the like, too: what a group of commands holds.
COMMANDS = [
    "",
    *sorted(cli.commands),
    *(
        f"{name} {one}"
        for name, group in cli.commands.items()
        if isinstance(group, click.Group)
        for one in group.commands
    ),
]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_is_as_agreed(command: str) -> None:
    ran = CliRunner().invoke(cli, [*command.split(), "--help"], prog_name="breakfix", terminal_width=98)
    assert (ran.exit_code, ran.stderr) == (0, "")
    assert ran.stdout == (GOLDEN / f"{command.replace(' ', '-') or 'breakfix'}.txt").read_text("utf-8")


def test_no_help_is_left_over() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == {command.replace(" ", "-") or "breakfix" for command in COMMANDS}
