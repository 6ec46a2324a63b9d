"""What the team is asked to look at itself: named with file and line, told to the team alone, and no verdict."""

from pathlib import Path

from grader.checking.checking import run_checks
from grader.report.audience import LOOK, copy_for
from grader.report.reporting import report
from grader.report.unjudged import MOST, notes
from harness.exercises import exercise as exercises
from harness.exercises import faults
from harness.intake.submission import Submission, collect

SLUG = "credentials-rotated"
OWN = """apiVersion: batch/v1
kind: CronJob
metadata: {name: tidy, namespace: risk-scoring}
spec:
  schedule: "0 3 * * *"
  concurrencyPolicy: Forbid
  jobTemplate:
    spec:
      template:
        spec:
          containers:
            - name: tidy
              image: breakfix/risk-scorer:1.0
              args: [sh, -c, "echo by args"]
              readinessProbe: {exec: {command: [test, -e, /tmp/ready]}}
              lifecycle:
                postStart: {exec: {command: [sh, -c, "echo after the start"]}}
            - {name: plain, image: "breakfix/risk-scorer:1.0", args: [risk_scorer, --port=8081]}
            - {name: flags, image: "breakfix/risk-scorer:1.0", args: [--port=8082]}
"""


def written(folder: Path, more: str) -> Submission:
    for path, text in {**faults.reference_files(exercises.load(SLUG)), "manifests/tidy.yaml": more}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    return collect(exercises.load(SLUG), folder)


def test_commands_cron_jobs_and_roles_are_named_with_their_line(tmp_path: Path) -> None:
    found = [one.removeprefix(LOOK) for one in notes(written(tmp_path, OWN)) if "tidy.yaml" in one]
    assert [one.partition(" ")[0].rpartition(":")[2] for one in found] == ["2", "14", "15", "17"]
    assert [one.rpartition(": ")[2] for one in found] == [
        "acts when nobody looks", "runs sh -c echo by args", "runs test -e /tmp/ready", "runs sh -c echo after the start",
    ]  # fmt: skip
    assert any("identity.yaml" in one and "grants rights" in one for one in notes(written(tmp_path, OWN)))


def test_a_replaced_jobs_long_grace_and_a_quota_are_named(tmp_path: Path) -> None:
    """And the whole of what a shell is given to run."""
    slow = OWN.replace("Forbid", "Replace").replace(
        "          containers:", "          terminationGracePeriodSeconds: 600\n          containers:"
    )
    slow = slow.replace("args: [sh, -c,", "command: [sh, -c]\n              args: [")
    quota = "---\napiVersion: v1\nkind: ResourceQuota\nmetadata: {name: few, namespace: risk-scoring}\nspec: {hard: {pods: 2}}\n"
    found = [one for one in notes(written(tmp_path, slow + quota)) if "tidy.yaml" in one]
    assert any("may go on for 600 s" in one and "terminationGracePeriodSeconds" in one for one in found)
    assert any(one.endswith("runs sh -c echo by args") for one in found)
    assert any("ResourceQuota/few" in one for one in found)


def test_a_submission_full_of_commands_does_not_fill_the_report(tmp_path: Path) -> None:
    many = "\n---\n".join(OWN.replace("name: tidy,", f"name: tidy-{number},") for number in range(MOST))
    found = notes(written(tmp_path, many))
    assert len(found) == MOST + 1
    assert "more places" in found[-1]


def test_the_notes_are_for_the_team(tmp_path: Path) -> None:
    submission = written(tmp_path, OWN)
    made = report(submission, run_checks(submission, "policy", hidden=True).results, stage="policy")
    assert any(note.startswith(LOOK) for note in made.notes)
    assert not any(note.startswith(LOOK) for note in copy_for(made, "candidate").notes)
    alone = report(submission, run_checks(submission, "policy", hidden=False).results, stage="policy")
    assert not any(note.startswith(LOOK) for note in alone.notes)


def test_a_cron_job_of_an_odd_shape_is_named_and_no_more(tmp_path: Path) -> None:
    """What is odd about it, a check tells."""
    odd = OWN.partition("spec:")[0] + "spec: [schedule]\n"
    assert any("acts when nobody looks" in one for one in notes(written(tmp_path, odd)) if "tidy.yaml" in one)
