"""What became of the nights of a retraining: what the platform's own ledger says of each, and how its runs ended.

The ledger stands with the platform, out of reach of what is submitted: what was asked for, registered, promoted and paged.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from grader.checks.blame import Late, Sighting, Symptom
from grader.checks.observed import Observed
from grader.checks.spec import fail

AS_TRAINED = (
    0.15  # radians between what a batch teaches and what a model that was trained on it says; 0.05 at most were seen
)


@dataclass(frozen=True)
class Night:
    """One night: its world, day and what its batch teaches; what the ledger has of it; its runs' starts and ends."""

    world: str
    day: str
    concept: float
    serving: int
    entries: tuple[Mapping[str, Any], ...]
    starts: tuple[Mapping[str, Any], ...]
    ends: tuple[Mapping[str, Any], ...]

    @property
    def label(self) -> str:
        """The night as messages call it."""
        return f"the night of {self.day}"

    def calls(self, call: str) -> list[Mapping[str, Any]]:
        """Return the ledger's entries of one sort: batch, register, promote, alert."""
        return [entry for entry in self.entries if entry["call"] == call]

    def alerts(self, kind: str) -> list[Mapping[str, Any]]:
        """Return the alerts of one kind."""
        return [entry for entry in self.calls("alert") if entry["kind"] == kind]

    @property
    def symptoms(self) -> list[Symptom]:
        """Return how late its runs were: what they did not do in time, a stall may explain."""
        return [late for end in self.ends if (late := lateness(end)) is not None]

    def fail(self, message: str, *, expected: str, seen: str = "", symptoms: Sequence[Symptom] = ()) -> NoReturn:
        """End the check as FAIL, with how the night's runs ended."""
        seen = "; ".join(filter(None, (seen, *map(ending, self.ends), *self._troubles())))
        fail(message, object=self.label, expected=expected, seen=seen, symptoms=symptoms)

    def _troubles(self) -> list[str]:
        return [str(start["trouble"]) for start in self.starts if start["trouble"]]


def nights(observed: Observed, *worlds: str) -> list[Night]:
    """Return the nights of these worlds, in order; fail where one of them was not played."""
    observed.need_ready()
    tellings = observed.data.get("tellings", [])
    entries = next((one["answer"]["entries"] for one in reversed(tellings) if "entries" in one["answer"]), None)
    found = [
        _night(observed, number, telling["answer"], entries or [])
        for number, telling in enumerate(tellings, start=1)
        if "number" in telling["answer"]
    ]
    missing = set(worlds) - {night.world for night in found}
    if entries is None or missing:
        trouble = next((one["trouble"] for one in tellings if one["trouble"]), "nothing")
        fail("a night was not played to its end", object=observed.label, expected="all nights", seen=trouble)
    return [night for night in found if night.world in worlds or not worlds]


def only(observed: Observed, world: str) -> Night:
    """Return the first night of a world."""
    return nights(observed, world)[0]


def _night(
    observed: Observed, number: int, told: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]
) -> Night:  # fmt: skip
    starts = tuple(one for one in observed.data.get("starts", []) if one["telling"] == number)
    jobs = {one["job"] for one in starts}
    ends = tuple(one for one in observed.data.get("ends", []) if one["job"] in jobs)
    own = tuple(one for one in _since(entries, told["number"]) if one["call"] == "promote")
    own += tuple(one for one in entries if one["call"] in ("batch", "register", "alert") and one["day"] == told["day"])
    return Night(told["world"], told["day"], told["concept"], told["serving"], own, starts, ends)


def _since(entries: Sequence[Mapping[str, Any]], number: int) -> list[Mapping[str, Any]]:
    """Return the entries from a night's beginning to the next one's."""
    begins = [place for place, entry in enumerate(entries) if entry["call"] == "night"]
    marked = {entries[place]["number"]: place for place in begins}
    begin = marked.get(number)
    if begin is None:
        return []
    end = min((place for place in begins if place > begin), default=len(entries))
    return list(entries[begin + 1 : end])


