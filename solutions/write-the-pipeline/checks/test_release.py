# breakfix-canary-c927ae7d21e29f98beff00fdaff11577: no submission has this word; see docs/hiring.md.
"""Hidden: whether what serves is what the registry says, what becomes of a bad deployment, and of merges beside merges."""

import json
from typing import Any

from grader.checks import Played, Submission, check, queues
from grader.checks.played import PlayedRun
from grader.checks.queues import Place
from grader.checks.trust import stolen
from grader.checks.view import View

DELIVERS = ["good-model-deployed"]
MERGES = ("first", "turned")
PULLS = ("colleague", "careless", "hopeful", "untidy", "half-done", "stranger")
WRONG = {
    "careless": "its unit tests fail",
    "hopeful": "its AUC is 0.0001 below what is asked for",
    "untidy": "its data fail validation",
    "half-done": "it is a draft whose AUC is 0.0001 below what is asked for",
}
DEPLOY = ("modelctl.py deploy", "modelctl deploy")


def released(run: PlayedRun) -> dict[str, Any]:
    """Return what the run deployed last; nothing where it deployed nothing."""
    run.played_out()
    return dict(run.deployed[-1]) if run.deployed else {}


@check(
    "own-data-trained",
    claim="What goes to production was trained on the training data of its own commit alone",
    requirement="R5",
    points=4,
    must=True,
    requires=DELIVERS,
    scenario="delivery",
)
def test_own_data_are_trained_on(observed: Played) -> None:
    """Fail where a deployed model is of other data."""
    for name in MERGES:
        run = observed.run(name)
        judged = released(run).get("judged")
        if judged is not None and not judged.get("own"):
            run.fail(
                "a model went to production that was trained on something else than its commit's data/train.csv",
                expected="a model as training.train makes it of that file",
                seen=str(judged),
            )


@check(
    "provenance-kept",
    claim="The registry has the commit, the data's SHA-256 and the metrics of what is in production",
    requirement="R6",
    points=5,
    must=True,
    requires=DELIVERS,
    scenario="delivery",
)
def test_provenance_is_kept(observed: Played) -> None:
    """Fail where one of the three is missing, or is another's."""
    for name in MERGES:
        run = observed.run(name)
        last = released(run)
        entry = next((one for one in run.registered if one["version"] == last.get("version")), None)
        if not last or entry is None:
            continue
        known = _known(entry)
        judged = last["judged"]
        wanted = {"commit": run.data["stages"][0]["sha"], "data": judged.get("data")}
        for key, value in wanted.items():
            if known.get(key) != value:
                run.fail(
                    f"the registry does not say of which {key} a version came",
                    expected=f"{key} {value}",
                    seen=str(known.get(key) or "nothing"),
                )
        metrics, measured = known.get("metrics"), judged.get("metrics", {})
        if not isinstance(metrics, dict) or any(metrics.get(key) != value for key, value in measured.items()):
            run.fail(
                "the registry does not have what a version's evaluation measured",
                expected=f"metrics that say {measured}, with all digits",
                seen=str(metrics or "no metrics"),
            )


def _known(entry: Any) -> dict[str, Any]:  # noqa: ANN401 - a record of the sandbox
    try:
        told = json.loads(entry["reports"].get("provenance.json", "{}"))
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


@check(
    "rolled-back",
    claim="After a smoke test that failed, the version that served before serves again",
    requirement="R7",
    points=6,
    must=True,
    requires=DELIVERS,
    scenario="roll-back",
)
def test_rolled_back(observed: Played) -> None:
    """Fail where a model that does not answer every caller is left in production, or an older one of that kind comes back."""
    before = released(observed.run("steady")).get("version")
    for name in ("speechless", "speechless-again"):
        run = observed.run(name)
        serves = released(run).get("version", before)
        if serves != before:
            run.fail(
                "a version serves that gives some callers no score",
                expected=f"version {before}, which served before",
                seen=f"version {serves}; {run.story}",
            )


