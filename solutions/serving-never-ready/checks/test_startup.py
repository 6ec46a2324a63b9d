# breakfix-canary-345c1325ea5ad5cfbcee408fa7fab8b0: no submission has this word; see docs/hiring.md.
"""Can the server start at all? Each of these can be told from the manifests, whatever else is still wrong."""

import re

from grader.checks import Submission, check
from grader.checks.pods import (
    home_of,
    is_loopback,
    key_references,
    keys_of,
    overridden,
    setting,
    startup_allowances,
    words,
    writable,
)

CLUSTERS_OWN = "kube-root-ca.crt"  # a ConfigMap that the cluster puts into every namespace
SETTINGS = tuple(
    f"MODEL_SERVER_{name}" for name in ("HOST", "PORT", "REPOSITORY", "MODEL", "CACHE", "TOKEN", "THREADS")
)


@check(
    "keys-exist",
    claim="Every key that the pods read from a Secret or ConfigMap exists",
    requirement="R1",
    points=6,
)
def test_keys_exist(submission: Submission) -> None:
    """Fail at the first reference that leads nowhere."""
    for ref in key_references(submission.pod()):
        source = submission.find(ref.kind, ref.name)
        if source is None and not ref.optional and ref.name != CLUSTERS_OWN:
            ref.view.fail(
                f"refers to a {ref.kind} that does not exist",
                expected=f"an existing {ref.kind}",
                seen=ref.name,
            )
        if source is not None and ref.key and ref.key not in keys_of(source):
            ref.view.fail(
                f"refers to a key that {ref.kind}/{ref.name} does not have",
                expected="an existing key",
                seen=ref.key,
            )


@check(
    "settings-intact",
    claim="The server reads the settings that its manifest means it to read",
    requirement="R1",
    points=6,
)
def test_settings_are_intact(submission: Submission) -> None:
    """Fail where the cluster itself puts another value into one of the server's variables."""
    flags = words(submission.container())
    for service, name in overridden(submission, submission.pod(), submission.container(), SETTINGS):
        if name == "MODEL_SERVER_PORT" and any(word.partition("=")[0] == "--port" for word in flags):
            continue
        submission.container().at("env").fail(
            f"in the running container, {name} does not hold what the server expects of it",
            expected="a plain value, or the server's default",
            seen=f"a value that the cluster sets because of {service.manifest.label}",
        )


@check("model-found", claim="The server looks for its model where the image keeps it", requirement="R1", points=6)
def test_model_is_found(submission: Submission) -> None:
    """Fail where the repository and model name lead to no version folder of the image (or of a volume)."""
    container, known = submission.container(), submission.exercise["traffic"]["model"]
    repository = setting(container, "MODEL_SERVER_REPOSITORY", "--model-repository", "/models")
    model = setting(container, "MODEL_SERVER_MODEL", "--model", known)
    mounts = [mount.at("mountPath").text() for mount in container.at("volumeMounts").items()]
    if repository.value is None or model.value is None or any(repository.value.startswith(path) for path in mounts):
        return
    place = re.sub(r"/+", "/", f"{repository.value}/{model.value}").rstrip("/")
    if place != f"/models/{known}":
        where = repository.source or model.source or container
        where.fail("leads to a folder without model versions", expected="<repository>/<model>/<version>/", seen=place)


@check(
    "cache-writable",
    claim="The server can write the cache that it needs for loading",
    requirement="R1",
    points=6,
)
def test_cache_is_writable(submission: Submission) -> None:
    """Fail where the cache folder is certain to be read-only for the server's user."""
    pod, container = submission.pod(), submission.container()
    home = home_of(pod, container) or "$HOME"
    cache = setting(container, "MODEL_SERVER_CACHE", "--cache", f"{home}/.cache/model-server")
    if cache.value is None:
        return
    path = re.sub(r"/+", "/", cache.value)
    if writable(pod, container, path) is False:
        (cache.source or container).fail(
            "the cache cannot be written", expected="a writable folder", seen=f"{path}, read-only"
        )


@check("address-reachable", claim="The server listens where others can reach it", requirement="R1", points=6)
def test_address_is_reachable(submission: Submission) -> None:
    """Fail where the server listens only to its own pod."""
    host = setting(submission.container(), "MODEL_SERVER_HOST", "--host", "0.0.0.0")  # noqa: S104 - the image's default
    if host.value is not None and is_loopback(host.value):
        (host.source or submission.container()).fail(
            "nothing outside the container can reach this address",
            expected="an address of the pod",
            seen=host.value,
        )


@check(
    "load-allowed",
    claim="A model load of the stated length fits before any probe gives up",
    requirement="R2",
    points=6,
)
def test_load_is_allowed(submission: Submission) -> None:
    """Fail where probes are certain to end a load that the service levels allow."""
    container = submission.container()
    slos = submission.exercise["slos"]
    for probe, allowance in startup_allowances(container):
        alive = "/live" in probe.at("httpGet", "path").text()
        need = slos["live_seconds"] if alive else slos["load_seconds"]
        if allowance < need:
            probe.fail(
                "ends the container before a slow load is done",
                expected=f"at least {need:g} s",
                seen=f"{allowance:g} s",
            )
