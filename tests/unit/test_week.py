"""A week without a cluster: what is asked for, what comes and goes, and what becomes of plans good and bad."""

import importlib.util
import inspect
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from grader.checking.checking import facts
from grader.checks.observed import Observed
from grader.checks.plan import Machine, Plan, Pool, Rule
from grader.checks.spec import ATTRIBUTE, CheckFailureError
from grader.checks.submission import Submission as Seen
from grader.checks.weeks import need_done, need_kept, need_played, need_ready, need_started, when
from grader.live import week
from grader.live.weekplots import plots
from grader.proof.cases import Case, Kind, all_cases
from grader.render.plot import plots as drawn
from harness.exercises import exercise as exercises
from harness.intake.submission import collect
from tests.unit import weeks
from tests.unit.floor import Model, Service

SLUGS = [slug for slug in exercises.slugs() if any(one.first("week") for one in exercises.load(slug).scenarios)]
DEMAND = "team,work,days,from,to,number,gpus,cpu,memory,least,most,due\na,training,mon tue,9,12,3,1,8,32,3,6,24\nb,batch,fri,20,21,1,0,8,32,2,2,12\n"
SMALL = Machine("small", 16, 64, 2, {"on-demand": 1.0, "spot": 0.3})


def plan(*pools: Pool, **rules: str) -> Plan:
    return Plan(list(pools), [Rule(kind, "", tuple(names.split())) for kind, names in rules.items()])


def play(of: Plan, asked: str = DEMAND, *services: Service, quotas: Mapping[str, int] | None = None) -> week.Week:
    played = week.Week(of, week.demand(asked, 7), {}, 7, Model(of, {}, services, quotas))
    played.play(lambda _: None)
    return played


def test_the_same_seed_asks_for_the_same_and_another_for_something_else() -> None:
    first = week.demand(DEMAND, 1)
    assert first == week.demand(DEMAND, 1) != week.demand(DEMAND, 2)
    assert [work.team for work in first].count("a") == 6
    assert all(
        9 <= work.asked % 24 < 12 and 3 <= work.length <= 6 and work.due == work.asked + 24 for work in first[:6]
    )


def test_each_hour_of_a_weekday_is_looked_at_and_the_week_has_an_end() -> None:
    hours = list(week.hours())
    assert hours == sorted(set(hours))
    assert set(range(8, 24)) <= set(hours)
    assert max(hours) < week.END
    assert [hour for hour in range(week.END) if week.in_office(hour)] == [24 * day + hour for day in range(5) for hour in range(8, 20)]  # fmt: skip


def test_work_that_finds_a_node_ends_when_it_has_run() -> None:
    played = play(plan(Pool("all", SMALL, "on-demand", "always", 4), training="all", batch="all"))
    assert all(course.first == course.work.asked for course in played.courses.values())
    assert all(course.ended == course.work.asked + course.work.length for course in played.courses.values())


def test_what_finds_no_node_waits_and_says_why() -> None:
    played = play(plan(Pool("all", SMALL, "on-demand", "always", 1), training="all", batch="all"))
    late = [course for course in played.courses.values() if course.first != course.work.asked]
    assert late
    assert max(look["waiting"].get("a", 0) for look in played.usage) >= 1


def test_office_hours_take_what_is_there_and_a_training_goes_on_from_its_checkpoint() -> None:
    asked = DEMAND.replace("9,12,3,1,8,32,3,6", "16,17,1,1,8,32,10,10")
    played = play(plan(Pool("day", SMALL, "on-demand", "office", 1), training="day", batch="day"), asked)
    first = next(course for course in played.courses.values() if course.work.kind == "training")
    assert (first.lost, first.first, first.ended) == (["office hours"], 16, 24 + 8 + 6)
    assert not [look for look in played.usage if look["hour"] % 24 >= 20 and look["pools"]["day"]["nodes"]]


