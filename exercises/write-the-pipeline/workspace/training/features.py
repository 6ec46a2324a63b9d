"""What the model sees of a customer. Serving uses this module too."""

CONTRACTS = ("monthly", "yearly", "prepaid")
LONGEST = 120.0  # months


def features(row: dict[str, str]) -> dict[str, float]:
    """Return a customer's numbers: tenure in months, calls to the help desk; what is out of range is cut off."""
    return {"tenure": min(max(float(row["tenure"]), 0.0), LONGEST), "calls": max(float(row["calls"]), 0.0)}


def contract(row: dict[str, str]) -> str:
    """Return the kind of contract, however it is written."""
    return row["contract"].strip().lower()
