# breakfix-canary-786c07e22d56282dce5e32291ea2c5af: no submission has this word; see docs/hiring.md.
"""Hidden: state and its lock, lists that change, hands that edit, a token that must not leak, and the way back."""

import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from grader.checks import Submission, check
from grader.checks.provisioned import Key, Played, Provisioned, Thing, listed, lost

PORTAL = "inputs/teams.tfvars.json"
GPUS = "requests.nvidia.com/gpu"
RENEWED = "rgt-90be64d7c1f8352a"  # what the scenario hands over in the end
OF_A_TEAM = (
    ("ResourceQuota", "pool"), ("ServiceAccount", "trainer"), ("Role", "trainer"), ("RoleBinding", "trainer"),
    ("PersistentVolumeClaim", "checkpoints"), ("Secret", "registry-pull"),
)  # fmt: skip
OF_THE_HOUR = re.compile(r"\b(timestamp|plantimestamp|uuid|bcrypt)\s*\(")


@check(
    "state-shared",
    claim="Both layers keep their state in the cluster, and apply nothing while somebody holds its lock",
    requirement="R4",
    points=8,
    must=True,
    scenario="standing",
)
def test_state_is_shared(submission: Submission, observed: Provisioned) -> None:
    """Fail where a layer keeps no state in the cluster, or goes on in spite of a lock."""
    kept = submission.exercise["state"]
    before = states(observed.before(), kept)
    for layer in submission.exercise["layers"]:
        step = observed.step(f"apply-locked-{layer}")
        if (now := states(step.objects(), kept)) != before:
            step.fail("state is kept under another name than it had", expected=listed(before), seen=listed(now))
        if not step.failed:
            step.fail(
                "it was applied while somebody else held the lock", expected="that tofu refuses", seen="it went on"
            )
        if "state lock" not in step.output.casefold():
            step.fail("it failed for another reason than the lock", expected="that tofu refuses", seen=step.failed)


def states(there: Mapping[Key, Thing], namespace: str) -> list[str]:
    """Return the names of the Secrets that hold state."""
    return sorted(key[2] for key in there if key[:2] == ("Secret", namespace) and key[2].startswith("tfstate-"))


@check(
    "team-leaves",
    claim="A team that leaves takes all of its own with it, and nothing of the others",
    requirement="R5",
    points=12,
    must=True,
    requires=["teams-kept"],
    scenario="standing",
)
def test_team_leaves(submission: Submission, observed: Provisioned) -> None:
    """Fail where something of the others is gone or was made again, or something of the team is left."""
    step, before = observed.step("team-leaves").finished(), observed.step("grow-pool").objects()
    after = step.objects()
    stay = named(submission, "one-left-one-new")
    left = named(submission, "usual") - stay
    others = [key for key in before if key[1] in stay or (key[0] == "Namespace" and key[2] in stay)]
    if gone := lost(before, after, others):
        step.fail("something of the teams that stay was destroyed", expected="the same objects, with the same uid",
                  seen=listed(gone))  # fmt: skip
    rest = [thing.label for key, thing in after.items() if key[1] in left or (key[0] == "Namespace" and key[2] in left)]
    if rest:
        step.fail("something of the team that left is still there", expected="nothing", seen=listed(rest))


@check(
    "list-rules",
    claim="A pool that grows in the list grows on the cluster, and a team that joins gets all of its own",
    requirement="R6",
    points=6,
    must=True,
    requires=["teams-kept"],
    scenario="standing",
)
def test_list_rules(submission: Submission, observed: Provisioned) -> None:
    """Fail where a team's quota is another than the list says, what it had was made again for it, or a new team lacks something."""
    step = observed.step("grow-pool").finished()
    before, after = observed.step("edit-by-hand").objects(), step.objects()
    grown = pools(submission, "larger-pool")
    changed = {name: gpus for name, gpus in grown.items() if pools(submission, "usual").get(name) != gpus}
    need_pools(step, changed, "a pool is not as the list has it")
    kept = [key for name in grown for key in (("Namespace", "", name), ("PersistentVolumeClaim", name, "checkpoints"))]
    if gone := lost(before, after, kept):
        step.fail("a larger pool cost a team what it had", expected="the same objects", seen=listed(gone))
    joins = observed.step("team-leaves")  # where it failed, team-leaves says so
    for name in () if joins.failed else named(submission, "one-left-one-new") - named(submission, "usual"):
        wanted = [("Namespace", "", name), *((kind, name, called) for kind, called in OF_A_TEAM)]
        if missing := [f"{key[0]}/{key[2]}" for key in wanted if key not in joins.objects()]:
            joins.fail(
                f"the team {name}, which is new in the list, lacks something",
                expected="what each team has",
                seen=listed(missing),
            )


@check(
    "edit-undone",
    claim="What somebody edits by hand shows in the next plan, and is put back",
    requirement="R6",
    points=4,
    must=True,
    requires=["teams-kept"],
    scenario="standing",
)
def test_edit_is_undone(submission: Submission, observed: Provisioned) -> None:
    """Fail where a quota or a token that was edited by hand is still as it was edited after the next apply."""
    step = observed.step("grow-pool").finished()
    usual = pools(submission, "usual")
    edited = [name for name, gpus in pools(submission, "larger-pool").items() if usual.get(name) == gpus]
    need_pools(step, {name: usual[name] for name in edited}, "an edit by hand outlived an apply")
    need_token(
        step,
        usual,
        submission.exercise["variables"]["registry_token"],
        "a token that was edited by hand outlived an apply",
    )


