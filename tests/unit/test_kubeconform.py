"""The kit's schema verdicts are those of the real kubeconform, on the same schemas."""

import copy
import json
import random
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from grader.checks import schema
from harness.build import gobuild
from harness.core import paths, process, versions
from harness.files import manifests
from harness.files.manifests import Manifest

MODULE = "github.com/yannh/kubeconform"
PROGRAM = gobuild.Program(MODULE, versions.KUBECONFORM, {"kubeconform": f"{MODULE}/cmd/kubeconform"})
FOLDER = Path(__file__).parent / "invalid_manifests"  # those named valid-* are valid
CASES = sorted(FOLDER.glob("*.yaml"))
MUTANTS = 400
ODD_VALUES: tuple[Any, ...] = (None, True, 7, 2.5, 3.0, "", "text", [], ["text"], {}, {"text": 1}, [{}])
Verdicts = dict[Path, list[tuple[str, str, bool]]]  # file → kind, name and whether valid, of each object


def shipped() -> list[Path]:
    """Return every file in exercises and solutions that holds Kubernetes objects."""
    files = [path for top in ("exercises", "solutions") for path in sorted((paths.KIT / top).rglob("*.y*ml"))]
    return [path for path in files if manifests.parse(path.name, path.read_bytes())[0]]


def relocated(folder: Path) -> Path:
    """Copy the bundled schemas so that they refer to each other by file.

    Their `$id`s place them on the network, where kubeconform would look for the definitions.
    """
    for source in resources.files("kubernetes_validate").joinpath(schema.FOLDER).iterdir():
        text = source.read_text("utf-8").replace('"/api/_definitions.json', '"_definitions.json')
        value = json.loads(text)
        value.pop("$id", None)
        (folder / source.name).write_text(json.dumps(value), "utf-8")
    return folder


def theirs(files: list[Path], schemas: Path) -> Verdicts:
    """Return kubeconform's verdicts, from one process."""
    program = gobuild.compiled(PROGRAM, print) / "kubeconform"
    location = f"{schemas}/{{{{ .ResourceKind }}}}{{{{ .KindSuffix }}}}.json"
    options = ["-strict", "-verbose", "-output", "json", "-schema-location", location]
    try:
        output = process.run([program, *options, *files], timeout=120)
    except process.ProcessError as problem:  # it exits with 1 when anything is invalid
        output = problem.output
    verdicts: Verdicts = {}
    for one in json.loads(output)["resources"]:
        if one["status"]:
            found = verdicts.setdefault(Path(one["filename"]), [])
            found.append((one["kind"], one["name"], one["status"] == "statusValid"))
    return {path: sorted(found) for path, found in verdicts.items()}


def ours(path: Path) -> list[tuple[str, str, bool]]:
    """Return the kit's verdicts on the objects of a file."""
    objects, _ = manifests.parse(path.name, path.read_bytes())
    return sorted((one.kind, one.name, schema.verdict(one) is None) for one in objects)


@pytest.fixture(scope="module")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return relocated(tmp_path_factory.mktemp("schemas"))


@pytest.fixture(scope="module")
def kubeconform(schemas: Path) -> Verdicts:
    return theirs([*shipped(), *CASES], schemas)


@pytest.mark.parametrize("path", shipped(), ids=lambda path: path.relative_to(paths.KIT).as_posix())
def test_both_judge_every_shipped_object_alike(kubeconform: Verdicts, path: Path) -> None:
    """All that candidates and teams get: workspaces, references, alternatives, cheats."""
    assert kubeconform[path] == ours(path)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_both_see_what_is_wrong(kubeconform: Verdicts, path: Path) -> None:
    """Each file of the folder is refused by both, or, where it is named so, taken by both.

    What the kit refuses while it reads a file counts as refused, as it does with kubeconform.
    """
    wanted = path.name.startswith("valid-")
    assert {valid for _, _, valid in kubeconform[path]} == {wanted}
    problems = manifests.parse(path.name, path.read_bytes())[1]
    assert (not problems and all(valid for _, _, valid in ours(path))) is wanted


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Give each container of an object with each key or index in it, deepest last."""
    for key in list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from places(value[key])


def mutant(objects: list[dict[str, Any]], seed: int) -> dict[str, Any]:
    """Return a copy of one of the objects with a part replaced, removed, or joined by an unknown one."""
    chance = random.Random(seed)
    changed = copy.deepcopy(chance.choice(objects))
    spots = [spot for spot in places(changed) if spot[1] not in {"kind", "apiVersion", "name"}]
    container, key = chance.choice(spots)
    match chance.randrange(4), container:
        case 0, dict():
            del container[key]
        case 1, dict():
            container["unknown"] = chance.choice(ODD_VALUES)
        case _:
            container[key] = chance.choice(ODD_VALUES)
    return changed


def test_both_judge_odd_values_anywhere_alike(schemas: Path, tmp_path: Path) -> None:
    """No value of a wrong shape, at any place of a valid object, parts the two.

    The objects are written as JSON, which both read alike: this is about schemas, not dialects of YAML.
    """
    found = [one for path in [*shipped(), *CASES] for one in manifests.parse(path.name, path.read_bytes())[0]]
    valid = [one.value for one in found if schema.verdict(one) is None]
    wanted: dict[Path, bool] = {}
    for seed in range(MUTANTS):
        value = mutant(valid, seed)
        path = tmp_path / f"{seed}.yaml"
        path.write_text(json.dumps(value), "utf-8")
        wanted[path] = schema.verdict(Manifest(path.name, 1, value)) is None
    judged = {path: verdicts[0][2] for path, verdicts in theirs(list(wanted), schemas).items()}
    assert 0 < sum(wanted.values()) < MUTANTS
    assert {
        path.read_text("utf-8"): (wanted[path], judged[path]) for path in wanted if wanted[path] != judged[path]
    } == {}
