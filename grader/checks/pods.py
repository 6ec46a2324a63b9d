"""What a pod template means, as the kubelet and the kernel will read it. Undecidable questions answer None.

Sources: Kubernetes documentation on probes, Service environment variables, volumes and security contexts.
"""

import ipaddress
import re
import shlex
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PurePosixPath
from types import MappingProxyType

from grader.checks.submission import Submission
from grader.checks.view import View
from harness.kube.requests import POD_SPECS

SCRATCH = ("emptyDir", "persistentVolumeClaim", "ephemeral")
GROUPS = ("initContainers", "containers", "ephemeralContainers")
VARIABLE = re.compile(r"\$(?:\$|\(([-._A-Za-z0-9]+)\))")  # `$(NAME)`, and `$$`, which stands for a plain `$`
# Labels that a pod gets from its controller, with values that no file tells. Source: Kubernetes' list of well-known labels.
ZONES = ("topology.kubernetes.io/zone", "topology.kubernetes.io/region")  # of the node that the pod comes to
JOBS_OWN = ("batch.kubernetes.io/job-name", "batch.kubernetes.io/controller-uid", "job-name", "controller-uid")
LATER: Mapping[str, tuple[str, ...]] = {
    "Deployment": ("pod-template-hash",),
    "ReplicaSet": (),
    "StatefulSet": ("controller-revision-hash", "statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index"),
    "DaemonSet": ("controller-revision-hash", "pod-template-generation"),
    "Job": (*JOBS_OWN, "batch.kubernetes.io/job-completion-index"),
    "CronJob": (*JOBS_OWN, "batch.kubernetes.io/job-completion-index"),
}
# The homes of the users that the kit's workload images know: Debian bookworm's (base-passwd) and the images' own, which
# runs where no manifest names a user (see harness/images/runtime). Any other has no entry, and its home comes to /.
IMAGE_USER = 1000
HOMES: Mapping[float, str] = {
    0: "/root", 1: "/usr/sbin", 2: "/bin", 3: "/dev", 4: "/bin", 5: "/usr/games", 6: "/var/cache/man", 7: "/var/spool/lpd",
    8: "/var/mail", 9: "/var/spool/news", 10: "/var/spool/uucp", 13: "/bin", 33: "/var/www", 34: "/var/backups",
    38: "/var/list", 39: "/run/ircd", 65534: "/nonexistent", IMAGE_USER: "/home/server",
}  # fmt: skip


@dataclass(frozen=True)
class Setting:
    """What a program's setting comes to: its value (None where only the cluster knows) and where it is set."""

    value: str | None
    source: View | None


@dataclass(frozen=True)
class KeyReference:
    """A key of a Secret or ConfigMap that a container needs in order to start."""

    view: View
    kind: str
    name: str
    key: str
    optional: bool


def words(container: View, given: Mapping[str, str] = MappingProxyType({})) -> list[str]:
    """Return the container's command line, with its variables put in, and what a shell gets split as the shell would.

    `given` are variables that the container has besides those whose values stand in its own `env`.
    """
    found: list[str] = []
    known = variables(container, given)
    for item in (*container.at("command").items(), *container.at("args").items()):
        text = expanded(item.text(), known)
        parts = [text]
        if any(char.isspace() for char in text):
            shell = shlex.shlex(text, posix=True, punctuation_chars=True)  # `a; b` and `a && b` are not one word
            shell.whitespace_split, shell.commenters = True, ""
            with suppress(ValueError):
                parts = list(shell)
        found += parts
    return found


def expanded(text: str, known: Mapping[str, str]) -> str:
    """Return a text as the kubelet puts variables into it: `$(NAME)` stays as it is where the variable is not known."""
    return VARIABLE.sub(lambda found: known.get(found[1], found[0]) if found[1] else "$", text)


def variables(container: View, given: Mapping[str, str] = MappingProxyType({})) -> dict[str, str]:
    """Return the variables whose values are known: those that are `given`, and those that `env` writes out."""
    known = dict(given)
    for entry in container.at("env").items():
        if not entry.at("valueFrom").present:  # it may name those that come before it
            known[entry.at("name").text()] = expanded(entry.at("value").text(), known)
    return known


def environment(container: View) -> dict[str, View]:
    """Return the container's explicit environment entries by name; the last of a name wins, as in a pod."""
    return {item.at("name").text(): item for item in container.at("env").items()}


