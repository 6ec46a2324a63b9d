"""Does a new release come out?"""

from grader.checks import Observed, check, fail


@check("out", claim="The release is out in time", requirement="R1", points=8, must=True, scenario="release")
def test_out(observed: Observed) -> None:
    """Fail with how far it came."""
    observed.need_ready()
    (rollout,) = observed.data["rollouts"]
    if rollout["over"] is None:
        fail(
            "the release does not come out",
            object=observed.label,
            expected=f"out within {rollout['within']:g} s",
            seen=rollout["said"],
        )
