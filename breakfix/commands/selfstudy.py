"""Self-study: hints one tier at a time, and the whole story at the end."""

import difflib
from dataclasses import replace
from pathlib import Path

from rich.markdown import Markdown
from rich.markup import escape

from breakfix import record
from breakfix.console import Terminal
from breakfix.options import Options
from grader.checking.checking import catalogue, run_checks
from grader.report import score
from grader.report.report import CheckResult, Verdict
from harness.exercises import faults, variants
from harness.exercises.exercise import Exercise
from harness.exercises.faults import Fault
from harness.intake.submission import Submission, collect
from harness.schemas import load_valid

TIERS = {"where": "where to look", "what": "what is wrong", "how": "how to fix it"}


def hint(options: Options, folder: Path) -> None:
    """Print the next tier for the first check that fails and waits for no other."""
    terminal = Terminal(options)
    exercise = variants.of_workspace(folder)
    present = _present(exercise)
    submission = collect(exercise, folder)
    results = score.block(run_checks(submission, "policy", hidden=True).results)
    order = list(exercise.requirements)  # as the ticket tells them: what does not start comes before how it serves
    failed = sorted(
        (one for one in results if one.verdict is Verdict.FAIL), key=lambda one: order.index(one.spec.requirement)
    )
    passed = {one.spec.id for one in results if one.verdict is Verdict.PASS}
    if not failed:
        _from_last_report(terminal, submission, present)
        return
    fault = _behind(failed[0].spec.id, present, passed)
    if fault is None:
        _not_a_fault(terminal, exercise, failed[0])
        return
    _next_tier(terminal, exercise, fault, failed[0].spec.requirement)


def _present(exercise: Exercise) -> tuple[Fault, ...]:
    """Return what the candidate's files may have wrong: the variant's faults, or all omissions where it begins blank."""
    return faults.load(exercise) if exercise.blank else variants.faults_of(exercise, exercise.seed)


def _behind(check: str, present: tuple[Fault, ...], passed: set[str]) -> Fault | None:
    """Return the first fault that this check catches and that no check says is repaired."""
    return next((one for one in present if check in one.caught_by and not passed & set(one.caught_by)), None)


def _next_tier(terminal: Terminal, exercise: Exercise, fault: Fault, requirement: str) -> None:
    progress = record.of(exercise)
    shown = min(progress.hints.get(fault.id, 0) + 1, len(TIERS))
    tier = list(TIERS)[shown - 1]
    text = load_valid(faults.solution_of(exercise) / "hints.yaml", "hints")["hints"][fault.id][tier]
    record.keep(exercise, replace(progress, hints={**progress.hints, fault.id: shown}))
    terminal.out.print(f"[bold cyan]{requirement}[/] {escape(exercise.requirements[requirement])}")
    terminal.out.print(
        f"[bold]Hint {shown} of {len(TIERS)}, {TIERS[tier]}:[/] {escape(exercise.renaming.text(text).strip())}"
    )
    if shown < len(TIERS):
        terminal.out.print(f"Still stuck? `breakfix hint` again tells {list(TIERS.values())[shown]}.", style="dim")


def _not_a_fault(terminal: Terminal, exercise: Exercise, result: CheckResult) -> None:
    """Point to what the candidate changed for the worse: what a public check says, else only its requirement."""
    requirement, reason = result.spec.requirement, result.reason
    terminal.out.print(f"[bold cyan]{requirement}[/] {escape(exercise.requirements[requirement])}")
    if not exercise.blank:
        terminal.out.print("The files that you were given did this right: look at what you changed.")
    if result.spec.visibility == "public" and reason is not None:
        where = f"{reason.file}:{reason.line}: " if reason.file and not reason.message.startswith(reason.file) else ""
        terminal.out.print(escape(f"{where}{reason.object} {reason.field} {reason.message}".replace("  ", " ").strip()))


def _from_last_report(terminal: Terminal, submission: Submission, present: tuple[Fault, ...]) -> None:
    """Go by the last report on what was played: the files alone show nothing more."""
    exercise = submission.exercise
    last = record.of(exercise).last
    if last is None or last.files != submission.digest(editable=True) or not last.live:
        terminal.out.print(
            "Your files show nothing more to hint at. What the service does is another matter: "
            "run `breakfix check`, then `breakfix grade .` for the hidden checks too, and ask again."
        )
        return
    if last.failed:
        specs = {spec.id: spec for spec in catalogue(exercise)}
        fault = _behind(last.failed[0], present, set(specs) - set(last.failed))
        spec = specs.get(last.failed[0])
        if fault is not None and spec is not None:
            _next_tier(terminal, exercise, fault, spec.requirement)
            return
        if spec is not None:
            terminal.out.print(f"[bold cyan]{spec.requirement}[/] {escape(exercise.requirements[spec.requirement])}")
        terminal.out.print(
            f"The last report shows that this does not hold, and none of the {exercise.flaws} that are known explains it: "
            "look at what you wrote. What was seen stands in the report: `breakfix grade .`"
        )
        return
    rest = "" if last.full else " by the public checks; `breakfix grade .` runs the hidden ones too"
    terminal.out.print(f"Nothing fails{rest}. `breakfix debrief` tells the whole story.")


def debrief(options: Options, folder: Path) -> None:
    """Print the whole story, and how the files differ from the reference, once the person agrees to be told."""
    terminal = Terminal(options)
    exercise = variants.of_workspace(folder)
    solution = faults.solution_of(exercise)
    present = _present(exercise)
    done = record.of(exercise)
    unsolved = "" if done.passed else " You have not passed a full grade yet."
    if not terminal.consent(
        f"This tells every {exercise.flaws[:-1]} and a full solution.{unsolved} Go on?", default=done.passed
    ):
        terminal.out.print("Nothing was told. `breakfix hint` tells less.")
        return
    terminal.out.print(Markdown(exercise.renaming.text((solution / "DEBRIEF.md").read_text("utf-8"))))
    others = len(faults.load(exercise)) - len(present)
    rest = f"; {others} of those told above are not among them" if others else ""
    terminal.out.print(f"\n[bold]The {len(present)} {exercise.flaws} of {escape(exercise.label)}[/]{rest}")
    for fault in present:
        terminal.out.print(f"  [bold]{fault.id}[/]  {escape(fault.claim)}")
    terminal.out.print("\n[bold]From your files to the reference[/], one good solution among others\n")
    terminal.out.print(_difference(exercise, folder), markup=False, soft_wrap=True)
    record.keep(exercise, replace(done, debriefed=True))


def _difference(exercise: Exercise, folder: Path) -> str:
    """Return the unified difference of what the candidate may edit."""
    mine = {one.path: one.data.decode("utf-8", "replace") for one in collect(exercise, folder).files}
    good = faults.reference_files(exercise)
    lines = [
        line
        for path in sorted(mine.keys() | good.keys())
        for line in difflib.unified_diff(
            mine.get(path, "").splitlines(keepends=True), good.get(path, "").splitlines(keepends=True),
            f"yours/{path}", f"reference/{path}",
        )
    ]  # fmt: skip
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines) or "Not a single difference."
