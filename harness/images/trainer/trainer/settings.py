"""The trainer's settings: a flag wins over its variable, which wins over the default."""

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LONGEST = 60.0  # seconds of an epoch


@dataclass(frozen=True)
class Settings:
    """What one training is told."""

    dataset: str
    epochs: int
    workers: int
    output: Path
    pace: float


def read(argv: Sequence[str]) -> Settings:
    """Return the settings; argparse ends the program with code 2 where one is wrong or missing."""
    # No flag has a short form: whoever reads a command line would have to know them all.
    parser = argparse.ArgumentParser(prog="trainer", allow_abbrev=False)
    _add(parser, "dataset", "", str, "the key of the dataset")
    _add(parser, "epochs", "5", _count, "passes over the data")
    _add(parser, "workers", "1", _count, "processes that load the data; 0 loads it in the training process")
    _add(parser, "output", "/results", Path, "the folder for checkpoints and the model")
    _add(parser, "pace", "0", _seconds, "seconds that an epoch takes at least, as on more data")
    found = parser.parse_args(argv)
    if not found.dataset:
        parser.error("TRAINER_DATASET is not set, and there is no --dataset")
    return Settings(found.dataset, found.epochs, found.workers, found.output, found.pace)


def _add(parser: argparse.ArgumentParser, name: str, default: str, kind: object, text: str) -> None:
    # argparse converts a default that is text as it does a value, so that a bad variable is refused like a bad flag.
    parser.add_argument(f"--{name}", default=os.environ.get(f"TRAINER_{name.upper()}", default), type=kind, help=text)  # type: ignore[arg-type]


def _seconds(text: str) -> float:
    number = float(text)
    if not 0 <= number <= LONGEST:
        raise ValueError(text)
    return number


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number
