"""`python -m benchmarks [CLAIM ...]`: measure all claims, or the named ones; exit 1 if one did not hold."""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence

from benchmarks import (
    bring_up,
    gpu_pool,
    help_page,
    live_stage,
    policy_stage,
    report_page,
    side_by_side,
    simulated_pool,
    subject,
    warm_start,
)
from benchmarks.finding import Finding, table
from breakfix.console import Terminal
from breakfix.options import Options
from breakfix.program import run_as_program
from harness.core.progress import Progress
from harness.engine.engine import Engine

ALONE: dict[str, Callable[[], Finding]] = {
    "help": help_page.measure,
    "policy": policy_stage.measure,
    "report": report_page.measure,
}
ON_A_CLUSTER: dict[str, Callable[[Engine, Progress], Finding]] = {
    "bring-up": bring_up.measure,
    "start": lambda _engine, _progress: warm_start.measure(),
    "live": lambda _engine, _progress: live_stage.measure(),
    "side-by-side": side_by_side.measure,
    "gpus": gpu_pool.allocatable,
    "gpu-memory": gpu_pool.memory,
    "simulated": simulated_pool.measure,
}


def measured(wanted: Sequence[str], progress: Progress) -> Iterator[Finding]:
    """Measure the wanted claims in turn, those first that need no cluster."""
    for name in [name for name in ALONE if name in wanted]:
        progress(f"measuring: {name}")
        yield ALONE[name]()
    needing = [name for name in ON_A_CLUSTER if name in wanted]
    if not needing:
        return
    with subject.engine() as engine:
        for name in needing:
            progress(f"measuring: {name}")
            yield ON_A_CLUSTER[name](engine, progress)


def main(words: Sequence[str]) -> int:
    """Measure, print the table, and return the exit code."""
    known = [*ALONE, *ON_A_CLUSTER]
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure the kit's claims about speed.")
    parser.add_argument("claims", nargs="*", metavar="CLAIM", help=f"one or more of {', '.join(known)}; all by default")
    wanted = parser.parse_args(words).claims or known
    unknown = [name for name in wanted if name not in known]
    if unknown:
        parser.error(f"there is no claim {', '.join(unknown)}; there are {', '.join(known)}")
    terminal = Terminal(Options())
    findings: list[Finding] = []
    try:
        for one in measured(wanted, terminal.tell):
            terminal.tell(f"{one.claim}: {one.figure}")
            findings.append(one)
    finally:
        terminal.out.print(table(findings))
    return 0 if all(one.held for one in findings) else 1


if __name__ == "__main__":
    run_as_program(lambda: sys.exit(main(sys.argv[1:])))
