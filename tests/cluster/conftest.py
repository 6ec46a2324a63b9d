"""One engine, one cluster and its images for all cluster tests of a run; each run takes namespaces of its own."""

import re
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from grader.grading.again import again
from grader.grading.grade import Grading, grade
from grader.plays.place import Place
from grader.report.report import Outcome, Report, Verdict
from harness.cluster.cluster import Cluster
from harness.engine.engine import Engine
from harness.exercises import exercise as exercises
from harness.exercises import faults, variants
from harness.exercises.exercise import Exercise
from harness.intake.submission import collect
from harness.runs.session import Session, open_session

SEED = 20_261_125  # of the variants; any other would do


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


def write(files: dict[str, bytes], folder: Path) -> Path:
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


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


def ended(report: Report, *verdicts: Verdict) -> set[str]:
    return {one.spec.id for one in report.results if one.verdict in verdicts}


def proven_variant(slug: str, folder: Path, place: Place) -> None:
    """Grade a variant's reference and its broken form, as they stand and, but for those with load on them, side by side."""
    exercise = variants.load(slug, SEED)
    drawn = variants.faults_of(exercise, SEED)
    reference = {path: text.encode() for path, text in faults.reference_files(exercise).items()}
    right = write(reference, folder / "reference")
    wrong = write(variants.workspace_files(exercise), folder / "broken")
    with ThreadPoolExecutor(1 if exercise.nodes else 2) as pool:  # what has load on it would upset the other's
        first = [pool.submit(graded, exercise, one, place) for one in (right, wrong)]
    fixed, broken = (
        decided(one.result(), exercise, where, place) for one, where in zip(first, (right, wrong), strict=True)
    )
    rest = {one.spec.id: (one.verdict, one.reason) for one in fixed.results if one.verdict is not Verdict.PASS}
    assert (rest, fixed.outcome, fixed.score) == ({}, Outcome.PASSED, 100)
    failed = ended(broken, Verdict.FAIL)
    assert broken.outcome is Outcome.FAILED
    assert failed <= {check for fault in drawn for check in fault.caught_by}
    for fault in drawn:
        assert set(fault.caught_by) & ended(broken, Verdict.FAIL, Verdict.BLOCKED), fault.id
    told = str([one.reason for one in broken.results if one.reason])
    assert not [old for old in exercise.chosen if f"/{old}" in re.sub(rf"models(/{old})+", "", told)]


@pytest.fixture
def prove_variant() -> Callable[[str, Path, Place], None]:
    """What fails unless a variant of an exercise is graded as its faults declare."""
    return proven_variant
