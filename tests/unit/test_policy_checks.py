"""Each exercise's policy checks, in process: on its reference, its faults, its cheats, and on shapes that nobody meant."""

import copy
import importlib.util
import itertools
import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import yaml

from grader.checking.checking import facts
from grader.checks import CheckFailureError
from grader.checks.spec import ATTRIBUTE
from grader.checks.submission import Submission as Seen
from grader.report import score
from grader.report.report import CheckResult, CheckSpec, Reason, Verdict
from grader.venues import venue_of
from harness.exercises import exercise as exercises
from harness.exercises import faults, variants
from harness.exercises.exercise import Exercise
from harness.exercises.faults import Fault
from harness.files.manifests import Manifest
from harness.intake.reading import reading_of
from harness.intake.submission import collect

SLUGS = list(exercises.slugs())
SEEDS = (1, 2, 77, 4096, 20_260_101)
ON_CLUSTER = [slug for slug in SLUGS if exercises.load(slug).workloads]  # other faults show when played
BROKEN = [slug for slug in ON_CLUSTER if not exercises.load(slug).blank]  # what is omitted may show when played alone
Check = Callable[[Seen], None]
ODD: tuple[Any, ...] = (
    None,
    [],
    {},
    "",
    "text",
    0,
    -1,
    3.5,
    True,
    [[]],
    [None],
    {"a": None},
    ["text"],
    {"name": []},
    "9" * 30,
)