def test_spot_nodes_are_reclaimed_and_half_of_them_at_once() -> None:
    played = play(plan(Pool("cheap", SMALL, "spot", "always", 6), training="cheap", batch="cheap"))
    reclaims = [away for away in played.away if away["why"] == "reclaim"]
    assert 6 <= len(reclaims) <= 6 * week.END / week.RECLAIMED_EVERY * 2
    assert sum(away["from"] == week.CRUNCH for away in reclaims) >= 3
    assert all(away["until"] > away["from"] for away in reclaims)


def test_the_node_with_most_replicas_fails_and_notice_is_given_of_a_reclaim_alone() -> None:
    nodes = Pool("base", SMALL, "on-demand", "always", 3)
    apart = play(plan(nodes, training="base", batch="base"), DEMAND, Service("api", ("base",)))
    assert {(low.service, low.ready, low.why) for low in apart.lows} == {
        ("api", 2, "failure"),
        ("api", 2, "the scheduler"),
    }
    one = Pool("base", Machine("big", 64, 256, 8, {"on-demand": 1.0, "spot": 0.3}), "on-demand", "always", 1)
    together = play(plan(one, training="base", batch="base"), DEMAND, Service("api", ("base",), spread=False))
    assert min(low.ready for low in together.lows) == 0


def test_a_quota_holds_work_back() -> None:
    of = plan(Pool("all", SMALL, "on-demand", "always", 4), training="all", batch="all")
    played = play(of, DEMAND, quotas={"a": 1})
    assert any(course.first != course.work.asked for course in played.courses.values())


def test_the_pictures_are_drawn() -> None:
    of = plan(
        Pool("all", SMALL, "on-demand", "always", 1),
        Pool("none", SMALL, "spot", "always", 2),
        training="all",
        batch="all",
    )
    found = drawn({"week": {"plots": plots(of, play(of))}})
    assert [plot.title.split(",")[0] for plot in found] == [
        "GPUs in use", "CPU in use by what came and went", "Waiting for a node", "Cost in euros",
    ]  # fmt: skip
    assert found[0].days[1][1] == "tue 0:00"
    assert [line.last for line in found[3].lines] == [pytest.approx(168.0), pytest.approx(100.8)]


# What checks say of it -------------------------------------------------------------------------------------------------------------


def course(**said: Any) -> dict[str, Any]:
    usual = {"team": "a", "kind": "training", "gpus": 1, "asked": 34, "length": 3, "due": 58, "first": 34, "ended": 37,
             "lost": [], "said": ""}  # fmt: skip
    return usual | said


def seen(*works: dict[str, Any], lows: Any = ()) -> Observed:
    data = {"apply_errors": [], "last_seen": "", "week": {"works": list(works), "lows": list(lows)}}
    return Observed("week", data, {"kind": "Deployment", "name": "api"})


def told(call: Any, *args: Any) -> str:
    with pytest.raises(CheckFailureError) as found:
        call(*args)
    return found.value.reason.seen


def test_a_week_that_was_not_played_fails() -> None:
    played = Observed("week", {"apply_errors": [], "last_seen": "no pool"}, {"kind": "Deployment", "name": "api"})
    assert told(need_played, played) == "no pool"


def test_notebooks_that_wait_or_are_taken_away_are_counted_and_a_failure_is_excused() -> None:
    good = [course(kind="notebook") for _ in range(8)]
    need_kept(
        seen(*good, course(kind="notebook", lost=["failure"]), course(kind="notebook", first=35)), ("notebook",), 0.9
    )
    bad = seen(*good, course(kind="notebook", lost=["reclaim"]), course(kind="notebook", first=35, said="no room"))
    assert told(need_kept, bad, ("notebook",), 0.9) == (
        "8; 1 had to wait, 1 were taken away; that of Tuesday, 10:00 was taken away by reclaim"
    )


