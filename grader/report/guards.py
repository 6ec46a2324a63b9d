"""The checks that guard: no fault that was handed out trips them, so one that fails is what the repair itself would break."""

from collections.abc import Sequence

from grader.report.report import CheckResult
from harness.core.errors import InputError
from harness.exercises import variants
from harness.exercises.exercise import Exercise


def guards(exercise: Exercise, results: Sequence[CheckResult]) -> tuple[str, ...] | None:
    """Return the checks that no fault of this variant is caught by.

    None where that means nothing or is not known: nothing was handed out that could be broken, or the faults are not here.
    """
    if exercise.blank or exercise.solution is None:
        return None
    try:
        tripped = {name for fault in variants.faults_of(exercise, exercise.seed) for name in fault.caught_by}
    except InputError:  # a slip in a pack's faults must not cost a grade; `verify` names it
        return None
    return tuple(one.spec.id for one in results if one.spec.id not in tripped)
