"""Hidden: whether the right thing was released, from the right data, at the right time."""

from grader.checks import Played, Submission, check
from grader.checks.view import View

BEST = {"visits-tell": 0.93, "discounts-mislead": 0.85}  # AUC on unseen customers; the other candidate has 0.88, 0.05
FRESH = 0.75  # what is trained on the data of the merge before knows nothing
CANDIDATES = ("compact", "extended")
DEPLOY = ("model-platform/deploy", "model-platform deploy")


@check(
    "best-candidate-deployed",
    claim="The best candidate goes to production, whichever it is",
    requirement="R2",
    points=8,
    must=True,
    requires=["good-model-deployed"],
    scenario="delivery",
)
def test_best_candidate_is_deployed(observed: Played) -> None:
    """Fail where the other candidate was taken in either delivery."""
    for name, least in BEST.items():
        run = observed.run(name)
        judged = run.deployed[-1]["judged"] if run.deployed else {}
        if judged.get("auc", 0.0) < least:
            run.fail(
                "not the best candidate went to production",
                expected="the candidate with the best AUC",
                seen=str(judged),
            )


@check(
    "reports-complete",
    claim="The release carries a report of each candidate",
    requirement="R3",
    points=6,
    must=True,
    requires=["good-model-deployed"],
    scenario="delivery",
)
def test_reports_are_complete(observed: Played, submission: Submission) -> None:
    """Fail where a candidate is not spoken of in the reports of what was deployed."""
    candidates = [submission.name(one) for one in CANDIDATES]
    for name in BEST:
        run = observed.run(name)
        deployed = {one["version"] for one in run.deployed}
        texts = [text for one in run.registered if one["version"] in deployed for text in one["reports"].values()]
        missing = [one for one in candidates if not any(f'"candidate": "{one}"' in text for text in texts)]
        if missing:
            run.fail(
                "the release lacks the report of a candidate",
                expected=f"reports of {' and '.join(candidates)}",
                seen=f"{len(texts)} reports, none of {' and '.join(missing)}",
            )


@check(
    "fresh-data-used",
    claim="The model in production was trained on the data of its own commit",
    requirement="R9",
    points=8,
    must=True,
    requires=["good-model-deployed"],
    scenario="bad-model",
)
def test_fresh_data_are_used(observed: Played) -> None:
    """Fail where today's model knows only the customers of the merge before."""
    run = observed.run("today")
    run.played_out()
    judged = run.deployed[-1]["judged"] if run.deployed else {}
    if judged.get("auc", 0.0) < FRESH:
        run.fail(
            "the model does not know the customers of its own commit",
            expected=f"an AUC of {FRESH} or more on today's customers",
            seen=str(judged or run.story),
        )


@check(
    "training-survives-merges",
    claim="A merge does not end what an earlier merge has begun",
    requirement="R10",
    points=6,
    must=True,
    scenario="delivery",
)
def test_training_survives_merges(observed: Played) -> None:
    """Fail where two merges share a group whose runs in progress are cancelled. Groups know no upper and lower case."""
    first, second = (observed.run(name) for name in BEST)
    for place, setting in second.concurrency.items():
        group = setting["group"].lower()
        earlier = first.concurrency.get(place, {}).get("group", "").lower()
        if group and group == earlier and setting["cancel"] == "true":
            where = f"job {place}" if place else "the workflow"
            second.fail(
                "a merge ends the run of the merge before it",
                expected="runs on main that go to their end",
                seen=f"{where} has group {setting['group']!r} for both merges, and cancels what is in progress",
            )


@check(
    "deploys-one-at-a-time",
    claim="Two merges cannot deploy at the same time",
    requirement="R10",
    points=5,
    must=True,
    scenario="delivery",
)
def test_deploys_one_at_a_time(observed: Played, submission: Submission) -> None:
    """Fail where neither the workflow nor every deploying job has one group for all merges."""
    first, second = (observed.run(name) for name in BEST)
    shared = {
        place
        for place, setting in second.concurrency.items()
        if setting["group"] and setting["group"].lower() == first.concurrency.get(place, {}).get("group", "").lower()
    }
    if "" in shared:
        return
    for job in _deploying(submission, second.workflow):
        if job not in shared:
            second.fail(
                "two merges may deploy at the same time",
                expected="one concurrency group that all deployments share",
                seen=f"job {job} shares a group with no other run",
            )


def _deploying(submission: Submission, workflow: str) -> list[str]:
    """Return the jobs of the workflow that deploy."""
    view = next((one for one in submission.all() if one.manifest.file == workflow), None)
    jobs = view.at("jobs").entries() if view else {}
    return [name for name, job in jobs.items() if any(_deploys(step) for step in job.at("steps").items())]


def _deploys(step: View) -> bool:
    text = f"{step.at('uses').text()} {step.at('run').text()}"
    return any(word in text for word in DEPLOY)
