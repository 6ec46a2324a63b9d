"""Tell the workload's image something that it can do to itself, by the command that it has for it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from grader.live.step import Verb
from grader.live.workload import await_ready_pod
from harness.kube.kube import ApiRefusedError

if TYPE_CHECKING:
    from grader.live.context import Context

COMMAND = ("python3", "-m", "driver")  # of the images that can be told something; see driver.py in their folders


@dataclass(frozen=True)
class Telling:
    """What was told, when, what the image answered (a mapping), and why it did not, where it did not."""

    t: float
    word: str
    answer: Mapping[str, Any] = field(default_factory=dict)
    trouble: str = ""


@dataclass(frozen=True)
class Tell(Verb):
    """A server of the workload has done what one word says, and has answered with a line of JSON.

    What an answer has under `env`, Jobs get that are made after it.
    """

    name: ClassVar[str] = "tell"
    word: str

    def run(self, at: "Context") -> bool:
        """Tell a ready server; not reached where there is none, or it does not take it."""
        began, pod = at.now(), await_ready_pod(at)
        if pod is None:
            at.record("tellings", Telling(began, self.word, trouble="no server was ready"))
            return False
        at.tell(f"telling {at.run.workload.name}: {self.word}")
        place = at.run.workload.namespace, str(pod["name"]), at.run.exercise.workload.container
        try:
            answer = json.loads(at.admin.execute(*place, [*COMMAND, self.word]))
        except (ApiRefusedError, ValueError) as problem:
            at.record("tellings", Telling(began, self.word, trouble=str(problem)))
            return False
        at.record("tellings", Telling(began, self.word, answer))
        return "error" not in answer


def env(at: "Context") -> Mapping[str, str]:
    """Return the variables that the last answer with such has for Jobs; none before the first."""
    told = [telling["answer"]["env"] for telling in at.told.get("tellings", []) if "env" in telling["answer"]]
    return told[-1] if told else {}
