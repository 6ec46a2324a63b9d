"""What the engine and the stand-ins do, against GitHub's documentation: docs/pipelines.md has the same as a table."""

from typing import Any

import pytest

from .conftest import GOOD, Grader, script

pytestmark = pytest.mark.sandbox
HEAD = "name: ci\non: push\njobs:\n"


def job(name: str, *steps: str, extra: str = "") -> str:
    body = "".join(f"      - {step}\n" for step in steps)
    return f"  {name}:\n    runs-on: ubuntu-latest\n{extra}    steps:\n{body}"


def run_of(graded: Grader, *jobs: str) -> dict[str, Any]:
    return graded(HEAD + "".join(jobs)).runs[0]


def results(run: dict[str, Any]) -> dict[str, str]:
    return {one["id"]: one["result"] for one in run["jobs"]}


def outcomes(run: dict[str, Any]) -> list[tuple[str, str]]:
    return [(step["outcome"], step["conclusion"]) for one in run["jobs"] for step in one["steps"]]


def printed(run: dict[str, Any], start: str) -> list[str]:
    return [line.partition(": ")[2] for line in run["words"] if line.partition(": ")[2].startswith(start)]


def test_a_good_workflow_passes(graded: Grader) -> None:
    found = graded(GOOD)
    assert found.report.score == 100
    assert [one["judged"]["told"] for one in found.runs[0]["deployed"]] == ["hidden-truth"]


def test_pipes_and_shells(graded: Grader) -> None:
    """Without `shell`, bash has no pipefail; with `shell: bash` it has."""
    run = run_of(
        graded,
        job("plain", "run: false | cat"),
        job("named", "{run: false | cat, shell: bash}"),
        job("sh", "{run: 'false; true', shell: bash}"),
    )
    assert results(run) == {"plain": "success", "named": "failure", "sh": "failure"}


def test_a_skipped_job_has_no_outputs(graded: Grader) -> None:
    """The engine by itself gives its outputs as they are written."""
    said = "outputs: {told: '${{ steps.one.outputs.told }}'}"
    first = "{id: one, run: 'echo told=x >> $GITHUB_OUTPUT'}"
    after = "    needs: [{0}]\n    if: always() && needs.{0}.outputs.told {1} ''\n"
    run = run_of(
        graded,
        job("ran", first, extra=f"    {said}\n"),
        job("skipped", first, extra=f"    {said}\n    if: github.event_name == 'issues'\n"),
        job("a", 'run: echo "seen ${{ needs.ran.outputs.told }}"', extra=after.format("ran", "!=")),
        job("b", 'run: echo "seen (${{ needs.skipped.outputs.told }})"', extra=after.format("skipped", "==")),
        job("c", "run: echo never", extra=after.format("skipped", "!=")),
    )
    assert results(run) == {"ran": "success", "a": "success", "b": "success"}
    assert sorted(printed(run, "seen")) == ["seen ()", "seen x"]


def composite(*steps: str, rest: str = "") -> str:
    body = "".join(f"    - {step}\n" for step in steps)
    return f"{rest}runs:\n  using: composite\n  steps:\n{body}"


def test_composite_actions_are_played(graded: Grader) -> None:
    """With inputs, outputs, accepted actions and one another; a step in one that fails fails it, and its words are kept."""
    outer = composite(
        "uses: actions/checkout@v4",
        "uses: ./.github/actions/inner",
        '{id: say, shell: bash, run: \'echo "told=${{ inputs.word }}" >> "$GITHUB_OUTPUT"\'}',
        rest="inputs: {word: {required: true}}\noutputs: {told: {value: '${{ steps.say.outputs.told }}'}}\n",
    )
    failing = composite("{shell: bash, run: 'echo too poor; exit 3'}")
    first = "{id: outer, uses: ./.github/actions/outer, with: {word: heard}}"
    steps = ("uses: actions/checkout@v4", first, 'run: echo "seen ${{ steps.outer.outputs.told }}"')
    run = graded(
        HEAD + job("a", *steps, "uses: ./.github/actions/failing"),
        outer=outer, inner=composite("{shell: bash, run: test -f data.txt}"), failing=failing,
    ).runs[0]  # fmt: skip
    assert printed(run, "seen") == ["seen heard"]
    assert [one for one, _ in outcomes(run)] == ["success", "success", "success", "failure"]
    assert run["jobs"][0]["steps"][-1]["tail"] == ("too poor",)