def all_pods(submission: Submission) -> Iterator[View]:
    """Yield the pod spec of every Pod and of every workload's template."""
    for view in submission.all(*POD_SPECS):
        yield view.at(*POD_SPECS[view.manifest.kind])


def labels_of(pod: View) -> dict[str, str]:
    """Return the labels of the pods that have this spec."""
    return View(pod.manifest, (), pod.manifest.value).at(*pod.path[:-1], "metadata", "labels").texts()


def later_labels(pod: View) -> frozenset[str]:
    """Return the labels that the pods of this spec may get besides their own; of their values nothing is known."""
    return frozenset((*ZONES, *LATER.get(pod.manifest.kind, ())))


def uses(pod: View, container: View, kind: str, name: str) -> bool:
    """Whether a container is given a Secret or ConfigMap: by a variable, or by a volume that it mounts."""
    mounted = {mount.at("name").text() for mount in container.at("volumeMounts").items()}
    volumes = [volume for volume in pod.at("volumes").items() if volume.at("name").text() in mounted]
    given = {(ref.kind, ref.name) for ref in _environment_references(container)}
    given |= {(there, called) for volume in volumes for _, there, called in _volume_sources(volume)}
    return (kind, name) in given


def claims(pod: View) -> Iterator[View]:
    """Yield the name of each claim that a pod's volumes are on, or what makes a claim for it: a template, a volume of its own."""
    for volume in pod.at("volumes").items():
        if volume.at("persistentVolumeClaim").present:
            yield volume.at("persistentVolumeClaim", "claimName")
        elif volume.at("ephemeral").present:
            yield volume.at("ephemeral", "volumeClaimTemplate", "metadata", "name")
    if pod.manifest.kind == "StatefulSet":
        whole = View(pod.manifest, (), pod.manifest.value)
        yield from (template.at("metadata", "name") for template in whole.at("spec", "volumeClaimTemplates").items())


def on_claim(pod: View, name: str) -> View | None:
    """Return by what a pod of this spec would be on the claim of this name, its namespace aside; None where it would not.

    Sources: Kubernetes documentation on generic ephemeral volumes (the claim is called POD-VOLUME) and StatefulSets
    (TEMPLATE-STATEFULSET-ORDINAL, of pods called STATEFULSET-ORDINAL).
    """
    own = pod.manifest.name if pod.manifest.kind == "Pod" else ""
    numbered = rf"{re.escape(pod.manifest.name)}-\d+" if pod.manifest.kind == "StatefulSet" else ""
    for volume in pod.at("volumes").items():
        called = re.escape(volume.at("name").text())
        names = [rf"{part}-{called}" for part in (re.escape(own), numbered) if part]
        if volume.at("persistentVolumeClaim", "claimName").value == name:
            return volume
        if volume.at("ephemeral").present and any(re.fullmatch(one, name) for one in names):
            return volume
    if numbered:
        whole = View(pod.manifest, (), pod.manifest.value)
        for template in whole.at("spec", "volumeClaimTemplates").items():
            if re.fullmatch(rf"{re.escape(template.at('metadata', 'name').text())}-{numbered}", name):
                return template
    return None


def all_containers(pod: View) -> Iterator[View]:
    """Yield every container of a pod: those that start it, sidecars included, and those that stay."""
    for group in GROUPS:
        yield from pod.at(group).items()


def setting(container: View, env: str, flag: str, default: str, given: Mapping[str, str] | None = None) -> Setting:
    """Return what a setting comes to: the flag wins over the variable, which wins over the default.

    A command line that sets the variable itself counts; what a shell would put in for `$` is not known. `given` are all
    the variables that the container has from Secrets and ConfigMaps; None where nobody looked.
    """
    found = _setting(container, env, flag, default, given)
    return Setting(None, found.source) if found.value is not None and "$" in found.value else found


def _setting(container: View, env: str, flag: str, default: str, given: Mapping[str, str] | None) -> Setting:
    line = words(container, given or {})
    for index, word in enumerate(line):
        if word.startswith(flag + "="):
            return Setting(word.removeprefix(flag + "="), container.at("args"))
        if word == flag and index + 1 < len(line):
            return Setting(line[index + 1], container.at("args"))
    for word in line:
        if word.startswith(env + "="):
            return Setting(word.removeprefix(env + "=").rstrip(";"), container.at("args"))
    entry, known = environment(container).get(env), variables(container, given or {})
    if env in known:
        return Setting(known[env], entry)
    if entry is not None:
        return Setting(None, entry)
    return Setting(None if given is None and container.at("envFrom").items() else default, None)


