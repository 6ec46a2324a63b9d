"""What no check can judge and a person should read: commands of the submission's own, and what acts later or by rights."""

from collections.abc import Collection, Iterator
from contextlib import suppress

from grader.checks.spec import CheckFailureError
from grader.checks.view import View, shown
from grader.report.audience import LOOK
from grader.venues import venue_of
from harness.files.manifests import Manifest
from harness.intake.submission import Submission

GRACE = 30  # seconds that a pod has to end in where it does not say
MOST = 20  # notes; who brings more commands than that is read from the files anyway
ACTING = {
    "CronJob": "acts when nobody looks",
    "ResourceQuota": "bounds later rollouts too",
    "Role": "grants rights",
    "RoleBinding": "hands rights on",
    "ClusterRole": "grants rights",
    "ClusterRoleBinding": "hands rights on",
}


def notes(submission: Submission) -> tuple[str, ...]:
    """Return a note for each place of a cluster exercise's submission that a person should read; none is a verdict."""
    if not venue_of(submission.exercise).on_cluster:
        return ()
    own = {file.path for file in submission.files if file.editable}
    found = [
        note for one in submission.manifests if one.file in own for note in _of(one, submission.exercise.hands_over)
    ]
    left = [f"{LOOK}{len(found) - MOST} more places like these"] if len(found) > MOST else []
    return (*found[:MOST], *left)


def _of(manifest: Manifest, asked: Collection[str]) -> Iterator[str]:
    whole = View(manifest, (), manifest.value)
    if manifest.kind in ACTING and manifest.kind not in asked:
        yield _note(whole.at("kind"), ACTING[manifest.kind])
    if manifest.kind == "CronJob":
        with suppress(CheckFailureError):  # of an odd shape: schema-valid tells of it
            yield from _replaced(whole.at("spec"))
    for place in whole.walk():
        if isinstance(place.value, dict):
            yield from _commands(place)


def _replaced(cron: View) -> Iterator[str]:
    """Yield how long pods of replaced Jobs may go on beside those that take their place, where that is long."""
    grace = cron.at("jobTemplate", "spec", "template", "spec", "terminationGracePeriodSeconds")
    if cron.at("concurrencyPolicy").value == "Replace" and grace.number(GRACE) > GRACE:
        yield _note(grace, f"what is replaced may go on for {grace.number(GRACE):g} s, beside its successors")


def _commands(holder: View) -> Iterator[str]:
    """Yield what a container, or the exec of a probe or hook, runs that is not its image's own program."""
    command, args = holder.at("command"), holder.at("args").value
    if isinstance(command.value, list) and command.value:
        yield _note(command, f"runs {_words([*command.value, *(args if isinstance(args, list) else ())])}")
        return
    if isinstance(holder.at("image").value, str) and isinstance(args, list) and args:
        program = str(holder.at("image").value).rpartition("/")[2].partition(":")[0].replace("-", "_")
        if not str(args[0]).startswith("-") and args[0] != program:
            yield _note(holder.at("args"), f"runs {_words(args)}")


def _words(command: list[object]) -> str:
    return shown(" ".join(str(word) for word in command))


def _note(place: View, what: str) -> str:
    manifest = place.manifest
    return f"{LOOK}{manifest.file}:{manifest.line_of(place.path)} {manifest.label}, {place.field}: {what}"
