"""A twist at the command line: a fresh fault in a candidate's own workspace, and a note for who leads the interview."""

import difflib
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from rich.text import Text

from breakfix import places
from breakfix.commands.selfstudy import TIERS
from breakfix.console import Terminal
from breakfix.options import Options
from breakfix.receiving import Received, delivered, load_round
from grader.grading.grade import grade as graded
from grader.grading.twist import Choice, Proof, Twist, choices, first, nearest, readable, texts_of, write
from grader.render.text import harmless
from grader.report.report import Report
from harness.core.errors import InputError
from harness.exercises import faults, marker
from harness.hiring.rounds import Round
from harness.intake.members import stem
from harness.intake.submission import Submission
from harness.schemas import load_valid

QUESTIONS = 2
MINUTES = 20


@dataclass(frozen=True)
class Wanted:
    """What to twist and how: whose it is, which part of a take-home, which fault or in which order, how far to prove it."""

    path: Path | None
    slug: str | None
    candidate: str
    fault: str | None
    seed: int | None
    stage: str
    part: str | None = None


def twist(options: Options, folder: Path, wanted: Wanted, output: Path | None) -> int:
    """Write a twisted workspace to a new folder, tell the interviewer what was done, and return the exit code.

    Raises: InputError where the submission cannot be taken, or the new folder is none.
    """
    terminal = Terminal(options)
    with ExitStack() as stack:
        ruled = load_round(wanted.path)
        name = _part(ruled, wanted.part)
        whole = stack.enter_context(delivered(folder, slug=wanted.slug, ruled=ruled, candidate=wanted.candidate))
        one = whole.parts[name] if name else next(iter(whole.parts.values()))
        _known(one, wanted)
        id_ = one.told.get("candidate", "")
        called = "-".join(word for word in (id_ or _plain(folder), name) if word)
        target = _new_folder(output or Path(f"twist-{called}"), folder)
        submission = one.submission
        found = choices(submission.exercise, wanted.seed, wanted.fault)
        with terminal.progress():
            readable(submission)
            proof = _proof(stack, terminal, options, submission, live=wanted.stage == "all")
            made, refused = first(proof, found, terminal.tell)
            before = proof.before("policy")
        _refused(terminal, refused)
        if made is None:
            _instead(terminal, before, found)
            return 1
        _kept(made, target, id_)
        _note(terminal, submission, made, target)
    return 0


def _part(ruled: Round | None, part: str | None) -> str:
    """Return which part of a take-home is wanted; '' of a round that has none.

    Raises: InputError where there is none of that name, or none is named.
    """
    several = ruled is not None and ruled.several
    if ruled is not None and several and part is not None:
        return ruled.task(part).folder
    if ruled is not None and several:
        raise InputError(
            f"round {ruled.round} has parts; say with --part which: {', '.join(one.folder for one in ruled.tasks)}"
        )
    if part is not None:
        raise InputError("--part is of a round that has parts: give its --round")
    return ""


def _known(one: Received, wanted: Wanted) -> None:
    """Make sure that it is known which faults the candidate had: of a bundle the ledger alone tells."""
    if wanted.path is None and wanted.slug is None and marker.read(one.folder).candidate:
        raise InputError(
            "it is a bundle's submission: which faults its candidate had stands in the round's ledger; give --round"
        )


def _plain(folder: Path) -> str:
    """Return the name of a folder or an archive, without what says how it was packed."""
    return stem(folder.resolve().name)


def _new_folder(target: Path, folder: Path) -> Path:
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise InputError(f"{target} exists and is left as it is; name a new folder with --output")
    if folder.is_dir() and target.resolve().is_relative_to(folder.resolve()):
        raise InputError(
            f"{target} is inside the submission, which is left as it is; name another folder with --output"
        )
    if not target.resolve().parent.is_dir():
        raise InputError(f"there is no folder {target.resolve().parent} to make {target.name} in")
    return target


