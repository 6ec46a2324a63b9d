"""The JSON Schemas of the files that exercise authors write, and their one validator."""

import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import jsonschema

from harness.core.errors import InputError
from harness.files.yamlfile import Document, read_documents

HERE = Path(__file__).parent


def load_valid(path: Path, schema: str) -> Any:  # noqa: ANN401 - what the schema allows
    """Return the value of the one YAML document of `path`; see load_document."""
    return load_document(path, schema).value


def load_document(path: Path, schema: str, change: Callable[[str], str] | None = None) -> Document:
    """Return the one YAML document of `path`, valid against the schema of that name; `change` is made to its text first.

    One that was read before is given again, as long as its bytes are the same: nobody changes its value.

    Raises: InputError that lists every problem at once, each with file and line.
    """
    try:
        data = path.read_bytes()
    except OSError as problem:
        raise InputError(f"{path} cannot be read: {problem.strerror}") from problem
    return _document(path, change(data.decode()).encode() if change else data, schema)


@lru_cache(maxsize=128)
def _document(path: Path, data: bytes, schema: str) -> Document:
    documents, problems = read_documents(data, str(path))
    if problems:
        raise InputError("\n".join(f"{problem.file}:{problem.line}: {problem.message}" for problem in problems))
    if len(documents) != 1:
        raise InputError(f"{path}:1: one YAML document was expected, {len(documents)} were found")
    document = documents[0]
    validator = jsonschema.Draft202012Validator(json.loads((HERE / f"{schema}.schema.json").read_text("utf-8")))
    errors = sorted(validator.iter_errors(document.value), key=lambda error: list(map(str, error.absolute_path)))
    if errors:
        raise InputError("\n".join(_told(path, document, error) for error in errors))
    return document


def _told(path: Path, document: Document, error: jsonschema.ValidationError) -> str:
    where = tuple(error.absolute_path)
    return f"{path}:{document.line_of(where)}: {'.'.join(map(str, where)) or 'document'}: {error.message}"
