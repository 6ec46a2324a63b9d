"""Components: a folder each, told where it is wrong, put on a cluster once, and strict about its own kinds."""

import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.cluster import installation
from harness.containers import imagebuild
from harness.containers.images import Image
from harness.core.errors import EnvironmentBrokenError, InputError
from harness.exercises import component
from harness.exercises import exercise as exercises
from harness.exercises.component import Component
from harness.files import manifests
from harness.files.yamlfile import Problem
from harness.intake import customresources
from harness.intake.submission import collect
from harness.kube.kube import Object, Ref

KIT = component.known([])


@pytest.mark.parametrize("name", KIT)
def test_a_component_of_the_kit_is_whole(name: str) -> None:
    """Its images can be built, and its manifests name nothing else and no place that its version would have to be said again."""
    found = component.read(KIT[name])
    assert set(found.images) <= imagebuild.recipes().keys()
    pods = [value for value in found.objects() if value["kind"] in {"Deployment", "DaemonSet", "StatefulSet"}]
    containers = [one for value in pods for one in value["spec"]["template"]["spec"]["containers"]]
    assert {one["image"] for one in containers} <= {f"docker.io/{image}" for image in found.images}
    assert all(one["imagePullPolicy"] == "Never" for one in containers)


TOYS = Path(__file__).parent / "components" / "toys"


