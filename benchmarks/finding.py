"""What one benchmark found, and the table of them all."""

from collections.abc import Iterable
from dataclasses import dataclass

from rich.table import Table


@dataclass(frozen=True)
class Finding:
    """A claim, the figure measured for it, and the figure it must stay under; both in `unit` (s or x)."""

    claim: str
    measured: float
    limit: float
    unit: str
    detail: str

    @property
    def held(self) -> bool:
        """Whether the claim is true here and now."""
        return self.measured <= self.limit

    @property
    def figure(self) -> str:
        """The measured figure with its unit."""
        return f"{self.measured:.3g} {self.unit}"


def table(findings: Iterable[Finding]) -> Table:
    """Return one row per finding: the claim, the figures, and whether it held."""
    shown = Table("claim", "measured", "limit", "held", "how (median of runs, lowest to highest)", show_lines=True)
    for one in findings:
        verdict = "yes" if one.held else "[bold red]NO[/]"
        shown.add_row(one.claim, one.figure, f"{one.limit:g} {one.unit}", verdict, one.detail)
    return shown
