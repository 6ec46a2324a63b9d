"""GitHub's schema of workflows, as check-jsonschema bundles it."""

import json
from collections.abc import Iterator
from functools import cache
from importlib import resources

import jsonschema

from grader.checks.schema import SchemaProblem
from harness.files.manifests import Manifest

SCHEMA = "builtin_schemas/vendor/github-workflows.json"


def verdict(workflow: Manifest) -> SchemaProblem | None:
    """Return what the schema refuses, or None where the workflow is valid."""
    errors = [one for error in _validator().iter_errors(workflow.value) for one in _leaves(error)]
    if not errors:
        return None
    deepest = max(errors, key=lambda error: len(error.absolute_path))
    return SchemaProblem(tuple(deepest.absolute_path), f"is refused by GitHub's schema: {deepest.message[:200]}")


def _leaves(error: jsonschema.ValidationError) -> Iterator[jsonschema.ValidationError]:
    """Yield the errors at the ends of alternatives: what stands between only says that none of them fits."""
    for below in error.context or ():
        yield from _leaves(below)
    if not error.context:
        yield error


@cache
def _validator() -> jsonschema.Draft7Validator:
    text = resources.files("check_jsonschema").joinpath(SCHEMA).read_text("utf-8")
    return jsonschema.Draft7Validator(json.loads(text))
