"""What HCL asks for beyond what an exercise gives: foreign providers, modules and backends, programs to run, files elsewhere.

Nothing here is what keeps a candidate's code inside: that is the sandbox. It says early, with file and line, what would not work
there. Source: OpenTofu's documentation of its blocks, backends, functions and of `encryption`.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath
from posixpath import normpath

from grader.checks.submission import Submission
from grader.checks.view import View

BUILT_IN = {"terraform", "terraform.io/builtin/terraform"}
FILES = {"file", "filebase64", "filebase64sha256", "filebase64sha512", "filemd5", "filesha1", "filesha256", "filesha512",
         "fileexists", "fileset", "templatefile", "abspath", "pathexpand"}  # fmt: skip
KEYS = {"pbkdf2"}  # providers of keys for encryption that need nothing but a passphrase
HOSTS = ("registry.opentofu.org/", "registry.terraform.io/")


def trespasses(submission: Submission) -> Iterator[tuple[View, str]]:
    """Yield each place that is out of bounds, with what is wrong there."""
    for view in submission.all():
        if view.manifest.file.startswith(f"{submission.exercise['applied']}/"):
            continue
        for block in view.at("blocks").items():
            yield from _block(submission, block)
            yield from _below(submission, block)


def _below(submission: Submission, block: View) -> Iterator[tuple[View, str]]:
    """Yield what is wrong in a block and all blocks in it, whatever they are."""
    kind = block.at("type").text()
    if kind in {"provisioner", "connection"}:
        yield block, f"{kind} blocks run programs, which nothing here may"
    for name, attribute in block.at("attributes").entries().items():
        for call in attribute.at("calls").items():
            function = call.at("name").text().rpartition("::")[2]
            for literal in call.at("literals").items() if function in FILES else ():
                if outside(literal.text(), view_folder(block)):
                    yield attribute, f"{function}() in {name} leaves the workspace"
    for below in block.at("blocks").items():
        yield from _below(submission, below)


def _block(submission: Submission, block: View) -> Iterator[tuple[View, str]]:
    """Yield what is wrong with a block at the top of a file."""
    kind, labels = block.at("type").text(), [label.text() for label in block.at("labels").items()]
    if kind == "terraform":
        yield from _settings(submission, block)
    elif kind in {"resource", "data", "ephemeral"}:
        yield from _resource(submission, block, labels[0] if labels else kind)
    elif kind == "provider":
        for below in block.at("blocks").items():
            if below.at("type").text() == "exec":
                yield below, "exec runs a program, which nothing here may"
    elif kind == "module":
        yield from _module(block)


def _resource(submission: Submission, block: View, name: str) -> Iterator[tuple[View, str]]:
    known = {provider.rpartition("/")[2] for provider in submission.exercise["providers"]} | {"terraform"}
    if name.partition("_")[0] not in known:
        yield block, f"{name} comes from a provider that is not there"
    if name == "terraform_remote_state":
        backend = block.at("attributes", "backend")
        yield from _backend(submission, backend, backend.at("literal").value)


def _module(block: View) -> Iterator[tuple[View, str]]:
    source = block.at("attributes", "source")
    text = source.at("literal").value
    if not isinstance(text, str) or not text.startswith(("./", "../")):
        yield source if source.present else block, "a module comes from a folder of the workspace, named by ./ or ../"
    elif outside(text, view_folder(block)):
        yield source, "the module's source leaves the workspace"


def _settings(submission: Submission, block: View) -> Iterator[tuple[View, str]]:
    for below in block.at("blocks").items():
        kind, labels = below.at("type").text(), [label.text() for label in below.at("labels").items()]
        if kind == "backend":
            yield from _backend(submission, below, labels[0] if labels else None)
        elif kind == "cloud":
            yield below, "state is kept in no cloud here"
        elif kind == "required_providers":
            for name, entry in below.at("attributes").entries().items():
                source = entry.at("entries", "source")
                given = source.value if isinstance(source.value, str) else ""
                for host in HOSTS:
                    given = given.removeprefix(host)
                if given not in {*submission.exercise["providers"], *BUILT_IN}:
                    yield entry, f"provider {name} is not there"
        elif kind == "encryption":
            yield from _encryption(below)


def _backend(submission: Submission, place: View, name: object) -> Iterator[tuple[View, str]]:
    if name not in submission.exercise["backends"]:
        yield place, "this backend cannot be reached from here"


def _encryption(block: View) -> Iterator[tuple[View, str]]:
    for below in block.at("blocks").items():
        labels = [label.text() for label in below.at("labels").items()]
        if below.at("type").text() == "key_provider" and labels[:1] and labels[0] not in KEYS:
            yield below, f"the key provider {labels[0]} cannot be reached from here"
        if below.at("type").text() == "method" and labels[:1] == ["external"]:
            yield below, "an external method runs a program, which nothing here may"


def view_folder(block: View) -> PurePosixPath:
    """Return the folder of the file that a block stands in."""
    return PurePosixPath(block.manifest.file).parent


def outside(path: str, folder: PurePosixPath) -> bool:
    """Tell whether a path, seen from a folder of the workspace, leads out of it."""
    return path.startswith(("/", "~")) or normpath(str(folder / path)).split("/")[0] == ".."
