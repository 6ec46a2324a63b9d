# breakfix-canary-89986204dd4396fca68396b5ca963e79: no submission has this word; see docs/hiring.md.
"""When the schedule starts a run, by the calendar, and what the files may hold."""

import math
from collections import defaultdict
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from grader.checks import Submission, View, check
from grader.checks.jobs import Declared
from grader.checks.schedules import schedule_of
from grader.checks.sharing import ignores_disruptions, retries

BERLIN = ZoneInfo("Europe/Berlin")
FIRST, LAST = date(2026, 1, 1), date(2027, 12, 31)
CRONJOB = "churn-retrain"
RETRIES = 1
MADE_UP, LEFT = 3600, 7200  # seconds that a start may be late, and has to be left
KINDS = ("CronJob", "ConfigMap", "PersistentVolumeClaim")


@check("starts-in-window", claim="On ordinary nights exactly one run starts, between 02:45 and 03:40 in Berlin", requirement="R1",
       points=6, must=True)  # fmt: skip
def test_starts_are_in_the_window(submission: Submission) -> None:
    """Fail at the first night of two years, but for those on which clocks are changed, that has no start, more, or one at another hour."""
    _need_nights(submission, changed=False)


@check("starts-when-clocks-change", claim="So it is on nights when clocks are changed", requirement="R1", points=5, must=True,
       requires=["starts-in-window"])  # fmt: skip
def test_starts_when_clocks_change(submission: Submission) -> None:
    """Fail at a night in March or October on which the hour of the start is left out, or comes twice."""
    _need_nights(submission, changed=True)


@check("late-starts-bounded", claim="A start is made up for until it is an hour late, and not when it is two", requirement="R2", points=3,
       must=True)  # fmt: skip
def test_late_starts_are_bounded(submission: Submission) -> None:
    """Fail at a bound of the controller's that is not between the two; without one it makes up for a start however late."""
    bound = _cronjob(submission).at("spec", "startingDeadlineSeconds")
    if not MADE_UP <= bound.number(math.inf) <= LEFT:
        bound.fail("does not part what is made up for from what is not", expected=f"{MADE_UP} to {LEFT} s")


@check(
    "evictions-ignored",
    claim="No eviction of a run's pod counts as a failed try",
    requirement="R4",
    points=3,
    must=True,
)
def test_evictions_are_ignored(submission: Submission) -> None:
    """Fail where an evicted pod counts, or ends the run, so that often enough is too often."""
    job = Declared({}, _cronjob(submission).at("spec", "jobTemplate"))
    if not ignores_disruptions(job):
        job.view.at("spec", "podFailurePolicy").fail(
            "an evicted pod counts as a failed try", expected="that it does not count"
        )


@check(
    "tries-bounded",
    claim="A run that fails by itself is tried twice at most",
    requirement="R4",
    points=2,
    must=True,
)
def test_tries_are_bounded(submission: Submission) -> None:
    """Fail where the files let a run be tried again more than once."""
    place, number = retries(Declared({}, _cronjob(submission).at("spec", "jobTemplate")))
    if number > RETRIES:
        place.fail(
            "what goes on failing is tried again too often",
            expected=f"at most {RETRIES} more tries",
            seen=f"{number:g}",
        )


@check(
    "ended-whatever-happens",
    claim="A run has a deadline of its own, whatever becomes of its pods",
    requirement="R4",
    points=2,
    must=True,
)
def test_a_run_is_ended_whatever_happens(submission: Submission) -> None:
    """Fail where only a pod has one, or the program: it begins anew with each pod, and does not count while none is placed."""
    limit, most = (
        _cronjob(submission).at("spec", "jobTemplate", "spec", "activeDeadlineSeconds"),
        submission.exercise["slos"]["longest_seconds"],
    )
    if not 0 < limit.number(0) <= most:
        limit.fail(
            "a run may go on for longer, as its pods may be evicted or wait",
            expected=f"{most:g} s at most, for the whole Job",
        )


@check(
    "kinds-few",
    claim="Nothing but the one CronJob, its scripts and its claims is written",
    requirement="R8",
    points=1,
    must=True,
)
def test_kinds_are_few(submission: Submission) -> None:
    """Fail at an object of another kind, or at another CronJob."""
    for view in _own(submission):
        if view.manifest.kind not in KINDS:
            view.at("kind").fail("is none of the kinds that the ticket lists", expected=", ".join(KINDS))
        if view.manifest.kind == "CronJob" and view.manifest.name != CRONJOB:
            view.at("metadata", "name").fail("is another CronJob than the ticket's", expected=CRONJOB)


@check(
    "platform-untouched",
    claim="Nothing of the submission lands in the platform's namespace",
    requirement="R8",
    points=1,
    must=True,
)
def test_platform_is_untouched(submission: Submission) -> None:
    """Fail at an object that does not say that it is in the team's namespace."""
    home = submission.name("churn-nightly")
    for view in _own(submission):
        if view.manifest.namespace != home:
            view.at("metadata", "namespace").fail("is not in the team's namespace", expected=home)


@check("ends-kept", claim="The last Jobs that ended stay where they are", requirement="R8", points=1, must=True)
def test_ends_are_kept(submission: Submission) -> None:
    """Fail where ended Jobs are removed at once, or after a time."""
    spec = _cronjob(submission).at("spec")
    for name in ("successfulJobsHistoryLimit", "failedJobsHistoryLimit"):
        if spec.at(name).number(1) < 1:
            spec.at(name).fail("no Job that ended is kept", expected="at least 1")
    lifetime = spec.at("jobTemplate", "spec", "ttlSecondsAfterFinished")
    if lifetime.present:
        lifetime.fail("Jobs that ended are removed after a time", expected="nothing that removes them")


def _own(submission: Submission) -> list[View]:
    return [view for view in submission.all() if not view.manifest.file.startswith("platform/")]


def _cronjob(submission: Submission) -> View:
    return submission.get("CronJob", CRONJOB, submission.name("churn-nightly"))


def _need_nights(submission: Submission, *, changed: bool) -> None:
    cronjob = _cronjob(submission)
    place = cronjob.at("spec", "schedule")
    if cronjob.at("spec", "suspend").truth(default=False):
        cronjob.at("spec", "suspend").fail("no run starts at all", expected="a start each night")
    starts: dict[date, list[datetime]] = defaultdict(list)
    for start in schedule_of(cronjob).starts(FIRST, LAST):
        starts[start.astimezone(BERLIN).date()].append(start.astimezone(BERLIN))
    slos = submission.exercise["slos"]
    low, high = slos["window_from_minutes"], slos["window_until_minutes"]
    for number in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(number)
        if _changes(day) is not changed:
            continue
        found = starts[day]
        if len(found) != 1 or not low <= found[0].hour * 60 + found[0].minute <= high:
            told = ", ".join(f"{start:%H:%M %Z}" for start in found[:3]) + (", …" if len(found) > 3 else "")  # noqa: PLR2004
            place.fail(f"the night of {day.isoformat()} has not its one start in time",
                       expected="one, between 02:45 and 03:40 in Berlin", seen=told or "no start")  # fmt: skip


def _changes(day: date) -> bool:
    """Whether clocks are changed in the course of a day in Berlin."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=BERLIN)
    return midnight.utcoffset() != (midnight + timedelta(days=1)).utcoffset()
