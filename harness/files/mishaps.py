"""What befalls a text on its way to us: marks that other tools leave in it, and characters that do not show. Each is named."""

import re
import unicodedata

CONTROLS = {"\0": "NUL", "\a": "bell", "\b": "backspace", "\v": "vertical tab", "\f": "form feed", "\x1b": "escape", "\x7f": "delete"}  # fmt: skip
# Source: YAML 1.2.2, 5.1.
FORBIDDEN = re.compile(r"[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
UNSEEN = ("Zs", "Zl", "Zp", "Cf")  # categories of Unicode: spaces, line ends, and what steers the others
# Git's conflict marks stand at the start of a line; within a value of YAML nothing does.
CONFLICT = re.compile(r"^(<{7}|={7}|>{7}|\|{7})(?=\s|\Z)", re.MULTILINE)
FENCE = re.compile(r"^(```|~~~)", re.MULTILINE)
POINTER = b"version https://git-lfs.github.com/spec/"  # source: git-lfs, docs/spec.md
OF_POINTER = "is a pointer of git-lfs and not the file itself: run `git lfs pull`, and hand in what stands there then"
OF_CONFLICT = "holds git's marks of a conflict (<<<<<<<, =======, >>>>>>>): keep one side of each, and remove the marks"
OF_FENCE = "holds a fence of Markdown (``` or ~~~): remove its lines"


def line_at(text: str, index: int) -> int:
    """Return the line (1-based) of a character as editors count: YAML's parser ends lines at other characters, too."""
    return len(re.findall(r"\r\n|\r|\n", text[:index])) + 1


def named(char: str) -> str:
    """Return a character's number and name."""
    name = CONTROLS.get(char) or unicodedata.name(char, "control character").lower()
    return f"U+{ord(char):04X} ({name})"


def of_refused(text: str, index: int) -> tuple[int, str] | None:
    """Return line and words for what befell a text that YAML's parser gave up at this character, None where nothing did."""
    for pattern, told in ((CONFLICT, OF_CONFLICT), (FENCE, OF_FENCE)):
        if found := pattern.search(text):
            return line_at(text, found.start()), told
    if unseen := _unseen(text, index):
        char = text[unseen[0]]
        return line_at(text, unseen[0]), f"holds {named(char)}, which looks like a space or nothing: retype that place"
    return None


def of_unreadable(text: str) -> tuple[int, str] | None:
    """Return line and words for the first character that YAML forbids, None where there is none."""
    found = FORBIDDEN.search(text)
    return (line_at(text, found.start()), f"holds {named(found[0])}: remove it") if found else None


def of_zeros(data: bytes) -> tuple[int, str]:
    """Return line and words for bytes among which is a NUL: what a full disk left in a text, UTF-16, or no text at all."""
    body, rest = data.rstrip(b"\0"), data.replace(b"\0", b"")
    own = body + data[len(body) : len(body) + 1]  # of UTF-16 the last character may end in one
    if body and own.count(b"\0") * 3 > len(own):
        return 1, "is UTF-16 text; save it as UTF-8"
    try:
        text = rest.decode()
    except UnicodeDecodeError:
        text = ""
    if not text or FORBIDDEN.search(text):
        return 1, "is a binary file; only text is graded"
    line = data[: data.index(b"\0")].count(b"\n") + 1
    return (
        line,
        f"holds {named(chr(0))}, as after a full disk or a copy that broke off: remove it, and see what is lost",
    )


def _unseen(text: str, index: int) -> list[int]:
    """Return where characters that do not show stand, on the line of a place or the one before."""
    start = text.rfind("\n", 0, max(0, text.rfind("\n", 0, index))) + 1
    end = text.find("\n", index)
    places = range(start, len(text) if end < 0 else end)
    return [at for at in places if text[at] == "\x85" or (text[at] != " " and unicodedata.category(text[at]) in UNSEEN)]
