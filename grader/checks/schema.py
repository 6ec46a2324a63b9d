"""Kubernetes' own schemas, strict: an unknown field is as wrong as a bad value.

The schemas are those that kubernetes-validate bundles; verdicts are compared with kubeconform's in the tests.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

import jsonschema
from kubernetes_validate.utils import InvalidSchemaError, schema_contents
from referencing import Registry, Resource

from harness.core import versions
from harness.files.manifests import Manifest
from harness.files.yamlfile import Path_

FOLDER = f"kubernetes-json-schema/v{'.'.join(versions.KUBERNETES.split('.')[:2])}.0-local-strict"
NAME = re.compile(r"[A-Za-z0-9.]+(/[a-z0-9]+)?")


@dataclass(frozen=True)
class SchemaProblem:
    """The first thing that the schema refuses: where in the object, and why."""

    path: Path_
    message: str


def verdict(manifest: Manifest) -> SchemaProblem | None:
    """Return what the schema of the object's kind refuses, or None where it is valid."""
    validator = _validator(manifest.api_version, manifest.kind)
    if validator is None:
        return SchemaProblem(("kind",), f"the cluster knows no {manifest.kind} in {manifest.api_version}")
    error = jsonschema.exceptions.best_match(validator.iter_errors(manifest.value), key=_depth)
    if error is None:
        return None
    return SchemaProblem(tuple(error.absolute_path), _told(error))


def _depth(error: jsonschema.ValidationError) -> int:
    return -len(error.path)


def _told(error: jsonschema.ValidationError) -> str:
    instance: Any = error.instance
    if error.validator == "additionalProperties":
        known = error.schema.get("properties", {}) if isinstance(error.schema, dict) else {}
        extra = ", ".join(sorted(str(key) for key in instance if key not in known))
        return f"has a field that the API does not know here: {extra}"
    if error.validator == "required":
        missing = ", ".join(key for key in _texts(error.validator_value) if key not in instance)
        return f"lacks a field that the API requires: {missing}"
    return f"is refused by the schema: {error.message[:200]}"


def _texts(value: Any) -> Iterable[str]:  # noqa: ANN401 - part of a schema
    return [str(item) for item in value]


@cache
def _validator(api_version: str, kind: str) -> jsonschema.Draft202012Validator | None:
    """Return the validator of a kind, or None where the bundle has no schema of it."""
    if not NAME.fullmatch(api_version) or not NAME.fullmatch(kind):
        return None
    group, _, version = api_version.rpartition("/")
    stem = f"{group.split('.')[0]}-{version}" if group else version
    try:
        schema = schema_contents(f"{FOLDER}/{kind.lower()}-{stem}.json", versions.KUBERNETES)
    except (FileNotFoundError, InvalidSchemaError):
        return None
    return jsonschema.Draft202012Validator(schema, registry=Resource.from_contents(schema) @ _definitions())


@cache
def _definitions() -> Registry[Any]:
    return Resource.from_contents(schema_contents(f"{FOLDER}/_definitions.json", versions.KUBERNETES)) @ Registry()
