"""What an exercise needs of the cluster that it is played on; exercises with equal needs share one."""

from dataclasses import dataclass
from functools import cached_property

from harness.exercises import component, gpus
from harness.exercises import exercise as exercises
from harness.exercises.component import Component
from harness.exercises.exercise import Exercise
from harness.exercises.gpus import Pool

GPU_POOL, KWOK = "gpu-pool", "kwok"  # the components of real and of simulated pools


@dataclass(frozen=True)
class Needs:
    """GPU pools, plain worker nodes, and components beside those of the pools, by name in order."""

    pools: tuple[Pool, ...] = ()
    plain: int = 0
    components: tuple[str, ...] = ()

    @property
    def simulated(self) -> bool:
        """Whether the nodes of its pools are simulated."""
        return any(pool.simulated for pool in self.pools)

    @property
    def gpu_workers(self) -> list[Pool]:
        """The pool of each worker that is a GPU node; they come before the plain ones."""
        return [] if self.simulated else gpus.nodes(self.pools)

    @property
    def workers(self) -> int:
        """How many nodes there are beside the control plane."""
        return len(self.gpu_workers) + self.plain

    @cached_property
    def parts(self) -> tuple[Component, ...]:
        """Every component that is installed, the pools' first.

        Raises: InputError for one that cannot be read.
        """
        first = [KWOK if self.simulated else GPU_POOL] if self.pools else []
        known = component.known(exercises.roots())
        return tuple(component.read(known[name]) for name in dict.fromkeys((*first, *self.components)))

    @property
    def variant(self) -> str:
        """What stands for the sort of cluster, in words: one of each sort is kept, and made anew where its configuration changed."""
        pools = ["simulated" if self.simulated else "gpus"] if self.pools else []
        return "".join(f"+{word}" for word in (*pools, *(["nodes"] if self.plain else []), *self.components))


def of(exercise: Exercise) -> Needs:
    """Return what an exercise needs."""
    return Needs(exercise.gpus, exercise.nodes.get("plain", 0), tuple(sorted(exercise.components)))