def test_a_composite_action_takes_no_action_that_is_not_accepted(graded: Grader) -> None:
    found = graded(
        HEAD + job("a", "uses: actions/checkout@v4", "uses: ./.github/actions/own"),
        own=composite("uses: somebody/else@v1"),
    )
    assert "is not among the accepted actions" in found.reasons["objects-allowed"]


def test_continue_on_error_changes_the_conclusion_not_the_outcome(graded: Grader) -> None:
    run = run_of(
        graded,
        job("a", "{id: x, run: exit 1, continue-on-error: true}", 'run: echo "seen ${{ steps.x.outcome }} ${{ steps.x.conclusion }}"'),
    )  # fmt: skip
    assert outcomes(run)[0] == ("failure", "success")
    assert printed(run, "seen") == ["seen failure success"]
    assert results(run) == {"a": "success"}


def test_conditions(graded: Grader) -> None:
    """Text behind an expression is true; needs that failed skip a job, unless always() asks for it."""
    run = run_of(
        graded,
        job("text", "run: echo", extra="    if: ${{ false }} && true\n"),
        job("whole", "run: echo", extra="    if: ${{ false && true }}\n"),
        job("bad", "run: exit 1"),
        job("after", "run: echo", extra="    needs: bad\n"),
        job("textual", "run: echo", extra="    needs: bad\n    if: ${{ true }} && true\n"),
        job("anyway", 'run: echo "seen ${{ needs.bad.result }} ${{ needs.after.result }}"', extra="    needs: [bad, after]\n    if: always()\n"),
    )  # fmt: skip
    assert results(run) == {"text": "success", "bad": "failure", "anyway": "success"}
    assert printed(run, "seen") == ["seen failure skipped"]


def test_outputs_are_text(graded: Grader) -> None:
    run = run_of(
        graded,
        job("a", "run: echo", extra='    outputs: {new: "102.9", old: "98.7"}\n'),
        job(
            "b",
            "run: echo seen ${{ needs.a.outputs.new > needs.a.outputs.old }} ${{ fromJSON(needs.a.outputs.new) > fromJSON(needs.a.outputs.old) }}",
            extra="    needs: a\n",
        ),
    )
    assert printed(run, "seen") == ["seen false true"]


def test_a_matrix_has_one_set_of_outputs(graded: Grader) -> None:
    """One leg's value is left: the first one's here, the last one's on GitHub, so that no check may build on either."""
    extra = "    strategy: {max-parallel: 1, matrix: {leg: [one, two]}}\n    outputs: {leg: '${{ matrix.leg }}'}\n"
    run = run_of(
        graded,
        job("m", "run: echo", extra=extra),
        job("b", "run: echo seen ${{ needs.m.outputs.leg }}", extra="    needs: m\n"),
    )
    assert len(run["jobs"]) == 3
    assert printed(run, "seen") in (["seen one"], ["seen two"])


def test_artifacts_are_immutable_and_merge(graded: Grader) -> None:
    """v4: a name once in a run; overwrite replaces; a pattern brings several, apart or merged; a missing name fails."""
    up = "{uses: actions/upload-artifact@v4, with: {name: %s, path: %s}}"
    run = run_of(
        graded,
        job(
            "up",
            "run: mkdir -p d/e && echo 1 > d/one && echo 2 > d/e/two && echo h > d/.hidden",
            up % ("a-1", "d"),
            up % ("a-2", "d/one"),
            "{id: twice, continue-on-error: true, uses: actions/upload-artifact@v4, with: {name: a-1, path: d/one}}",
            "{uses: actions/upload-artifact@v4, with: {name: a-2, path: d/e/*, overwrite: true}}",
            "{id: none, continue-on-error: true, uses: actions/upload-artifact@v4, with: {name: z, path: nothing, if-no-files-found: error}}",
        ),
        job(
            "down",
            "{uses: actions/download-artifact@v4, with: {pattern: a-*, path: apart}}",
            "{uses: actions/download-artifact@v4, with: {pattern: a-*, path: flat, merge-multiple: true}}",
            "{uses: actions/download-artifact@v4, with: {name: a-2, path: named}}",
            "{id: gone, continue-on-error: true, uses: actions/download-artifact@v4, with: {name: a-3}}",
            "run: for f in $(find apart flat named -type f | sort); do echo seen $f; done",
            extra="    needs: up\n",
        ),
    )
    assert run["artifacts"] == {"a-1": ["e/two", "one"], "a-2": ["two"]}
    failed = [step["id"] for one in run["jobs"] for step in one["steps"] if step["outcome"] == "failure"]
    assert failed == ["twice", "none", "gone"]
    assert [line.removeprefix("seen ") for line in printed(run, "seen")] == [
        "apart/a-1/e/two", "apart/a-1/one", "apart/a-2/two", "flat/e/two", "flat/one", "flat/two", "named/two",
    ]  # fmt: skip


