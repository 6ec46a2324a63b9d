"""The submission as checks see it: objects by kind and name, the exercise's facts, and the files' problems."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from grader.checks.spec import fail
from grader.checks.view import View
from harness.files.manifests import Manifest
from harness.files.yamlfile import Problem


@dataclass(frozen=True)
class Submission:
    """Parsed manifests, what was wrong with the files, the exercise's data (exercise.yaml's keys), the candidate's files.

    `files` holds the texts as they are written, comments included, by path.
    """

    manifests: tuple[Manifest, ...]
    problems: tuple[Problem, ...]
    exercise: Mapping[str, Any]
    files: Mapping[str, str] = field(default_factory=dict)

    def name(self, shipped: str) -> str:
        """Return what this variant of the exercise calls an object that the shipped one calls `shipped`."""
        return str(self.exercise["names"].get(shipped, shipped))

    def all(self, *kinds: str) -> list[View]:
        """Return the objects of these kinds (of every kind where none is named)."""
        return [View(one, (), one.value) for one in self.manifests if not kinds or one.kind in kinds]

    def find(self, kind: str, name: str, namespace: str | None = None) -> View | None:
        """Return the object, or None. Without a namespace, that of the exercise's workload is meant."""
        wanted = namespace or self.exercise["workload"]["namespace"]
        for one in self.manifests:
            if (one.kind, one.name, one.namespace or wanted) == (kind, name, wanted):
                return View(one, (), one.value)
        return None

    def get(self, kind: str, name: str, namespace: str | None = None) -> View:
        """Return the object.

        Raises: CheckFailureError where the submission does not have it.
        """
        found = self.find(kind, name, namespace)
        if found is None:
            wanted = namespace or self.exercise["workload"]["namespace"]
            others = [(view.manifest.label, view.manifest.namespace or wanted) for view in self.all(kind)]
            elsewhere = any(place != wanted for _, place in others)  # only then the namespaces tell anything
            where = f" in namespace {wanted}" if elsewhere else ""
            told = [f"{label} in namespace {place}" if elsewhere else label for label, place in others]
            fail(
                f"{kind}/{name} is missing{where}",
                object=f"{kind}/{name}",
                expected=f"the object of the ticket{where}",
                seen=", ".join(told) or f"no {kind} at all",
            )
        return found

    def workload(self) -> View:
        """Return the exercise's workload."""
        wanted = self.exercise["workload"]
        return self.get(wanted["kind"], wanted["name"], wanted["namespace"])

    def pod(self) -> View:
        """Return the workload's pod template spec."""
        return self.workload().at("spec", "template", "spec")

    def container(self) -> View:
        """Return the workload's main container.

        Raises: CheckFailureError where it is gone.
        """
        name = self.exercise["workload"]["container"]
        containers = self.pod().at("containers")
        found = containers.named(name)
        if found is None:
            containers.fail(f"container {name!r} is gone", expected=f"a container named {name}")
        return found
