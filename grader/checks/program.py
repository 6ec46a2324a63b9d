"""Whether a container runs the program of its image as it is: what is mounted over it, what its Python is told, what its command runs.

What a shell does besides is its own matter; of what only the cluster knows nothing is said. Sources: Python's documentation on its
command line and environment, the kit's images, ld.so(8).
"""

import re
import shlex
from collections.abc import Iterator
from contextlib import suppress
from pathlib import PurePosixPath
from posixpath import basename, normpath

from grader.checks.pods import SCRATCH, all_containers, environment, expanded, home_of, references_of, variables
from grader.checks.submission import Submission
from grader.checks.values import content, looked_up
from grader.checks.view import View

HOME = "/app"  # of the program; beside it what its Python and its tools are made of
PLACES = tuple(map(PurePosixPath, (HOME, "/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc/ld.so.preload")))
OWN = {".local", "site-packages", "dist-packages"}  # folders of modules, a user's own as well
TERMINATION = "/dev/termination-log"
FORGED = {"termination-log": "writes the result", "epoch done": "writes lines of the log"}
SEARCHED = {"PATH": frozenset(("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin", "$PATH", "${PATH}")),
            "PYTHONPATH": frozenset((HOME, f"{HOME}/", "$PYTHONPATH", "${PYTHONPATH}"))}  # fmt: skip
# Variables that change nothing of what a Python program does; one that is not here may.
HARMLESS = frozenset(
    f"PYTHON{name}"
    for name in ("UNBUFFERED", "DONTWRITEBYTECODE", "FAULTHANDLER", "HASHSEED", "IOENCODING", "UTF8", "NOUSERSITE", "DEVMODE",
                 "MALLOC", "TRACEMALLOC", "PROFILEIMPORTTIME", "COERCECLOCALE", "NODEBUGRANGES", "OPTIMIZE", "SAFEPATH")
)  # fmt: skip
LOADER = ("LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT")
PYTHON = re.compile(r"python[0-9.]*")
WITH_VALUE = ("-W", "-X", "--check-hash-based-pycs")
SIGNS = re.compile(r"[();<>|&]+")  # what ends a command of a shell, or leads its input


def need_program(submission: Submission, pod: View, container: View, module: str) -> None:
    """Fail where a container does not run the Python module of its image as it is."""
    _need_mounts(pod, container)
    path = container.at("terminationMessagePath")
    if path.text(TERMINATION) != TERMINATION:
        path.fail("the result is read from another file than the program writes", expected=TERMINATION)
    known = {**looked_up(submission, container), **variables(container)}
    for name in dict.fromkeys((*environment(container), *known)):
        _need_variable(environment(container).get(name, container.at("envFrom")), name, known.get(name))
    if not container.at("command").present:
        return  # the image's own
    line = [expanded(item.text(), known) for field in ("command", "args") for item in container.at(field).items()]
    scripts = list(_scripts(submission, pod, container))
    _need_command(container, module, line, "\n".join((*line, *scripts, *known.values())))
    for words in (line, *(_split(text) for text in (*line, *scripts) if re.search(r"\s", text))):
        _need_words(pod, container, module, words, scripts)


def _need_mounts(pod: View, container: View) -> None:
    for mount in container.at("volumeMounts").items():
        place = PurePosixPath(normpath("/" + mount.at("mountPath").text().lstrip("/")))
        if any(place.is_relative_to(own) or own.is_relative_to(place) for own in PLACES) or OWN & {*place.parts}:
            mount.at("mountPath").fail("this is mounted over the image's program, or what it runs on",
                                       expected="the image's own files there")  # fmt: skip
    _need_folder(pod, container, container.at("workingDir").text(), container.at("workingDir"))
    _need_folder(pod, container, f"{home_of(pod, container) or ''}/.local/lib", container.at("volumeMounts"))


def _need_variable(place: View, name: str, value: str | None) -> None:
    """Fail at a variable that may have the program, its Python or the dynamic linker take other files, or do other things."""
    if name in SEARCHED:
        if value is None or not set(value.split(":")) <= SEARCHED[name]:
            place.fail(
                f"{name} leads to other files than the image's own", expected="the image's own", seen=value or ""
            )
    elif name in LOADER or (name.startswith("PYTHON") and name not in HARMLESS):
        place.fail(f"{name} changes what the image's program does", expected="the program as it is", seen=name)


