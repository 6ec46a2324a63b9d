"""Are there more servers when there is more to do?"""

from grader.checks import Observed, check, fail


@check("scaled", claim="A busy server is joined by another", requirement="R1", points=8, must=True, scenario="rush")
def test_scaled(observed: Observed) -> None:
    """Fail with how many there were."""
    observed.need_ready()
    (scaled,) = observed.data["scaled"]
    if scaled["over"] is None:
        fail(
            "the service does not scale out",
            object=observed.label,
            expected=f"{scaled['least']} ready pods",
            seen=scaled["ready"],
        )
