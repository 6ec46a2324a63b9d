"""What a pod may do on its node, container by container: the kubelet knows no main container.

Sources: Kubernetes documentation on security contexts, and its Pod Security Standards.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from grader.checks.pods import all_containers, all_pods, security
from grader.checks.submission import Submission
from grader.checks.view import View

APPARMOR = "container.apparmor.security.beta.kubernetes.io"  # the annotation from before the field, by container
HARMLESS = "NET_BIND_SERVICE"  # the one capability that the standard `restricted` lets a container add


@dataclass(frozen=True)
class Weakness:
    """A place that lets a container do more than it needs: what is wrong there, and what is expected of it."""

    place: View
    problem: str
    expected: str


def weaknesses(submission: Submission) -> Iterator[Weakness]:
    """Yield what is weak in any container of any pod that the submission makes, init containers and sidecars included."""
    for pod in all_pods(submission):
        for container in all_containers(pod):
            yield from _of(pod, container)


def _of(pod: View, container: View) -> Iterator[Weakness]:
    own, name = container.at("securityContext"), container.at("name").text("without a name")
    yield from _root(pod, container, name)
    if not own.at("readOnlyRootFilesystem").truth(default=False):
        yield Weakness(
            own.at("readOnlyRootFilesystem"), f"container {name} can write its root file system", "it cannot"
        )
    if own.at("allowPrivilegeEscalation").truth(default=True):
        yield Weakness(
            own.at("allowPrivilegeEscalation"), f"processes of container {name} may gain privileges", "they may not"
        )
    for capability in own.at("capabilities", "add").items():
        if capability.text().removeprefix("CAP_") != HARMLESS:
            yield Weakness(capability, f"container {name} is given a capability", "none is added")
    for field in ("seccompProfile", "appArmorProfile"):
        profile = security(pod, container, field).at("type")
        if profile.value == "Unconfined":
            yield Weakness(
                profile,
                f"container {name} runs without its confinement",
                "the runtime's own profile, or a stricter one",
            )
    older = View(pod.manifest, (), pod.manifest.value).at(
        *pod.path[:-1], "metadata", "annotations", f"{APPARMOR}/{name}"
    )
    if older.value == "unconfined":
        yield Weakness(older, f"container {name} runs without its confinement", "no such annotation")
    if own.at("procMount").text("Default") != "Default":
        yield Weakness(own.at("procMount"), f"container {name} sees all of /proc", "the default masks")


def _root(pod: View, container: View, name: str) -> Iterator[Weakness]:
    """Yield where a container runs as root, or where nothing in the manifest keeps it from that."""
    user, non_root = security(pod, container, "runAsUser"), security(pod, container, "runAsNonRoot")
    if user.present:
        if user.number(0) == 0:
            yield Weakness(user, f"container {name} runs as root", "a user other than root")
    elif not non_root.truth(default=False):
        yield Weakness(
            non_root, f"nothing in the manifest keeps container {name} from running as root", "a user other than root"
        )