def test_what_is_due_after_the_week_is_not_counted_and_each_team_is() -> None:
    fine = [course() for _ in range(4)]
    need_done(seen(*fine, course(ended=None, due=170)), ("training",), 0.8)
    need_done(seen(*fine, course(ended=60)), ("training",), 0.8)
    late = seen(*fine, course(team="b", ended=None, first=None, said="quota"))
    assert told(need_done, late, ("training",), 0.8) == (
        "0; 1 never began; that of Tuesday, 10:00 was placed never (quota)"
    )


def test_the_team_that_bursts_waits_for_itself() -> None:
    burst = course(team="b", kind="sweep")
    need_started(seen(burst, course(team="b", first=60), course(first=42)), ("training",), "sweep", (1, 2), 8)
    need_started(seen(burst, course(asked=10, first=60)), ("training",), "sweep", (1, 2), 8)
    assert told(need_started, seen(burst, course(first=43)), ("training",), "sweep", (1, 2), 8) == (
        "what was asked for on Tuesday, 10:00 waited 9 hours"
    )


def test_services_are_judged_at_their_lowest() -> None:
    low = {"hour": 59, "service": "api", "ready": 2, "why": "failure"}
    need_ready(seen(lows=[low]), ["api"], 2)
    need_ready(seen(lows=[low | {"service": "other", "ready": 0}]), ["api"], 2)
    assert told(need_ready, seen(lows=[low, low | {"hour": 60, "ready": 1}]), ["api"], 2) == (
        "1 on Wednesday, 12:00, after: failure"
    )


def test_hours_are_told_in_words() -> None:
    assert (when(0), when(167), when(168)) == ("Monday, 0:00", "Sunday, 23:00", "the week's end")


# The exercises that play one -------------------------------------------------------------------------------------------------------


@cache
def live_checks(slug: str) -> list[Any]:
    found = []
    for number, (_, folder) in enumerate(exercises.load(slug).check_folders(hidden=True)):
        for path in sorted(folder.glob("test_*.py")):
            spec = importlib.util.spec_from_file_location(f"week_{slug.replace('-', '_')}_{number}_{path.stem}", path)
            assert spec is not None and spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            found += [one for one in vars(module).values() if hasattr(one, ATTRIBUTE)]
    return [one for one in found if getattr(one, ATTRIBUTE).stage == "live"]


def failing(case: Case, folder: Path) -> set[str]:
    case.write(folder)
    submission = collect(case.exercise, folder)
    texts = {file.path: file.data for file in submission.files}
    given = {
        "submission": Seen(submission.manifests, (), facts(case.exercise, texts)),
        "observed": weeks.played(submission),
    }
    failed = set()
    for check in live_checks(case.exercise.slug):
        try:
            check(**{name: given[name] for name in inspect.signature(check).parameters})
        except CheckFailureError:
            failed.add(getattr(check, ATTRIBUTE).id)
    return failed


def live_ids(slug: str) -> set[str]:
    return {getattr(check, ATTRIBUTE).id for check in live_checks(slug)}


def cases(*kinds: Kind) -> list[Case]:
    """Return the cases of these kinds: of what is wrong, that which only a week shows."""
    return [
        case
        for slug in SLUGS
        for case in all_cases(exercises.load(slug))
        if case.kind in kinds and (case.kind is Kind.GOOD or live_ids(slug) & (case.declared | {case.rejected_by}))
    ]


@pytest.mark.parametrize("case", cases(Kind.GOOD), ids=lambda case: case.name)
def test_each_solution_passes_every_check_of_its_week(case: Case, tmp_path: Path) -> None:
    assert failing(case, tmp_path) == set()


@pytest.mark.parametrize("case", cases(Kind.CHEAT), ids=lambda case: case.name)
def test_each_bad_plan_fails_where_it_says(case: Case, tmp_path: Path) -> None:
    assert case.rejected_by in failing(case, tmp_path)


@pytest.mark.parametrize("case", cases(Kind.FAULT), ids=lambda case: case.name)
def test_each_omission_fails_as_declared_and_nothing_else(case: Case, tmp_path: Path) -> None:
    assert failing(case, tmp_path) == case.declared & live_ids(case.exercise.slug)
