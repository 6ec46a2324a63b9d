"""Public: the environment on the cluster as it stands, and on an empty one."""

from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from typing import Any

from grader.checks import Submission, check
from grader.checks.provisioned import Key, Played, Provisioned, Thing, listed, lost

PORTAL = "inputs/teams.tfvars.json"
RIGHTS = [{"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["create", "delete", "get", "list", "watch"]}]
AUDITS = [
    {"apiGroups": [""], "resources": ["pods", "resourcequotas"], "verbs": ["get", "list"]},
    {"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["get", "list"]},
]
KEPT = "tofu-state"  # where the backend keeps state


@check(
    "platform-built",
    claim="On an empty cluster the platform layer is applied in one go, and what it is for is there",
    requirement="R1",
    points=10,
    must=True,
    scenario="empty",
)
def test_platform_is_built(observed: Provisioned) -> None:
    """Fail where the layer cannot be applied to an empty cluster, or makes less than the ticket lists."""
    step = observed.step("build-platform").finished()
    need_there(step, dict(platform()))


@check(
    "teams-built",
    claim="On an empty cluster the teams layer is applied in one go, and each team has what it should",
    requirement="R1",
    points=10,
    must=True,
    scenario="empty",
)
def test_teams_are_built(submission: Submission, observed: Provisioned) -> None:
    """Fail where the layer cannot be applied to an empty cluster, or makes less than the ticket lists."""
    step = observed.step("build-teams").finished()
    need_there(step, dict(teams(submission, "usual")))


@check(
    "nothing-else-built",
    claim="Nothing is built but the environment",
    requirement="R9",
    points=4,
    must=True,
    requires=["platform-built", "teams-built"],
    scenario="empty",
)
def test_nothing_else_is_built(submission: Submission, observed: Provisioned) -> None:
    """Fail where the cluster holds an object that is not in the ticket's table."""
    step = observed.step("build-teams")
    wanted = {**dict(platform()), **dict(teams(submission, "usual"))}
    given = {*wanted, *observed.before()}
    others = [thing.label for key, thing in step.objects().items() if key not in given and not is_state(key)]
    if others:
        step.fail("the cluster holds more than the environment", expected="the ticket's table", seen=listed(others))


@check(
    "teams-kept",
    claim="Taking the code over destroys and replaces nothing of the teams",
    requirement="R2",
    points=10,
    must=True,
    scenario="standing",
)
def test_teams_are_kept(submission: Submission, observed: Provisioned) -> None:
    """Fail where an object of a team is gone, was made again, or is another than the list says."""
    step = observed.step("take-over-teams").finished()
    wanted = dict(teams(submission, "usual"))
    if gone := lost(observed.before(), step.objects(), wanted):
        step.fail("what stood was destroyed", expected="the same objects, with the same uid", seen=listed(gone))
    need_there(step, wanted)


@check(
    "platform-kept",
    claim="Taking the code over destroys and replaces nothing of the platform, and leaves the archive where it is",
    requirement="R2",
    points=10,
    must=True,
    requires=["state-shared"],
    scenario="standing",
)
def test_platform_is_kept(observed: Provisioned) -> None:
    """Fail where an object of the platform or the archive is gone or was made again."""
    step = observed.step("take-over-platform").finished()
    archive = [key for key in observed.before() if "archive" in key[1:]]
    if gone := lost(observed.before(), step.objects(), [*dict(platform()), *archive]):
        step.fail("what stood was destroyed", expected="the same objects, with the same uid", seen=listed(gone))
    need_there(step, dict(platform()))


@check(
    "second-plan-empty",
    claim="A second plan of either layer has no changes",
    requirement="R3",
    points=7,
    must=True,
    requires=["state-shared", "teams-kept"],
    scenario="standing",
)
def test_second_plan_is_empty(observed: Provisioned) -> None:
    """Fail where a plan right after an apply would change something."""
    for name in ("plan-platform-again", "plan-teams-again"):
        step = observed.step(name).finished()
        if not step.empty:
            step.fail("a second plan has changes", expected="none", seen=listed(step.changes) or "changed outputs")


def need_there(step: Played, wanted: Mapping[Key, Any]) -> None:
    """Fail at the first object that is missing or says something else."""
    there = step.objects()
    for key, says in wanted.items():
        thing = there.get(key)
        if thing is None:
            step.fail("an object of the environment is missing", expected=named(key), seen="no such object")
        elif (seen := said(thing)) != says:
            step.fail(f"{thing.label} is another than it should be", expected=str(says), seen=str(seen))


def named(key: Key) -> str:
    """Return what a message calls an object that is not there."""
    return f"{key[0]}/{key[2]}" + (f" in {key[1]}" if key[1] else "")


def is_state(key: Key) -> bool:
    """Tell whether an object is one in which the backend keeps state."""
    kind, namespace, name = key
    return kind == "Secret" and namespace == KEPT and name.startswith("tfstate-")


def platform() -> Iterator[tuple[Key, Any]]:
    """Yield the objects of the platform, with what they must say."""
    for name, value in {"training-batch": 1000, "training-urgent": 10000}.items():
        yield ("PriorityClass", "", name), value
    yield ("ClusterRole", "", "training-auditor"), rules(AUDITS)
    yield ("ClusterRoleBinding", "", "training-auditors"), ("ClusterRole/training-auditor", ["Group/auditors"])


def teams(submission: Submission, inputs: str) -> Iterator[tuple[Key, Any]]:
    """Yield the objects of all teams of a list, with what they must say."""
    token = sha256(submission.exercise["variables"]["registry_token"].encode()).hexdigest()
    for team in submission.exercise["inputs"][inputs][PORTAL]["teams"]:
        name = team["name"]
        yield ("Namespace", "", name), name
        yield ("ResourceQuota", name, "pool"), {"requests.nvidia.com/gpu": str(team["gpus"])}
        yield ("ServiceAccount", name, "trainer"), None
        yield ("Role", name, "trainer"), rules(RIGHTS)
        yield ("RoleBinding", name, "trainer"), ("Role/trainer", [f"ServiceAccount/{name}/trainer"])
        yield ("PersistentVolumeClaim", name, "checkpoints"), (["ReadWriteMany"], team["storage"])
        yield ("Secret", name, "registry-pull"), {"token": token}


def said(thing: Thing) -> Any:  # noqa: ANN401 - as `teams` and `platform` give it
    """Return what an object says of that which the environment is about."""
    return SAID.get(thing.key[0], lambda value: value.get("value"))(thing.value)


def bound(value: Mapping[str, Any]) -> tuple[str, list[str]]:
    """Return what a binding gives, and to whom."""
    ref = value["roleRef"]
    return f"{ref['kind']}/{ref['name']}", sorted(map(subject, value.get("subjects") or []))


def subject(one: Mapping[str, Any]) -> str:
    """Return whom a binding means."""
    place = f"{one['namespace']}/" if one.get("namespace") else ""
    return f"{one['kind']}/{place}{one['name']}"


def rules(listed_rules: Any) -> list[str]:  # noqa: ANN401 - rules as an object has them
    """Return what rules grant, one by one: however they are grouped and ordered, the same rights give the same list."""
    return sorted({
        f"{verb} {resource}{('.' + group) if group else ''}" + (f" {rule['resourceNames']}" if rule.get("resourceNames") else "")
        for rule in listed_rules
        for verb in rule.get("verbs", [])
        for group in rule.get("apiGroups", [])
        for resource in rule.get("resources", [])
    })  # fmt: skip


SAID: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "Namespace": lambda value: (value["metadata"].get("labels") or {}).get("training.example/team"),
    "ResourceQuota": lambda value: (value.get("spec") or {}).get("hard"),
    "PersistentVolumeClaim": lambda value: (value["spec"].get("accessModes"), value["spec"]["resources"]["requests"]["storage"]),
    "Role": lambda value: rules(value.get("rules") or []),
    "ClusterRole": lambda value: rules(value.get("rules") or []),
    "RoleBinding": bound,
    "ClusterRoleBinding": bound,
    "Secret": lambda value: value.get("data"),
}  # fmt: skip
