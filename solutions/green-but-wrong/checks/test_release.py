# breakfix-canary-0e458245efcf732828d886f363f04a06: no submission has this word; see docs/hiring.md.
"""Hidden: whether the right thing was released, from the right data, at the right time."""

import json
from collections.abc import Iterator

from grader.checks import Played, Submission, check, queues
from grader.checks.queues import Place

BEST = {"visits-tell": 0.93, "discounts-mislead": 0.85}  # AUC on unseen customers; the other candidate has 0.88, 0.05
FRESH = 0.75  # what is trained on the data of the merge before knows nothing
CANDIDATES = ("compact", "extended")
TRAIN = ("training.train", "training/train")
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
        missing = set(candidates) - {candidate for text in texts for candidate in _reported(text)}
        if missing:
            run.fail(
                "the release lacks the report of a candidate",
                expected=f"reports of {' and '.join(candidates)}",
                seen=f"{len(texts)} files, no report of {' and '.join(sorted(missing))}",
            )


def _reported(text: str) -> Iterator[str]:
    """Yield the candidates whose reports stand in a text, as training writes them: what they learnt from is told, too."""
    decoder, at = json.JSONDecoder(), text.find("{")
    while at >= 0:
        try:
            value, at = decoder.raw_decode(text, at)
        except ValueError:
            value, at = None, at + 1
        yield from _within(value)
        at = text.find("{", at)


def _within(value: object) -> Iterator[str]:
    """Yield the candidates of the reports in a JSON value."""
    if isinstance(value, dict) and {"candidate", "features", "rows"} <= value.keys():
        yield str(value["candidate"])
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _within(part)


@check(
    "fresh-data-used",
    claim="The model in production was trained on the data of its own commit",
    requirement="R9",
    points=9,
    must=True,
    requires=["good-model-deployed"],
    scenario="at-the-line",
)
def test_fresh_data_are_used(observed: Played) -> None:
    """Fail where today's model knows only the customers of the merge before, or those of a merge that came meanwhile."""
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
def test_training_survives_merges(observed: Played, submission: Submission) -> None:
    """Fail where merges share a group that cancels what is in progress, or in which training waits.

    Of three merges in a group whose runs are not cancelled, the second one waits, and is dropped when the third comes.
    """
    first, second = (observed.run(name) for name in BEST)
    trains = _trains(submission, observed)
    for group in queues.shared(first, second):
        if group.cancels:
            second.fail(
                "a merge ends the run of the merge before it",
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
    requirement="R10",
    points=5,
    must=True,
    scenario="delivery",
)
def test_deploys_one_at_a_time(observed: Played, submission: Submission) -> None:
    """Fail where not all deploying jobs share one group, their own or their workflow's, whatever the merge."""
    first, second = (observed.run(name) for name in BEST)
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


def _trains(submission: Submission, observed: Played) -> set[Place]:
    """Return the jobs that train or that training waits for, and the workflows that they stand in."""
    training = queues.jobs_with(submission.all(), TRAIN, observed.scripts)
    found: set[Place] = set()
    for view in submission.all():
        file = view.manifest.file
        jobs = queues.before(view, {job for place, job in training if place == file})
        found |= {(file, job) for job in jobs} | ({(file, "")} if jobs else set())
    return found
