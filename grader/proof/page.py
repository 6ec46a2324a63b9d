"""The page that tells what the proofs of the exercises came to; it is generated, never written by hand."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

HEAD = """\
# The proof of the exercises

`breakfix verify` wrote this page; do not edit it. Every exercise's grader was tried on the exercise's broken
workspace, on its reference and alternatives, on cheats that only silence a symptom, on what outsiders handed in, on each
fault alone, on partial fixes and on odd submissions. Each line below is one such case, with what the grader said of it.
"""
SEAL = "<!-- sha256 of all above: "
DATE = re.compile(r"; each case was graded .* on (\d{4}-\d{2}-\d{2})\.$", re.MULTILINE)
WRONG = "- **Wrong:** "
POLICY = ", by the policy stage alone"
Data = Mapping[str, Any]


def page(proofs: Sequence[Data], before: str | None = None) -> str:
    """Return the page, in Markdown, for the data of the exercises' proofs; it keeps what `before` tells of other exercises."""
    sections = {proof["slug"]: "\n".join(_proof(proof)).rstrip() + "\n" for proof in proofs}
    kept = _sections(before) if before is not None else {}
    body = "\n".join([HEAD, *(kept | sections).values()])
    return f"{body}{SEAL}{_seal(body)} -->\n"


def _sections(text: str) -> dict[str, str]:
    """Return the text of each exercise of a page, by its slug, which stands in the section's first code span."""
    sections = [f"## {part}" for part in text.rpartition(SEAL)[0].split("\n## ")[1:]]
    return {section.split("`", 2)[1]: f"{section.rstrip()}\n" for section in sections}


def edited(text: str) -> str | None:
    """Return what is wrong with a page that is not as it was generated, else None."""
    body, _, seal = text.rpartition(SEAL)
    return None if seal == f"{_seal(body)} -->\n" else "was edited by hand; run breakfix verify --page"


def problem(text: str, exercise: str, inputs: str) -> str | None:
    """Return what is wrong with a page's text: edited by hand, or not about these inputs of an exercise; else None."""
    if _inputs(exercise, inputs) not in _sections(text).get(exercise, "").splitlines():
        return edited(text) or f"is not about {exercise} as it is now; run breakfix verify --page"
    return edited(text)


def changed(text: str, exercise: str, inputs: str, stage: str = "policy") -> str:
    """Return why a page proves nothing of these inputs of an exercise by all checks of a stage; '' where it does."""
    section = _sections(text).get(exercise)
    if section is None:
        return "it is not on the page"
    if WRONG in section:
        return "its proof found something wrong"
    if stage == "all" and POLICY in section:
        return "it was proven by the policy stage alone"
    if _inputs(exercise, inputs) in section.splitlines():
        return ""
    proven = DATE.search(section)
    since = f"since {proven.group(1)}, when it was proven" if proven else "since it was proven"
    return f"its files, its checks or what plays it changed {since}; their sha256 begins with {inputs[:16]} now"


def _seal(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


def _inputs(exercise: str, inputs: str) -> str:
    return f"Files of `{exercise}` and its checks: sha256 `{inputs[:16]}`."


def _proof(proof: Data) -> Iterator[str]:
    repeated = "once" if proof["repeat"] == 1 else f"{proof['repeat']} times, a cheat that its files give away once"
    stage = POLICY if proof["stage"] == "policy" else ""
    on = f" on {proof['date']}" if "date" in proof else ""  # a matrix of before has none
    yield f"## {proof['title']}"
    yield ""
    yield f"`{proof['slug']}` version {proof['version']}, kit {proof['kit']}, {proof['engine']}; each case was graded {repeated}{stage}{on}."
    yield ""
    yield _inputs(proof["slug"], proof["inputs"])
    yield ""
    yield from _rates(proof["rates"])
    yield ""
    yield from [f"{WRONG}{finding}" for finding in proof["findings"]] or ["Everything is as the exercise declares."]
    yield ""
    yield from _cases(proof["rows"])
    yield ""
    yield from _checks(proof)
    yield ""
    yield from _rules(proof)
    yield ""
    yield from _margins(proof["margins"])
    yield ""


def _rates(rates: Data) -> Iterator[str]:
    yield "| wrong verdict | how often |"
    yield "|---|---|"
    for name, words in (
        ("false_pass", "false pass: a declared check passes its fault or cheat"),
        ("false_fail", "false fail: a check fails what it should pass"),
        ("flakes", "flake: a verdict that differs between grades"),
    ):
        yield f"| {words} | {rates[name][0]} of {rates[name][1]} |"


def _cases(rows: Sequence[Data]) -> Iterator[str]:
    yield "| case | outcome | score | fails | blocked |"
    yield "|---|---|---|---|---|"
    for row in rows:
        cells = row["cells"]
        outcomes = ", ".join(dict.fromkeys(cell["outcome"] for cell in cells))
        scores = ", ".join(dict.fromkeys("" if cell["score"] is None else str(cell["score"]) for cell in cells))
        failed = " ".join(f"`{check}`" for check in _having(cells, "FAIL"))
        yield f"| {row['case']} | {outcomes} | {scores} | {failed} | {len(_having(cells, 'BLOCKED')) or ''} |"


def _having(cells: Sequence[Data], verdict: str) -> list[str]:
    return list(dict.fromkeys(check for cell in cells for check, found in cell["verdicts"].items() if found == verdict))


def _checks(proof: Data) -> Iterator[str]:
    yield "| check | proves | points | tripped by |"
    yield "|---|---|---|---|"
    for check in proof["checks"]:
        by = _tripped(proof, check["id"])
        must = ", must" if check["must"] else ""
        yield f"| `{check['id']}` ({check['stage']}, {check['visibility']}{must}) | {check['requirement']} | {check['points']} | {', '.join(by)} |"


def _rules(proof: Data) -> Iterator[str]:
    """Yield the ticket's rules, each with its checks and the first case that trips each of these."""
    yield "| the ticket says | held by | tripped by |"
    yield "|---|---|---|"
    for rule in proof["rules"]:
        by = [next(iter(_tripped(proof, check)), "") for check in rule["checks"]]
        held = " ".join(f"`{check}`" for check in rule["checks"]) or f"nothing to check: {rule['because']}"
        yield f"| {_in_a_cell(rule['says'])} | {_in_a_cell(held)} | {', '.join(filter(None, dict.fromkeys(by)))} |"


def _in_a_cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _tripped(proof: Data, check: str) -> list[str]:
    return [row["case"] for row in proof["rows"] if check in _having(row["cells"], "FAIL")]


def _margins(margins: Sequence[Data]) -> Iterator[str]:
    if not margins:
        return
    yield "| scenario | deadline | slowest good solution | mutants that missed it |"
    yield "|---|---|---|---|"
    for one in margins:
        slowest = "never" if one["slowest_good"] is None else f"{one['slowest_good']:g} s"
        yield f"| {one['scenario']}: {one['phase']} | {one['deadline']:g} s | {slowest} | {one['missed']} of {one['mutants']} |"