def _need_command(container: View, module: str, line: list[str], text: str) -> None:
    """Fail where a command line runs the program nowhere, or does some of its work in its place."""
    if not re.search(rf"-m\W*{module}\b|{HOME}/{module}\b", " ".join(line) + "\n" + text):
        container.at("command").fail("the container does not run the image's program", expected=f"python3 -m {module}")
    for words, does in FORGED.items():
        if words in text:
            container.at("command").fail(f"the container {does} in its program's place",
                                         expected="that the program alone does", seen=words)  # fmt: skip


def _need_words(pod: View, container: View, module: str, words: list[str], scripts: list[str]) -> None:
    """Fail where one of the words of a command line sets such a variable, goes into such a folder, or has Python run something else."""
    for index, word in enumerate(words):
        name, sign, value = word.partition("=")
        if sign and name.isidentifier():
            _need_variable(container.at("command"), name, value.strip("\"'"))
        if word == "cd" and index + 1 < len(words):
            _need_folder(pod, container, words[index + 1], container.at("command"))
        if PYTHON.fullmatch(basename(word)):
            code = _code(words[index + 1 :], module)
            if code is not None and not any(_hands_over(text, module) for text in (code, *scripts)):
                container.at("command").fail("the container runs other Python code than its program",
                                             expected=f"python3 -m {module}", seen=code or "code from elsewhere")  # fmt: skip


def _code(words: list[str], module: str) -> str | None:
    """Return what Python is given to run, None where that is the program: a text, a file, or '' for its standard input."""
    rest = iter(words)
    for word in rest:
        if word in WITH_VALUE:
            next(rest, "")
        elif re.fullmatch(r"-[A-Za-z]*m", word):
            ran = next(rest, "")
            return None if ran == module else ran
        elif word in (f"-m{module}", "--version", "-V"):
            return None
        elif re.fullmatch(r"-[A-Za-z]*c", word):
            return next(rest, "")
        elif not word.startswith("-") or word == "-":
            inside = PurePosixPath(normpath(word)).is_relative_to(f"{HOME}/{module}")
            return None if inside else "" if word == "-" or SIGNS.fullmatch(word) else word
    return ""


def _hands_over(code: str, module: str) -> bool:
    """Whether code ends by having the program take its process over, so that nothing which it did to Python is left."""
    return bool(re.search(rf"\bos\.exec\w+\(.*-m\W+{module}\b", code, re.DOTALL))


def _need_folder(pod: View, container: View, folder: str, place: View) -> None:
    """Fail at a working folder in which others than the program put files: Python looks for its modules there first."""
    for mount in container.at("volumeMounts").items() if folder.startswith("/") else ():
        if PurePosixPath(normpath(folder)).is_relative_to(normpath(mount.at("mountPath").text("/"))):
            name = mount.at("name").text()
            volume = pod.at("volumes").named(name)
            shared = any(
                other.path != container.path and other.at("volumeMounts").named(name) for other in all_containers(pod)
            )
            if shared or volume is None or not any(volume.at(kind).present for kind in SCRATCH):
                place.fail("the program is started in a folder of other files, which Python takes first",
                           expected="another folder", seen=folder)  # fmt: skip


def _scripts(submission: Submission, pod: View, container: View) -> Iterator[str]:
    """Yield the texts that a container is given by the submission's ConfigMaps."""
    for ref in references_of(pod, container):
        holder = submission.find(ref.kind, ref.name) if ref.kind == "ConfigMap" else None
        if holder is not None:
            for key in [ref.key] if ref.key else list(holder.at("data").entries()):
                yield content(holder, key) or ""


def _split(text: str) -> list[str]:
    """Return a text's words as a shell takes them; what cannot be split, by its blanks."""
    shell = shlex.shlex(text, posix=True, punctuation_chars=True)
    shell.whitespace_split, shell.commenters = True, ""
    with suppress(ValueError):
        return list(shell)
    return text.split()
