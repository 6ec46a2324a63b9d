"""Whether the quotas and limit ranges of a namespace let a pod in that is alone there: what keeps it out does so for good."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from grader.checks.view import View
from harness.files.quantity import quantity

COUNTED = ("pods", "count/pods")
# Of a pod that asks for something and has no deadline. Source: the Kubernetes documentation on quota scopes.
NEVER_IN = ("Terminating", "BestEffort", "CrossNamespacePodAffinity")
CLASS = "PriorityClass"


@dataclass(frozen=True)
class Piece:
    """One pod: how it is called, its requests, which are its limits too, by resource, and its PriorityClass, '' for none."""

    name: str
    asked: Mapping[str, Decimal]
    rank: str = ""


def need_let_in(piece: Piece, bounds: Iterable[View]) -> None:
    """Fail at the first bound of these ResourceQuotas and LimitRanges that keeps a pod out."""
    for view in bounds:
        if view.manifest.kind == "ResourceQuota" and _counts(view, piece.rank):
            _need_room(view, piece)
        for entry in view.at("spec", "limits").items() if view.manifest.kind == "LimitRange" else ():
            if entry.at("type").value in ("Container", "Pod"):
                _need_within(entry, piece)


def _need_room(quota: View, piece: Piece) -> None:
    asked = {**piece.asked, **dict.fromkeys(COUNTED, Decimal(1))}
    for name, bound in quota.at("spec", "hard").entries().items():
        least, most = asked.get(name.removeprefix("requests.").removeprefix("limits.")), quantity(bound.value)
        if least is not None and most is not None and most < least:
            bound.fail(f"keeps out the {piece.name}", expected=f"at least {_said(name, least)}")


def _need_within(entry: View, piece: Piece) -> None:
    """Fail where a pod asks for more than the most, for less than the least, or not at all for what has to be asked for."""
    whole = entry.at("type").value == "Pod"
    for side in ("max", "min"):
        for name, bound in entry.at(side).entries().items():
            limit, amount = quantity(bound.value), piece.asked.get(name)
            if limit is None:
                continue
            if amount is None and limit and (side == "min" or whole):
                bound.fail(f"keeps out the {piece.name}, which asks for none of it", expected=f"no {side} of {name}")
            if amount is not None and (amount > limit if side == "max" else amount < limit):
                word = "least" if side == "max" else "most"
                bound.fail(f"keeps out the {piece.name}", expected=f"at {word} {_said(name, amount)}")


def _said(name: str, amount: Decimal) -> str:
    """Return an amount as manifests have it."""
    return f"{amount / 2**30:f}Gi" if name.endswith("memory") and not amount % 2**30 else f"{amount:f}"


def _counts(quota: View, rank: str) -> bool:
    """Whether a quota counts a pod of this PriorityClass."""
    scopes = {one.value for one in quota.at("spec", "scopes").items()}
    if scopes & {*NEVER_IN} or (CLASS in scopes and not rank):
        return False
    return all(_matches(one, rank) for one in quota.at("spec", "scopeSelector", "matchExpressions").items())


def _matches(scope: View, rank: str) -> bool:
    if scope.at("scopeName").value != CLASS:
        return scope.at("scopeName").value not in NEVER_IN
    values = {value.value for value in scope.at("values").items()}
    known = {"In": rank in values, "NotIn": rank not in values, "Exists": bool(rank), "DoesNotExist": not rank}
    return known.get(str(scope.at("operator").value), True)
