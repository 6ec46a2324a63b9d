"""Container images written by ourselves: layers and the archive that `docker load` and ctr read."""

import gzip
import hashlib
import io
import json
import platform
import shutil
import tarfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
EPOCH = "1970-01-01T00:00:00Z"


@dataclass(frozen=True)
class Layer:
    """A layer's file, plain or gzipped, and the digest of its plain tar."""

    path: Path
    diff_id: str


@dataclass(frozen=True)
class Image:
    """An image's name and tag, its layers from the bottom up, and its configuration (OCI key names)."""

    name: str
    layers: Sequence[Layer]
    config: Mapping[str, object] = field(default_factory=dict)


def architecture() -> str:
    """Return this machine's architecture as images name it."""
    return ARCHITECTURES.get(platform.machine(), platform.machine())


def write_layer(path: Path, fill: Callable[[tarfile.TarFile], None], *, compress: bool = True) -> Layer:
    """Write a layer that `fill` adds the files of."""
    plain = path.with_name(path.name + ".tar")
    with tarfile.open(plain, "w") as tar:
        fill(tar)
    with plain.open("rb") as handle:
        diff_id = "sha256:" + hashlib.file_digest(handle, "sha256").hexdigest()
    if not compress:
        return Layer(plain.rename(path), diff_id)
    with plain.open("rb") as source, path.open("wb") as target, _gzip(target) as zipped:
        shutil.copyfileobj(source, zipped, 1 << 20)
    plain.unlink()
    return Layer(path, diff_id)


def _gzip(target: IO[bytes]) -> gzip.GzipFile:
    return gzip.GzipFile(filename="", mode="wb", fileobj=target, compresslevel=4, mtime=0)


def write(path: Path, images: Sequence[Image]) -> None:
    """Write images into one archive in the docker-archive format; layers they share are written once."""
    layers = {layer.diff_id: layer for image in images for layer in image.layers}
    manifest = []
    with tarfile.open(path, "w") as tar:
        for layer in layers.values():
            tar.add(layer.path, _layer_name(layer))
        for image in images:
            config = _config(image)
            name = hashlib.sha256(config).hexdigest() + ".json"
            add_bytes(tar, name, config)
            names = [_layer_name(layer) for layer in image.layers]
            manifest.append({"Config": name, "RepoTags": [image.name], "Layers": names})
        add_bytes(tar, "manifest.json", json.dumps(manifest).encode())


def _layer_name(layer: Layer) -> str:
    return layer.diff_id.removeprefix("sha256:") + ".tar"


def _config(image: Image) -> bytes:
    return json.dumps(
        {
            "architecture": architecture(),
            "os": "linux",
            "created": EPOCH,
            "config": dict(image.config),
            "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in image.layers]},
            "history": [{"created": EPOCH, "created_by": "breakfix"} for _ in image.layers],
        },
        sort_keys=True,
    ).encode()


def add_bytes(tar: tarfile.TarFile, name: str, data: bytes, mode: int = 0o644) -> None:
    """Add a file with this content, owned by root."""
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(data), mode
    tar.addfile(member, io.BytesIO(data))


def add_file(tar: tarfile.TarFile, name: str, path: Path, mode: int = 0o644) -> None:
    """Add a copy of a file, owned by root."""
    member = tarfile.TarInfo(name)
    member.size, member.mode = path.stat().st_size, mode
    with path.open("rb") as handle:
        tar.addfile(member, handle)


def add_link(tar: tarfile.TarFile, name: str, target: str) -> None:
    """Add a symbolic link."""
    member = tarfile.TarInfo(name)
    member.type, member.linkname, member.mode = tarfile.SYMTYPE, target, 0o777
    tar.addfile(member)
