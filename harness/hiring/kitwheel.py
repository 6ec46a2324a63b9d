"""The wheel that a candidate installs: what a candidate needs of this kit and, inside, the public side of one exercise."""

import base64
import hashlib
import zipfile
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path

from harness.core import listing, paths, versions

PACKAGES = ("breakfix", "grader", "harness")
# What makes exercises, hands them out, proves and compares them; what authors begin from holds a solution, if only of a toy.
TEAM = (
    *(f"breakfix/{name}.py" for name in ("authors", "deciding", "grades", "hiring", "team")),
    *(f"breakfix/commands/{name}.py" for name in (
        "authoring", "batching", "bundling", "calibrating", "comparing", "demo", "rating", "selfstudy", "trial", "twisting",
        "verifying",
    )),
    "breakfix/handout", "breakfix/template", "grader/grading/batch.py", "grader/grading/twist.py", "grader/proof", "grader/round",
    *(f"grader/render/comparison.{end}" for end in ("py", "schema.json", "html.j2")),
    "harness/containers/agentbox.py", "harness/hiring/kitwheel.py",
)  # fmt: skip
EPOCH = (1980, 1, 1, 0, 0, 0)  # the same bytes whenever it is made
INFO = f"breakfix-{versions.KIT}.dist-info"
WHEEL = "Wheel-Version: 1.0\nGenerator: breakfix\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def name() -> str:
    """Return the wheel's file name, as PEP 427 wants it."""
    return f"breakfix-{versions.KIT}-py3-none-any.whl"


def write(path: Path, extra: Mapping[str, bytes]) -> None:
    """Write the wheel, with `extra` files beside the packages; an installed kit finds exercises/ there."""
    told = metadata.distribution("breakfix")
    files = {
        **dict(_package_files()),
        **extra,
        f"{INFO}/METADATA": (told.read_text("METADATA") or "").partition("\n\n")[0].encode() + b"\n",
        f"{INFO}/licenses/LICENSE": (told.read_text("licenses/LICENSE") or "").encode(),
        f"{INFO}/WHEEL": WHEEL.encode(),
        f"{INFO}/entry_points.txt": (told.read_text("entry_points.txt") or "").encode(),
    }
    record = f"{INFO}/RECORD"
    lines = [f"{file},sha256={_hash(data)},{len(data)}\n" for file, data in files.items()]
    files[record] = "".join([*lines, f"{record},,\n"]).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, data in files.items():
            entry = zipfile.ZipInfo(file, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)


def _package_files() -> Iterator[tuple[str, bytes]]:
    for package in PACKAGES:
        for name, path in listing.files(paths.KIT / package).items():
            file = f"{package}/{name}"
            if not any(file == left or file.startswith(f"{left}/") for left in TEAM):
                yield file, path.read_bytes()


def _hash(data: bytes) -> str:
    """Return what a RECORD holds: SHA-256 in URL-safe base64 without padding."""
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
