"""Talk to a cluster's API server: plain objects in and out, with the machine's failures told from refusals."""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import urllib3

from harness.core.errors import EnvironmentBrokenError, HarnessError
from harness.files.objects import Object, Ref, ref_of

__all__ = [
    "BUILT_IN", "DISRUPTION_BUDGET", "EXEC_FAILED", "TRIES", "ApiRefusedError", "ApiSlowError", "Kube", "Object", "Ref", "path_of",
    "ref_of",
]  # fmt: skip

# Its client takes most of a second to load, and checks of files need no more than names of this module.
if TYPE_CHECKING:
    from kubernetes import client

TIMEOUT = 15.0
TRIES = 3  # how often a request that changes nothing is sent where no answer comes in time
LOG_BYTES = 1024 * 1024  # of a log that is read at once: a stranger's lines have any length
EXEC_FAILED = "ExecFailed"  # our own reason: a container took a command and did not do it
DISRUPTION_BUDGET = "DisruptionBudget"  # the cause of a refused eviction. Source: the policy API
VERSION = re.compile(r"([a-z0-9][a-z0-9.-]*/)?v[a-z0-9]+")  # of an apiVersion, which strangers write
SLOW = (urllib3.exceptions.TimeoutError, TimeoutError)

# For those who watch without a connection at hand; what else there is, the API server tells (see Kube.path_of).
BUILT_IN = {("v1", "Pod"): "pods", ("v1", "Node"): "nodes", ("apps/v1", "ReplicaSet"): "replicasets"}


class ApiSlowError(EnvironmentBrokenError):
    """The API server did not answer in time."""


class ApiRefusedError(HarnessError):
    """The API server answered, and its answer was no: the request's fault, not the machine's.

    `causes` are the reasons in the answer's details, `retry_after` how many seconds it wants to be left alone (0: it does not
    say). Source: the Kubernetes API's Status.
    """

    def __init__(
        self, status: int, reason: str, message: str, causes: Collection[str] = (), retry_after: int = 0
    ) -> None:
        self.status = status
        self.reason = reason
        self.causes = frozenset(causes)
        self.retry_after = retry_after
        super().__init__(message)


def path_of(api_version: str, kind: str, namespace: str = "", name: str = "") -> str:
    """Return the API path of a built-in object or, without a name, of its collection."""
    return _path(api_version, BUILT_IN[api_version, kind], namespace, name)


def _path(api_version: str, plural: str, namespace: str, name: str) -> str:
    inside = f"/namespaces/{namespace}" if namespace else ""
    return f"{_group(api_version)}{inside}/{plural}" + (f"/{name}" if name else "")


def _group(api_version: str) -> str:
    return f"/api/{api_version}" if "/" not in api_version else f"/apis/{api_version}"


