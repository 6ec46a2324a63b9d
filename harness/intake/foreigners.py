"""Files of other tools among the manifests: Kustomize and Helm are not run here, which a finding says in their terms."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from harness.files.yamlfile import Problem, decoded, read_documents

KUSTOMIZATIONS = frozenset(("kustomization.yaml", "kustomization.yml", "Kustomization"))
CHARTS = frozenset(("Chart.yaml", "Chart.yml"))
LISTING = frozenset(("apiVersion", "kind", "metadata", "resources"))  # keys of one that changes nothing
TEMPLATE = re.compile(r"\{\{.*?\}\}")
ELSEWHERE = re.compile(r"^(\.\.|/)|:|^[\w.-]+\.\w+/")  # a resource that is not among the files: a URL, another folder
NOT_BUILT = (
    "is a kustomization, which is not built here: each file is applied as it is; "
    "write what it changes into the manifests themselves, and remove it"
)
NOT_RENDERED = "which is not rendered here; hand in what `helm template` writes, as plain manifests"


@dataclass(frozen=True)
class Foreigner:
    """What to say of a file that another tool reads."""

    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


def of(path: str, data: bytes) -> Foreigner | None:
    """Return what to say of a file among the manifests, None of one that is a manifest."""
    name = PurePosixPath(path).name
    if name in KUSTOMIZATIONS:
        return _kustomization(path, data)
    if name in CHARTS:
        return Foreigner((Problem(path, 1, f"is of a Helm chart, {NOT_RENDERED}"),))
    line = _template(path, data)
    return Foreigner((Problem(path, line, f"holds a template ({{{{ … }}}}), {NOT_RENDERED}"),)) if line else None


def _kustomization(path: str, data: bytes) -> Foreigner:
    documents, problems = read_documents(data, path)
    if problems:
        return Foreigner(tuple(problems))
    value = documents[0].value if len(documents) == 1 else None
    listed = value.get("resources", []) if isinstance(value, dict) and value.keys() <= LISTING else None
    if isinstance(listed, list) and not any(ELSEWHERE.search(str(one)) for one in listed):
        return Foreigner(notes=(f"{path} is a kustomization that only lists files: all manifests are applied anyway",))
    return Foreigner((Problem(path, 1, NOT_BUILT),))


def _template(path: str, data: bytes) -> int:
    """Return the line of the first place to be filled in of a file that is no YAML before that; 0 where there is none."""
    try:
        text = decoded(data)
    except UnicodeDecodeError:
        return 0
    found = TEMPLATE.search(text)
    return text.count("\n", 0, found.start()) + 1 if found and read_documents(data, path)[1] else 0
