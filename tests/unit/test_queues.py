"""Which groups merges share, and which jobs train and deploy."""

from typing import Any

from grader.checks import Played, View, queues
from harness.workflows import workflows

FILE = ".github/workflows/train.yml"
FLOW = """\
name: train
on: push
jobs:
  look: {runs-on: ubuntu-latest, steps: [{run: echo}]}
  train: {needs: look, runs-on: ubuntu-latest, steps: [{run: bash ci/all.sh}]}
  deploy: {needs: [train], runs-on: ubuntu-latest, steps: [{uses: model-platform/deploy@v1}]}
"""


def view() -> View:
    (one,) = workflows.parse(FILE, FLOW.encode())[0]
    return View(one, (), one.value)


def setting(place: str, group: str, varied: str = "", cancel: str = "false") -> dict[str, str]:
    return {"workflow": FILE, "place": place, "group": group, "varied": varied or group, "cancel": cancel}


def played(*concurrency: list[dict[str, str]], deployed: list[dict[str, Any]] | None = None) -> Played:
    runs = [
        {
            "name": f"r{n}",
            "conclusion": "success",
            "finding": "",
            "jobs": [],
            "deployed": deployed or [],
            "concurrency": one,
        }
        for n, one in enumerate(concurrency)
    ]
    return Played("s", {"runs": runs, "scripts": {"ci/all.sh": "python3 ci/b.py", "ci/b.py": "training.train"}}, FILE)


def test_only_what_two_runs_have_in_common_is_shared() -> None:
    seen = played(
        [setting("", "a1"), setting("deploy", "Production"), setting("look", "")],
        [setting("", "a2"), setting("deploy", "production", cancel="true"), setting("look", "")],
    )
    (group,) = queues.shared(*seen.runs)
    assert (group.where, group.group, group.cancels) == ("job deploy", "production", True)


def test_scripts_are_read_that_steps_name() -> None:
    assert queues.jobs_with([view()], ["training.train"], played().scripts) == {(FILE, "train")}
    assert queues.before(view(), {"train"}) == {"train", "look"}


def test_who_deployed_counts_whatever_is_written() -> None:
    seen = played([], deployed=[{"version": 1, "judged": {}, "workflow": "train", "job": "look"}])
    found = queues.deploying(seen, [view()], ["model-platform/deploy"])
    assert found == {(FILE, "look"), (FILE, "deploy")}
