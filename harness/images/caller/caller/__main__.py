"""Call (`python3 -m caller`, the plan in PROBER_PLAN), or leave the one who does an order (`… order '{"rps": 20}'`)."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from caller import plan
from caller.beat import Beat
from caller.oracle import Oracle
from caller.plan import PlanError


def main(argv: list[str]) -> int:
    """Call until the plan's time is over; return 2 for a plan or an order that cannot be followed."""
    try:
        if argv[:1] == ["order"]:
            plan.leave(argv[1])
            return 0
        chosen = plan.parse(os.environ.get("PROBER_PLAN", ""))
    except PlanError as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    # The resolver reads this at its first use: a name server that is silent must not be waited for.
    os.environ.setdefault("RES_OPTIONS", "timeout:1 attempts:2")
    oracle = Oracle(Path(os.environ.get("CALLER_MODELS", "/models")) / chosen.model)
    asyncio.run(Beat(chosen, oracle).run())
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    sys.exit(main(sys.argv[1:]))