@pytest.fixture
def pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pack with the component toys, which defines a kind that candidates write."""
    (tmp_path / "exercises").mkdir()
    folder = tmp_path / "components" / "toys"
    folder.mkdir(parents=True)
    for path in TOYS.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    monkeypatch.setenv("BREAKFIX_PACKS", str(tmp_path))
    return tmp_path


def toys(pack: Path) -> Component:
    return component.read(component.known([pack])["toys"])


def test_a_packs_component_brings_its_image_along(pack: Path) -> None:
    found = toys(pack)
    assert found.images == ("breakfix-pack/toys:1.4",)
    assert "breakfix-pack/toys:1.4" in imagebuild.recipes()
    deployment = next(value for value in found.objects() if value["kind"] == "Deployment")
    assert deployment["spec"]["template"]["spec"]["containers"][0]["image"] == "docker.io/breakfix-pack/toys:1.4"


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("component.yaml", "name: toys}", "name: joys}", r"component.yaml:3: manifests.yaml has no Deployment/joys of apps/v1"),
        ("component.yaml", "kind: Widget}", "kind: Gadget}", r"component.yaml:6: manifests.yaml defines no Gadget of toys"),
        ("component.yaml", "kind: Deployment", "kind: Service", r"component.yaml:3: ready.1.kind: 'Service' is not one of"),
        ("component.yaml", "ready:", "reddy:", r"component.yaml:1: document: Additional properties"),
        ("manifests.yaml", "image:toys", "image:joys", r"manifests.yaml:51: \$\{image:joys\} is none of its images: toys"),
        ("manifests.yaml", "kind: Namespace", "kind: [", r"manifests.yaml:\d+: is not valid YAML"),
        ("image.yaml", "tag:", "tug:", r"image.yaml:1: document: "),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_component_is_told_with_its_line(
    pack: Path, file: str, old: str, new: str, told: str
) -> None:
    path = pack / "components" / "toys" / file
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(InputError, match=told):
        toys(pack)


def test_a_folder_that_lacks_a_file_is_told(pack: Path) -> None:
    (pack / "components" / "toys" / "manifests.yaml").unlink()
    with pytest.raises(InputError, match=r"toys: a component has component.yaml and manifests.yaml; manifests.yaml is"):
        component.known([pack])


def test_a_pack_cannot_take_the_name_of_a_component(pack: Path) -> None:
    (pack / "components" / "toys").rename(pack / "components" / "kwok")
    with pytest.raises(InputError, match="has the same name; rename one of them"):
        component.known([pack])


class Cluster:
    """What an installation asks of an API server, whose controllers make everything ready at the next look, or never."""

    def __init__(self, *, works: bool = True) -> None:
        self.works = works
        self.objects: dict[tuple[str, str], Object] = {}
        self.applied: list[str] = []

    def apply(self, value: Object, *, manager: str) -> None:
        assert manager == installation.MANAGER
        label = f"{value['kind']}/{value['metadata']['name']}"
        defined = ("CustomResourceDefinition", "widgets.toys.example")
        assert value["kind"] != "Widget" or "status" in self.objects[defined]
        self.applied.append(label)
        value = copy.deepcopy(value)
        value["metadata"]["generation"] = self.applied.count(label)
        self.objects[value["kind"], value["metadata"]["name"]] = value

    def get(self, ref: Ref) -> Object | None:
        found = self.objects.get((ref.kind, ref.name))
        seen = copy.deepcopy(found)
        if found is not None and self.works:
            conditions = [{"type": word, "status": "True"} for word in ("Established", "Available")]
            found["status"] = {
                "observedGeneration": found["metadata"]["generation"], "updatedReplicas": 1, "availableReplicas": 1,
                "conditions": conditions,
            }  # fmt: skip
        return seen


def held(identity: str = "a") -> dict[str, Image]:
    return {"breakfix-pack/toys:1.4": Image("breakfix-pack/toys:1.4", identity)}


def install(cluster: Cluster, found: Component, images: dict[str, Image], **more: Any) -> list[str]:
    """What is said of it."""
    told: list[str] = []
    installation.install(cluster, found, images, told.append, **more)  # type: ignore[arg-type] # all that it asks of one
    return told


def test_a_component_is_installed_once_in_an_order_that_works(pack: Path) -> None:
    """Namespaces and definitions first; what is of a defined kind only once its definition is established."""
    cluster, found = Cluster(), toys(pack)
    assert install(cluster, found, held()) == ["installing toys"]
    order = cluster.applied
    assert sorted(order[:3]) == [
        "CustomResourceDefinition/gizmos.toys.example",
        "CustomResourceDefinition/widgets.toys.example",
        "Namespace/toys",
    ]
    assert sorted(order[3:]) == ["ClusterRole/toys-owner", "Deployment/toys", "Widget/first"]
    assert install(cluster, found, held()) == []
    assert len(cluster.applied) == 6


@pytest.mark.parametrize("change", ["image", "manifests", "beside"])
def test_what_changed_is_installed_again(pack: Path, change: str) -> None:
    cluster = Cluster()
    install(cluster, toys(pack), held())
    path = pack / "components" / "toys" / "manifests.yaml"
    if change == "manifests":
        path.write_text(path.read_text().replace("size: 3", "size: 4"))
    beside = [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "more"}}] if change == "beside" else []
    pods = cluster.objects["Deployment", "toys"]["spec"]["template"]["metadata"]["annotations"]
    assert install(cluster, toys(pack), held("b" if change == "image" else "a"), beside=beside) == ["installing toys"]
    assert cluster.objects["Deployment", "toys"]["spec"]["template"]["metadata"]["annotations"] != pods


def test_a_components_pods_stand_where_no_exercise_drains_a_node(pack: Path) -> None:
    cluster = Cluster()
    install(cluster, toys(pack), held())
    pod = cluster.objects["Deployment", "toys"]["spec"]["template"]["spec"]
    assert pod["nodeSelector"] == {"node-role.kubernetes.io/control-plane": ""}
    assert [one["key"] for one in pod["tolerations"]] == ["node-role.kubernetes.io/control-plane"]


def test_a_component_that_does_not_get_ready_is_told(pack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation, "READY_SECONDS", 0.1)
    with pytest.raises(EnvironmentBrokenError, match=r"for a component; last seen: CustomResourceDefinition/gizmos"):
        install(Cluster(works=False), toys(pack), held())


@pytest.mark.parametrize(
    ("kind", "status", "ready"),
    [
        ("DaemonSet", {"observedGeneration": 2, "desiredNumberScheduled": 2, "updatedNumberScheduled": 2, "numberAvailable": 2}, True),
        ("DaemonSet", {"observedGeneration": 2, "desiredNumberScheduled": 2, "updatedNumberScheduled": 2, "numberAvailable": 1}, False),
        ("DaemonSet", {"observedGeneration": 1, "desiredNumberScheduled": 2, "updatedNumberScheduled": 2, "numberAvailable": 2}, False),
        ("Deployment", {"observedGeneration": 2, "updatedReplicas": 1, "availableReplicas": 1}, True),
        ("Deployment", {"observedGeneration": 2, "availableReplicas": 1}, False),
        ("StatefulSet", {"observedGeneration": 1, "updatedReplicas": 1, "availableReplicas": 1}, False),
        ("APIService", {"conditions": [{"type": "Available", "status": "True"}]}, True),
        ("APIService", {"conditions": [{"type": "Available", "status": "False"}]}, False),
        ("APIService", {}, False),
    ],
)  # fmt: skip
def test_ready_means_that_the_newest_generation_is(kind: str, status: Object, *, ready: bool) -> None:
    value = {"kind": kind, "metadata": {"generation": 2}, "spec": {}, "status": status}
    assert installation.READY[kind](value) is ready


WIDGET = """# ours
apiVersion: toys.example/v1
kind: Widget
metadata:
  name: mine
