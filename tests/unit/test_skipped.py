"""Outputs of skipped jobs, in the workflow that the engine is given."""

import pytest

from harness.files.yamlfile import WORKFLOW, read_documents
from harness.workflows.skipped import spelled_out

GUARDED = "(needs.judge.result != 'skipped' && needs.judge.outputs.verdict || '')"
JOB = """on: push
jobs:
  judge: {runs-on: ubuntu-latest, if: github.ref == 'x', outputs: {verdict: '${{ steps.a.outputs.verdict }}'}, steps: []}
  deploy:
    needs: judge
    timeout-minutes: 1_0
    if: WHEN
    env: {A: WHAT, V: 3.10}
    steps: [{run: "echo needs.judge.outputs.verdict"}]
"""


@pytest.mark.parametrize(
    ("when", "then"),
    [
        ("needs.judge.outputs.verdict == 'ship'", f"{GUARDED} == 'ship'"),
        ("${{ !needs.judge.outputs.verdict }}", f"${{{{ !{GUARDED} }}}}"),
        (
            "'needs.judge.outputs[''verdict''] == 1'",
            "(needs.judge.result != 'skipped' && needs.judge.outputs['verdict'] || '') == 1",
        ),
    ],
)
def test_an_output_of_a_needed_job_is_empty_where_that_was_skipped(when: str, then: str) -> None:
    text = JOB.replace("WHEN", when if when.startswith("'") else f'"{when}"')
    told = spelled_out(text.replace("WHAT", "'${{ needs.judge.outputs.verdict }} or ${{ github.sha }}'"))
    deploy = read_documents(told.encode(), "ci.yml", WORKFLOW)[0][0].value["jobs"]["deploy"]
    assert deploy["if"] == then
    assert deploy["env"] == {"A": f"${{{{ {GUARDED} }}}} or ${{{{ github.sha }}}}", "V": 3.1}
    assert deploy["steps"] == [{"run": "echo needs.judge.outputs.verdict"}]  # the shell's own words
    assert "timeout-minutes: 1_0" in told and "V: 3.10" in told


def test_other_workflows_stay_as_they_are() -> None:
    text = JOB.replace("echo needs.judge", "echo judge").replace("WHEN", "always()").replace("WHAT", "x")
    assert spelled_out(text) is text