def lateness(end: Mapping[str, Any]) -> Late | None:
    """Return the symptom of a run that was not over in time; None where it was, or was tried too often."""
    if end["over"] is not None:
        return None
    return Late(float(end["began"]), float(end["began"]) + float(end["within"]), end["late"])


def ending(end: Mapping[str, Any]) -> str:
    """Return how a run ended, in words."""
    how = {"": "had not ended", "gone": "was gone", "Complete": "completed", "Failed": "failed"}[end["end"]]
    why = f" ({end['message']})" if end["message"] else ""
    last = f"; last words: {' / '.join(end['last'].splitlines()[-2:])}" if end["last"] else ""
    return f"its run {how}{why} after {end['tries']} {'try' if end['tries'] == 1 else 'tries'}{last}"


def right(night: Night, entry: Mapping[str, Any]) -> bool:
    """Whether a registered model says what the night's batch teaches."""
    if entry["angle"] is None:
        return False
    return abs(math.remainder(entry["angle"] - night.concept, math.tau)) <= AS_TRAINED


def need_run(night: Night, end: str, *, tries: int = 1) -> None:
    """Fail unless the night's one run ended so, in time, and was tried no more often than that."""
    if len(night.ends) != 1:
        night.fail("the night has no run of its own", expected="one run", symptoms=[Sighting()])
    (ended,) = night.ends
    if ended["tries"] > tries:
        night.fail(
            "the night is tried again for what no other try mends" if tries == 1 else "the night is tried too often",
            expected=f"at most {tries} {'try' if tries == 1 else 'tries'}",
            symptoms=[Sighting()],
        )
    if ended["end"] != end:
        symptoms = night.symptoms or [Sighting()]
        night.fail(
            f"the night's run does not {'complete' if end == 'Complete' else 'fail'} in time",
            expected=f"{end} within {ended['within']:g} s",
            symptoms=symptoms,
        )


def need_reported(night: Night, what: str) -> None:
    """Fail unless a bad batch was paged as bad data."""
    if not night.alerts("data"):
        night.fail(f"{what} goes unnoticed", expected="an alert of kind data for the day", symptoms=night.symptoms)


def need_untouched(night: Night, why: str) -> None:
    """Fail where a version took over that night."""
    if promoted := night.calls("promote"):
        night.fail(
            f"a version takes over {why}",
            expected="the version that served",
            seen=f"version {promoted[-1]['version']}, registered for {promoted[-1]['day']}",
            symptoms=[Sighting()],
        )


def need_promoted(night: Night) -> None:
    """Fail unless the night's own model, trained on its batch, was the last to take over."""
    registered = {entry["version"]: entry for entry in night.calls("register")}
    promoted = night.calls("promote")
    if not promoted:
        night.fail(
            "the better model does not take over",
            expected="alias production serves the night's version",
            seen=f"{len(registered)} registered, none promoted",
            symptoms=night.symptoms or [Sighting()],
        )
    last = registered.get(promoted[-1]["version"])
    if last is None or not right(night, last):
        night.fail(
            "what takes over is not the model of the night's batch",
            expected="the version that was trained on it",
            seen=f"version {promoted[-1]['version']}, registered for {promoted[-1]['day']}",
            symptoms=[Sighting()],
        )


def need_fired(observed: Observed, ago: float) -> Mapping[str, Any]:
    """Return what the controller did about a start that was due so many minutes before; fail where it was not asked."""
    observed.need_ready()
    found = next((one for one in observed.data.get("fires", []) if one["ago"] == ago), None)
    if found is None or found["trouble"]:
        seen = found["trouble"] if found else "it was not asked"
        fail("the controller could not be asked", object=observed.label, expected="a CronJob", seen=seen)
    return found  # type: ignore[no-any-return] # an observation is JSON
