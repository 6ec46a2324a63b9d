"""What makes a function a check, and the two ways in which it can end badly."""

from collections.abc import Callable, Sequence
from typing import NoReturn, TypeVar

from grader.checks.blame import Symptom
from grader.report.report import CheckSpec, Reason

ATTRIBUTE = "__breakfix_check__"
Function = TypeVar("Function", bound=Callable[..., None])


class CheckFailureError(AssertionError):
    """The submission does not do what the check claims; `symptoms` say what of it a stalled machine could have caused."""

    def __init__(self, reason: Reason, symptoms: Sequence[Symptom] = ()) -> None:
        self.reason = reason
        self.symptoms = tuple(symptoms)
        super().__init__(reason.message)


class EvidenceError(Exception):
    """There is positive evidence that the machine failed, so the check cannot be decided."""


def check(
    check_id: str,
    *,
    claim: str,
    requirement: str,
    points: int,
    requires: Sequence[str] = (),
    must: bool = False,
    scenario: str | None = None,
) -> Callable[[Function], Function]:
    """Make a function a check; with a `scenario` it belongs to the live stage, else to the policy stage."""
    spec = CheckSpec(
        id=check_id,
        claim=claim,
        requirement=requirement,
        points=points,
        stage="live" if scenario else "policy",
        visibility="public",
        requires=tuple(requires),
        must=must,
        scenario=scenario,
    )

    def mark(function: Function) -> Function:
        setattr(function, ATTRIBUTE, spec)
        return function

    return mark


def fail(
    message: str,
    *,
    object: str = "",  # noqa: A002 - the report's own word
    field: str = "",
    expected: str = "",
    seen: str = "",
    file: str = "",
    line: int = 0,
    symptoms: Sequence[Symptom] = (),
    output: str = "",
) -> NoReturn:
    """End the check as FAIL, unless the machine stalled and that explains each of the symptoms (grader.checks.blame).

    Raises: CheckFailureError, always.
    """
    raise CheckFailureError(Reason(message, object, field, expected, seen, file, line, output=output), symptoms)
