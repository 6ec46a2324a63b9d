"""The parts a node image is made of."""

import gzip
import hashlib
import json
import tarfile
from pathlib import Path

import pytest
import yaml

from harness.core import paths
from harness.nodeimage import archive, base, build, choice, components

CONFIG = """version = 2
  sandbox_image = "old/pause:3.10"
  restrict_oom_score_adj = false
"""


def test_an_archive_has_what_docker_load_reads(tmp_path: Path) -> None:
    """Two images on one layer: it stands there once, and digests are those of the plain tar."""
    layer = archive.write_layer(tmp_path / "layer", lambda tar: archive.add_bytes(tar, "bin/x", b"x", 0o755))
    assert layer.diff_id == "sha256:" + hashlib.sha256(gzip.decompress(layer.path.read_bytes())).hexdigest()
    images = [archive.Image(name, [layer], {"Entrypoint": [name]}) for name in ("a:1", "b:1")]
    archive.write(tmp_path / "images.tar", images)
    with tarfile.open(tmp_path / "images.tar") as tar:
        names = tar.getnames()
        manifest = json.loads((tar.extractfile("manifest.json") or pytest.fail("missing")).read())
        config = json.loads((tar.extractfile(manifest[1]["Config"]) or pytest.fail("missing")).read())
    assert len(names) == 4
    assert [entry["RepoTags"] for entry in manifest] == [["a:1"], ["b:1"]]
    assert config["config"] == {"Entrypoint": ["b:1"]}
    assert config["rootfs"]["diff_ids"] == [layer.diff_id]


def test_layers_are_reproducible(tmp_path: Path) -> None:
    written = [archive.write_layer(tmp_path / name, lambda tar: archive.add_link(tar, "a", "b")) for name in ("1", "2")]
    assert written[0].path.read_bytes() == written[1].path.read_bytes()


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("usr/bin/jq", "usr/bin/jq"),
        ("usr/lib/cni/bridge", "opt/cni/bin/bridge"),
        ("usr/lib/cni/dhcp", None),
        ("usr/lib/systemd/system/multi-user.target.wants/getty.target", None),
        ("etc/systemd/system/timers.target.wants/apt-daily.timer", None),
        ("usr/lib/systemd/system/multi-user.target", "usr/lib/systemd/system/multi-user.target"),
    ],
)
def test_a_node_goes_without_what_kinds_own_does_not_have(name: str, place: str | None) -> None:
    assert base.placed(name) == place


@pytest.mark.parametrize("restricted", [True, False])
def test_containerds_configuration_fits_the_machine(monkeypatch: pytest.MonkeyPatch, *, restricted: bool) -> None:
    monkeypatch.setattr(base, "is_restricted", lambda: restricted)
    text = base.containerd_config(CONFIG, "new/pause:1")
    assert text.splitlines()[1] == '  sandbox_image = "new/pause:1"'
    assert f"restrict_oom_score_adj = {str(restricted).lower()}" in text


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("./usr/lib/x86_64-linux-gnu/libm.so.6", True),
        ("./usr/lib/aarch64-linux-gnu/xtables/libxt_statistic.so", True),
        ("./usr/lib/aarch64-linux-gnu/ld-linux-aarch64.so.1", True),
        ("./usr/lib/x86_64-linux-gnu/libsystemd.so.0", False),
        ("./usr/bin/curl", False),
        ("./lib", True),
    ],
)
def test_kube_proxys_image_has_iptables_and_what_it_loads(name: str, *, wanted: bool) -> None:
    assert bool(components.PROXY_FILES.match(name)) is wanted


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("./usr/bin/mkdir", True),
        ("./usr/bin/rm", True),
        ("./usr/lib/x86_64-linux-gnu/libselinux.so.1", True),
        ("./usr/bin/rmdir", False),
    ],
)
def test_the_volume_provisioners_image_makes_and_removes_folders(name: str, *, wanted: bool) -> None:
    assert bool(components.VOLUME_FILES.match(name)) is wanted


def test_the_default_class_is_the_provisioners_and_its_image_is_on_the_node() -> None:
    found = list(yaml.safe_load_all(base.storage()))
    (storage_class,) = [one for one in found if one["kind"] == "StorageClass"]
    (deployment,) = [one for one in found if one["kind"] == "Deployment"]
    (config,) = [one["data"] for one in found if one["kind"] == "ConfigMap"]
    assert storage_class["metadata"]["annotations"]["storageclass.kubernetes.io/is-default-class"] == "true"
    containers = [
        *deployment["spec"]["template"]["spec"]["containers"],
        *yaml.safe_load(config["helperPod.yaml"])["spec"]["containers"],
    ]
    assert {one["image"] for one in containers} == {base.LOCAL_PATH}
    assert json.loads(config["config.json"])["nodePathMap"][0]["paths"] == ["/var/local-path-provisioner"]


def test_the_tag_changes_with_the_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    before = build.tag()
    monkeypatch.setattr(base, "RECIPE", "another")
    assert build.tag() != before


def test_a_missing_registry_is_remembered_for_minutes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert not choice.registry_was_missing()
    (paths.state() / "no-registry").touch()
    assert choice.registry_was_missing()
    monkeypatch.setattr(choice, "REMEMBER_SECONDS", -1)
    assert not choice.registry_was_missing()
