"""Trials at the command line: what a command makes of an exercise, run after run, as a baseline beside which candidates stand."""

import json
import os
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from rich.table import Table
from rich.text import Text

from breakfix import places
from breakfix.commands import grading
from breakfix.console import Terminal
from breakfix.options import Options
from breakfix.receiving import delivered
from grader.render import renderer
from grader.render.text import harmless
from grader.report.report import Outcome, Report, Verdict
from harness.containers import agentbox, imagebuild, images
from harness.containers.agentbox import Worked
from harness.core.errors import InputError
from harness.engine.engine import connect
from harness.exercises import variants
from harness.exercises.exercise import Exercise
from harness.runs import practice


@dataclass(frozen=True)
class Agent:
    """What works on the exercise: a command, the image that it runs in ('' for the kit's runner), and what it is given."""

    command: str
    image: str = ""
    minutes: float = 60
    network: bool = False
    variables: Sequence[str] = ()


def trial(options: Options, slug: str, agent: Agent, *, runs: int, seed: int | None, stage: str, output: Path) -> int:
    """Have an agent work on fresh workspaces, grade what it leaves, print the table and keep everything in `output`.

    Returns 0, or 3 where a grade was undecided.

    Raises: InputError where `output` holds something, or a variable is not set.
    """
    terminal, exercise = Terminal(options), variants.load(slug, seed)
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise InputError(f"{output} exists and is left as it is; name another place with --output")
    if unset := [name for name in agent.variables if name not in os.environ]:
        raise InputError(f"{', '.join(unset)} is not set here, and cannot be given to the agent")
    output.mkdir(parents=True, exist_ok=True)
    found: list[tuple[Worked, Report]] = []
    with terminal.progress():
        for number in range(1, runs + 1):
            terminal.tell(f"{number}/{runs}: the agent works, {agent.minutes:g} minutes at most")
            worked = _worked(options, terminal, exercise, agent, output / f"{number}.tar")
            (output / f"{number}.log").write_text(worked.said, "utf-8")
            report = _graded(options, terminal, exercise, output / f"{number}.tar", stage)
            (output / f"{number}.json").write_text(renderer("json")(report), "utf-8")
            terminal.tell(f"{number}/{runs}: {report.outcome.value}, score {report.score}")
            found.append((worked, report))
    rows = [_row(number, worked, report) for number, (worked, report) in enumerate(found, 1)]
    told = {
        "exercise": slug,
        "version": exercise.version,
        "seed": seed,
        "agent": asdict(agent),
        "stage": stage,
        "runs": rows,
    }
    (output / "trial.json").write_text(json.dumps(told, indent=2) + "\n", "utf-8")
    _show(terminal, exercise, rows, output)
    return 3 if any(report.outcome is Outcome.UNDECIDED for _, report in found) else 0


def _worked(options: Options, terminal: Terminal, exercise: Exercise, agent: Agent, left: Path) -> Worked:
    with tempfile.TemporaryDirectory(prefix="breakfix-trial-") as scratch, connect(options.engine) as engine:
        workspace = Path(scratch) / exercise.slug
        practice.fill(exercise, workspace)
        image = agent.image
        if not image:
            images.ensure(engine, [imagebuild.PIPELINE], terminal.tell)
            image = imagebuild.REGISTRY + imagebuild.PIPELINE
        return agentbox.work(
            engine, image, agent.command, workspace, left, seconds=60 * agent.minutes, network=agent.network,
            variables={name: os.environ[name] for name in agent.variables}, stop=threading.Event(),
        )  # fmt: skip


def _graded(options: Options, terminal: Terminal, exercise: Exercise, left: Path, stage: str) -> Report:
    with (
        delivered(left, slug=exercise.slug, seed=exercise.seed) as delivery,
        places.grading(terminal, options, [exercise]) as here,
    ):
        (received,) = delivery.parts.values()
        return grading.of_one(received, stage, here, hidden=True, confirm=False)


def _row(number: int, worked: Worked, report: Report) -> dict[str, Any]:
    """Return what a run came to, as trial.json has it."""
    missed = [one.spec.id for one in report.results if one.verdict is Verdict.FAIL]
    return {
        "run": number, "outcome": report.outcome.value, "score": report.score, "minutes": round(worked.seconds / 60, 1),
        "exit_code": worked.code, "missed": missed,
    }  # fmt: skip


def _show(terminal: Terminal, exercise: Exercise, rows: Sequence[dict[str, Any]], output: Path) -> None:
    table = Table("run", "outcome", "score", "minutes", "ended", "checks missed", box=None, padding=(0, 2, 0, 0))
    for row in rows:
        ended = "its time was up" if row["exit_code"] is None else f"exit code {row['exit_code']}"
        score = "open" if row["score"] is None else str(row["score"])
        table.add_row(str(row["run"]), row["outcome"], score, f"{row['minutes']:.1f}", ended, ", ".join(row["missed"]))
    terminal.out.print(Text(f"{harmless(exercise.title)}, {len(rows)} runs", style="bold"))
    terminal.out.print(table)
    passed, scores = (
        sum(row["outcome"] == "passed" for row in rows),
        [row["score"] for row in rows if row["score"] is not None],
    )
    middle = f", median score {median(scores):g}" if scores else ""
    terminal.out.print(
        f"{passed} of {len(rows)} passed{middle}. What each left, its report and its last words: {output}/",
        markup=False, soft_wrap=True,
    )  # fmt: skip