def _proof(stack: ExitStack, terminal: Terminal, options: Options, submission: Submission, *, live: bool) -> Proof:
    grading = stack.enter_context(places.grading(terminal, options, [submission.exercise]))

    def grade(handed_in: Submission, stage: str) -> Report:
        return graded(handed_in, stage, grading, hidden=True)

    return Proof(submission, grade, live=live)


def _kept(made: Twist, target: Path, candidate: str) -> None:
    """Write the workspace in full or not at all."""
    with tempfile.TemporaryDirectory(prefix=".twist-", dir=target.resolve().parent) as scratch:
        whole = Path(scratch) / "workspace"
        whole.mkdir()
        write(made.submission, {}, whole, candidate)
        whole.rename(target)


def _refused(terminal: Terminal, refused: dict[str, str]) -> None:
    for name, told in refused.items():
        terminal.out.print(Text.assemble("not ", (name, "bold"), f": {harmless(told)}"))


def _instead(terminal: Terminal, before: Report, found: tuple[Choice, ...]) -> None:
    """Say what to talk about in place of a twist."""
    terminal.out.print(Text("\nNo fault can be put into this submission; nothing was written.", style="bold"))
    question = next(nearest(before, found), None)
    if question is not None:
        terminal.out.print("Talk in its place; the nearest question of the debrief is:")
        _ask(terminal, *question)


def _note(terminal: Terminal, submission: Submission, made: Twist, target: Path) -> None:
    """Print what the interviewer has to know; the candidate's folder holds nothing of it."""
    fault, out = made.choice.fault, terminal.out
    out.print(Text(f"\nFor the interviewer only. The candidate gets {target}, and nothing else.", style="bold"))
    seen = "one that was in their variant and that they repaired" if made.choice.repaired else "not in their variant"
    out.print(Text.assemble("\nBroken now: ", (fault.id, "bold"), f", {seen}. {fault.claim}."))
    out.print(Text(_difference(submission, made.submission), style="dim"))
    out.print("Seen by:")
    for one in made.failed:
        where = f" ({one.spec.stage}: {one.spec.scenario})" if one.spec.scenario else f" ({one.spec.stage})"
        said = "" if one.reason is None else f"\n    {harmless(one.reason.object)} {harmless(one.reason.message)}"
        out.print(Text.assemble("  ", (one.spec.id, "bold"), f"{where}  {one.spec.claim}{said}"))
    before = [one.spec.id for one in made.report.results if one.verdict.value == "FAIL" and one not in made.failed]
    if before:
        out.print(Text(f"It failed these before as well: {', '.join(before)}", style="yellow"))
    out.print(
        f"\n{MINUTES} minutes, by symptoms: how do they look, what do they rule out, what would tell them it is mended?"
    )
    for tier, told in _hints(submission, fault.id).items():
        out.print(Text.assemble((f"  when stuck, {TIERS[tier]}: ", "dim"), told))
    for question in list(nearest(made.report, (made.choice,)))[:QUESTIONS]:
        _ask(terminal, *question)


def _ask(terminal: Terminal, text: str, answer: object) -> None:
    terminal.out.print(Text.assemble("\nAsk: ", (text, "bold")))
    if isinstance(answer, dict):
        for name, told in answer.items():
            terminal.out.print(Text.assemble((f"  {name}: ", "dim"), told))


def _hints(submission: Submission, fault: str) -> dict[str, str]:
    path = faults.solution_of(submission.exercise) / "hints.yaml"
    if not path.is_file():
        return {}
    tiers = load_valid(path, "hints")["hints"].get(fault, {})
    return {tier: " ".join(submission.exercise.renaming.text(tiers[tier]).split()) for tier in TIERS if tier in tiers}


def _difference(before: Submission, after: Submission) -> str:
    was, now = texts_of(before), texts_of(after)
    lines = [
        harmless(line)
        for path in now
        for line in difflib.unified_diff(was[path].splitlines(), now[path].splitlines(), path, path, lineterm="", n=1)
    ]
    return "\n".join(lines)
