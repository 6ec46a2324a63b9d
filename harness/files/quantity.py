"""Kubernetes quantities. Source: the resource.Quantity grammar of k8s.io/apimachinery."""

import re
from decimal import Decimal

FORM = re.compile(r"([+-]?[0-9]+(?:\.[0-9]*)?|[+-]?\.[0-9]+)(?:([eE][+-]?[0-9]{1,2})|([KMGTPE]i|[numkMGTPE]))?")
BINARY = {f"{letter}i": Decimal(1024) ** power for power, letter in enumerate("KMGTPE", start=1)}
DECIMAL = {
    letter: Decimal(10) ** (3 * power)
    for power, letter in enumerate(("n", "u", "m", "", "k", "M", "G", "T", "P", "E"), start=-3)
}


def quantity(value: object) -> Decimal | None:
    """Return the number that a quantity stands for (cores, bytes, pieces), or None where it is none."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    match = FORM.fullmatch(str(value))
    if match is None:
        return None
    digits, exponent, suffix = match.groups()
    return Decimal(digits + (exponent or "")) * (BINARY | DECIMAL)[suffix or ""]
