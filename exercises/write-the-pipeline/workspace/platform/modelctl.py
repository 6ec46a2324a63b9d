"""The model platform's command: python3 platform/modelctl.py COMMAND.

    production                                  what serves, as JSON: its version (null where nothing serves yet) and what the
                                                registry knows of it
    versions                                    every version of the registry, as a JSON list, the oldest first
    fetch --version N --model FILE              writes a version's model to FILE
    predict --customers FILE                    asks what serves about each customer of a CSV file; prints a line of JSON for
                                                each, with its `score`, or with an `error` where the server had none, and
                                                exits 0 once all were asked
    register --name churn-weekly --model FILE [--commit SHA] [--data SHA256] [--metrics FILE]
                                                puts a model into the registry and prints its version
    deploy --version N                          has that version serve, at once

`register` and `deploy` need the platform's token, in the environment variable PLATFORM_TOKEN. The others need none.
"""

import argparse
import csv
import json
import os
import socket
import sys
from pathlib import Path
from typing import Any

SOCKET = "/work/platform/socket"
STORE = Path("/store/platform")
NAME = "churn-weekly"
PROVENANCE = ("commit", "data")


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(prog="modelctl", description="The model platform's command.")
    commands = parser.add_subparsers(dest="do", required=True)
    commands.add_parser("production")
    commands.add_parser("versions")
    fetch = commands.add_parser("fetch")
    fetch.add_argument("--version", type=int, required=True)
    fetch.add_argument("--model", type=Path, required=True)
    commands.add_parser("predict").add_argument("--customers", type=Path, required=True)
    register = commands.add_parser("register")
    register.add_argument("--name", required=True)
    register.add_argument("--model", type=Path, required=True)
    register.add_argument("--metrics", type=Path)
    for name in PROVENANCE:
        register.add_argument(f"--{name}", default="")
    commands.add_parser("deploy").add_argument("--version", type=int, required=True)
    told = parser.parse_args()
    try:
        print({"fetch": _fetch, "predict": _predict, "register": _register, "deploy": _deploy}.get(told.do, _ask)(told))
    except (OSError, ValueError, UnicodeDecodeError) as problem:
        sys.exit(f"modelctl: {problem}")


def _ask(told: argparse.Namespace) -> str:
    if told.do == "versions":
        return json.dumps([_shown(number) for number in sorted(int(path.stem) for path in STORE.glob("*.json"))])
    number = _serving()
    return json.dumps(_shown(number) if number else {"version": None})


def _fetch(told: argparse.Namespace) -> str:
    told.model.write_text(_version(told.version)["model"], "utf-8")
    return f"version {told.version}"


def _predict(told: argparse.Namespace) -> str:
    sys.path.insert(0, os.getcwd())
    from training.model import score  # noqa: PLC0415 - the serving code of the commit that is checked out

    number = _serving()
    if not number:
        raise ValueError("nothing serves yet")
    model, lines = json.loads(_version(number)["model"]), []
    with told.customers.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            try:
                lines.append({"customer": row["customer"], "score": round(score(model, row), 6)})
            except (KeyError, TypeError, ValueError, OverflowError) as problem:
                lines.append({"customer": row.get("customer"), "error": f"500 {type(problem).__name__}: {problem}"})
    return "\n".join(map(json.dumps, lines))


def _register(told: argparse.Namespace) -> str:
    _show_token()
    if told.name != NAME:
        raise ValueError(f"this repository has no model {told.name!r}; it has {NAME}")
    model, metrics = told.model.read_text("utf-8"), told.metrics.read_text("utf-8") if told.metrics else ""
    known = {name: getattr(told, name) for name in PROVENANCE} | {"metrics": json.loads(metrics) if metrics else None}
    made = _call({"do": "register", "model": model, "reports": {"provenance.json": json.dumps(known)}})
    STORE.mkdir(exist_ok=True)
    (STORE / f"{made['version']}.json").write_text(json.dumps({**known, "model": model}), "utf-8")
    return str(made["version"])


def _deploy(told: argparse.Namespace) -> str:
    _show_token()
    _call({"do": "deploy", "version": told.version})
    return f"version {told.version} serves"


def _serving() -> int:
    return int(_call({"do": "production"})["version"])


def _version(number: int) -> dict[str, Any]:
    try:
        return dict(json.loads((STORE / f"{number}.json").read_text("utf-8")))
    except OSError:
        raise ValueError(f"the registry has no version {number}") from None


def _shown(number: int) -> dict[str, Any]:
    return {"version": number, **{name: value for name, value in _version(number).items() if name != "model"}}


def _show_token() -> None:
    """Make sure that whoever calls may write."""
    answer = _call({"do": "app-token", "key": os.environ.get("PLATFORM_TOKEN", "")}, refused="")
    if "token" not in answer:
        raise ValueError("401: PLATFORM_TOKEN is not set, or is not the platform's token")


def _call(asked: dict[str, Any], refused: str | None = None) -> dict[str, Any]:
    """Send one request to the platform and return its answer."""
    told = asked | {name: os.environ.get(f"GITHUB_{name.upper()}", "") for name in ("workflow", "job")}
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(20)
        line.connect(SOCKET)
        line.sendall(json.dumps(told).encode() + b"\n")
        with line.makefile("rb") as answers:
            answer = dict(json.loads(answers.readline()))
    if "error" in answer and refused is None:
        raise ValueError(str(answer["error"]))
    return answer


main()
