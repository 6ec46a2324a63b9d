"""Do the three Jobs run to completion?"""

from grader.checks import Observed, Submission, check
from grader.checks.jobs import need_complete, wanted


@check("encoder-completes", claim="Job encoder-pretrain runs to completion in time", requirement="R1", points=6, must=True,
       scenario="handover")  # fmt: skip
def test_encoder_completes(submission: Submission, observed: Observed) -> None:
    """Fail with what kept the Job from completion."""
    need_complete(observed, wanted(submission, "encoder-pretrain"))


@check("ranker-completes", claim="Job ranker-finetune runs to completion in time", requirement="R1", points=6, must=True,
       scenario="handover")  # fmt: skip
def test_ranker_completes(submission: Submission, observed: Observed) -> None:
    """Fail with what kept the Job from completion."""
    need_complete(observed, wanted(submission, "ranker-finetune"))


@check("evaluation-completes", claim="Job embedding-eval runs to completion in time", requirement="R1", points=6, must=True,
       scenario="handover")  # fmt: skip
def test_evaluation_completes(submission: Submission, observed: Observed) -> None:
    """Fail with what kept the Job from completion."""
    need_complete(observed, wanted(submission, "embedding-eval"))
