# breakfix-canary-89986204dd4396fca68396b5ca963e79: no submission has this word; see docs/hiring.md.
"""Which batches are refused, and how a night ends that has one."""

from grader.checks import Observed, check
from grader.checks.blame import Sighting
from grader.checks.nights import need_reported, need_run, need_untouched, nights, only

CATCH = "bad-nights"
BEYOND = {"tenure-below": "tenure below 0", "calls-below": "calls below 0", "logins-below": "logins below 0",
          "tenure-above": "tenure above 120", "calls-above": "calls above 50", "spend-above": "spend above 500",
          "logins-above": "logins above 31"}  # fmt: skip
EMPTY = ("tenure", "calls", "spend")  # logins in the night `gaps`
MISSING = ("tenure", "spend", "logins")  # calls in the night `no-column`
AGAIN = (*BEYOND, *(f"{name}-gaps" for name in EMPTY), *(f"no-{name}" for name in MISSING))
BAD = ("out-of-range", "empty", "short", "gaps", "no-column", "stale", "mixed", *AGAIN)


@check("bounds-held", claim="Each column's values are held to both ends of its range", requirement="R3", points=5, must=True,
       scenario=CATCH, requires=["ranges-held"])  # fmt: skip
def test_each_bound_is_held(observed: Observed) -> None:
    """Fail where a value that is out of range by a half goes unnoticed, in any column."""
    for world, words in BEYOND.items():
        need_reported(only(observed, world), f"a batch with {words}")


@check(
    "rows-counted",
    claim="A batch with too few rows, or none, is reported",
    requirement="R3",
    points=5,
    must=True,
    scenario=CATCH,
)
def test_rows_are_counted(observed: Observed) -> None:
    """Fail where a batch of a header alone, or of one customer too few, goes unnoticed."""
    need_reported(only(observed, "empty"), "a batch without rows")
    need_reported(only(observed, "short"), "a batch with 999 rows")


@check(
    "gaps-counted",
    claim="A batch with too many empty fields is reported",
    requirement="R3",
    points=5,
    must=True,
    scenario=CATCH,
)
def test_gaps_are_counted(observed: Observed) -> None:
    """Fail where a column goes unnoticed of which one field more is empty than 2 %, whichever it is."""
    need_reported(only(observed, "gaps"), "a column of which more than 2 % are empty, logins,")
    for name in EMPTY:
        need_reported(only(observed, f"{name}-gaps"), f"a column of which more than 2 % are empty, {name},")


@check(
    "columns-needed",
    claim="A batch that lacks a column is reported",
    requirement="R3",
    points=5,
    must=True,
    scenario=CATCH,
)
def test_columns_are_needed(observed: Observed) -> None:
    """Fail where a column that was renamed at the source goes unnoticed, whichever it is."""
    need_reported(only(observed, "no-column"), "a batch without the column calls")
    for name in MISSING:
        need_reported(only(observed, f"no-{name}"), f"a batch without the column {name}")


@check("day-held", claim="A batch of another day is reported", requirement="R3", points=5, must=True, scenario=CATCH)
def test_the_day_is_held(observed: Observed) -> None:
    """Fail where the batch of the day before, delivered again, goes unnoticed, or where one row is of that day."""
    need_reported(only(observed, "stale"), "the batch of the day before")
    need_reported(only(observed, "mixed"), "a batch with a row of the day before")


@check("bad-never-serves", claim="No night with a bad batch registers a version, or changes what serves", requirement="R3", points=2,
       must=True, scenario=CATCH, requires=["refused-not-trained", "bounds-held", "rows-counted", "gaps-counted", "columns-needed", "day-held"])  # fmt: skip
def test_bad_batches_never_serve(observed: Observed) -> None:
    """Fail where any of the bad nights registers or promotes something."""
    for night in nights(observed, *BAD):
        if registered := night.calls("register"):
            night.fail("a version is trained on a bad batch", expected="no version of the day",
                       seen=f"version {registered[0]['version']}", symptoms=[Sighting()])  # fmt: skip
        need_untouched(night, "in a night with a bad batch")


@check("refused-once", claim="A night with a bad batch fails, soon, and is not tried again", requirement="R4", points=5, must=True,
       scenario=CATCH, requires=["refused-not-trained"])  # fmt: skip
def test_bad_batches_are_refused_once(observed: Observed) -> None:
    """Fail where a night with a batch that was reported as bad completes, or is tried again."""
    for night in nights(observed, *BAD):
        if night.alerts("data"):
            need_run(night, "Failed")


@check(
    "good-night-among-bad",
    claim="A batch that keeps each rule as narrowly as may be is trained on, among bad nights",
    requirement="R3",
    points=4,
    must=True,
    scenario=CATCH,
)
def test_the_good_night_trains(observed: Observed) -> None:
    """Fail where 1,000 rows, 1.9 % of empty fields or a value at the end of its range are refused: refusing all is no validation."""
    night = only(observed, "edges")
    if night.alerts("data") or not night.calls("register"):
        night.fail(
            "a batch that keeps all rules is not trained on",
            expected="a version of the day, and no alert",
            symptoms=night.symptoms or [Sighting()],
        )
