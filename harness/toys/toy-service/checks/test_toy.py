"""Whether a cluster comes up here, with an image of the kit's, and a pod on it is ready in time."""

from grader.checks import Observed, check


@check("toy-ready", claim="A small server becomes ready", requirement="R1", points=8, must=True, scenario="steady")
def test_toy_is_ready(observed: Observed) -> None:
    """Fail with what the server waits for."""
    observed.need_ready()
