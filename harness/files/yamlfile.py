"""Read YAML that strangers wrote: with line numbers, without surprises.

Refused with a problem instead of an exception: undecodable or binary bytes, syntax errors, duplicate keys,
alias bombs, unknown tags, nesting beyond reason, non-string keys; in workflows, merge keys, which GitHub does not know.
"""

import codecs
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from harness.files import mishaps

MAX_NODES = 20_000
MAX_DEPTH = 60
MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
Path_ = tuple[str | int, ...]


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a file: where, and what to do about it."""

    file: str
    line: int
    message: str


@dataclass(frozen=True)
class Document:
    """One YAML document: its plain value and the line on which each part of it starts (1-based)."""

    file: str
    line: int
    value: Any
    lines: dict[Path_, int] = field(repr=False)

    def line_of(self, path: Path_) -> int:
        """Return the line of the deepest existing part of `path`."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, self.line)


class _TooMuchError(Exception):
    """The document breaks one of this module's rules."""

    def __init__(self, line: int, message: str) -> None:
        self.line = line
        super().__init__(message)


def read_documents(data: bytes, file: str, dialect: str = "kubernetes") -> tuple[list[Document], list[Problem]]:
    """Return the documents in `data` (empty ones are left out) and the problems found; never raises for content."""
    try:
        text = decoded(data)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return [], [Problem(file, line, "is not UTF-8 text; save it as UTF-8")]
    documents: list[Document] = []
    try:
        for node in yaml.compose_all(text, Loader=DIALECTS[dialect]):
            document = _document(file, node, merges=dialect != WORKFLOW)
            if document is not None:
                documents.append(document)
    except _TooMuchError as error:
        return documents, [Problem(file, error.line, str(error))]
    except yaml.MarkedYAMLError as error:
        what = " ".join(str(part) for part in (error.context, error.problem) if part)
        mark = error.problem_mark or error.context_mark
        index = mark.index if mark else 0
        line, befell = mishaps.of_refused(text, index) or (mishaps.line_at(text, index), "")
        told = f"it {befell} ({what})" if befell else what
        return documents, [Problem(file, line, f"is not valid YAML: {told}")]
    except yaml.reader.ReaderError as error:
        line, befell = mishaps.of_unreadable(text) or (1, f"cannot be read: {str(error).splitlines()[0]}")
        return documents, [Problem(file, line, f"is not valid YAML: it {befell}")]
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        return documents, [Problem(file, 1, f"is not valid YAML: {str(error).splitlines()[0]}")]
    return documents, []


def decoded(data: bytes) -> str:
    """Return YAML's text: UTF-8, or what its byte order mark says, as kubectl reads it; without the mark.

    Sources: YAML 1.2.2, 5.2; k8s.io/cli-runtime, pkg/resource/visitor.go (unicode.BOMOverride).

    Raises: UnicodeDecodeError where it is neither.
    """
    encoding = next((name for mark, name in MARKS.items() if data.startswith(mark)), "utf-8")
    return data.decode(encoding)


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The safe loader, with the plain scalars of Kubernetes' own YAML reader in place of Python's.

    Source: sigs.k8s.io/yaml (go-yaml v2): numbers and booleans as it knows them; dates and times are text.
    """


GO_SCALAR = "!go-scalar"
BOOLEANS = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
}
NUMBER = re.compile(
    r"[-+]?(0x[0-9A-Fa-f_]+|0b[01_]+|0o[0-7_]+|(\.[0-9]+|[0-9][0-9_]*(\.[0-9]*)?)([eE][-+]?[0-9]+)?|\.(inf|Inf|INF))|\.(nan|NaN|NAN)"
)
_Loader.yaml_implicit_resolvers = {
    first: kept
    for first, resolvers in _Loader.yaml_implicit_resolvers.items()
    if (kept := [(tag, pattern) for tag, pattern in resolvers if tag.endswith((":null", ":merge"))])
}
_Loader.add_implicit_resolver(
    GO_SCALAR,
    re.compile(rf"(?:{'|'.join(BOOLEANS)}|{NUMBER.pattern})\Z"),
    [*"+-.0123456789", *{word[0] for word in BOOLEANS}],
)


class _WorkflowLoader(_Loader):
    """The same for GitHub's workflows, which are YAML 1.2: there `on`, `yes` and the like are plain text."""


WORKFLOW = "workflow"
MERGE = "tag:yaml.org,2002:merge"
DIALECTS: dict[str, Any] = {"kubernetes": _Loader, WORKFLOW: _WorkflowLoader}
_WorkflowLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != GO_SCALAR]
    for first, resolvers in _Loader.yaml_implicit_resolvers.items()
}
_WorkflowLoader.add_implicit_resolver(
    GO_SCALAR, re.compile(rf"(?:true|True|TRUE|false|False|FALSE|{NUMBER.pattern})\Z"), [*"+-.0123456789", *"tTfF"]
)


