# breakfix-canary-330c33a72115910b2edb75db3621d870: no submission has this word; see docs/hiring.md.
"""Who the risk scorer is to the Kubernetes API, and what it may do. Told from the manifests, whatever else is wrong."""

from grader.checks import Submission, View, check
from grader.checks.pods import all_containers, setting, uses
from grader.checks.rights import (
    ACCOUNT_NAME,
    ACCOUNT_TOKEN,
    account_of,
    bindings,
    excess,
    granted,
    grants,
    has_credentials,
    lent,
    others,
)
from grader.checks.servers import alike, serves

RUNS = "scoring-runs"
ACCESS = "feature-store-access"
THEIRS = "manifests/"  # the candidate's own files


def home(submission: Submission) -> str:
    """Return the risk scorer's namespace."""
    return str(submission.exercise["workload"]["namespace"])


def is_known(submission: Submission, pod: View) -> bool:
    """Whether a pod has a token of its account: from the kubelet, or from a Secret in which the cluster keeps one."""
    kept = [
        secret.manifest.name
        for secret in submission.all("Secret")
        if secret.at("type").value == ACCOUNT_TOKEN
        and secret.at("metadata", "annotations", ACCOUNT_NAME).text() == account_of(pod)
    ]
    return has_credentials(submission, pod, home(submission)) or any(
        uses(pod, container, "Secret", name) for container in all_containers(pod) for name in kept
    )


@check("api-credentials", claim="The pods get credentials for the Kubernetes API", requirement="R5", points=6)
def test_pods_get_credentials(submission: Submission) -> None:
    """Fail where no token is mounted."""
    if not is_known(submission, submission.pod()):
        submission.pod().fail(
            "the pods get no token of their ServiceAccount", expected="a token in every pod", seen="automount is off"
        )


@check("role-grants", claim="A Role grants what recording a start takes", requirement="R5", points=6)
def test_role_grants_recording(submission: Submission) -> None:
    """Fail where no Role allows to write the ConfigMap, whoever it is bound to."""
    roles = [
        role for role in submission.all("Role") if (role.manifest.namespace or home(submission)) == home(submission)
    ]
    needed = ["patch"] if submission.find("ConfigMap", RUNS) else ["create", "patch"]
    for verb in needed:
        name = RUNS if verb == "patch" else ""
        if not any(grants(role, verb, "configmaps", name) for role in roles):
            where = roles[0].at("rules") if roles else submission.workload().at("metadata", "namespace")
            where.fail(f"no Role allows to {verb} ConfigMap {RUNS}", expected=f"{verb} configmaps", seen="not granted")


@check(
    "binding-names-account",
    claim="A RoleBinding names the ServiceAccount that the pods run as",
    requirement="R5",
    points=6,
)
def test_binding_names_the_account(submission: Submission) -> None:
    """Fail where the pods' ServiceAccount is the subject of no RoleBinding of its namespace."""
    account = account_of(submission.pod())
    found = bindings(submission, account, home(submission))
    if not any((one.manifest.namespace or home(submission)) == home(submission) for one in found):
        others = submission.all("RoleBinding")
        where = others[0].at("subjects") if others else submission.pod().at("serviceAccountName")
        where.fail(
            "the risk scorer's identity is bound to no Role", expected=f"ServiceAccount {account} in {home(submission)}"
        )


@check("roles-narrow", claim="What is bound grants the recording of starts, to the risk scorer, and nothing beyond it",
       requirement="R6", points=4, must=True)  # fmt: skip
def test_roles_are_narrow(submission: Submission) -> None:
    """Fail where any RoleBinding binds a role of the cluster's own, grants more than may be, or grants it to others."""
    account, may = account_of(submission.pod()), submission.exercise["rights"]
    if account == "default":
        submission.pod().at("serviceAccountName").fail(
            "the risk scorer runs as the account of every pod that names none",
            expected="an identity that nobody else has",
        )
    for binding in submission.all("RoleBinding"):
        role = binding.at("roleRef")
        if role.at("kind").value == "ClusterRole":
            role.at("name").fail("one of the cluster's own roles is bound", expected="nothing beyond recording a start")
        for rule, held in granted(submission, binding):
            if more := excess(held, may):
                rule.fail("more is granted than recording a start", expected="nothing beyond it", seen=more)
        for subject in others(binding, account, home(submission)):
            subject.fail(
                "somebody else than the risk scorer is granted something",
                expected=f"no subject but the identity that the pods run as, {account} in {home(submission)}",
                seen=" ".join(filter(None, (subject.at(key).text() for key in ("kind", "namespace", "name")))),
            )
    for pod in lent(submission):
        pod.at("serviceAccountName").fail("these pods hold a token of another account", expected="tokens of their own")


@check(
    "record-named",
    claim="Each server is told to record its start in the auditors' ConfigMap, and has the identity that may",
    requirement="R5",
    points=2,
    must=True,
)
def test_the_record_is_the_auditors(submission: Submission) -> None:
    """Fail where a server of whatever workload records somewhere else, or one of another workload has no means to.

    Whether they do record is seen on the cluster.
    """
    main, *beside = alike(submission, THEIRS, ("app.kubernetes.io/name", "risk-scorer"), submission.name(ACCESS))
    for pod in (main, *beside):
        serving = [one for one in all_containers(pod) if serves(one)]
        known = is_known(submission, pod) and account_of(pod) == account_of(main)
        if serving and pod in beside and not known:
            pod.fail("this server cannot record its start", expected="a token of the identity that may")
        for container in serving:
            told = setting(container, "SCORER_RUNS", "--runs", RUNS)
            if told.value not in (None, RUNS):
                (told.source or container).fail(
                    "this server records its start elsewhere", expected=f"ConfigMap {RUNS}", seen=told.value
                )
