"""What a candidate hands in: one archive of the editable files, the notes, the marker and the last local report."""

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from harness.core import versions
from harness.exercises import marker
from harness.intake.submission import HASHES, NOTES, REPORT, TIMES, Submission

TEMPLATE = """# Notes

Fill these in as you go: the next interview starts from them.

## What was wrong

## Options that I saw

## What I chose, and why

## How I checked it

## What I deferred, and why

## How I would operate it

## AI and other tools: what I asked, what I took, what I refused, and how I checked what they said
"""


@dataclass(frozen=True)
class HandedIn:
    """An archive's bytes, what is in it, and what its author should know."""

    data: bytes
    names: tuple[str, ...]
    warnings: tuple[str, ...]


def pack(submission: Submission, folder: Path) -> HandedIn:
    """Return the archive of a workspace, the same bytes for the same files."""
    files, warnings = _taken(submission, folder)
    return HandedIn(_archive(files), tuple(sorted(files)), tuple(warnings))


def pack_parts(submissions: Mapping[str, Submission], folder: Path) -> HandedIn:
    """Return the archive of a take-home, whose parts stand in folders of these names; the same bytes for the same files."""
    files, warnings = {marker.PARTS: (folder / marker.PARTS).read_bytes()}, []
    for part, submission in submissions.items():
        own, told = _taken(submission, folder / part)
        files |= {f"{part}/{path}": data for path, data in own.items()}
        warnings += [f"{part}: {one}" for one in told]
    return HandedIn(_archive(files), tuple(sorted(files)), tuple(warnings))


def _taken(submission: Submission, folder: Path) -> tuple[dict[str, bytes], list[str]]:
    """Return what of a workspace is handed in, by path, and what its author should know."""
    told = marker.read(folder)
    files = {one.path: one.data for one in submission.files if one.editable}
    warnings = [f"{one.file}:{one.line} {one.message}" for one in submission.problems] + list(submission.notes)
    notes = folder / NOTES
    if notes.is_file() and not notes.is_symlink():
        files[NOTES] = notes.read_bytes()
    if NOTES not in files or files[NOTES].decode("utf-8", "replace").split() == TEMPLATE.split():
        warnings.append(f"{NOTES} is missing or not filled in; the next interview starts from it")
    report = folder / REPORT
    if report.is_file() and not report.is_symlink():
        files[REPORT] = report.read_bytes()
        warnings += _doubts(files[REPORT], submission)
    else:
        warnings.append("no local report goes with it: `breakfix check` has not been run here")
    times = folder / TIMES
    if times.is_file() and not times.is_symlink():
        files[TIMES] = times.read_bytes()
    files[marker.MARKER] = (folder / marker.MARKER).read_bytes()
    facts = {
        "exercise": told.slug, "version": told.version, "kit": versions.KIT, "candidate": told.candidate,
        "files": {path: hashlib.sha256(data).hexdigest() for path, data in sorted(files.items())},
    }  # fmt: skip
    files[HASHES] = (json.dumps(facts, indent=1) + "\n").encode()
    return files, warnings


def digest(submission: Submission, folder: Path) -> str:
    """Return the SHA-256 of what its author wrote: the editable files and the notes."""
    notes = folder / NOTES
    written = notes.read_bytes() if notes.is_file() and not notes.is_symlink() else b""
    return hashlib.sha256(submission.digest(editable=True).encode() + written).hexdigest()


def _doubts(report: bytes, submission: Submission) -> list[str]:
    """Return what the author should know of the report of their last check: other files, not all of it, not passed."""
    again = "run `breakfix check` again before you send it"
    try:
        told = json.loads(report)
        files, stage, outcome = told["provenance"]["submitted files"], told["stage"], told["outcome"]
        failed = [one["check"]["id"] for one in told["results"] if one["verdict"] not in {"PASS", "VOID"}]
    except (ValueError, KeyError, TypeError, RecursionError):
        return [f"the local report that goes with it cannot be read: {again}"]
    doubts = []
    if files != f"sha256:{submission.digest(editable=True)}":
        doubts.append(f"the local report that goes with it is of other files than these, older ones: {again}")
    if stage != "all":
        doubts.append(f"your last check was of the {stage} stage only: `breakfix check` runs all of it")
    if outcome != "passed":
        named = f" ({', '.join(map(str, failed[:6]))})" if failed else ""
        doubts.append(f"your last check did not pass, it is {outcome}{named}; what goes with it says so")
    return doubts


def _archive(files: dict[str, bytes]) -> bytes:
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, data in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), 0o644
            archive.addfile(entry, io.BytesIO(data))
    return gzip.compress(plain.getvalue(), mtime=0)


def changed(folder: Path, submission: Submission) -> list[str]:
    """Return the files that are not as the archive's own hashes say; none where it has no hashes."""
    try:
        told = json.loads((folder / HASHES).read_text("utf-8"))["files"]
        wanted = {str(path): str(digest) for path, digest in told.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return []
    found = {one.path: hashlib.sha256(one.data).hexdigest() for one in submission.files if one.editable}
    for name in (NOTES, REPORT, TIMES, marker.MARKER):
        path = folder / name
        if path.is_file() and not path.is_symlink():
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return sorted(path for path in wanted.keys() | found.keys() if wanted.get(path) != found.get(path))


def keep(folder: Path, report: str) -> None:
    """Keep the last local report in the workspace, where it can be written."""
    with suppress(OSError):
        (folder / REPORT).unlink(missing_ok=True)  # a link of that name is not followed
        (folder / REPORT).write_text(report, "utf-8")