def _go_scalar(text: str) -> bool | int | float | str:
    """Return what Kubernetes' reader makes of a plain scalar that looks like a number or a boolean."""
    if text in BOOLEANS:
        return BOOLEANS[text]
    digits = text.replace("_", "")
    octal = re.fullmatch(r"([-+]?)0([0-7]+)", digits)
    try:
        return int(f"{octal[1]}0o{octal[2]}" if octal else digits, 0)
    except ValueError:
        return float(re.sub(r"\.(inf|nan)", r"\1", digits.lower()))


def _document(file: str, node: yaml.Node | None, *, merges: bool) -> Document | None:
    if node is None or (isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null"):
        return None
    lines: dict[Path_, int] = {}
    builder = _Builder(lines, merges=merges)
    value = builder.build(node, ())
    return Document(file, node.start_mark.line + 1, value, lines)


class _Builder:
    """Turn nodes into plain values, counting as it goes so that aliases cannot multiply without end."""

    def __init__(self, lines: dict[Path_, int], *, merges: bool) -> None:
        self.lines = lines
        self.merges = merges
        self.count = 0
        self.scalars = yaml.constructor.SafeConstructor()

    def build(self, node: yaml.Node, path: Path_) -> Any:  # noqa: ANN401 - any YAML value
        line = self._counted(node)
        if len(path) > MAX_DEPTH:
            raise _TooMuchError(line, f"is nested deeper than {MAX_DEPTH} levels")
        self.lines.setdefault(path, line)
        if isinstance(node, yaml.MappingNode):
            return dict(self._pairs(node, path))
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, (*path, index)) for index, item in enumerate(node.value)]
        return self._scalar(node, line)

    def _counted(self, node: yaml.Node) -> int:
        """Count one more node, and return its line."""
        line = node.start_mark.line + 1
        self.count += 1
        if self.count > MAX_NODES:
            raise _TooMuchError(line, f"expands to more than {MAX_NODES} values; write it without nested aliases")
        return line

    def _pairs(
        self, node: yaml.MappingNode, path: Path_, given: frozenset[str] = frozenset(), depth: int = 0
    ) -> Iterator[tuple[str, Any]]:
        """Yield keys and values, but for what is `given`: what a mapping says itself wins over what it merges."""
        seen: set[str] = set()
        merged: list[yaml.Node] = []
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if key_node.tag == MERGE:
                if not self.merges or depth > MAX_DEPTH:
                    raise _TooMuchError(line, "uses a merge key (<<), which is not read here; write it out")
                merged += value_node.value if isinstance(value_node, yaml.SequenceNode) else [value_node]
                continue
            key = self.build(key_node, (*path, "")) if isinstance(key_node, yaml.ScalarNode) else None
            if not isinstance(key, str):
                raise _TooMuchError(line, "has a key that is not text; quote it")
            if key in seen:
                raise _TooMuchError(line, f"repeats the key {key!r}; keep one of them")
            seen.add(key)
            if key not in given:
                self.lines[(*path, key)] = line
                yield key, self.build(value_node, (*path, key))
        for other in merged:
            self._counted(other)
            if not isinstance(other, yaml.MappingNode):
                raise _TooMuchError(other.start_mark.line + 1, "merges (<<) what is no mapping")
            for key, value in self._pairs(other, path, given | seen, depth + 1):
                seen.add(key)
                yield key, value

    def _scalar(self, node: yaml.Node, line: int) -> Any:  # noqa: ANN401 - any YAML scalar
        if node.tag == GO_SCALAR:
            return self._finite(_go_scalar(node.value), line)
        if node.tag == "tag:yaml.org,2002:timestamp":
            return node.value  # as one without the tag is read
        if not node.tag.startswith("tag:yaml.org,2002:") or node.tag.endswith(("binary", "set", "omap", "pairs")):
            raise _TooMuchError(line, f"uses the tag {node.tag!r}, which is not read here")
        try:
            value = self.scalars.construct_object(node)
        except (yaml.YAMLError, ValueError) as error:
            raise _TooMuchError(line, f"has a value that cannot be read: {str(error).splitlines()[0]}") from error
        return self._finite(value, line)

    def _finite(self, value: Any, line: int) -> Any:  # noqa: ANN401 - any YAML scalar
        if isinstance(value, float) and not math.isfinite(value):
            raise _TooMuchError(line, "has a number that is not finite, which JSON cannot carry")
        return value