def home_of(pod: View, container: View) -> str | None:
    """Return what HOME comes to in a container of one of the kit's images; None where only the cluster knows.

    Where nothing sets it, the container runtime takes it from the image's /etc/passwd.
    """
    stated = setting(container, "HOME", "--no-such-flag", "")
    if stated.value != "" or stated.source is not None:
        return stated.value
    if any(
        mount.at("mountPath").text().rstrip("/") in ("/etc", "/etc/passwd")
        for mount in container.at("volumeMounts").items()
    ):
        return None
    return HOMES.get(security(pod, container, "runAsUser").number(IMAGE_USER), "/")


def is_loopback(host: str) -> bool:
    """Whether a server bound to `host` can be reached only from inside its own pod."""
    if host.strip("[]").lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def service_variables(service: View) -> set[str]:
    """Return the names of the variables that a Service puts into each pod started after it."""
    if service.at("spec", "clusterIP").value == "None" or service.at("spec", "type").value == "ExternalName":
        return set()
    stem = re.sub(r"[^A-Z0-9]", "_", service.manifest.name.upper())
    found = {f"{stem}_SERVICE_HOST", f"{stem}_SERVICE_PORT", f"{stem}_PORT"}
    for port in service.at("spec", "ports").items():
        base = f"{stem}_PORT_{port.at('port').value}_{port.at('protocol').text('TCP')}"
        found |= {base, f"{base}_PROTO", f"{base}_PORT", f"{base}_ADDR"}
    return found


def overridden(submission: Submission, pod: View, container: View, names: Iterable[str]) -> Iterator[tuple[View, str]]:
    """Yield (Service, variable) where a Service's variable lands in one of a program's settings.

    What `env` or `envFrom` sets stays as it is, and so does what the command line sets or unsets.
    """
    if not pod.at("enableServiceLinks").truth(default=True):
        return
    explicit = {*environment(container), *_from_whole(submission, container)}
    explicit |= {word.partition("=")[0].rstrip(";") for word in words(container)}
    for service in submission.all("Service"):
        for name in sorted(service_variables(service) & set(names)):
            if name not in explicit:
                yield service, name


def _from_whole(submission: Submission, container: View) -> Iterator[str]:
    """Yield the variables that `envFrom` takes from whole Secrets and ConfigMaps of the submission."""
    for entry in container.at("envFrom").items():
        for field, kind in (("secretRef", "Secret"), ("configMapRef", "ConfigMap")):
            holder = submission.find(kind, entry.at(field, "name").text())
            for key in keys_of(holder) if holder is not None else ():
                yield entry.at("prefix").text() + key


def key_references(pod: View) -> Iterator[KeyReference]:
    """Yield each Secret or ConfigMap key that the pod's containers name, in env, envFrom and volumes."""
    for container in all_containers(pod):
        yield from _environment_references(container)
    for volume in pod.at("volumes").items():
        for ref, kind, name in _volume_sources(volume):
            for key in [item.at("key").text() for item in ref.at("items").items()] or [""]:
                yield _reference(ref, kind, name, key)


def references_of(pod: View, container: View) -> Iterator[KeyReference]:
    """Yield each Secret or ConfigMap key that one container is given: by a variable, or by a volume that it mounts."""
    mounted = {mount.at("name").text() for mount in container.at("volumeMounts").items()}
    for ref in key_references(pod):
        own = ref.view.path[: len(container.path)] == container.path
        below = ref.view.path[len(pod.path) :]
        if own or (below[0] == "volumes" and pod.at(*below[:2]).at("name").text() in mounted):
            yield ref


def _environment_references(container: View) -> Iterator[KeyReference]:
    for entry in container.at("env").items():
        for field, kind in (("secretKeyRef", "Secret"), ("configMapKeyRef", "ConfigMap")):
            ref = entry.at("valueFrom", field)
            if ref.present:
                yield _reference(ref, kind, ref.at("name").text(), ref.at("key").text())
    for entry in container.at("envFrom").items():
        for field, kind in (("secretRef", "Secret"), ("configMapRef", "ConfigMap")):
            ref = entry.at(field)
            if ref.present:
                yield _reference(ref, kind, ref.at("name").text(), "")