def test_a_cache_is_kept_by_its_key_from_run_to_run(graded: Grader) -> None:
    cache = '{id: c, uses: actions/cache@v4, with: {path: kept.txt, key: "%s", restore-keys: k-}}'
    steps = ("uses: actions/checkout@v4", cache % "k-${{ hashFiles('data.txt') }}")
    found = graded(
        HEAD
        + job("a", *steps, 'run: echo "seen ${{ steps.c.outputs.cache-hit }} $(cat kept.txt)"; echo old > kept.txt')
    )
    assert printed(found.runs[0], "seen") == ["seen false"]
    assert printed(found.runs[1], "seen") == ["seen true old"]


def test_a_failed_job_saves_no_cache_and_a_changed_key_misses(graded: Grader) -> None:
    cache = "{id: c, uses: actions/cache@v4, with: {path: kept.txt, key: '%s'}}"
    found = graded(HEAD + job("a", cache % "k", "run: echo 1 > kept.txt; exit 1") + job("b", cache % "${{ github.sha }}", "run: echo seen ${{ steps.c.outputs.cache-hit }}; echo 2 > kept.txt"))  # fmt: skip
    assert printed(found.runs[1], "seen") == ["seen false"]


def test_concurrency_is_evaluated_by_the_engine(graded: Grader) -> None:
    head = "name: ci\non: push\nconcurrency: {group: '${{ github.workflow }}-${{ github.ref }}', cancel-in-progress: \"${{ github.ref != 'refs/heads/main' }}\"}\njobs:\n"  # fmt: skip
    leg = "    concurrency: leg-${{ needs.a.outputs.which }}\n    needs: a\n"
    found = graded(
        head
        + job("a", "run: echo", extra="    concurrency: one-${{ github.sha }}\n")
        + job("b", "run: echo", extra=leg)
    )
    first, second = ({one["place"]: one for one in run["concurrency"]} for run in found.runs)
    assert first[""] == second[""]
    assert (first[""]["group"], first[""]["cancel"]) == ("ci-refs/heads/main", "false")
    assert first["a"]["group"].startswith("one-")
    assert first["a"] != second["a"]
    assert first["b"]["group"] == second["b"]["group"] == "leg-"
    assert first["b"]["varied"] != second["b"]["varied"]


def test_what_the_engine_cannot_run_is_the_workflows_failure(graded: Grader) -> None:
    """Valid by the schema, and still no plan: jobs that need each other."""
    found = graded(HEAD + job("a", "run: echo", extra="    needs: b\n") + job("b", "run: echo", extra="    needs: a\n"))
    assert found.report.outcome == "failed"
    assert "could not be played out" in found.reasons["both-deployed"]


def test_another_python_is_refused_and_secrets_are_empty(graded: Grader) -> None:
    run = run_of(
        graded,
        job("a", "{continue-on-error: true, id: p, uses: actions/setup-python@v5, with: {python-version: '3.9'}}", "run: echo 'seen [${{ secrets.TOKEN }}] ${{ steps.p.outcome }}'"),
    )  # fmt: skip
    assert printed(run, "seen") == ["seen [] failure"]


def test_a_script_sees_its_checkout(graded: Grader) -> None:
    found = graded(script('test "$(cat data.txt)" = data && test -x /usr/bin/bash'))
    assert found.runs[0]["conclusion"] == "success"
