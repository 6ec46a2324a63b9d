"""When a CronJob's schedule starts Jobs, by the clock of its time zone: computed, whatever it is written like.

Sources: Kubernetes documentation, "CronJob" (schedule syntax, timeZone); robfig/cron, which its controller uses: a local time that a
change of clocks leaves out starts nothing, one that comes twice starts twice, and where both days are restricted, either will do.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from grader.checks.view import View

WORDS = {
    "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0", "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
}  # fmt: skip
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
FIELDS = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day", 1, 31, ()),
    ("month", 1, 12, MONTHS),
    ("weekday", 0, 6, DAYS),
)
STEP = timedelta(minutes=15)  # no time zone's clock differs from UTC by less


@dataclass(frozen=True)
class Schedule:
    """A schedule: which minutes, hours, days, months and weekdays, and in which zone; `starred` days restrict nothing."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    starred: tuple[bool, bool]
    zone: ZoneInfo

    def starts(self, first: date, last: date) -> tuple[datetime, ...]:
        """Return each start from 12 hours before the first day to 12 hours after the last, in order, in UTC."""
        return _starts(self, first, last)

    def on(self, local: datetime) -> bool:
        """Whether its days and weekdays hold that of a local time."""
        day, weekday = local.day in self.days, local.isoweekday() % 7 in self.weekdays
        return (day and weekday) if any(self.starred) else (day or weekday)


@lru_cache(maxsize=16)
def _starts(schedule: Schedule, first: date, last: date) -> tuple[datetime, ...]:
    now = datetime(first.year, first.month, first.day, tzinfo=UTC) - timedelta(hours=12)
    end = datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(hours=36)
    found: list[datetime] = []
    while now < end:
        local = now.astimezone(schedule.zone)
        if local.hour in schedule.hours and local.month in schedule.months and schedule.on(local):
            found += (now + timedelta(minutes=later) for later in range(15) if local.minute + later in schedule.minutes)
        now += STEP
    return tuple(found)


def schedule_of(cronjob: View) -> Schedule:
    """Return a CronJob's schedule; fail where it is none that the controller reads."""
    zone = _zone(cronjob.at("spec", "timeZone"))
    place = cronjob.at("spec", "schedule")
    text = place.text()
    parts = WORDS.get(text.strip(), text).split()
    if len(parts) != len(FIELDS):
        place.fail("is no schedule of five fields", expected="minute, hour, day, month and weekday")
    try:
        sets = [_set(part, *field[1:]) for part, field in zip(parts, FIELDS, strict=True)]
    except ValueError as problem:
        place.fail(f"is no schedule: {problem}", expected="minute, hour, day, month and weekday")
    minutes, hours, days, months, weekdays = sets
    starred = parts[2][0] in "*?", parts[4][0] in "*?"
    return Schedule(minutes, hours, days, months, weekdays, starred, zone)


def _zone(place: View) -> ZoneInfo:
    """Return the time zone; without one it is the controller's, which is UTC on the kit's clusters."""
    name = place.text() or "UTC"
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        place.fail("is no time zone", expected="a name of the time zone database")


def _set(text: str, least: int, most: int, names: tuple[str, ...]) -> frozenset[int]:
    return frozenset(value for part in text.split(",") for value in _range(part, least, most, names))


def _range(part: str, least: int, most: int, names: tuple[str, ...]) -> range:
    span, slash, every = part.partition("/")
    step = int(every) if slash else 1
    low, dash, high = span.partition("-")
    if span in ("*", "?"):
        first, last = least, most
    else:
        first = _value(low, least, names)
        last = _value(high, least, names) if dash else most if slash else first
    if not (least <= first <= last <= most and step > 0):
        raise ValueError(f"{part!r} is not between {least} and {most}")
    return range(first, last + 1, step)


def _value(text: str, least: int, names: tuple[str, ...]) -> int:
    lower = text.lower()
    return names.index(lower) + least if lower in names else int(text)
