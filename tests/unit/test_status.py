"""What `breakfix status` says of a Job."""

from typing import Any

import pytest

from harness.status import job_state


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ({}, "0 of 2 succeeded"),
        ({"active": 1, "succeeded": 1}, "1 of 2 succeeded, 1 active"),
        (
            {"succeeded": 2, "conditions": [{"type": "Complete", "status": "True"}]},
            "Complete, 2 of 2 succeeded",
        ),
        (
            {
                "failed": 3,
                "conditions": [
                    {"type": "Suspended", "status": "False"},
                    {"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "message": "too often"},
                ],
            },
            "Failed, 0 of 2 succeeded, 3 failed (BackoffLimitExceeded: too often)",
        ),
        (
            {"conditions": [{"type": "Suspended", "status": "True", "reason": "JobSuspended", "message": "by you"}]},
            "Suspended, 0 of 2 succeeded",
        ),
    ],
)
def test_a_job_is_told_in_words(status: dict[str, Any], words: str) -> None:
    assert job_state({"spec": {"completions": 2}, "status": status}) == words
