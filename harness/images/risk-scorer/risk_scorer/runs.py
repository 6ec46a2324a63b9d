"""The record of starts that auditors read: one entry for each server, in a ConfigMap of the server's namespace.

How a pod finds the API server and its own identity: the Kubernetes documentation, "Accessing the Kubernetes API from a Pod".
"""

import http.client
import json
import os
import ssl
from http import HTTPStatus
from pathlib import Path

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
TIMEOUT = 3.0  # seconds


class RunsError(Exception):
    """The start could not be recorded; the message says why."""


def record(name: str, entry: str, text: str, account: Path = ACCOUNT) -> None:
    """Write `text` under the key `entry` of ConfigMap `name`, which is made where it is missing.

    Raises: RunsError.
    """
    try:
        token, namespace = ((account / file).read_text(encoding="utf-8") for file in ("token", "namespace"))
        context = ssl.create_default_context(cafile=str(account / "ca.crt"))
    except OSError as problem:
        raise RunsError(f"this pod has no credentials for the Kubernetes API: {problem}") from problem
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    status, message = _send(context, token, "PATCH", f"{path}/{name}", {"data": {entry: text}})
    if status == HTTPStatus.NOT_FOUND:
        made = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {entry: text}}
        status, message = _send(context, token, "POST", path, made)
    if status not in (HTTPStatus.OK, HTTPStatus.CREATED):
        raise RunsError(f"the Kubernetes API answers {status}: {message}")


def _send(context: ssl.SSLContext, token: str, method: str, path: str, body: object) -> tuple[int, str]:
    host, port = os.environ.get("KUBERNETES_SERVICE_HOST", ""), os.environ.get("KUBERNETES_SERVICE_PORT", "443")
    kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
    connection = http.client.HTTPSConnection(host, int(port), timeout=TIMEOUT, context=context)
    try:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": kind}
        connection.request(method, path, json.dumps(body), headers)
        response = connection.getresponse()
        return response.status, str(json.loads(response.read()).get("message", ""))
    except (OSError, http.client.HTTPException, ValueError) as problem:
        raise RunsError(f"the Kubernetes API at {host}:{port} does not answer: {problem}") from problem
    finally:
        connection.close()
