"""How the files of a submission are read, by the venue where its exercise is played."""

from collections.abc import Callable
from dataclasses import dataclass

from harness.exercises import analysis
from harness.files import hclfile, manifests
from harness.files.manifests import Manifest
from harness.files.yamlfile import Problem
from harness.intake.folders import YAML
from harness.workflows import workflows


@dataclass(frozen=True)
class Reading:
    """What the files of one venue hold: which are parsed, how, and into what; `barren` says why nothing came of one.

    `objects` says that they are objects of Kubernetes, so that a kustomization, a chart or JSON may have been meant as one;
    `whole`, that the faults are in data which are made for all of them, so that some of them are no task.
    """

    venue: str
    endings: tuple[str, ...]
    parse: Callable[[str, bytes], tuple[list[Manifest], list[Problem]]]
    barren: Callable[[str], tuple[str, str]]
    shape: type[Manifest]
    objects: bool = False
    whole: bool = False


READINGS = (
    Reading("cluster", YAML, manifests.parse, manifests.barren, Manifest, objects=True),
    Reading("workflow", YAML, workflows.parse, workflows.barren, workflows.Workflow),
    Reading("analysis", YAML, analysis.parse, manifests.barren, analysis.Answer, whole=True),
    Reading("tofu", hclfile.ENDINGS, hclfile.parse, hclfile.barren, hclfile.Configuration),
)


def reading_of(venue: str) -> Reading:
    """Return how the files of a venue are read.

    Raises: KeyError for a venue that is none.
    """
    return {reading.venue: reading for reading in READINGS}[venue]
