"""What a scenario of an analysis saw, as checks ask for it: the answers of the candidate's programs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from grader.checks.spec import EvidenceError, fail
from grader.checks.submission import Submission
from grader.checks.view import View, shown


def answer(submission: Submission, file: str) -> View:
    """Return what a YAML file of the candidate's says.

    Raises: CheckFailureError where there is none.
    """
    found = next((view for view in submission.all() if view.manifest.file == file), None)
    if found is None:
        fail("the file is missing", object=file, expected="what the ticket asks for", seen="nothing", file=file, line=1)
    return found


@dataclass(frozen=True)
class Call:
    """One program that was run: its answer to each turn, as far as it came."""

    name: str
    data: Mapping[str, Any]
    file: str
    public: bool = False

    @property
    def answers(self) -> Sequence[Any]:
        """What it answered, turn by turn; JSON of any shape."""
        return list(self.data["answers"])

    def finished(self) -> "Call":
        """Return this where every turn was answered.

        Raises: CheckFailureError that says how it failed, with the last that it printed where that is public.
        """
        if self.data["failed"]:
            self.fail(
                "the program did not come to its end", expected="an answer to every turn", seen=self.data["failed"]
            )
        return self

    def fail(self, message: str, *, expected: str = "", seen: object = "") -> NoReturn:
        """End the check as FAIL, at this call."""
        fail(
            f"{message} (run {self.name!r})",
            object=self.file,
            expected=expected,
            seen=shown(seen),
            file=self.file,
            line=1,
            output="\n".join(self.data["tail"]) if self.public and self.data["failed"] else "",
        )


@dataclass(frozen=True)
class Analysed:
    """One scenario of an analysis; `truth` is what the exercise's world knows, empty where the solution is not here."""

    scenario: str
    data: Mapping[str, Any]
    public: bool = False

    def decided(self) -> "Analysed":
        """Return this if the machine held.

        Raises: EvidenceError with the evidence where it did not.
        """
        if self.data.get("evidence"):
            raise EvidenceError(str(self.data["evidence"]))
        return self

    @property
    def truth(self) -> Mapping[str, Any]:
        """What is true of the data."""
        return dict(self.data["truth"])

    def call(self, name: str, file: str) -> Call:
        """Return a program's run by its name; `file` is whose code it ran.

        Raises: CheckFailureError where memory ran out before it began.
        """
        found = next((call for call in self.data["calls"] if call["name"] == name), None)
        if found is None:
            fail(
                f"run {name!r} never began",
                object=file,
                expected="programs that leave each other their turn",
                seen=self.data["overrun"] or "nothing was run",
                file=file,
                line=1,
            )
        return Call(name, found, file, self.public)
