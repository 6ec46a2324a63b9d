"""Play a plan of a platform for a week: its pools as simulated nodes, what a table says that people ask for, and the real scheduler."""

from collections.abc import Iterable
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, ClassVar

from grader.checks import plan as plans
from grader.live import floor, week
from grader.live.step import Verb
from grader.live.weekplots import plots
from harness.exercises.exercise import Exercise

if TYPE_CHECKING:
    from grader.live.context import Context


@dataclass(frozen=True)
class Week(Verb):
    """All that is asked for in a week has been asked for, and what became of it is written down.

    `machines` and `demand` are tables of the exercise's, `pools` and `work` the candidate's (see grader.checks.plan), by their
    paths in the workspace; `services` are Deployments in the workload's namespace.
    """

    name: ClassVar[str] = "week"
    contained: ClassVar[bool] = False
    practised: ClassVar[bool] = False
    parts: ClassVar[tuple[ModuleType, ...]] = (floor, week)
    machines: str
    demand: str
    pools: str
    work: str
    seed: int
    services: tuple[str, ...]

    def inconsistencies(self, exercise: Exercise) -> Iterable[str]:
        """Yield tables that are not the exercise's, teams without a namespace, and nodes that are no simulated ones."""
        if not exercise.simulated:
            yield "week is for simulated nodes"
        for path in (self.machines, self.demand):
            if path not in exercise.shipped_files or exercise.may_edit(path):
                yield f"{path} is no file of the workspace that only the exercise may write"
        yield from (f"{path} is not the candidate's" for path in (self.pools, self.work) if not exercise.may_edit(path))

    def run(self, at: "Context") -> bool:
        """Play it; a plan that cannot be read is not reached."""
        files = {file.path: file.data.decode(errors="replace") for file in at.submission.files}
        asked = files[self.demand]
        plan = plans.read(files, self.pools, self.work, plans.machines(files[self.machines]), week.kinds(asked))
        if plan.wrong:
            at.seen = plan.wrong[0].message
            at.tell(f"the plan cannot be read: {at.seen}")
            return False
        ranks = {
            manifest.name: float(manifest.value.get("value") or 0)
            for manifest in at.submission.manifests
            if manifest.kind == "PriorityClass"
        }
        ground = floor.Floor(at, plan, self.services)
        at.tell(f"making {sum(pool.nodes for pool in plan.pools)} nodes in {len(plan.pools)} pools")
        ground.make(week.nodes(plan))
        played = week.Week(plan, week.demand(asked, self.seed), ranks, self.seed, ground)
        try:
            played.play(at.tell)
        finally:
            _forget(at)
        at.told["week"] = {"cost": plan.cost, **played.seen()}
        at.told["plots"] = plots(plan, played)
        at.mark("week")
        return True


def _forget(at: "Context") -> None:
    """Leave the thousands of snapshots of the week's own pods out of what is kept: the week's records say more."""
    at.watch.pods[:] = [snap for snap in at.watch.pods if snap["own"]]
    at.watch.events.clear()
