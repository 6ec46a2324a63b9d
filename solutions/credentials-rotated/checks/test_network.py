# breakfix-canary-330c33a72115910b2edb75db3621d870: no submission has this word; see docs/hiring.md.
"""What the network policies let through, told from the manifests, whatever else is still wrong."""

from grader.checks import Submission, View, check
from grader.checks.network import EGRESS, INGRESS, Need, Party, Port, beyond, lets_through, named_ports, policies
from grader.checks.pods import all_pods, labels_of, later_labels, target_port
from grader.checks.servers import alike, services_of

DNS = Party("kube-system", {"k8s-app": "kube-dns"})
CALLER = Party("another-namespace", {"app.kubernetes.io/name": "loan-desk"})  # its name may change
STORE = "feature-platform"
ACCESS = "feature-store-access"
THEIRS = "manifests/"  # the candidate's own files
LOAN_DESK = Party("", {"app.kubernetes.io/name": "loan-desk"})  # in whatever namespace
NAMES = (Port(53, "UDP", "dns"), Port(53, "TCP", "dns-tcp"))
API_SERVER = (Port(6443),)


def scorer(submission: Submission, pod: View | None = None) -> Party:
    """Return the risk scorer's pods, those of its Deployment if no other is given, as policies see them."""
    pod = pod or submission.pod()
    namespace = submission.exercise["workload"]["namespace"]
    known = submission.exercise["namespace_labels"].get(namespace, {})
    return Party(namespace, labels_of(pod), known, later_labels(pod))


def scorers(submission: Submission) -> list[View]:
    """Return all pods that the ticket calls the risk scorer's."""
    return alike(submission, THEIRS, ("app.kubernetes.io/name", "risk-scorer"), submission.name(ACCESS))


def store_of(submission: Submission) -> Party:
    """Return the feature store's pods as policies see them."""
    labels = submission.get("Deployment", "feature-store", STORE).at("spec", "template", "metadata", "labels").texts()
    return Party(STORE, labels, submission.exercise["namespace_labels"].get(STORE, {}))


def need_passage(submission: Submission, direction: str, other: Party, port: Port, what: str) -> None:
    """Fail at a policy that selects the scorer where none of them lets this connection through."""
    pod = scorer(submission)
    if not lets_through(submission, pod, direction, other, port):
        policies(submission, pod, direction)[0].at("spec").fail(
            f"no policy lets the risk scorer {what}",
            expected="a rule that matches this connection",
            seen=f"none in {', '.join(one.manifest.label for one in policies(submission, pod, direction))}",
        )


@check("names-resolvable", claim="The policies let the risk scorer ask the cluster's DNS", requirement="R4", points=6)
def test_names_are_resolvable(submission: Submission) -> None:
    """Fail where no rule leads to the cluster's DNS."""
    need_passage(submission, EGRESS, DNS, Port(53, "UDP", "dns"), "ask for names")


@check(
    "store-reachable", claim="The policies let the risk scorer connect to the feature store", requirement="R4", points=6
)
def test_store_is_reachable(submission: Submission) -> None:
    """Fail where no rule leads to the pods and the port behind Service feature-store."""
    template = submission.get("Deployment", "feature-store", STORE).at("spec", "template")
    number = target_port(submission.get("Service", "feature-store", STORE), 80, template.at("spec")) or 80
    port = next((one for one in named_ports(template.at("spec")) if one.number == number), Port(number))
    need_passage(submission, EGRESS, store_of(submission), port, "connect to the feature store")


@check("callers-admitted", claim="The policies let the loan desk's pods in", requirement="R2", points=6)
def test_callers_are_admitted(submission: Submission) -> None:
    """Fail where no rule admits the loan desk's pods, which run in another namespace."""
    service = submission.get("Service", "risk-scorer")
    number = target_port(service, 80, submission.pod()) or 80
    port = next((one for one in named_ports(submission.pod()) if one.number == number), Port(number))
    need_passage(submission, INGRESS, CALLER, port, "be called by the loan desk")


@check("ways-out-narrow", claim="The policies let the risk scorer out to the feature store, DNS and the API server alone",
       requirement="R4", points=2, must=True)  # fmt: skip
def test_ways_out_are_narrow(submission: Submission) -> None:
    """Fail at a rule that leads to anybody else, whether or not somebody is there today."""
    needs = [Need(store_of(submission)), Need(DNS), Need(None, NAMES), Need(None, API_SERVER)]
    for pod in scorers(submission):
        for place in beyond(submission, scorer(submission, pod), EGRESS, needs):
            place.fail(
                "a policy lets the risk scorer out to more than it needs",
                expected=f"nothing but what the ticket names, for {pod.manifest.label}",
            )


@check(
    "ways-in-narrow", claim="The policies let nobody but the loan desk's pods in", requirement="R3", points=2, must=True
)
def test_ways_in_are_narrow(submission: Submission) -> None:
    """Fail at a rule that admits anybody without the loan desk's label, and at a pod of the submission's that wears it."""
    for pod in scorers(submission):
        for place in beyond(submission, scorer(submission, pod), INGRESS, [Need(LOAN_DESK)]):
            place.fail(
                "a policy lets others in than the loan desk",
                expected=f"nobody but the loan desk's pods, for {pod.manifest.label}",
            )
        for service in services_of(submission, pod):
            opened = service.at("spec", "type")
            if opened.text("ClusterIP") != "ClusterIP" or (opened := service.at("spec", "externalIPs")).items():
                opened.fail(
                    "whoever reaches a node comes in by this Service, with the node's own address, which policies let through",
                    expected="a Service inside the cluster", seen=str(opened.value),
                )  # fmt: skip
    for pod in all_pods(submission):
        if LOAN_DESK.labels and LOAN_DESK.labels.items() <= labels_of(pod).items():
            pod.fail("these pods carry the loan desk's label, and are not its", expected="a label of their own",
                     seen=str(dict(LOAN_DESK.labels)))  # fmt: skip


@check("callers-anywhere", claim="The Service serves callers on every node", requirement="R2", points=2, must=True)
def test_callers_are_served_anywhere(submission: Submission) -> None:
    """Fail where the Service drops whoever calls from a node without a server."""
    reached = submission.get("Service", "risk-scorer").at("spec", "internalTrafficPolicy")
    if reached.text("Cluster") != "Cluster":
        reached.fail(
            "a loan desk's pod gets no answer on a node that has no server", expected="Cluster, as where it is not set"
        )
