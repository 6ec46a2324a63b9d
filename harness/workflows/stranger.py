"""What a stranger can start beside opening a pull request: other activities at it, and a comment that a workflow waits for.

Somebody has looked at an earlier commit of it before, and set each label that workflows ask for.
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from harness.exercises.pipeline import PipelineRun
from harness.workflows import payloads, triggers
from harness.workflows.workflows import Workflow

# Activities of which the author of a pull request is capable; labels, reviews and assignments are for those who may write.
OWN = ("opened", "synchronize", "reopened", "edited", "ready_for_review", "converted_to_draft", "closed")
COMMENT = "issue_comment"
QUOTED = re.compile(r"'([^']{1,100})'")
BODIES = 3  # comments that are tried
Told = tuple[str, str, dict[str, Any], tuple[Workflow, ...], bool]


def stages(run: PipelineRun, sent: dict[str, Any], workflows: Sequence[Workflow]) -> Iterator[Told]:
    """Yield key, event, payload, workflows and trust of what the author of a pull request can cause besides."""
    plain = {name: value for name, value in sent.items() if name not in {"action", "before", "after"}}
    for event in triggers.PULL_REQUESTS:
        left = [one for one in workflows if run.action not in triggers.activities(one.value.get("on"), event)]
        for action in OWN:
            found = tuple(one for one in left if action in triggers.activities(one.value.get("on"), event))
            if found:
                trusted = event != "pull_request" or not run.forked
                yield f"{event} {action}", event, payloads.acted(plain, action), found, trusted
                left = [one for one in left if one not in found]
    found = tuple(one for one in workflows if triggers.starts(one.value.get("on"), COMMENT, "main"))
    for number, body in enumerate(_bodies(found)):
        yield f"{COMMENT} {number}", COMMENT, payloads.comment(sent, body), found, True


def labels(workflows: Sequence[Workflow]) -> list[str]:
    """Return the labels that conditions look for; they stay when new commits are pushed."""
    texts = [text for one in workflows for text in re.findall(r'"(?:[^"\\]|\\.)*"', json.dumps(one.value))]
    return list(dict.fromkeys(word for text in texts if "label" in text for word in QUOTED.findall(text)))


def _bodies(workflows: Sequence[Workflow]) -> list[str]:
    """Return what to write: the words that conditions on a comment look for, else anything."""
    texts = [str(text) for one in workflows for text in re.findall(r'"(?:[^"\\]|\\.)*"', json.dumps(one.value))]
    words = [word for text in texts if "comment.body" in text for word in QUOTED.findall(text)]
    return list(dict.fromkeys(words))[:BODIES] or (["Please have a look."] if workflows else [])
