"""One engine, one cluster and its images for all cluster tests of a run; each run takes namespaces of its own."""

import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from grader.grading.again import again
from grader.grading.grade import Grading, grade
from grader.plays.place import Place
from grader.report.report import Report
from harness.cluster.cluster import Cluster
from harness.engine.engine import Engine
from harness.exercises import exercise as exercises
from harness.exercises.exercise import Exercise
from harness.intake.submission import collect
from harness.runs.session import Session, open_session


def tell(text: str) -> None:
    """Progress goes where pytest keeps it for a failure."""
    sys.stderr.write(f"· {text}\n")


@pytest.fixture(scope="session")
def session() -> Iterator[Session]:
    """The kit's cluster with the images of all exercises; made once, kept for the next run."""
    everything = map(exercises.load, exercises.slugs())
    first, *others = (one for one in everything if one.workloads and not one.gpus and not one.nodes)
    with open_session(first, tell, force=None, consent=lambda _: True, others=others) as opened:
        yield opened


@pytest.fixture(scope="session")
def engine(session: Session) -> Engine:
    """The engine that the cluster runs on."""
    return session.engine


@pytest.fixture(scope="session")
def cluster(session: Session) -> Cluster:
    """The shared cluster."""
    return session.cluster


@pytest.fixture(scope="session")
def place(session: Session) -> Iterator[Place]:
    """Where the live stage happens."""
    with closing(Place(session.admin, session.digests)) as made:
        yield made


def graded(exercise: Exercise, folder: Path, place: Place, *, hidden: bool = True) -> Report:
    """What one play says."""
    return grade(collect(exercise, folder), "all", Grading(lambda: place, tell=tell), hidden=hidden)


def decided(report: Report, exercise: Exercise, folder: Path, place: Place) -> Report:
    """A report with what a busy machine left undecided played again, alone, as whoever grades does."""
    return again(report, collect(exercise, folder), Grading(lambda: place, tell=tell))


@pytest.fixture
def grade_folder(place: Place) -> Callable[..., Report]:
    """What grades a folder, twice where the first time was undecided; `hidden` is as for `grade`."""

    def of(exercise: Exercise, folder: Path, *, hidden: bool = True) -> Report:
        return decided(graded(exercise, folder, place, hidden=hidden), exercise, folder, place)

    return of
