"""Where an exercise is played: a venue is one module here and one line in VENUES, and no other code asks for its name.

How the files of a venue are read stands in `harness.intake.reading`, since candidates' commands read them too. What takes long to
load is imported where it is used: the policy stage needs no cluster's client, and the checking process neither.
"""

from grader.venues.analysis import Analysis
from grader.venues.cluster import Cluster
from grader.venues.tofu import Tofu
from grader.venues.venue import Venue
from grader.venues.workflow import Workflow
from harness.exercises.exercise import Exercise

# In the order in which they are played one after the other: workflows take all cores, which would upset a cluster's timing.
VENUES: tuple[Venue, ...] = (Cluster(), Workflow(), Analysis(), Tofu())


def named(name: str) -> Venue:
    """Return the venue of that name.

    Raises: KeyError for a name that is none.
    """
    return {venue.name: venue for venue in VENUES}[name]


def venue_of(exercise: Exercise) -> Venue:
    """Return where an exercise is played."""
    return named(exercise.venue)


def groups(chosen: list[Exercise]) -> list[list[Exercise]]:
    """Return the exercises that are graded side by side, each group at a place of its own, in the order of VENUES."""
    found: dict[object, list[Exercise]] = {}
    for venue in VENUES:
        for exercise in chosen:
            if exercise.venue == venue.name:
                found.setdefault((venue.name, venue.shares(exercise)), []).append(exercise)
    return list(found.values())
