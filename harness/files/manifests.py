"""Kubernetes objects as files declare them, each with the file and line it came from."""

from dataclasses import dataclass, field
from typing import Any

from harness.files.yamlfile import Document, Path_, Problem, read_documents


@dataclass(frozen=True)
class Manifest:
    """One Kubernetes object: its value, its file, and the lines of its parts (keys of `lines` are paths)."""

    file: str
    line: int
    value: dict[str, Any]
    lines: dict[Path_, int] = field(default_factory=dict, repr=False)

    @property
    def kind(self) -> str:
        """The object's kind, or '' where it is no text."""
        return _text(self.value.get("kind"))

    @property
    def api_version(self) -> str:
        """The object's apiVersion, or ''."""
        return _text(self.value.get("apiVersion"))

    @property
    def metadata(self) -> dict[str, Any]:
        """The object's metadata, or an empty mapping where it is none."""
        found = self.value.get("metadata")
        return found if isinstance(found, dict) else {}

    @property
    def name(self) -> str:
        """The object's name, or ''."""
        return _text(self.metadata.get("name"))

    @property
    def namespace(self) -> str:
        """The object's namespace, or ''."""
        return _text(self.metadata.get("namespace"))

    @property
    def label(self) -> str:
        """What to call the object in a message: Kind/name."""
        return f"{self.kind or 'object'}/{self.name or '(no name)'}"

    def line_of(self, path: Path_) -> int:
        """Return the line of the deepest existing part of `path`."""
        return Document(self.file, self.line, None, self.lines).line_of(path)


def barren(_: str) -> tuple[str, str]:
    """Return why no object comes of a YAML file that can be read, and what to do."""
    return "holds nothing but comments, if anything: no object comes from it", "remove the file"


def parse(file: str, data: bytes) -> tuple[list[Manifest], list[Problem]]:
    """Return the objects in a file, `List`s flattened, and what is wrong with the rest."""
    documents, problems = read_documents(data, file)
    manifests: list[Manifest] = []
    for document in documents:
        _flatten(document, document.value, (), manifests, problems)
    return manifests, problems


def _flatten(document: Document, value: Any, at: Path_, into: list[Manifest], problems: list[Problem]) -> None:  # noqa: ANN401
    line = document.line_of(at)
    if not isinstance(value, dict):
        problems.append(
            Problem(document.file, line, f"holds {_shape(value)} where a Kubernetes object (a mapping) belongs")
        )
        return
    missing = [key for key in ("apiVersion", "kind") if not _text(value.get(key))]
    if missing:
        problems.append(Problem(document.file, line, f"holds an object without {' and '.join(missing)}"))
        return
    if value["kind"] == "List" and value["apiVersion"] == "v1":
        items = value.get("items")
        if not isinstance(items, list):
            problems.append(Problem(document.file, line, "holds a List whose items are no list"))
            return
        for index, item in enumerate(items):
            _flatten(document, item, (*at, "items", index), into, problems)
        return
    lines = {path[len(at) :]: number for path, number in document.lines.items() if path[: len(at)] == at}
    manifest = Manifest(document.file, line, value, lines)
    if not manifest.name:
        problems.append(Problem(document.file, line, f"holds a {manifest.kind} without metadata.name"))
        return
    into.append(manifest)


def _text(value: Any) -> str:  # noqa: ANN401
    return value if isinstance(value, str) else ""


def _shape(value: Any) -> str:  # noqa: ANN401
    return {list: "a list", str: "plain text", int: "a number", float: "a number", bool: "true or false"}.get(
        type(value), "something else"
    )
