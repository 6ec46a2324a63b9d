"""Read HCL that strangers wrote: blocks, attributes and the calls in their expressions, each with its line.

The grammar is python-hcl2's; nothing is evaluated. What cannot be read is a problem with file and line, never an exception.
"""

import threading
from collections.abc import Iterator
from typing import Any

from harness.files.manifests import Manifest
from harness.files.yamlfile import Path_, Problem

TESTS = (".tftest.hcl", ".tofutest.hcl")
ENDINGS = (".tf", ".tofu", *TESTS)
LARGEST = 200_000  # bytes of one file
DEEPEST = 40  # blocks in each other
READING = threading.Lock()  # python-hcl2 8.1 keeps where it is in a text in one object for all threads


class Configuration(Manifest):
    """One file of HCL: `value["blocks"]` holds its blocks, each with type, labels, attributes and blocks of its own.

    An attribute has its `text`, its `literal` where it is a plain text or a word, its `entries` where it is a mapping, and its
    `calls`: names of functions, each with those of its arguments that are literals.
    """

    @property
    def kind(self) -> str:
        """Always Configuration."""
        return "Configuration"

    @property
    def name(self) -> str:
        """The file's path."""
        return self.file

    @property
    def label(self) -> str:
        """The file's path, which is all the name it has."""
        return self.file


def barren(_: str) -> tuple[str, str]:
    """Return why nothing comes of a file that can be read, and what to do."""
    return "holds nothing but comments, if anything", "remove the file"


def parse(file: str, data: bytes) -> tuple[list[Manifest], list[Problem]]:
    """Return what a file declares, and what is wrong with it."""
    if len(data) > LARGEST:
        return [], [Problem(file, 1, f"is {len(data)} bytes large; at most {LARGEST} are read of a configuration")]
    try:
        blocks, lines = _read(data.decode())
    except UnicodeDecodeError as problem:
        return [], [Problem(file, data.count(b"\n", 0, problem.start) + 1, "is not UTF-8 text; save it as UTF-8")]
    except _UnreadableError as problem:
        return [], [Problem(file, problem.line, str(problem))]
    return [Configuration(file, 1, {"blocks": blocks}, lines)] if blocks else [], []


class _UnreadableError(Exception):
    """The text is no HCL, or too deep."""

    def __init__(self, line: int, message: str) -> None:
        self.line = line
        super().__init__(message)


def _read(text: str) -> tuple[list[dict[str, Any]], dict[Path_, int]]:
    """Return the blocks of a text, and the lines of all their parts.

    Raises: _UnreadableError where it is no HCL.
    """
    import hcl2  # noqa: PLC0415 - its grammar takes longer to load than the other venues need to read their files
    from lark.exceptions import LarkError, UnexpectedInput  # noqa: PLC0415 - the same

    lines: dict[Path_, int] = {}
    try:
        with READING:
            body = hcl2.parses(text).body
            if attributes := [child for child in body.children if _is(child, "attribute")]:
                raise _UnreadableError(_line(attributes[0]), "an attribute stands outside of any block")
            return _blocks(body, (), lines, 0), lines
    except UnexpectedInput as problem:
        line = max(1, min(int(getattr(problem, "line", 1) or 1), text.count("\n") + 1))
        raise _UnreadableError(line, "is no HCL from here on") from None
    except (LarkError, RecursionError, ValueError, RuntimeError, TypeError) as problem:
        raise _UnreadableError(1, f"cannot be read as HCL: {type(problem).__name__}") from None


def _is(element: Any, name: str) -> bool:  # noqa: ANN401 - elements of the library's tree
    return element is not None and element.lark_name() == name


def _line(element: Any) -> int:  # noqa: ANN401
    return int(getattr(getattr(element, "_meta", None), "line", 1) or 1)


def _blocks(body: Any, at: Path_, lines: dict[Path_, int], depth: int) -> list[dict[str, Any]]:  # noqa: ANN401
    if depth > DEEPEST:
        raise _UnreadableError(_line(body), f"nests blocks deeper than {DEEPEST}")
    found: list[dict[str, Any]] = []
    for child in body.children:
        if _is(child, "block"):
            place = (*at, "blocks", len(found))
            lines[place] = _line(child)
            first, *labels = [_plain(label.serialize()) for label in child.labels]
            attributes = _attributes(child.body, place, lines)
            found.append({
                "type": first, "labels": labels, "attributes": attributes,
                "blocks": _blocks(child.body, place, lines, depth + 1),
            })  # fmt: skip
    return found


def _attributes(body: Any, at: Path_, lines: dict[Path_, int]) -> dict[str, Any]:  # noqa: ANN401
    found: dict[str, Any] = {}
    for child in body.children:
        if _is(child, "attribute"):
            name = str(child.identifier.serialize())
            if name in found:
                raise _UnreadableError(_line(child), f"has {name} twice in one block")
            lines[(*at, "attributes", name)] = _line(child)
            value = child.expression.serialize()
            entries = (
                {_plain(key): _literal(str(part)) for key, part in value.items()} if isinstance(value, dict) else {}
            )
            found[name] = {
                "text": str(value), "literal": _literal(str(value)), "entries": entries,
                "calls": list(_calls(child.expression)),
            }  # fmt: skip
    return found


def _calls(expression: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401
    """Yield the functions that an expression calls, each with those of its arguments that are literals."""
    from hcl2.rules.functions import FunctionCallRule  # noqa: PLC0415 - as above
    from hcl2.walk import find_all  # noqa: PLC0415 - as above

    for call in find_all(expression, FunctionCallRule):
        name = "::".join(str(identifier.serialize()) for identifier in call.identifiers)
        given = call.arguments.arguments if call.arguments else []
        texts = [_literal(str(argument.serialize())) for argument in given]
        yield {"name": name, "literals": [text for text in texts if text is not None]}


def _literal(text: str) -> str | None:
    """Return the text that an expression is, or the word; None of what has to be evaluated."""
    if text.startswith('"') and text.endswith('"') and len(text) > 1:
        inside = text[1:-1]
        return None if "${" in inside or "%{" in inside or inside.startswith("<<") else inside
    return text if text.replace("_", "").replace("-", "").isalnum() else None


def _plain(label: Any) -> str:  # noqa: ANN401
    text = str(label)
    return text[1:-1] if text.startswith('"') and text.endswith('"') and len(text) > 1 else text