@check(
    "token-renewed",
    claim="A token that is made anew reaches the pull Secrets",
    requirement="R7",
    points=2,
    must=True,
    requires=["teams-kept"],
    scenario="standing",
)
def test_token_is_renewed(submission: Submission, observed: Provisioned) -> None:
    """Fail where a team's pull Secret still has the old token after an apply with a new one."""
    step = observed.step("team-leaves")  # where it failed, team-leaves says so
    if not step.failed:
        need_token(
            step, named(submission, "one-left-one-new"), RENEWED, "a pull Secret has not the token that was handed over"
        )


@check(
    "token-nowhere",
    claim="The registry's token stands in the pull Secrets and nowhere else",
    requirement="R7",
    points=8,
    must=True,
    requires=["teams-kept"],
    scenario="standing",
)
def test_token_stands_nowhere_else(observed: Provisioned) -> None:
    """Fail where state, a plan, an output, what was printed, or another object holds the token or the passphrase."""
    steps = observed.steps()
    begun = next(number for number, step in enumerate(steps) if step.name == "take-over-teams")
    for step in steps[begun:]:
        if step.leaks:
            step.fail("a secret can be read", expected="the pull Secrets alone", seen=listed(step.leaks))
    step = observed.step("plan-with-another-passphrase")
    if not step.failed:
        step.fail("the state was read with another passphrase", expected="that it cannot be", seen="a plan")


@check(
    "rebuilt",
    claim="What was built is destroyed layer by layer, and built again",
    requirement="R8",
    points=4,
    must=True,
    requires=["platform-built", "teams-built", "state-shared"],
    scenario="empty",
)
def test_environment_is_rebuilt(observed: Provisioned) -> None:
    """Fail where a destroy leaves something, or the second building does not make what the first made."""
    built = observed.step("build-teams").objects()
    for name in ("destroy-teams", "destroy-platform"):
        observed.step(name).finished()
    last = observed.step("destroy-platform")
    given = [thing.label for key, thing in last.objects().items() if key in built and not is_given(thing.value)]
    if given:
        last.fail("a destroy left something", expected="nothing of the environment", seen=listed(given))
    observed.step("build-platform-again").finished()
    again = observed.step("build-teams-again").finished()
    if missing := [built[key].label for key in built if key not in again.objects()]:
        again.fail("the second building makes less than the first", expected="the same", seen=listed(missing))


@check("no-secrets-in-files", claim="No file holds a secret", requirement="R9", points=1, must=True)
def test_files_hold_no_secret(submission: Submission) -> None:
    """Fail where a file holds the token or the passphrase, or the passphrase is a text in a file."""
    for view in submission.all():
        for part in view.walk():
            if isinstance(part.value, str) and any(
                submission.exercise["variables"][name] in part.value for name in submission.exercise["planted"]
            ):
                part.fail("a secret stands in a file", expected="the variable that is handed over", seen="its value")
        for block in view.at("blocks").items():
            if block.at("type").text() == "variable" and sensitive(block) and block.at("attributes", "default").present:
                block.at("attributes", "default").fail("a secret has a default", expected="none", seen="one")


@check(
    "clock-left-alone", claim="No plan depends on the hour at which it is made", requirement="R3", points=1, must=True
)
def test_the_clock_is_left_alone(submission: Submission) -> None:
    """Fail where a file asks for the time or for chance: a plan of tomorrow has changes then, which no plan of today shows."""
    for view in submission.all():
        if not view.manifest.file.endswith(".tf"):
            continue  # tests are no part of a plan
        for part in view.walk():
            if isinstance(part.value, str) and (found := OF_THE_HOUR.search(part.value)):
                part.fail(
                    "depends on the hour of the plan", expected="what does not change by itself", seen=f"{found[1]}()"
                )


def sensitive(block: Any) -> bool:  # noqa: ANN401 - a View
    """Tell whether a variable is one of the two secrets."""
    labels = {label.text() for label in block.at("labels").items()}
    return bool(labels & {"registry_token", "state_passphrase"})


def named(submission: Submission, inputs: str) -> set[str]:
    """Return the names of the teams of a list."""
    return {team["name"] for team in submission.exercise["inputs"][inputs][PORTAL]["teams"]}


def pools(submission: Submission, inputs: str) -> dict[str, str]:
    """Return how many GPUs each team has by a list."""
    return {team["name"]: str(team["gpus"]) for team in submission.exercise["inputs"][inputs][PORTAL]["teams"]}


def need_pools(step: Played, wanted: Mapping[str, str], message: str) -> None:
    """Fail at the first team whose quota is another."""
    after = step.objects()
    for name, gpus in wanted.items():
        key = ("ResourceQuota", name, "pool")
        seen = gpus_of(after[key].value) if key in after else "no quota"
        if seen != gpus:
            step.fail(message, expected=f"{gpus} GPUs for {name}", seen=seen)


def need_token(step: Played, names: Iterable[str], token: str, message: str) -> None:
    """Fail at the first team whose pull Secret holds another token."""
    wanted, after = sha256(token.encode()).hexdigest(), step.objects()
    for name in sorted(names):
        key = ("Secret", name, "registry-pull")
        if key not in after or (after[key].value.get("data") or {}).get("token") != wanted:
            step.fail(
                message,
                expected=f"the token in Secret/registry-pull of {name}",
                seen="another" if key in after else "no Secret",
            )


def gpus_of(quota: Any) -> str:  # noqa: ANN401 - an object
    """Return how many GPUs a quota allows."""
    return str(((quota.get("spec") or {}).get("hard") or {}).get(GPUS))


def is_given(value: Any) -> bool:  # noqa: ANN401 - an object
    """Tell whether an object was there before, or keeps state."""
    labels = value["metadata"].get("labels") or {}
    place = value["metadata"].get("namespace", value["metadata"]["name"])
    return place == "tofu-state" or "training.example/owner" in labels
