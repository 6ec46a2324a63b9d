"""Custom resources in a submission: as strict, and as far from a cluster, as Kubernetes' own kinds are judged.

A component's CustomResourceDefinitions hold the schemas. What their rules in CEL say (x-kubernetes-validations) only an
API server can tell. Source: Kubernetes documentation, "Extend the Kubernetes API with CustomResourceDefinitions".
"""

from collections.abc import Iterable, Iterator, Mapping

import jsonschema

from harness.exercises.component import Component
from harness.files.manifests import Manifest
from harness.files.objects import Object
from harness.files.yamlfile import Problem

Schemas = Mapping[tuple[str, str], Object]  # by apiVersion and kind
JUNCTORS = ("allOf", "anyOf", "oneOf")  # they only judge; which fields there are, the schema around them says
WHOLE = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {"type": "object"}}


def problems(manifests: Iterable[Manifest], components: Iterable[Component]) -> list[Problem]:
    """Return all that is wrong with the objects of the components' kinds, each with file and line."""
    parts = tuple(components)
    known = {place: schema for part in parts for place, schema in schemas(part).items()}
    allowed = {place for part in parts for place in part.candidates}
    groups = {api_version.partition("/")[0] for api_version, _ in known}
    ours = [manifest for manifest in manifests if manifest.api_version.partition("/")[0] in groups]
    return [problem for manifest in ours for problem in _judged(manifest, known, allowed)]


def schemas(component: Component) -> Schemas:
    """Return the JSON Schemas of a component's kinds, as strict as an API server is with fieldValidation=Strict."""
    return {
        (f"{spec['group']}/{version['name']}", spec["names"]["kind"]): _whole(version["schema"]["openAPIV3Schema"])
        for spec in (definition["spec"] for definition in component.definitions())
        for version in spec["versions"]
        if version.get("served")
    }


def _judged(manifest: Manifest, known: Schemas, allowed: set[tuple[str, str]]) -> Iterator[Problem]:
    place = (manifest.api_version, manifest.kind)
    if place not in known:
        told = f"the cluster knows no {manifest.kind} in {manifest.api_version}"
        yield Problem(manifest.file, manifest.line_of(("kind",)), f"{manifest.label}: {told}")
        return
    if place not in allowed:
        told = "objects of this kind are the platform's, not part of this exercise"
        yield Problem(manifest.file, manifest.line_of(("kind",)), f"{manifest.label}: {told}")
        return
    for error in jsonschema.Draft202012Validator(known[place]).iter_errors(manifest.value):
        where = tuple(error.absolute_path)
        told = f"{'.'.join(map(str, where)) or 'the object'}: {error.message[:200]}"
        yield Problem(manifest.file, manifest.line_of(where), f"{manifest.label}: {told}")


def _whole(schema: Object) -> Object:
    """Return the schema of whole objects, whose metadata the API server knows itself."""
    found = _strict({**schema, "type": "object", "properties": schema.get("properties", {})})
    return {**found, "properties": {**found["properties"], **WHOLE}}


def _strict(schema: Object) -> Object:
    """Return a structural schema as JSON Schema: a field that it does not name is refused."""
    found = _judging(schema)
    if "properties" in schema:
        found["properties"] = {name: _strict(part) for name, part in schema["properties"].items()}
        # What has a default is there before anything is validated.
        found["required"] = [
            name for name in schema.get("required", ()) if "default" not in schema["properties"].get(name, {})
        ]
    if schema.get("x-kubernetes-embedded-resource"):
        found["properties"] = {**found.get("properties", {}), **WHOLE}
    if isinstance(schema.get("additionalProperties"), dict):
        found["additionalProperties"] = _strict(schema["additionalProperties"])
    elif schema.get("type") == "object" and "additionalProperties" not in schema:
        found["additionalProperties"] = bool(schema.get("x-kubernetes-preserve-unknown-fields"))
    if "items" in schema:
        found["items"] = _strict(schema["items"])
    if schema.get("x-kubernetes-int-or-string"):
        found = {key: value for key, value in found.items() if key != "type"}
        found["anyOf"] = [{"type": "integer"}, {"type": "string"}]
    return {"anyOf": [{"type": "null"}, found]} if schema.get("nullable") else found


def _judging(schema: Object) -> Object:
    """Return what a schema says of values, in JSON Schema's terms: in OpenAPI's, a bound is exclusive by a word beside it."""
    found = {key: value for key, value in schema.items() if not key.startswith("x-kubernetes-") and key != "nullable"}
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if found.pop(exclusive, False) is True:
            found[exclusive] = found.pop(bound)
    for junctor in JUNCTORS:
        if junctor in found:
            found[junctor] = [_judging(part) for part in found[junctor]]
    if "not" in found:
        found["not"] = _judging(found["not"])
    return found
