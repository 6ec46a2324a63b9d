"""When somebody first worked on a bundle's workspace, and when they handed in, as their own machine noted it.

A note for a talk, never a rule: whoever has the folder can change it.
"""

import json
import re
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from harness.core.errors import InputError
from harness.exercises import marker
from harness.intake.submission import TIMES

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00")
COMMAND = re.compile(r"[a-z]{1,20}")


@dataclass(frozen=True)
class Times:
    """Moments in UTC, ISO 8601 to the second, '' where there is none: the first `command`, and the last submit.

    `files` is the digest of what was submitted then.
    """

    first: str = ""
    command: str = ""
    submitted: str = ""
    files: str = ""


def worked(folder: Path, command: str) -> None:
    """Note the first command that was used on a bundle's workspace; of others nothing is noted."""
    known = _of_bundle(folder)
    if known is not None and not known.first:
        _write(folder, replace(known, first=_now(), command=command))


def submitted(folder: Path, files: str) -> None:
    """Note that a bundle's workspace is handed in now; the same files again are no other submission."""
    known = _of_bundle(folder)
    if known is not None and known.files != files:
        _write(folder, replace(known, submitted=_now(), files=files))


def kept(aside: Path, folder: Path) -> None:
    """Take the note along where a workspace begins again: it is not begun again."""
    if (known := _of_bundle(aside)) is not None and known != Times():
        _write(folder, known)


def parsed(content: bytes) -> Times:
    """Return what a note says; of a stranger's, what is no moment counts as not noted."""
    try:
        data = json.loads(content)
        found = Times(*(str(data.get(key, "")) for key in ("first", "command", "submitted", "files")))
    except (ValueError, AttributeError, RecursionError):
        return Times()
    first, sent = (moment if _is_moment(moment) else "" for moment in (found.first, found.submitted))
    return Times(
        first,
        found.command if first and COMMAND.fullmatch(found.command) else "",
        sent,
        found.files[:64] if sent else "",
    )


def _is_moment(text: str) -> bool:
    with suppress(ValueError):
        return MOMENT.fullmatch(text) is not None and datetime.fromisoformat(text).tzinfo is not None
    return False


def _of_bundle(folder: Path) -> Times | None:
    try:
        if not marker.read(folder).candidate:
            return None
    except InputError:
        return None
    note = folder / TIMES
    with suppress(OSError):
        return parsed(note.read_bytes()) if note.is_file() and not note.is_symlink() else Times()
    return None


def _write(folder: Path, times: Times) -> None:
    with suppress(OSError):  # a folder that cannot be written keeps nobody from working
        (folder / TIMES).unlink(missing_ok=True)  # a link of that name is not followed
        (folder / TIMES).write_text(json.dumps(asdict(times)) + "\n", "utf-8")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