def policy_checks(exercise: Exercise) -> list[tuple[CheckSpec, Check]]:
    """Return the policy checks of an exercise, standard ones included, as plain functions."""
    files = [venue_of(exercise).standard]
    files += [path for _, folder in exercise.check_folders(hidden=True) for path in sorted(folder.glob("test_*.py"))]
    found = []
    for number, path in enumerate(files):
        spec = importlib.util.spec_from_file_location(f"checks_{exercise.slug.replace('-', '_')}_{number}", path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for function in vars(module).values():
            known = getattr(function, ATTRIBUTE, None)
            if known is not None and known.stage == "policy":
                found.append((known, function))
    return found


def seen(exercise: Exercise, manifests: list[Manifest], files: Mapping[str, str]) -> Seen:
    own = {path: text for path, text in files.items() if exercise.may_edit(path)}
    return Seen(tuple(manifests), (), facts(exercise, {path: text.encode() for path, text in files.items()}), own)


def of_files(exercise: Exercise, files: dict[str, str]) -> Seen:
    return seen(exercise, parsed(exercise, files), files)


def parsed(exercise: Exercise, files: dict[str, str]) -> list[Manifest]:
    reading = reading_of(exercise.venue)
    texts = [(path, text.encode()) for path, text in sorted(files.items()) if path.endswith(reading.endings)]
    return [one for path, data in texts for one in reading.parse(path, data)[0]]


def results(exercise: Exercise, submission: Seen) -> dict[str, CheckResult]:
    """Run the policy checks; anything but a CheckFailureError is the test's failure too."""
    found = []
    for spec, function in policy_checks(exercise):
        verdict, reason = Verdict.PASS, None
        try:
            function(submission)
        except CheckFailureError as problem:
            verdict, reason = Verdict.FAIL, problem.reason
        found.append(CheckResult(spec, verdict, reason))
    return {one.spec.id: one for one in score.block(found)}


def failing(exercise: Exercise, files: dict[str, str]) -> set[str]:
    return {name for name, one in results(exercise, of_files(exercise, files)).items() if one.verdict is Verdict.FAIL}


def points(exercise: Exercise, files: dict[str, str]) -> int:
    found = results(exercise, of_files(exercise, files)).values()
    return sum(one.spec.points for one in found if one.verdict is Verdict.PASS)


@pytest.mark.parametrize("slug", SLUGS)
def test_the_reference_passes_everything(slug: str) -> None:
    exercise = exercises.load(slug)
    assert failing(exercise, faults.reference_files(exercise)) == set()


@pytest.mark.parametrize("slug", SLUGS)
def test_each_alternative_passes_everything(slug: str) -> None:
    exercise = exercises.load(slug)
    assert exercise.solution is not None
    folders = sorted((exercise.solution / "alternatives").iterdir())
    assert len(folders) >= 2
    for folder in folders:
        submission = collect(exercise, folder)
        known = seen(exercise, list(submission.manifests), {file.path: file.data.decode() for file in submission.files})
        failed = {name: one.reason for name, one in results(exercise, known).items() if one.verdict is not Verdict.PASS}
        assert not failed, folder.name


@pytest.mark.parametrize("slug", ON_CLUSTER)
def test_each_fault_alone_fails_its_declared_policy_checks(slug: str) -> None:
    """No more and no fewer than it declares."""
    exercise = exercises.load(slug)
    files = faults.reference_files(exercise)
    known = {spec.id for spec, _ in policy_checks(exercise)}
    for fault in faults.load(exercise):
        assert failing(exercise, faults.inject(files, [fault])) == set(fault.caught_by) & known, fault.id
        assert exercise.blank or has_programs(exercise) or set(fault.caught_by) & known, (
            f"{fault.id} has no check that can be decided while other faults remain"
        )


@pytest.mark.parametrize("slug", BROKEN)
def test_every_single_fix_raises_the_score(slug: str) -> None:
    """In ten orders of repair, each step earns points."""
    exercise = exercises.load(slug)
    files, known = faults.reference_files(exercise), list(faults.table(exercise).together())
    for seed in range(10):
        order = random.Random(seed).sample(known, len(known))
        scores = [points(exercise, faults.inject(files, order[step:])) for step in range(len(order) + 1)]
        assert_rising(exercise, order, scores)


def assert_rising(exercise: Exercise, order: list[Fault], scores: list[int]) -> None:
    """Fail unless each repair, in this order, earns points, where files can show what it repairs."""
    known = {spec.id for spec, _ in policy_checks(exercise)}
    for fault, (before, after) in zip(order, itertools.pairwise(scores), strict=True):
        shows = not has_programs(exercise) or set(fault.caught_by) & known
        assert before < after if shows else before == after, (fault.id, scores)


def has_programs(exercise: Exercise) -> bool:
    """Whether candidates repair programs, too: faults in them, and in what a controller does with them, show when they are played."""
    objects = (
        one for path in exercise.workspace.rglob("*.yaml") for one in yaml.safe_load_all(path.read_text("utf-8"))
    )
    return any(key.endswith(".py") for one in objects if isinstance(one, dict) for key in one.get("data") or ())


def solved(exercise: Exercise, name: str) -> dict[str, str]:
    """Return a folder of the solution over the protected files, under the variant's names."""
    assert exercise.solution is not None
    return {**faults.reference_files(exercise), **faults.texts(exercise, exercise.solution / name)}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("slug", SLUGS)
def test_a_variant_is_graded_by_its_own_names(slug: str, seed: int) -> None:
    """Reference and alternatives pass, the shipped reference does not, and the broken form fails as its faults declare."""
    exercise = variants.load(slug, seed)
    drawn = variants.faults_of(exercise, seed)
    known = {spec.id for spec, _ in policy_checks(exercise)}
    assert failing(exercise, faults.reference_files(exercise)) == set()
    assert exercise.solution is not None
    for folder in sorted((exercise.solution / "alternatives").iterdir()):
        assert failing(exercise, solved(exercise, f"alternatives/{folder.name}")) == set()
    declared = {check for fault in drawn for check in fault.caught_by}
    broken = {path: data.decode() for path, data in variants.workspace_files(exercise).items()}
    assert failing(exercise, broken) == ({"files-readable"} if exercise.blank else declared & known)
    if slug in ON_CLUSTER and exercise.chosen:
        assert failing(exercise, faults.reference_files(exercises.load(slug)))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("slug", BROKEN)
def test_every_single_fix_raises_a_variants_score(slug: str, seed: int) -> None:
    exercise = variants.load(slug, seed)
    order = random.Random(seed).sample(variants.faults_of(exercise, seed), len(variants.faults_of(exercise, seed)))
    scores = [points(exercise, faults.broken_files(exercise, order[step:])) for step in range(len(order) + 1)]
    assert_rising(exercise, order, scores)


def mutations(exercise: Exercise, count: int) -> Iterator[tuple[str, Seen]]:
    """Yield the reference with one value at a random place replaced by one of a random shape."""
    files = faults.reference_files(exercise)
    base = parsed(exercise, files)
    for seed in range(count):
        chance = random.Random(seed)
        value = copy.deepcopy([one.value for one in base])
        places = [place for index, one in enumerate(value) for place in _places(one, (index,)) if len(place) > 1]
        place = chance.choice(places)
        holder: Any = value
        for key in place[:-1]:
            holder = holder[key]
        odd = chance.choice(ODD)
        holder[place[-1]] = odd
        broken = [type(one)(one.file, one.line, new, {}) for one, new in zip(base, value, strict=True)]
        yield f"{place} = {odd!r}", seen(exercise, broken, {})


def _places(value: Any, at: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    yield at
    if isinstance(value, dict):
        for key in value:
            yield from _places(value[key], (*at, key))
    elif isinstance(value, list):
        for index in range(len(value)):
            yield from _places(value[index], (*at, index))


@pytest.mark.parametrize("slug", SLUGS)
def test_no_shape_makes_a_check_crash(slug: str) -> None:
    """Two hundred type-swapped submissions give verdicts, never another exception."""
    exercise = exercises.load(slug)
    loaded = policy_checks(exercise)
    for what, submission in mutations(exercise, 200):
        for spec, function in loaded:
            try:
                function(submission)
            except CheckFailureError as problem:
                assert isinstance(problem.reason, Reason)
            except Exception as problem:  # noqa: BLE001 - that is what must not happen
                pytest.fail(f"{spec.id} on {what}: {problem!r}")


@pytest.mark.parametrize("slug", SLUGS)
def test_requirements_and_checks_match(slug: str) -> None:
    """No check without a requirement, no requirement without a check, no `requires` that leads nowhere."""
    exercise = exercises.load(slug)
    every = []
    for _, folder in exercise.check_folders(hidden=True):
        for path in sorted(folder.glob("test_*.py")):
            spec = importlib.util.spec_from_file_location("one", path)
            assert spec is not None and spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            every += [
                getattr(function, ATTRIBUTE) for function in vars(module).values() if hasattr(function, ATTRIBUTE)
            ]
    proven = {spec.requirement for spec in every} | {exercise.ground_rules}
    assert proven == set(exercise.requirements)
    names = {spec.id for spec in every}
    assert {name for spec in every for name in spec.requires} <= names
    assert {spec.scenario for spec in every} - {None} == set(venue_of(exercise).scenarios(exercise))
    declared = {check for fault in faults.load(exercise) for check in fault.caught_by}
    assert declared <= names
