"""Two raters' forms read together, and what a person decides over them: recorded with reasons, or not at all."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from grader.report.report import Dimension, Report
from grader.report.takehome import TakeHome
from grader.round.scorecard import LEVELS, Form, Rating
from harness.core.errors import InputError

ADVICE = "The score is advice, not the decision: weigh it with the ratings and the talk, and say what decided."
DECISIONS = ("advance", "decline", "hold")
FAR = 2  # levels apart from which two ratings must be talked over
COPIED = 40  # characters of evidence that two people do not write alike by chance
SHORTEST = 20  # characters of reasons, and of what a talk came to


@dataclass(frozen=True)
class Pair:
    """Two ratings of one dimension, in the order of the forms; `apart` is by how many levels they differ."""

    dimension: Dimension
    ratings: tuple[Rating, Rating]

    @property
    def apart(self) -> int:
        """By how many levels the raters differ."""
        first, second = (LEVELS.index(one.level) for one in self.ratings)
        return abs(first - second)

    @property
    def far(self) -> bool:
        """Whether they differ so much that it must be talked over."""
        return self.apart >= FAR


@dataclass(frozen=True)
class Told:
    """What was decided: nothing yet where `decision` is None. `talked` is DIMENSION=RESULT, as it was typed."""

    decision: str | None
    by: str
    reasons: str
    talked: tuple[str, ...]


def pair(forms: Sequence[Form]) -> tuple[Pair, ...]:
    """Return the two ratings of each dimension, in the rubric's order.

    Raises: InputError where the forms are not two independent ones on one candidate.
    """
    problems = list(_mismatches(forms))
    if problems:
        raise InputError("\n".join(problems))
    first, second = forms
    return tuple(Pair(one, (first.ratings[one.id], second.ratings[one.id])) for one in first.dimensions)


def _mismatches(forms: Sequence[Form]) -> Iterator[str]:
    first, second = forms
    if first.path.resolve() == second.path.resolve():
        yield f"{first.path} is named twice; a decision needs the forms of two raters"
        return
    for key in ("round", "exercise", "version", "parts", "candidate"):
        one, other = first.document.value.get(key), second.document.value.get(key)
        if one != other:
            yield f"{second.path}:{second.document.line_of((key,))}: {key} is {other!r}, and {one!r} in {first.path}"
    if first.rater.casefold() == second.rater.casefold():
        where = second.document.line_of(("rater",))
        yield f"{second.path}:{where}: both forms are {second.rater}'s; two people rate, each for themselves"
    for name, rating in second.ratings.items():
        other_one = first.ratings.get(name)
        if other_one is not None and len(rating.evidence) >= COPIED and other_one.evidence == rating.evidence:
            where = second.document.line_of(("ratings", name, "evidence"))
            yield f"{second.path}:{where}: {name} has the same evidence as {first.path}, word for word; rate independently"


def named(forms: Sequence[Form], name: str) -> Iterator[str]:
    """Tell of forms that name the candidate: they were not rated blind."""
    for form in forms:
        for dimension, rating in form.ratings.items():
            if name.casefold() in rating.evidence.casefold():
                where = form.document.line_of(("ratings", dimension, "evidence"))
                yield f"{form.path}:{where}: {dimension} names the candidate; ratings are made without knowing whose they are"


def record(
    forms: Sequence[Form], pairs: Sequence[Pair], told: Told, graded: Report | TakeHome | None
) -> dict[str, Any]:
    """Return what is kept of a decision.

    Raises: InputError that names all that it lacks.
    """
    talked = {name.strip(): text.strip() for name, _, text in (one.partition("=") for one in told.talked)}
    problems = list(_lacks(pairs, told, talked))
    if problems:
        raise InputError("\n".join(problems))
    first = forms[0]
    advice: dict[str, Any] = {} if graded is None else {
        "advice": {"outcome": graded.outcome.value, "score": graded.score, "pass_mark": graded.pass_mark, "note": ADVICE}
    }  # fmt: skip
    return {
        "decision": told.decision, "by": told.by.strip(), "reasons": told.reasons.strip(),
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "round": first.round, **first.about, "candidate": first.candidate,
        **advice,
        "dimensions": {one.dimension.id: _kept(forms, one, talked) for one in pairs},
        "forms": {one.path.name: f"sha256:{hashlib.sha256(one.path.read_bytes()).hexdigest()}" for one in forms},
    }  # fmt: skip


def _lacks(pairs: Sequence[Pair], told: Told, talked: Mapping[str, str]) -> list[str]:
    known = [one.dimension.id for one in pairs]
    problems = [
        f"--talked {name}: is no dimension; there are {', '.join(known)}" for name in talked if name not in known
    ]
    problems += [
        f"{one.dimension.id}: the raters are {one.apart} levels apart; let them talk it over, and say what it came to with "
        f"--talked {one.dimension.id}=RESULT"
        for one in pairs
        if one.far and len(talked.get(one.dimension.id, "")) < SHORTEST
    ]
    if not told.by.strip() or not told.by.isprintable():
        problems.append("a person decides: name who with --by")
    if len(told.reasons.strip()) < SHORTEST:
        problems.append(f"a decision has reasons: give them with --reasons, at least {SHORTEST} characters")
    return problems


def _kept(forms: Sequence[Form], one: Pair, talked: Mapping[str, str]) -> dict[str, Any]:
    ratings = {form.rater: asdict(rating) for form, rating in zip(forms, one.ratings, strict=True)}
    over = {"talked_over": talked[one.dimension.id]} if one.dimension.id in talked else {}
    return {"levels_apart": one.apart, "ratings": ratings, **over}