@check(
    "failed-smoke-test-red",
    claim="A run whose smoke test failed is red",
    requirement="R7",
    points=3,
    must=True,
    requires=DELIVERS,
    scenario="roll-back",
)
def test_failed_smoke_test_is_red(observed: Played) -> None:
    """Fail where nobody would look at the run, also where there was nothing to go back to."""
    for name in ("speechless", "speechless-again", "speechless-first"):
        run = observed.run(name)
        run.played_out()
        if run.conclusion != "failure":
            run.fail("a model that does not answer every caller leaves a green run", expected="failure", seen=run.story)


@check(
    "taken-back-stays-so",
    claim="A run again of a commit whose version was taken back registers and deploys nothing",
    requirement="R12",
    points=1,
    must=True,
    requires=["rolled-back"],
    scenario="roll-back",
)
def test_taken_back_stays_so(observed: Played) -> None:
    """Fail where a version that does not answer every caller serves a second time, if only until its smoke test."""
    run = observed.run("speechless-once-more")
    if observed.run("speechless").registered:
        run.deployed_nothing("a commit was deployed again whose version had been taken back")
        if run.registered:
            run.fail("a commit was registered a second time", expected="no version", seen=run.story)


@check(
    "pull-request-red",
    claim="A pull request, a draft too, is red whose data fail validation, whose tests fail or whose AUC is too low",
    requirement="R8",
    points=3,
    must=True,
    requires=["pull-request-checked"],
    scenario="pull-request",
)
def test_pull_request_is_red(observed: Played) -> None:
    """Fail where it would be merged by its colour."""
    for name, why in WRONG.items():
        run = observed.run(name)
        run.played_out()
        if run.conclusion != "failure":
            run.fail(f"a pull request is green, and {why}", expected="failure", seen=run.story)


@check(
    "pull-request-held-to-its-own",
    claim="A pull request whose model is good enough is green, though a better one serves",
    requirement="R8",
    points=2,
    must=True,
    requires=["pull-request-checked", *DELIVERS],
    scenario="at-the-line",
)
def test_pull_request_is_not_compared(observed: Played) -> None:
    """Fail where a pull request is held to more than the ticket says."""
    run = observed.run("modest")
    run.played_out()
    if run.conclusion != "success":
        run.fail(
            "a pull request is red whose AUC is more than is asked for",
            expected="a run in which nothing fails",
            seen=run.story,
        )


@check(
    "other-events-change-nothing",
    claim="Whatever else starts the workflows registers and deploys nothing",
    requirement="R9",
    points=3,
    must=True,
    requires=DELIVERS,
    scenario="other-events",
)
def test_other_events_change_nothing(observed: Played) -> None:
    """Fail where an event that the workflows declare, other than a push to main, changes something."""
    for run in observed.runs:
        run.deployed_nothing(f"production was changed by another event than a push to main: {run.name}")
        if run.registered:
            run.fail(f"a model was registered by another event than a push to main: {run.name}", seen=run.story)


@check(
    "secrets-out-of-reach",
    claim="A pull request's code gets hold of no secret and of no token that may write",
    requirement="R10",
    points=4,
    must=True,
    requires=["pull-request-checked"],
    scenario="pull-request",
)
def test_secrets_are_out_of_reach(observed: Played, submission: Submission) -> None:
    """Fail where the code of a pull request, in any run that it started, found one."""
    for name in PULLS:
        run = observed.run(name)
        for what in stolen(run, submission):
            run.fail(
                "the code of a pull request got hold of what it must not have",
                expected="no secret and no token that may write, in any job in which it ran",
                seen=what,
            )


@check(
    "rerun-changes-nothing",
    claim="A run of a commit that was released already changes nothing",
    requirement="R12",
    points=4,
    must=True,
    requires=DELIVERS,
    scenario="delivery",
)
def test_rerun_changes_nothing(observed: Played) -> None:
    """Fail where the first merge's run, once more or anew, and after another merge, registers or deploys something."""
    for name in ("again", "set-back"):
        run = observed.run(name)
        run.deployed_nothing("a commit was deployed again that had been before")
        if run.registered:
            run.fail("a commit was registered a second time", expected="no version", seen=run.story)