class Kube:
    """One identity at one cluster's API server."""

    def __init__(self, kubeconfig: Path, impersonate: str | None = None) -> None:
        self.kubeconfig = kubeconfig
        self._api = _client(kubeconfig)
        self._host: str = self._api.configuration.host
        self._pool: urllib3.PoolManager = self._api.rest_client.pool_manager
        self._headers = {"Impersonate-User": impersonate} if impersonate else {}
        self._plurals: dict[str, dict[str, str]] = {}  # by apiVersion and kind, as far as they were asked for

    def path_of(self, api_version: str, kind: str, namespace: str = "", name: str = "") -> str:
        """Return the API path of an object or, without a name, of its collection, as the API server discloses it.

        Raises: ApiRefusedError for a kind that the cluster does not know.
        """
        if kind not in self._plurals.get(api_version, {}):  # asked again: a definition may have come since
            self._plurals[api_version] = self._disclosed(api_version)
        plural = self._plurals[api_version].get(kind)
        if plural is None:
            raise ApiRefusedError(404, "NotFound", f"the cluster knows no {kind} in {api_version}")
        return _path(api_version, plural, namespace, name)

    def _disclosed(self, api_version: str) -> dict[str, str]:
        """Return what the kinds of an API group's version are called in paths; nothing where there is no such group."""
        if not VERSION.fullmatch(api_version):
            return {}
        try:
            listed = self.request("GET", _group(api_version))
        except ApiRefusedError as problem:
            if problem.status == 404:  # noqa: PLR2004 - HTTP
                return {}
            raise
        return {one["kind"]: one["name"] for one in listed["resources"] if "/" not in one["name"]}

    def request(
        self, method: str, path: str, *, query: Mapping[str, str] | None = None, body: Object | None = None,
        content_type: str = "application/json",
    ) -> Object:  # fmt: skip
        """Send one request and return the object that comes back.

        Raises: ApiRefusedError when the server says no (4xx); EnvironmentBrokenError when it cannot be
        reached, is too slow (a GET three times), or fails itself (5xx).
        """
        data = self._answer(method, path, query=query, body=body, content_type=content_type)
        try:
            found: Object = json.loads(data or b"{}")
        except ValueError as problem:
            raise _broken(method, path, problem) from problem
        return found

    def get(self, ref: Ref) -> Object | None:
        """Return an object, or None where it does not exist."""
        try:
            return self.request("GET", self.path_of(ref.api_version, ref.kind, ref.namespace, ref.name))
        except ApiRefusedError as problem:
            if problem.status == 404:  # noqa: PLR2004 - HTTP
                return None
            raise

    def list_objects(self, api_version: str, kind: str, namespace: str = "", labels: str = "") -> list[Object]:
        """Return the objects of a kind in a namespace that carry the labels (a selector)."""
        query = {"labelSelector": labels} if labels else None
        items: list[Object] = self.request("GET", self.path_of(api_version, kind, namespace), query=query)["items"]
        return items

    def create(self, value: Object) -> Object:
        """Create an object."""
        ref = ref_of(value)
        return self.request("POST", self.path_of(ref.api_version, ref.kind, ref.namespace), body=value)

    def apply(self, value: Object, *, manager: str, force: bool = True) -> Object:
        """Apply an object on the server's side, refusing unknown and duplicate fields."""
        ref = ref_of(value)
        query = {"fieldManager": manager, "force": str(force).lower(), "fieldValidation": "Strict"}
        path = self.path_of(ref.api_version, ref.kind, ref.namespace, ref.name)
        return self.request("PATCH", path, query=query, body=value, content_type="application/apply-patch+yaml")

    def merge(self, ref: Ref, change: Object, *, part: str = "") -> Object:
        """Change an object, or a part of it such as its `status`, by a JSON merge patch (RFC 7386): a None removes what it stands for."""
        path = self.path_of(ref.api_version, ref.kind, ref.namespace, ref.name)
        below = f"/{part}" if part else ""
        return self.request("PATCH", f"{path}{below}", body=change, content_type="application/merge-patch+json")

    def delete(self, ref: Ref, *, grace: int | None = None, propagation: str = "Background") -> None:
        """Delete an object; nothing where it is gone already."""
        body: Object = {"propagationPolicy": propagation}
        if grace is not None:
            body["gracePeriodSeconds"] = grace
        try:
            self.request("DELETE", self.path_of(ref.api_version, ref.kind, ref.namespace, ref.name), body=body)
        except ApiRefusedError as problem:
            if problem.status != 404:  # noqa: PLR2004 - HTTP
                raise

    def watch(self, path: str, *, seconds: int, since: str = "") -> Iterator[Object]:
        """Yield the events of a collection for `seconds`; those after the resource version `since`, or all there is now."""
        wanted = {
            "watch": "true",
            "timeoutSeconds": str(seconds),
            **({"resourceVersion": since} if since else {}),
        }
        for line in self._lines(path, wanted, seconds + TIMEOUT):
            yield json.loads(line)

    def follow_log(self, namespace: str, pod: str, *, seconds: float) -> Iterator[str]:
        """Yield the lines of a pod's log as they are written, for at most `seconds` of silence."""
        path = path_of("v1", "Pod", namespace, pod) + "/log"
        yield from self._lines(path, {"follow": "true"}, seconds)

    def log(
        self, namespace: str, pod: str, container: str, *, lines: int, previous: bool = False, stamped: bool = False
    ) -> str:
        """Return the last lines of a container's log, '' where there is none; `stamped`, each behind when it was written."""
        try:
            return self.written(namespace, pod, container, lines=lines, previous=previous, stamped=stamped)
        except ApiRefusedError:
            return ""

    def written(
        self, namespace: str, pod: str, container: str, *, lines: int, previous: bool = False, stamped: bool = False
    ) -> str:
        """Return what `log` does.

        Raises: ApiRefusedError where the API server has no such log, or does not give it.
        """
        query = {
            "container": container, "tailLines": str(lines), "previous": str(previous).lower(), "limitBytes": str(LOG_BYTES),
            "timestamps": str(stamped).lower(),
        }  # fmt: skip
        path = path_of("v1", "Pod", namespace, pod) + "/log"
        return self._answer("GET", path, query=query).decode(errors="replace")

    def execute(self, namespace: str, pod: str, container: str, argv: list[str], *, seconds: float = TIMEOUT) -> str:
        """Run a command in a container and return what it wrote.

        Raises: ApiRefusedError where the container does not take it, or the command fails or does not end.
        """
        import websocket  # noqa: PLC0415 - see above
        from kubernetes import client, stream  # noqa: PLC0415

        websocket.setdefaulttimeout(TIMEOUT)  # exec is its one user here, and without this it waits for ever
        api = _client(self.kubeconfig)
        try:
            channel = stream.stream(
                client.CoreV1Api(api).connect_get_namespaced_pod_exec, pod, namespace, container=container, command=argv,
                stderr=True, stdout=True, stdin=False, tty=False, _preload_content=False,
            )  # fmt: skip
        except client.ApiException as problem:
            raise ApiRefusedError(
                int(problem.status or 0), str(problem.reason), f"exec in {pod}: {problem.reason}"
            ) from problem
        except (websocket.WebSocketException, OSError) as problem:
            raise _broken("exec", f"{namespace}/{pod}", problem) from problem
        finally:
            api.rest_client.pool_manager.clear()
        try:
            channel.run_forever(timeout=seconds)
            code = None if channel.is_open() else channel.returncode  # first: reading the output empties all channels
            output = str(channel.read_all())
        except (websocket.WebSocketException, OSError) as problem:
            raise _broken("exec", f"{namespace}/{pod}", problem) from problem
        except (LookupError, TypeError, ValueError) as problem:  # the client reads an exit code, and there is none
            raise ApiRefusedError(0, EXEC_FAILED, f"{argv[0]} cannot be started in {pod}") from problem
        finally:
            channel.sock.shutdown()  # the client itself leaves the socket open when the server ends the exchange
        if code != 0:
            ended = f"exited with {code}" if code is not None else f"did not end within {seconds:g} s"
            raise ApiRefusedError(0, EXEC_FAILED, f"{' '.join(argv)} in {pod} {ended}: {output.strip()[:300]}")
        return output

    def close(self) -> None:
        """Close the connections that are kept for the next request."""
        self._pool.clear()

    def _lines(self, path: str, query: Mapping[str, str], seconds: float) -> Iterator[str]:
        response = self._open("GET", path, query=query, seconds=seconds)
        buffer = b""
        try:
            for chunk in response.stream(65536):
                buffer += chunk
                *lines, buffer = buffer.split(b"\n")
                yield from (line.decode(errors="replace") for line in lines if line.strip())
        except (urllib3.exceptions.HTTPError, OSError) as problem:
            raise _broken("GET", path, problem) from problem
        finally:
            response.close()

    def _answer(self, method: str, path: str, **told: Any) -> bytes:  # noqa: ANN401 - passed through
        """Return the body of an answer; what changes nothing is asked again where none came in time."""
        tries = TRIES if method == "GET" else 1
        while True:
            tries -= 1
            try:
                with self._open(method, path, **told) as response:
                    data: bytes = response.data
                    return data
            except urllib3.exceptions.HTTPError as problem:
                broken = _broken(method, path, problem)
                if not (tries and isinstance(broken, ApiSlowError)):
                    raise broken from problem
            except ApiSlowError:
                if not tries:
                    raise

    def _open(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Object | None = None,
        content_type: str = "application/json",
        seconds: float = TIMEOUT,
    ) -> urllib3.BaseHTTPResponse:
        url = f"{self._host}{path}" + (f"?{urlencode(query)}" if query else "")
        headers = {**self._headers, "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = content_type
        try:
            response = self._pool.request(
                method, url, body=None if body is None else json.dumps(body).encode(), headers=headers,
                timeout=urllib3.Timeout(connect=5.0, read=seconds), retries=False, preload_content=False,
            )  # fmt: skip
        except (urllib3.exceptions.HTTPError, OSError) as problem:
            raise _broken(method, path, problem) from problem
        if response.status >= 400:  # noqa: PLR2004 - HTTP
            raise _refusal(method, path, response)
        return response


def _broken(method: str, path: str, problem: Exception) -> EnvironmentBrokenError:
    """Return the error for a request without a whole answer; where nobody listens any more, it says how to remake the cluster."""
    told = f"({method} {path}: {str(problem) or type(problem).__name__})"
    refused = any(isinstance(one, ConnectionRefusedError) for one in (problem, problem.__cause__))
    if isinstance(problem, SLOW) and not isinstance(problem, urllib3.exceptions.NewConnectionError):
        return ApiSlowError(
            f"this machine is busy: the cluster's API server did not answer in time {told}; try again, when less runs here; "
            "`breakfix doctor` says what it has"
        )
    remedy = ", or remake the cluster: breakfix stop, then try again" if refused else "; then try again"
    return EnvironmentBrokenError(f"the cluster's API server cannot be reached {told}; see `breakfix doctor`{remedy}")


def _client(kubeconfig: Path) -> "client.ApiClient":
    from kubernetes import config  # noqa: PLC0415 - see above

    api: client.ApiClient = config.new_client_from_config(str(kubeconfig))  # type: ignore[no-untyped-call] # it has no types
    return api


def _refusal(method: str, path: str, response: urllib3.BaseHTTPResponse) -> HarnessError:
    """Return the error for an answer of 400 or more; 5xx are the machine's, and 429 unless a disruption budget says no."""
    reason, message, causes, retry_after = "", f"HTTP {response.status}", set[str](), 0
    with response, suppress(ValueError, AttributeError, TypeError, urllib3.exceptions.HTTPError):
        status = json.loads(response.data)
        reason, message = str(status.get("reason", "")), str(status.get("message", ""))
        details = status.get("details") or {}
        causes = {str(one.get("reason", "")) for one in details.get("causes") or []}
        retry_after = int(details.get("retryAfterSeconds") or 0)
    if response.status >= 500 or (response.status == 429 and DISRUPTION_BUDGET not in causes):  # noqa: PLR2004 - HTTP
        return EnvironmentBrokenError(
            f"the cluster's API server failed ({method} {path}: HTTP {response.status} {message})"
        )
    return ApiRefusedError(response.status, reason, message, causes, retry_after)
