"""The world of a toy: nothing is in it, and nothing is deployed."""


def make() -> dict[str, object]:
    """Return that there is nothing."""
    return {"files": {}, "production": {"version": 0}, "truth": 0}


def judge(model: str, truth: int) -> dict[str, object]:
    """Return what was deployed, which nothing is."""
    return {"model": model, "truth": truth}
