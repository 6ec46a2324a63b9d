"""The JSON Schemas of the files that exercise authors write, and their one validator."""

import json
from pathlib import Path
from typing import Any

import jsonschema

from harness.errors import InputError
from harness.yamlfile import Document, read_documents

HERE = Path(__file__).parent


def load_valid(path: Path, schema: str) -> Any:  # noqa: ANN401 - what the schema allows
    """Return the one YAML document of `path`, valid against the schema of that name.

    Raises: InputError that lists every problem at once, each with file and line.
    """
    documents, problems = read_documents(path.read_bytes(), str(path))
    if problems:
        raise InputError("\n".join(f"{problem.file}:{problem.line}: {problem.message}" for problem in problems))
    if len(documents) != 1:
        raise InputError(f"{path}:1: one YAML document was expected, {len(documents)} were found")
    document = documents[0]
    validator = jsonschema.Draft202012Validator(json.loads((HERE / f"{schema}.schema.json").read_text("utf-8")))
    errors = sorted(validator.iter_errors(document.value), key=lambda error: list(map(str, error.absolute_path)))
    if errors:
        raise InputError("\n".join(_told(path, document, error) for error in errors))
    return document.value


def _told(path: Path, document: Document, error: jsonschema.ValidationError) -> str:
    where = tuple(error.absolute_path)
    return f"{path}:{document.line_of(where)}: {'.'.join(map(str, where)) or 'document'}: {error.message}"
