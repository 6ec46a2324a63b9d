"""What a container's variables hold once the kubelet has looked them up in the submission's Secrets and ConfigMaps."""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

from grader.checks.pods import environment, key_references, keys_of
from grader.checks.submission import Submission
from grader.checks.view import View

CLUSTERS_OWN = "kube-root-ca.crt"  # a ConfigMap that the cluster puts into every namespace
KINDS = {"secretKeyRef": "Secret", "configMapKeyRef": "ConfigMap", "secretRef": "Secret", "configMapRef": "ConfigMap"}
ENCODED = re.compile(r"[A-Za-z0-9+/_-]{8,}")  # runs of what may be base64, in either alphabet


@dataclass(frozen=True)
class Source:
    """Where a value comes from: the place that asks for it, and what holds it, '' for the manifest itself."""

    asked: View
    kind: str = ""
    name: str = ""
    key: str = ""
    optional: bool = False


def need_keys(submission: Submission, pod: View) -> None:
    """Fail at the first reference of a pod to a Secret or ConfigMap, or to a key, that does not exist."""
    for ref in key_references(pod):
        holder = submission.find(ref.kind, ref.name)
        if holder is None and not ref.optional and ref.name != CLUSTERS_OWN:
            ref.view.fail(
                f"refers to a {ref.kind} that does not exist", expected=f"an existing {ref.kind}", seen=ref.name
            )
        if holder is not None and ref.key and ref.key not in keys_of(holder):
            ref.view.fail(
                f"refers to a key that {ref.kind}/{ref.name} does not have", expected="an existing key", seen=ref.key
            )


def source(submission: Submission, container: View, variable: str) -> Source | None:
    """Return where a variable's value comes from, None where nothing sets it; `env` wins over `envFrom`."""
    entry = environment(container).get(variable)
    if entry is not None:
        for field in ("secretKeyRef", "configMapKeyRef"):
            ref = entry.at("valueFrom", field)
            if ref.present:
                optional = ref.at("optional").truth(default=False)
                return Source(ref, KINDS[field], ref.at("name").text(), ref.at("key").text(), optional)
        return Source(entry)
    return _from_whole(submission, container, variable)


def _from_whole(submission: Submission, container: View, variable: str) -> Source | None:
    """Return the last `envFrom` whose object has a key of this name; the last one wins, as in a pod."""
    for entry in reversed(container.at("envFrom").items()):
        prefix = entry.at("prefix").text()
        for field in ("secretRef", "configMapRef"):
            ref = entry.at(field)
            holder = submission.find(KINDS[field], ref.at("name").text()) if ref.present else None
            key = variable.removeprefix(prefix)
            if holder is not None and variable.startswith(prefix) and key in keys_of(holder):
                return Source(ref, KINDS[field], ref.at("name").text(), key, ref.at("optional").truth(default=False))
    return None


def value(submission: Submission, found: Source) -> str | None:
    """Return what a source holds; None where only the cluster knows, or the kubelet has to compute it."""
    if not found.kind:
        return None if found.asked.at("valueFrom").present else found.asked.at("value").text()
    holder = submission.find(found.kind, found.name)
    return None if holder is None else content(holder, found.key)


def looked_up(submission: Submission, container: View) -> dict[str, str]:
    """Return the variables that a container has from the submission's Secrets and ConfigMaps, by name."""
    names = set(environment(container))
    for entry in container.at("envFrom").items():
        for field in ("secretRef", "configMapRef"):
            holder = submission.find(KINDS[field], entry.at(field, "name").text())
            names |= {entry.at("prefix").text() + key for key in (keys_of(holder) if holder is not None else ())}
    sources = {name: source(submission, container, name) for name in names}
    held = {name: value(submission, found) for name, found in sources.items() if found is not None and found.kind}
    return {name: text for name, text in held.items() if text is not None}


def content(holder: View, key: str) -> str | None:
    """Return what a Secret or ConfigMap holds under a key; `stringData` wins over `data`."""
    plain = holder.at("stringData", key)
    if plain.present:
        return plain.text()
    stored = holder.at("data", key)
    if not stored.present or holder.manifest.kind != "Secret":
        return stored.text() if stored.present else None
    try:
        return base64.b64decode(stored.text(), validate=True).decode()
    except (binascii.Error, ValueError):
        stored.fail("is not base64 of text", expected="base64, or plain text under stringData")


def spelled_out(submission: Submission, files: str, secret: str) -> Iterator[View]:
    """Yield each place below the folder `files` where a secret stands for all to read: as it is, or in base64."""
    for view in submission.all():
        if view.manifest.file.startswith(files):
            for place in view.walk():
                keys = place.value if isinstance(place.value, dict) else ()
                if any(
                    tells(str(text), secret)
                    for text in (*keys, *([place.value] if isinstance(place.value, str) else ()))
                ):
                    yield place


def tells(text: str, secret: str) -> bool:
    """Whether a text holds a secret as it is, or base64 of a text that does; base64 may be broken into lines.

    Where base64 begins within a run of its letters (as in a path, whose `/` is one of them) is not known: it is one of
    four places, after which it is read alike.
    """
    candidates = (*ENCODED.findall(text), *ENCODED.findall("".join(text.split())))
    return secret in text or any(secret.encode() in _decoded(run[start:]) for run in candidates for start in range(4))


def _decoded(run: str) -> bytes:
    usable = run.replace("-", "+").replace("_", "/")
    usable = usable[: len(usable) - (len(usable) % 4 == 1)]
    return base64.b64decode(usable + "=" * (-len(usable) % 4))