def _volume_sources(volume: View) -> Iterator[tuple[View, str, str]]:
    for holder in (volume, *volume.at("projected", "sources").items()):
        secret, config = holder.at("secret"), holder.at("configMap")
        if secret.present:
            yield secret, "Secret", secret.at("secretName").text() or secret.at("name").text()
        if config.present:
            yield config, "ConfigMap", config.at("name").text()


def _reference(ref: View, kind: str, name: str, key: str) -> KeyReference:
    return KeyReference(ref, kind, name, key, ref.at("optional").truth(default=False))


def keys_of(source: View) -> set[str]:
    """Return the keys of a Secret or ConfigMap."""
    return {key for field in ("data", "stringData", "binaryData") for key in source.at(field).entries()}


def writable(pod: View, container: View, path: str) -> bool | None:
    """Whether the container's user can write below `path`; None where the image decides."""
    mount = _mount_over(container, PurePosixPath(path))
    if mount is not None:
        volume = pod.at("volumes").named(mount.at("name").text())
        if mount.at("readOnly").truth(default=False):
            return False
        return None if volume is None else any(volume.at(kind).present for kind in SCRATCH)
    if security(pod, container, "readOnlyRootFilesystem").truth(default=False):
        return False
    return None


def _mount_over(container: View, path: PurePosixPath) -> View | None:
    best: tuple[int, View] | None = None
    for mount in container.at("volumeMounts").items():
        place = PurePosixPath(mount.at("mountPath").text())
        if (place == path or place in path.parents) and (best is None or len(place.parts) > best[0]):
            best = (len(place.parts), mount)
    return best[1] if best else None


def security(pod: View, container: View, field: str) -> View:
    """Return a security context field as it holds for the container: its own, else the pod's."""
    own = container.at("securityContext", field)
    return own if own.present else pod.at("securityContext", field)


def startup_allowances(container: View) -> Iterator[tuple[View, float]]:
    """Yield each HTTP probe that can kill a starting container, with the seconds after the start that it allows.

    A startup probe holds the liveness probe back until it has succeeded. Commands are not judged here: what
    they do shows only on a cluster.
    """
    startup, liveness = container.at("startupProbe"), container.at("livenessProbe")
    if startup.at("httpGet").present:
        yield startup, probe_window(startup)
    if startup.at("exec").present:
        return
    held_back = (
        startup.at("httpGet").present and startup.at("httpGet", "path").value == liveness.at("httpGet", "path").value
    )
    if liveness.at("httpGet").present and not held_back:
        waited = probe_window(startup) if startup.at("httpGet").present else 0.0
        yield liveness, waited + probe_window(liveness)


def probe_window(probe: View) -> float:
    """Return how many seconds pass before a probe that never succeeds has used up its failures.

    The first attempt comes after initialDelaySeconds (default 0); the last of failureThreshold (default 3)
    attempts comes (failureThreshold - 1) periods (default 10 s) later.
    """
    period = max(1.0, probe.at("periodSeconds").number(10))
    threshold = max(1.0, probe.at("failureThreshold").number(3))
    return probe.at("initialDelaySeconds").number(0) + period * (threshold - 1)


def selects(service: View, labels: Mapping[str, str], later: Container[str] = ()) -> bool:
    """Whether a Service's selector may match a pod that has these labels, and `later` ones of a value that is not known.

    An empty selector selects nothing.
    """
    selector = service.at("spec", "selector").texts()
    return bool(selector) and all(key in later or labels.get(key) == value for key, value in selector.items())


def target_port(service: View, port: int, pod: View) -> int | None:
    """Return the pod's port to which a Service's `port` leads, or None where there is none."""
    for entry in service.at("spec", "ports").items():
        if entry.at("port").value == port:
            return led_to(entry, pod)
    return None


def led_to(entry: View, pod: View) -> int | None:
    """Return the pod's port to which an entry of a Service's `ports` leads, or None where the pod has none of that name."""
    target = entry.at("targetPort")
    if isinstance(target.value, str):
        return _named_port(pod, target.value)
    return int(target.number(entry.at("port").number(0)))


def staying(pod: View) -> list[View]:
    """Return the containers that run as long as the pod does: sidecars are init containers that are started again."""
    first = [one for one in pod.at("initContainers").items() if one.at("restartPolicy").value == "Always"]
    return [*pod.at("containers").items(), *first]


def _named_port(pod: View, name: str) -> int | None:
    for container in staying(pod):
        found = container.at("ports").named(name)
        if found is not None:
            return int(found.at("containerPort").number(0))
    return None
