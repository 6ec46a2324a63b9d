"""The rated samples of submissions: three of each exercise that has any, rateable apart, and told from broken ones."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from grader.report.interview import rubric
from grader.round.samples import FOLDER, LETTERS, Sample, by_letter, known
from grader.round.scorecard import LEVELS
from harness.core.errors import InputError
from harness.exercises import exercise as exercises
from harness.exercises.exercise import Exercise

SOLUTIONS = Path(__file__).parents[2] / "solutions"
RATED = sorted(folder.parent.name for folder in SOLUTIONS.glob(f"*/{FOLDER}"))
SLUG = "serving-never-ready"
SHORT = 4  # words, as in "None" or "The check passes"


def sentences(sample: Sample) -> set[str]:
    """Return the sentences of a sample's notes, each on one line, but for headings and what any two people may both say."""
    text = " ".join(line.strip() for line in sample.notes.splitlines() if not line.startswith("#"))
    return {sentence.strip(" .") for sentence in text.split(". ") if len(sentence.split()) > SHORT}


def mean(sample: Sample) -> float:
    return sum(LEVELS.index(rating.level) for rating in sample.ratings.values()) / len(sample.ratings)


@pytest.fixture
def broken(tmp_path: Path) -> tuple[Exercise, Path]:
    """An exercise whose solution stands in a folder of ours, with the path of its one sample, not yet written."""
    exercise = exercises.load(SLUG)
    for path in (SOLUTIONS / SLUG).iterdir():
        if path.name != FOLDER:
            (tmp_path / path.name).symlink_to(path)
    (tmp_path / FOLDER).mkdir()
    return replace(exercise, solution=tmp_path), tmp_path / FOLDER / "weak.yaml"


@pytest.mark.parametrize("slug", RATED)
def test_there_is_a_weak_a_solid_and_a_strong_one(slug: str) -> None:
    exercise = exercises.load(slug)
    found = {sample.path.stem: sample for sample in known(exercise)}
    assert found.keys() == {"weak", "solid", "strong"}
    for sample in found.values():
        assert sample.ratings.keys() == {dimension.id for dimension in rubric(exercise)}
    assert mean(found["weak"]) < mean(found["solid"]) < mean(found["strong"])


@pytest.mark.parametrize("slug", RATED)
def test_no_sentence_stands_in_two_notes(slug: str) -> None:
    first, second, third = (sentences(sample) for sample in known(exercises.load(slug)))
    assert not first & second | first & third | second & third


def test_letters_are_a_raters_own_and_stay() -> None:
    exercise = exercises.load(SLUG)
    orders = {
        rater: [sample.path.stem for sample in by_letter(exercise, rater).values()] for rater in ("Ada", "Bo", "Cy")
    }
    assert {*by_letter(exercise, "Ada")} == {*LETTERS}
    assert orders["Ada"] == [sample.path.stem for sample in by_letter(exercise, "ADA").values()]
    assert len({*map(tuple, orders.values())}) > 1


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("faults", ["no-such-fault"], "faults.yaml has no no-such-fault"),
        ("remove", ["manifests/none.yaml"], "the reference has no manifests/none.yaml"),
        (
            "ratings",
            {"probes": {"level": "solid", "why": "It says so in a line."}},
            "than the rubric has: communication",
        ),
    ],
)
def test_an_error_names_file_and_line(broken: tuple[Exercise, Path], key: str, value: object, told: str) -> None:
    exercise, path = broken
    sample = yaml.safe_load((SOLUTIONS / SLUG / FOLDER / "weak.yaml").read_text("utf-8"))
    rest = {name: part for name, part in sample.items() if name != key}
    path.write_text(yaml.safe_dump({key: value}) + yaml.safe_dump(rest), "utf-8")
    with pytest.raises(InputError) as raised:
        known(exercise)
    assert re.match(rf"{re.escape(str(path))}:\d+: ", str(raised.value))
    assert told in str(raised.value)


def test_an_exercise_without_samples_says_so(broken: tuple[Exercise, Path]) -> None:
    with pytest.raises(InputError, match=f"{SLUG} has no rated samples"):
        known(broken[0])
