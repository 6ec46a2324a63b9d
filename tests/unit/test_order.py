"""The order in which a rater reads."""

from grader.round.scorecard import shuffled

IDS = ("aaaa", "bbbb", "cccc", "dddd", "eeee", "ffff")


def test_each_rater_has_an_order_of_their_own() -> None:
    """It holds every candidate once, is the same when asked again, and does not follow the order in which they are named."""
    grace, alan = (shuffled(IDS, "spring 1", rater) for rater in ("Grace", "Alan"))
    assert sorted(grace) == sorted(alan) == list(IDS)
    assert grace != alan
    assert shuffled((*reversed(IDS), "aaaa"), "spring 1", "grace") == grace
    assert shuffled(IDS, "summer 1", "Grace") != grace
