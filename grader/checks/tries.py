"""How often a container's command starts the program of its image, where files tell: in loops, and after `||`.

Source: POSIX shell command language. Of a loop that ends by a test nothing is known, and nothing is said.
"""

import math
import re
import shlex
from contextlib import suppress

from grader.checks.pods import references_of
from grader.checks.submission import Submission
from grader.checks.values import content
from grader.checks.view import View

ENDS = re.compile(r"break|exit|return|-(?:lt|le|gt|ge|eq|ne)|\[\[?|test|let|\(\(")  # what may end a loop
SEPARATORS = {";", "do", "then", "else", "{", "(", "&&", "||", "&", "|", "!"}
RANGE = re.compile(r"\{(\d+)\.\.(\d+)\}")


def tries_of(submission: Submission, pod: View, container: View, module: str) -> float:
    """Return how often at most one of the container's scripts starts a Python module that fails each time; infinity for ever."""
    texts = [item.text() for field in ("command", "args") for item in container.at(field).items()]
    for ref in references_of(pod, container):
        holder = submission.find(ref.kind, ref.name) if ref.kind == "ConfigMap" else None
        if holder is not None:
            texts += [content(holder, key) or "" for key in ([ref.key] if ref.key else holder.at("data").entries())]
    return max((_tries(_words(text), module) for text in texts if re.search(r"\s", text)), default=1.0)


def _words(text: str) -> list[str]:
    shell = shlex.shlex(re.sub(r"\n", " ; ", text), posix=True, punctuation_chars=True)
    shell.whitespace_split, shell.commenters = True, ""
    with suppress(ValueError):
        return list(shell)
    return text.split()


def _tries(words: list[str], module: str) -> float:
    """Return the times of the start that is most often repeated, and one more for each that follows another after `||`."""
    rounds, most, more, last = [1.0], 1.0, 0, None
    for index, word in enumerate(words):
        if word in {"for", "while", "until"} and _separated(words, index):
            rounds.append(_rounds(words[index:]))
        elif word == "done" and _separated(words, index) and len(rounds) > 1:
            rounds.pop()
        elif _starts(words, index, module):
            more += last is not None and "||" in words[last:index]
            most, last = max(most, 1.0 if "exec" in _command(words, index) else math.prod(rounds)), index
    return most * (1 + more)


def _separated(words: list[str], index: int) -> bool:
    return index == 0 or words[index - 1] in SEPARATORS


def _starts(words: list[str], index: int, module: str) -> bool:
    return (
        words[index] == module and index > 0 and words[index - 1].endswith("m") and words[index - 1][:1] == "-"
    ) or (words[index] in {f"-m{module}", f"/app/{module}", f"/app/{module}/__main__.py"})


def _command(words: list[str], index: int) -> list[str]:
    """Return the words of the command that a word stands in, up to it."""
    began = max((at for at, word in enumerate(words[:index]) if word in SEPARATORS), default=-1)
    return words[began + 1 : index]


def _rounds(words: list[str]) -> float:
    """Return how often a loop goes round: the words that `for` is given; for ever without an end; once where that is not known."""
    body = words[: words.index("done")] if "done" in words else words
    if words[0] != "for":
        return 1.0 if any(ENDS.fullmatch(word) for word in body) else math.inf
    given = body[: body.index("do")] if "do" in body else body
    given = [word for word in given[given.index("in") + 1 :] if word != ";"] if "in" in given else []
    if "seq" in given:
        numbers = [int(word) for word in given if word.isdigit()]
        first, last = {1: (1, *numbers), 2: tuple(numbers)}.get(len(numbers), (1, 1))
        return float(max(last - first + 1, 1))
    spans = [RANGE.fullmatch(word) for word in given]
    counts = [abs(int(one[2]) - int(one[1])) + 1 if one else 1 for one in spans]
    known = given and not any("$" in word or "`" in word for word in given)
    return float(sum(counts)) if known else 1.0
