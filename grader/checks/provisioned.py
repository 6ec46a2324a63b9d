"""What a scenario of infrastructure as code saw, as checks ask for it: each step, and the cluster's objects after it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from grader.checks.spec import EvidenceError, fail

Key = tuple[str, str, str]  # kind, namespace ('' where it has none), name
SHOWN = 5  # objects or changes that a message names


@dataclass(frozen=True)
class Thing:
    """One object of the cluster, as an administrator sees it."""

    key: Key
    uid: str
    value: Mapping[str, Any]

    @property
    def label(self) -> str:
        """What a message calls it."""
        kind, namespace, name = self.key
        return f"{kind}/{name}" + (f" in {namespace}" if namespace else "")


@dataclass(frozen=True)
class Played:
    """One step: how it ended, what its plan changes by address, and all objects after it."""

    data: Mapping[str, Any]
    public: bool = False

    @property
    def name(self) -> str:
        """The step's name."""
        return str(self.data["name"])

    @property
    def layer(self) -> str:
        """The layer's folder, '' of an edit."""
        return str(self.data["layer"])

    @property
    def failed(self) -> str:
        """How it failed, '' where it did not."""
        return str(self.data["failed"])

    @property
    def empty(self) -> bool:
        """Whether its plan has no changes."""
        return self.data["empty"] is True

    @property
    def changes(self) -> Sequence[str]:
        """What its plan changes: actions and address of each."""
        return [f"{'/'.join(change['actions'])} {change['address']}" for change in self.data["changes"]]

    @property
    def leaks(self) -> Sequence[str]:
        """Where planted values stand that must not stand there."""
        return list(self.data["leaks"])

    @property
    def output(self) -> str:
        """The last lines that its commands printed."""
        return "\n".join(self.data["tail"])

    def objects(self) -> dict[Key, Thing]:
        """Return the cluster's objects after the step."""
        return things(self.data["objects"])

    def finished(self) -> "Played":
        """Return this where it did what it was to do.

        Raises: CheckFailureError that says how it failed, with the last that it printed where that is public.
        """
        if self.failed:
            self.fail(f"{self.data['verb']} failed", expected="that it succeeds", seen=self.failed)
        return self

    def fail(self, message: str, *, expected: str = "", seen: str = "") -> NoReturn:
        """End the check as FAIL, at this step's layer."""
        layer = self.layer or "cluster"
        fail(
            f"{message} (step {self.name!r})",
            object=layer,
            expected=expected,
            seen=seen,
            file=layer,
            line=1,
            output=self.output if self.public else "",
        )


@dataclass(frozen=True)
class Provisioned:
    """One scenario: what stood before, and its steps."""

    scenario: str
    data: Mapping[str, Any]
    facts: Mapping[str, Any]
    public: bool = False

    def decided(self) -> "Provisioned":
        """Return this if the machine held.

        Raises: EvidenceError with the evidence where it did not.
        """
        if self.data.get("evidence"):
            raise EvidenceError(str(self.data["evidence"]))
        return self

    def before(self) -> dict[Key, Thing]:
        """Return the objects that stood before the first step."""
        return things(self.data["before"])

    def steps(self) -> list[Played]:
        """Return all steps that were played."""
        return [Played(step, self.public) for step in self.data["steps"]]

    def step(self, name: str) -> Played:
        """Return a step by its name.

        Raises: CheckFailureError where memory ran out before it began.
        """
        found = next((step for step in self.steps() if step.name == name), None)
        if found is None:
            seen = self.data["overrun"] or "nothing was run"
            fail(f"step {name!r} never began", expected="steps that leave each other their turn", seen=seen)
        return found


def things(listed: Iterable[Mapping[str, Any]]) -> dict[Key, Thing]:
    """Return objects by kind, namespace and name."""
    found = {}
    for value in listed:
        meta = value["metadata"]
        key = (KINDS[value["plural"]], str(meta.get("namespace", "")), str(meta["name"]))
        found[key] = Thing(key, str(meta["uid"]), value)
    return found


KINDS = {
    "namespaces": "Namespace", "resourcequotas": "ResourceQuota", "limitranges": "LimitRange", "configmaps": "ConfigMap",
    "serviceaccounts": "ServiceAccount", "secrets": "Secret", "persistentvolumeclaims": "PersistentVolumeClaim",
    "roles": "Role", "rolebindings": "RoleBinding", "clusterroles": "ClusterRole",
    "clusterrolebindings": "ClusterRoleBinding", "priorityclasses": "PriorityClass", "jobs": "Job",
}  # fmt: skip


def listed(names: Sequence[str]) -> str:
    """Return some names as a message shows them."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def lost(before: Mapping[Key, Thing], after: Mapping[Key, Thing], wanted: Iterable[Key]) -> list[str]:
    """Return those of the wanted objects that are gone or were made again, as a message names them."""
    found = []
    for key in wanted:
        if key in before and key not in after:
            found.append(f"{before[key].label} is gone")
        elif key in before and before[key].uid != after[key].uid:
            found.append(f"{before[key].label} was made again")
        elif key in before and "deletionTimestamp" in after[key].value["metadata"]:
            found.append(f"{before[key].label} is being deleted")
    return found
