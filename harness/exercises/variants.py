"""Variants of an exercise: a seed fixes names and faults, to the byte, on every machine and Python version.

Names and faults are drawn apart, so that the candidates of one round can have names of their own over the same faults.
"""

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from harness.core import listing
from harness.core.errors import InputError
from harness.exercises import exercise as exercises
from harness.exercises import faults, marker
from harness.exercises.exercise import Exercise
from harness.exercises.faults import Fault
from harness.exercises.marker import Marker

WORD = 2**64
NAME = re.compile(r"(?=.{1,40}\Z)[a-z0-9]+(-[a-z0-9]+)*")


class Draws:
    """A stream of numbers that depends on nothing but its key: SHA-256 over the key and a counter."""

    def __init__(self, *key: str | int) -> None:
        self._key = "\0".join(map(str, key))
        self._count = 0

    def below(self, limit: int) -> int:
        """Return the next number from 0 to limit - 1, each as likely as the others."""
        while True:
            digest = hashlib.sha256(f"{self._key}\0{self._count}".encode()).digest()
            self._count += 1
            number = int.from_bytes(digest[:8], "big")
            if number < WORD - WORD % limit:
                return number % limit


def names_of(exercise: Exercise, seed: int) -> dict[str, str]:
    """Return what each name of the exercise's table becomes under a seed."""
    draws = Draws(exercise.slug, exercise.version, seed, "names")
    return {old: name.to[draws.below(len(name.to))] for old, name in exercise.names.items()}


def faults_of(exercise: Exercise, seed: int | None) -> tuple[Fault, ...]:
    """Return the faults that a seed draws, or those of the shipped workspace.

    Raises: InputError where the solution is not here.
    """
    known = faults.table(exercise)
    if seed is None:
        return known.shipped()
    sets = known.short(exercise.short) if exercise.short else known.sets()
    return sets[Draws(exercise.slug, exercise.version, seed, "faults").below(len(sets))]


def drawn(
    exercise: Exercise, seed: int | None, names: int | None = None, shared: Mapping[str, str] | None = None
) -> Exercise:
    """Return the exercise under the names that a seed draws; `names` draws others over the same faults.

    `shared` are names that the exercise has in common with others, whatever is drawn.
    """
    if seed is None:
        return exercise
    chosen = {**names_of(exercise, seed if names is None else names), **(shared or {})}
    return exercises.read(exercise.folder, seed=seed, chosen=chosen)


def named(exercise: Exercise, names: Mapping[str, str], shared: Collection[str] = ()) -> Exercise:
    """Return the exercise under the names that a bundle's marker gives; which faults are in it stands nowhere there.

    Those of `shared` names are a round's own, and only have to be names.

    Raises: InputError for names that the exercise cannot draw.
    """
    strange = [
        old
        for old, new in names.items()
        if old not in exercise.names
        or (new not in exercise.names[old].to and (old not in shared or not NAME.fullmatch(new)))
    ]
    if strange or (names and names.keys() != exercise.names.keys()):
        told = ", ".join(strange) or "some are missing"
        raise InputError(
            f"{marker.MARKER}: its names are none that {exercise.slug} version {exercise.version} gives ({told}); "
            "put the file back as it was handed out, or name the exercise with --exercise"
        )
    return exercises.read(exercise.folder, chosen=names) if names else exercise


def load(slug: str, seed: int | None = None) -> Exercise:
    """Return the exercise of a slug under a seed's names.

    Raises: InputError for an unknown slug or a broken exercise.yaml.
    """
    return drawn(exercises.load(slug), seed)


def of_workspace(folder: Path) -> Exercise:
    """Return the exercise whose workspace `folder` says that it is, under its seed's names.

    Raises: InputError where it is no workspace, or of a variant that this version of the exercise cannot make.
    """
    return marked(marker.read(folder), str(folder))


def marked(told: Marker, name: str) -> Exercise:
    """Return the exercise that a marker tells of, under its names; messages call the submission `name`.

    Raises: InputError for a variant that this version of the exercise cannot make.
    """
    exercise = exercises.load(told.slug)
    if (told.seed is not None or told.names) and told.version != exercise.version:
        variant = "a bundle" if told.seed is None else f"seed {told.seed}"
        raise InputError(
            f"{name} is {variant} of {told.slug} version {told.version}, and this kit has version "
            f"{exercise.version}, whose seeds are others; start anew, or use the kit that made it"
        )
    return drawn(exercise, told.seed) if told.seed is not None else named(exercise, told.names, told.shared)


def workspace_files(exercise: Exercise, injected: Iterable[Fault] | None = None) -> dict[str, bytes]:
    """Return the workspace that is handed out, as drawn: bytes by path; `injected` replaces the seed's own faults.

    A blank exercise's is as it is shipped, but for names: it holds nothing of the reference.

    Raises: InputError where a variant is asked for and the solution is not here.
    """
    if exercise.blank or (exercise.seed is None and injected is None):
        shipped = listing.texts(exercise.shipped_files)
        return {path: exercise.renaming.text(text).encode() for path, text in shipped.items()}
    chosen = faults_of(exercise, exercise.seed) if injected is None else injected
    return {path: text.encode() for path, text in faults.broken_files(exercise, chosen).items()}