spec:
  size: 3
  colour: red
  port: http
  labels: {a: b}
  anything: {goes: [1, x]}
  parts:
    - {name: wheel, weight: null}
"""


def judged(pack: Path, text: str) -> list[Problem]:
    found, wrong = manifests.parse("widget.yaml", text.encode())
    assert not wrong
    return customresources.problems(found, [toys(pack)])


def test_a_right_custom_resource_is_let_through(pack: Path) -> None:
    assert judged(pack, WIDGET) == []
    assert judged(pack, WIDGET.replace("port: http", "port: 80").replace("  colour: red\n", "")) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("  size: 3", "  size: 3\n  sighs: 3", 6, "Widget/mine: spec: Additional properties are not allowed ('sighs' was"),
        ("  size: 3", "  size: many", 7, "Widget/mine: spec.size: 'many' is not of type 'integer'"),
        ("  size: 3", "  size: 0", 7, "Widget/mine: spec.size: 0 is less than or equal to the minimum of 0"),
        ("  size: 3\n", "", 6, "Widget/mine: spec: 'size' is a required property"),
        ("colour: red", "colour: mauve", 8, "Widget/mine: spec.colour: 'mauve' is not one of ['red', 'blue']"),
        ("port: http", "port: [80]", 9, "Widget/mine: spec.port: [80] is not valid under any of the given schemas"),
        ("{a: b}", "{a: 1}", 10, "Widget/mine: spec.labels.a: 1 is not of type 'string'"),
        ("name: wheel,", "name: wheel, wait: 1,", 13, "Widget/mine: spec.parts.0: Additional properties are not allowed ('wait'"),
        ("name: wheel,", "", 13, "Widget/mine: spec.parts.0: 'name' is a required property"),
        ("spec:", "speck: 1\nspec:", 2, "Widget/mine: the object: Additional properties are not allowed ('speck' was"),
        ("toys.example/v1", "toys.example/v1alpha1", 3, "the cluster knows no Widget in toys.example/v1alpha1"),  # not served
        ("kind: Widget", "kind: Gizmo", 3, "Gizmo/mine: objects of this kind are the platform's"),
    ],
)  # fmt: skip
def test_what_a_definition_refuses_is_told_with_file_and_line(
    pack: Path, old: str, new: str, line: int, told: str
) -> None:
    """Without a cluster, and as strictly as its API server would."""
    assert old in WIDGET
    (problem,) = judged(pack, WIDGET.replace(old, new, 1))
    assert (problem.file, problem.line) == ("widget.yaml", line)
    assert problem.message.startswith(told) or told in problem.message


def test_all_that_is_wrong_with_a_custom_resource_is_told(pack: Path) -> None:
    assert len(judged(pack, WIDGET.replace("size: 3", "size: x").replace("colour: red", "colour: x"))) == 2


def test_a_submission_is_judged_by_its_exercises_components(pack: Path, tmp_path: Path) -> None:
    """And by nothing where it has none."""
    plain = exercises.load("serving-never-ready")
    folder = tmp_path / "handed-in"
    for path, source in plain.shipped_files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(source.read_bytes())
    editable = next(path for path in plain.shipped_files if plain.may_edit(path))
    with (folder / editable).open("a") as handle:
        handle.write(f"\n---\n{WIDGET.replace('size: 3', 'size: many')}")
    assert toys(pack)
    assert collect(plain, folder).problems == ()
    (problem,) = collect(replace(plain, components=("toys",)), folder).problems
    assert problem.file == editable
    assert "spec.size: 'many'" in problem.message


def test_definitions_without_their_own_strictness_stay_open(pack: Path) -> None:
    """Where a schema preserves unknown fields, none is refused."""
    path = pack / "components" / "toys" / "manifests.yaml"
    text = path.read_text().replace(
        "              required: [size]\n", "              x-kubernetes-preserve-unknown-fields: true\n"
    )
    path.write_text(text)
    assert yaml.safe_load_all(text)
    assert judged(pack, WIDGET.replace("  size: 3", "  sighs: 3")) == []
