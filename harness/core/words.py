"""How quantities are told to people."""


def length(minutes: int) -> str:
    """Return a length of time in hours and minutes."""
    whole, rest = divmod(minutes, 60)
    return " ".join([*([f"{whole} h"] if whole else []), *([f"{rest} min"] if rest or not whole else [])])
