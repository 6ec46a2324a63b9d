"""What names an object of Kubernetes, and how objects are held: for whoever needs no client."""

from dataclasses import dataclass
from typing import Any

Object = dict[str, Any]


@dataclass(frozen=True)
class Ref:
    """Names one object: apiVersion, kind, namespace ('' for cluster-scoped) and name."""

    api_version: str
    kind: str
    namespace: str
    name: str

    @property
    def label(self) -> str:
        """The object as messages call it."""
        return f"{self.kind}/{self.name}"


def ref_of(value: Object) -> Ref:
    """Return what names an object."""
    metadata = value["metadata"]
    return Ref(value["apiVersion"], value["kind"], metadata.get("namespace", ""), metadata["name"])
