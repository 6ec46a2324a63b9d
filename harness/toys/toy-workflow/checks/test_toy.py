"""Whether a sandbox comes up here, and a job runs in it."""

from grader.checks import Played, check


@check("toy-green", claim="A workflow of one job succeeds", requirement="R1", points=8, must=True, scenario="push")
def test_toy_is_green(observed: Played) -> None:
    """Fail with how the run ended."""
    run = observed.run("pushed")
    run.played_out()
    if run.conclusion != "success":
        run.fail("the toy's job did not succeed", expected="a green run", seen=run.story)