@check(
    "training-survives-merges",
    claim="A merge does not end what an earlier merge has begun",
    requirement="R11",
    points=4,
    must=True,
    requires=DELIVERS,
    scenario="delivery",
)
def test_training_survives_merges(observed: Played, submission: Submission) -> None:
    """Fail where merges share a group that cancels what is in progress, or in which training waits.

    Of three merges in a group whose runs are not cancelled, the second one waits, and is dropped when the third comes.
    """
    first, second = (observed.run(name) for name in MERGES)
    trains = _trains(second, submission)
    for group in queues.shared(first, second):
        if group.cancels:
            second.fail(
                "a merge ends what the merge before it has begun",
                expected="runs on main that go to their end",
                seen=f"{group.where} has group {group.group!r} for both merges, and cancels what is in progress",
            )
        if group.place in trains:
            second.fail(
                "of three merges, the second one's training is dropped while it waits",
                expected="training that waits in no group with other merges",
                seen=f"{group.where} has group {group.group!r} for every merge, and one alone can wait in a group",
            )


@check(
    "deploys-one-at-a-time",
    claim="Two merges cannot deploy at the same time",
    requirement="R11",
    points=4,
    must=True,
    requires=DELIVERS,
    scenario="delivery",
)
def test_deploys_one_at_a_time(observed: Played, submission: Submission) -> None:
    """Fail where not all deploying jobs share one group, their own or their workflow's, whatever the merge."""
    first, second = (observed.run(name) for name in MERGES)
    same = {group.place: group.varied for group in queues.common(first, second)}
    jobs = queues.deploying(observed, submission.all(), DEPLOY)
    held = {(file, job): {same[place] for place in ((file, job), (file, "")) if place in same} for file, job in jobs}
    if held and not set.intersection(*held.values()):
        told = [f"{job}: {', '.join(sorted(groups)) or 'none'}" for (_, job), groups in sorted(held.items())]
        second.fail(
            "two merges may deploy at the same time",
            expected="one concurrency group that all deployments of all merges share",
            seen=f"groups that every merge shares, by job: {'; '.join(told)}",
        )


@check(
    "deployments-stay-queued",
    claim="No pull request's run drops a deployment that waits",
    requirement="R11",
    points=2,
    must=True,
    requires=["pull-request-checked", *DELIVERS],
    scenario="pull-request",
)
def test_deployments_stay_queued(observed: Played, all_played: tuple[Played, ...], submission: Submission) -> None:
    """Fail where a workflow that deploys starts for pull requests, too, in the group of merges: whatever its run then does, it takes the place."""
    delivery = next(play.decided() for play in all_played if play.scenario == "delivery")
    merge, deploying = delivery.run(MERGES[-1]), queues.deploying(delivery, submission.all(), DEPLOY)
    for name in PULLS:
        run = observed.run(name)
        for group in queues.shared(merge, run):
            file, job = group.place
            if not job and any(place == file for place, _ in deploying):
                run.fail(
                    "a deployment that waits is dropped for the run of a pull request",
                    expected="groups of workflows that deploy which merges alone take",
                    seen=f"{group.where} has group {group.group!r} for merges and pull requests",
                )


def _trains(run: PlayedRun, submission: Submission) -> set[Place]:
    """Return the jobs in which a run trained, what they wait for, and the workflows in which any of it stands.

    A workflow that follows another's end waits for all of it.
    """
    views = {str(view.value.get("name") or view.manifest.name): view for view in submission.all()}
    heard = [one for one in run.heard if one["side"] == "trained"]
    found: set[Place] = set()
    for label, view in views.items():
        jobs = {str(one["job"]) for one in heard if one["workflow"] == label}
        found |= _places(view, queues.before(view, jobs))
        if any(f"of {label}, " in str(one["stage"]) for one in heard):
            found |= _places(view, set(view.at("jobs").entries()))
    return found


def _places(view: View, jobs: set[str]) -> set[Place]:
    file = view.manifest.file
    return {(file, job) for job in jobs} | ({(file, "")} if jobs else set())
