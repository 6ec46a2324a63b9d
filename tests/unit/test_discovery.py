"""Paths of objects, as an API server discloses them: asked once, and again for what is new."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from harness.kube.kube import BUILT_IN, ApiRefusedError, Kube, path_of


class Server(ThreadingHTTPServer):
    """An API server that knows some resources and remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[str] = []
        self.known: dict[str, list[dict[str, object]]] = {
            "/api/v1": [
                {"name": "pods", "kind": "Pod", "namespaced": True},
                {"name": "pods/eviction", "kind": "Eviction", "namespaced": True},
                {"name": "nodes", "kind": "Node", "namespaced": False},
            ],
            "/apis/apps/v1": [{"name": "replicasets", "kind": "ReplicaSet", "namespaced": True}],
        }


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        found = self.server.known.get(self.path)
        body = json.dumps(
            {"resources": found} if found is not None else {"reason": "NotFound", "message": "no"}
        ).encode()
        self.send_response(404 if found is None else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield made
        made.shutdown()


@pytest.fixture
def kube(server: Server, tmp_path: Path) -> Iterator[Kube]:
    path = tmp_path / "kubeconfig"
    path.write_text(
        yaml.safe_dump({
            "apiVersion": "v1", "kind": "Config", "current-context": "c",
            "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}],
            "users": [{"name": "c", "user": {}}],
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "c"}}],
        })
    )  # fmt: skip
    made = Kube(path)
    yield made
    made.close()


def test_a_path_is_what_the_server_discloses_and_a_group_is_asked_once(kube: Kube, server: Server) -> None:
    assert kube.path_of("v1", "Pod", "here", "one") == "/api/v1/namespaces/here/pods/one"
    assert kube.path_of("v1", "Node", "", "two") == "/api/v1/nodes/two"
    assert kube.path_of("apps/v1", "ReplicaSet", "here") == "/apis/apps/v1/namespaces/here/replicasets"
    assert server.asked == ["/api/v1", "/apis/apps/v1"]


def test_a_kind_that_came_later_is_found(kube: Kube, server: Server) -> None:
    """As those of a component are, which is installed while the connection is open."""
    with pytest.raises(ApiRefusedError, match=r"the cluster knows no Widget in toys\.example/v1"):
        kube.path_of("toys.example/v1", "Widget")
    server.known["/apis/toys.example/v1"] = [{"name": "widgetry", "kind": "Widget", "namespaced": True}]
    assert kube.path_of("toys.example/v1", "Widget", "here") == "/apis/toys.example/v1/namespaces/here/widgetry"


def test_a_subresource_is_no_kind(kube: Kube) -> None:
    with pytest.raises(ApiRefusedError, match="no Eviction in v1"):
        kube.path_of("v1", "Eviction")


@pytest.mark.parametrize("api_version", ["", "apps", "../../version/v1", "apps/v1/pods", "apps/v1?x", "Apps/v1"])
def test_what_is_no_api_version_is_asked_of_nobody(kube: Kube, server: Server, api_version: str) -> None:
    """Submissions hold whatever strangers write there."""
    with pytest.raises(ApiRefusedError) as caught:
        kube.path_of(api_version, "Pod")
    assert caught.value.status == 404
    assert server.asked == []


def test_built_in_paths_are_those_that_a_server_discloses(kube: Kube) -> None:
    assert {place: path_of(*place, "here", "one") for place in BUILT_IN} == {
        place: kube.path_of(*place, "here", "one") for place in BUILT_IN
    }
