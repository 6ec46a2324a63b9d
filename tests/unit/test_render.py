"""What the renderers make of one report that has everything in it."""

import io
import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

from rich.console import Console

from grader.render import renderer
from grader.render import terminal as rendering
from grader.report.report import CheckResult, CheckSpec, Outcome, Reason, Report, Verdict
from grader.report.tally import tallies

GOLDEN = Path(__file__).parent / "golden" / "report.txt"


def spec(name: str, requirement: str, *, must: bool = False, points: int = 5) -> CheckSpec:
    return CheckSpec(name, f"Claim of {name}", requirement, points, "policy", "public", (), must)


def report(outcome: Outcome = Outcome.FAILED) -> Report:
    reason = Reason("is <wrong> & [odd]\x1b", "Deployment/web", "spec.replicas", "2", "1", "manifests/a.yaml", 7)
    results: tuple[CheckResult, ...] = (
        CheckResult(spec("good", "R1", points=1), Verdict.PASS, seconds=0.25),
        CheckResult(spec("bad", "R1", must=True), Verdict.FAIL, reason),
        CheckResult(spec("later", "R2"), Verdict.BLOCKED, None, ("bad",)),
    )
    if outcome is Outcome.UNDECIDED:
        results = (*results, CheckResult(spec("broken", "R2"), Verdict.ERROR, Reason("the machine is gone")))
    score = None if outcome is Outcome.UNDECIDED else 9
    return Report(
        slug="demo", version=1, title="A demonstration", stage="all", requirements={"R1": "First.", "R2": "Second."},
        results=results, outcome=outcome, score=score, pass_mark=80, notes=("a note",), provenance={"kit": "0"},
    )  # fmt: skip


def text(of: Report) -> str:
    out = io.StringIO()
    rendering.show(of, Console(file=out, width=80, no_color=True, highlight=False))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def test_terminal_is_as_agreed() -> None:
    assert text(report()) == GOLDEN.read_text("utf-8")


def test_an_undecided_report_says_so_and_has_no_score() -> None:
    shown = text(report(Outcome.UNDECIDED))
    assert "UNDECIDED: the machine failed, not the submission" in shown
    assert "score" not in shown


def test_an_open_score_is_told_in_every_form() -> None:
    """Where a must decides although something else could not be judged."""
    found = replace(report(Outcome.UNDECIDED), outcome=Outcome.FAILED)
    assert "NOT PASSED  score open: " in text(found)
    assert "Must pass whatever the score: bad\n" in text(found)
    assert "Score open: " in renderer("markdown")(found)
    assert "Score open: " in renderer("html")(found)
    assert json.loads(renderer("json")(found))["score"] is None
    assert "Score open" not in renderer("html")(report())


def test_words_in_backticks_are_code_on_a_page() -> None:
    found = report()
    named = replace(found, requirements={"R1": "`cause` is <named>.", "R2": "Second."})
    page = renderer("html")(replace(named, tallies=tallies(found.results, named.requirements)))
    assert page.count("<code>cause</code> is &lt;named&gt;.") == 2


def test_json_holds_everything() -> None:
    data = json.loads(renderer("json")(report()))
    assert (data["schema_version"], data["outcome"], data["score"]) == (1, "failed", 9)
    assert data["counts"] == {"PASS": 1, "FAIL": 1, "BLOCKED": 1, "ERROR": 0, "VOID": 0}
    assert data["results"][1]["reason"]["line"] == 7
    assert data["results"][1]["check"]["id"] == "bad"


def test_junit_tells_failure_block_and_error_apart() -> None:
    """It is well-formed whatever a submission's values hold."""
    root = ET.fromstring(renderer("junit")(report(Outcome.UNDECIDED)))  # noqa: S314 - our own text
    suite = root.find("testsuite")
    assert suite is not None
    assert {name: suite.get(name) for name in ("tests", "failures", "skipped", "errors")} == {
        "tests": "4",
        "failures": "1",
        "skipped": "1",
        "errors": "1",
    }
    failure = root.find(".//failure")
    assert failure is not None
    assert failure.get("message") == "is <wrong> & [odd]\N{REPLACEMENT CHARACTER}"
    assert "at: manifests/a.yaml:7" in (failure.text or "")
