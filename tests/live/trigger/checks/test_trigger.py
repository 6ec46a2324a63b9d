"""Is the report written when somebody wants it?"""

from grader.checks import Observed, check, fail


@check("written", claim="The report is written", requirement="R1", points=8, must=True, scenario="nightly")
def test_written(observed: Observed) -> None:
    """Fail with what the Job said."""
    observed.need_ready()
    (job,) = observed.data["triggers"]
    if job["end"] != "Complete" or "report written" not in job["log"]:
        fail(
            "no report was written",
            object=f"CronJob/{job['cronjob']}",
            expected="Complete",
            seen=f"{job['end']}: {job['log']}",
        )
