"""What the stand-ins share: inputs, outputs, path patterns, and how an action ends in failure."""

import glob
import json
import os
import re
import sys
from pathlib import Path
from typing import Any, NoReturn

STORE = Path("/store")
ARTIFACTS = STORE / "artifacts"
SOCKET = "/work/platform/socket"


def given(name: str, default: str = "") -> str:
    """Return an input."""
    return os.environ.get(f"INPUT_{name.replace(' ', '_').upper()}", default).strip()


def truth(name: str) -> bool:
    """Return a boolean input."""
    return given(name).lower() == "true"


def put(name: str, value: str) -> None:
    """Set an output."""
    _append("GITHUB_OUTPUT", name, value)


def remember(name: str, value: object) -> None:
    """Keep a value for the action's post step."""
    _append("GITHUB_STATE", name, json.dumps(value))


def recall(name: str) -> object:
    """Return what the main step remembered, or None."""
    found = os.environ.get(f"STATE_{name}")
    return json.loads(found) if found else None


def _append(variable: str, name: str, value: str) -> None:
    with Path(os.environ[variable]).open("a", encoding="utf-8") as file:
        file.write(f"{name}={value}\n")


def fail(message: str) -> NoReturn:
    """End the action as failed."""
    print(f"::error::{message}")
    sys.exit(1)


def lines(name: str) -> list[str]:
    """Return the lines of an input that holds several."""
    return [line.strip() for line in given(name).splitlines() if line.strip()]


def matching(patterns: list[str]) -> tuple[list[Path], list[Path]]:
    """Return the files that patterns name (folders taken whole, `!` taking away), and the search roots."""
    found: dict[Path, None] = {}
    roots: list[Path] = []
    for pattern in patterns:
        taken = pattern.removeprefix("!")
        hits = [Path(hit).absolute() for hit in glob.glob(str(Path(taken).expanduser()), recursive=True)]
        files = [
            file for hit in hits for file in ([hit] if hit.is_file() else sorted(hit.rglob("*"))) if file.is_file()
        ]
        if pattern.startswith("!"):
            found = {file: None for file in found if file not in files}
        else:
            found |= dict.fromkeys(files)
            roots.append(Path(re.split(r"[*?\[]", taken)[0] or ".").absolute())
    return list(found), roots


def job() -> dict[str, str]:
    """Return which job this is, for those who ask what it may do."""
    return {"workflow": os.environ.get("GITHUB_WORKFLOW", ""), "job": os.environ.get("GITHUB_JOB", "")}


def ask(message: dict[str, object]) -> dict[str, Any]:
    """Return the platform's answer, or end the action as failed where it refuses."""
    import socket  # noqa: PLC0415 - few actions need it, and a run starts fifty

    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(20)
        line.connect(SOCKET)
        line.sendall(json.dumps(message).encode() + b"\n")
        with line.makefile("rb") as answers:
            answer = json.loads(answers.readline())
    if "error" in answer:
        fail(str(answer["error"]))
    return dict(answer)


def call(name: str, arguments: dict[str, object], token: str) -> dict[str, Any]:
    """Return what a call of GitHub's API gives, or end the action as failed where it is refused."""
    owner, _, repository = os.environ.get("GITHUB_REPOSITORY", "").partition("/")
    told = {"owner": owner, "repo": repository, **arguments}
    return dict(ask({"do": "call", "call": name, "arguments": told, "token": token, **job()})["data"])
