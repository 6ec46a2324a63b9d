"""Is a lost server back soon?"""

from grader.checks import Observed, check, fail


@check("back", claim="A lost server is back in time, and all of them can be replaced", requirement="R1", points=8, must=True,
       scenario="lost")  # fmt: skip
def test_back(observed: Observed) -> None:
    """Fail with how the workload stood."""
    observed.need_ready()
    late = [rollout for rollout in observed.data["rollouts"] if rollout["over"] is None]
    if late or [restart["what"] for restart in observed.data["restarts"]] != ["pod", "rollout"]:
        seen = late[0]["said"] if late else "nothing was restarted"
        fail("a lost server is not back in time", object=observed.label, expected="all replicas ready", seen=seen)
