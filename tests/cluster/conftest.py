"""One engine, one cluster and its images for all cluster tests of a run; each run takes namespaces of its own."""

import sys
from collections.abc import Iterator
from contextlib import closing

import pytest

from grader.grade import Place
from harness import exercise as exercises
from harness.cluster import Cluster
from harness.engine import Engine
from harness.session import Session, open_session


def tell(text: str) -> None:
    """Progress goes where pytest keeps it for a failure."""
    sys.stderr.write(f"· {text}\n")


@pytest.fixture(scope="session")
def session() -> Iterator[Session]:
    """The kit's cluster with the images of all exercises; made once, kept for the next run."""
    first, *others = (one for one in map(exercises.load, exercises.slugs()) if one.pipeline is None and not one.gpus)
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
