"""Toys: exercises of a minute that are right as they are, played before the clock starts to see whether a machine can.

Each has the shape of any exercise. A toy asks nothing of whoever plays it, and counts for nothing.
"""

import hashlib
from dataclasses import replace
from pathlib import Path

from harness.core import versions
from harness.exercises import exercise as exercises
from harness.exercises.exercise import Exercise
from harness.files.tokens import ALPHABET

FOLDER = Path(__file__).parent
SERVICE, WORKFLOW = "toy-service", "toy-workflow"
LENGTH = 8  # of a code: nobody hits another's by chance


def of(exercise: Exercise, *, on_cluster: bool) -> Exercise:
    """Return the toy to play before an exercise: on a cluster it takes the exercise's images, nodes and components along.

    What runs on simulated nodes runs nowhere; the toy then needs none.
    """
    if not on_cluster:
        return exercises.read(FOLDER / WORKFLOW)
    toy = exercises.read(FOLDER / SERVICE)
    images = tuple(dict.fromkeys((*toy.images, *exercise.images)))
    if exercise.simulated:
        return replace(toy, images=images)
    return replace(toy, images=images, gpus=exercise.gpus, nodes=exercise.nodes, components=exercise.components)


def code(candidate: str, exercise: Exercise) -> str:
    """Return the code of a bundle whose rehearsal passed, such as bcdf-2456.

    It follows from what the bundle says of itself, so it shows that somebody has this bundle and this kit, not that they rehearsed.
    """
    told = "\0".join(("rehearsed", candidate, exercise.slug, str(exercise.version), versions.KIT))
    letters = [ALPHABET[byte % len(ALPHABET)] for byte in hashlib.sha256(told.encode()).digest()[:LENGTH]]
    return f"{''.join(letters[: LENGTH // 2])}-{''.join(letters[LENGTH // 2 :])}"
