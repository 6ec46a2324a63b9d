"""When schedules start Jobs, by clocks that are changed."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from grader.checks import CheckFailureError, View
from grader.checks.schedules import schedule_of
from harness.files.manifests import Manifest

BERLIN = ZoneInfo("Europe/Berlin")
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


def cronjob(schedule: object, zone: str | None = "Europe/Berlin") -> View:
    spec = {"schedule": schedule, **({"timeZone": zone} if zone else {})}
    value = {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "a"}, "spec": spec}
    manifest = Manifest("a.yaml", 1, value)
    return View(manifest, (), value)


def starts(schedule: str, day: date, zone: str | None = "Europe/Berlin") -> list[str]:
    """Return a day's starts by the clock in Berlin."""
    found = (start.astimezone(BERLIN) for start in schedule_of(cronjob(schedule, zone)).starts(day, day))
    return [f"{start:%H:%M %Z}" for start in found if start.date() == day]


@pytest.mark.parametrize(
    ("schedule", "day", "expected"),
    [
        ("10 3 * * *", SPRING, ["03:10 CEST"]),
        ("10 3 * * *", AUTUMN, ["03:10 CET"]),
        ("30 2 * * *", SPRING, []),
        ("30 2 * * *", AUTUMN, ["02:30 CEST", "02:30 CET"]),
        ("*/30 4-5 * * *", SPRING, ["04:00 CEST", "04:30 CEST", "05:00 CEST", "05:30 CEST"]),
        ("5,50 23 * * SUN", SPRING, ["23:05 CEST", "23:50 CEST"]),
        ("0 3 * * mon-fri", SPRING, []),
        ("0 3 29 * 1", SPRING, ["03:00 CEST"]),  # either of two restricted days will do
        ("0 3 */2 * 1", SPRING, []),  # a star with a step restricts like a star: both are asked for
        ("0 3 1/7 mar ?", SPRING, ["03:00 CEST"]),
        ("@daily", SPRING, ["00:00 CET"]),
    ],
)
def test_starts_are_by_the_zones_clock(schedule: str, day: date, expected: list[str]) -> None:
    assert starts(schedule, day) == expected


def test_without_a_zone_the_clock_is_utc() -> None:
    assert starts("10 2 * * *", date(2026, 1, 15), None) == ["03:10 CET"]
    assert starts("10 2 * * *", date(2026, 7, 15), None) == ["04:10 CEST"]


def test_a_zone_of_half_hours_starts_on_its_own() -> None:
    (start,) = [
        start
        for start in schedule_of(cronjob("7 3 * * *", "Asia/Kathmandu")).starts(SPRING, SPRING)
        if start.day == SPRING.day
    ]
    assert start == datetime(2026, 3, 29, 21, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    "schedule",
    ["", "10 3 * *", "10 3 * * * *", "60 3 * * *", "a 3 * * *", "5-1 3 * * *", "*/0 3 * * *", "10 3 * * 8", 5],
)
def test_what_is_no_schedule_fails(schedule: object) -> None:
    with pytest.raises(CheckFailureError):
        schedule_of(cronjob(schedule))


@pytest.mark.parametrize("zone", ["Berlin", "../etc/passwd", "Europe"])
def test_what_is_no_zone_fails(zone: str) -> None:
    with pytest.raises(CheckFailureError, match="no time zone"):
        schedule_of(cronjob("10 3 * * *", zone))
