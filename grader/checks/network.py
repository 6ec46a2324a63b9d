"""What the NetworkPolicies of a submission let through, as the API defines it: by pods, namespaces and ports.

Source: Kubernetes documentation, "Network Policies"; policies add up, and a pod that none selects is open.
"""

import ipaddress
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from grader.checks.submission import Submission
from grader.checks.view import View

NAME_LABEL = "kubernetes.io/metadata.name"  # the API server puts it on every namespace
EGRESS, INGRESS = "Egress", "Ingress"
SERVICES = ipaddress.IPv4Network("10.96.0.0/16")  # kind's default, which our clusters keep
FIELDS = {EGRESS: ("egress", "to"), INGRESS: ("ingress", "from")}


@dataclass(frozen=True)
class Party:
    """One end of a connection: a pod by its labels and namespace, or (without labels) an address outside all pods."""

    namespace: str
    labels: Mapping[str, str] | None = None
    namespace_labels: Mapping[str, str] = field(default_factory=dict)
    later: frozenset[str] = frozenset()  # labels that its controller gives it, with values that no file tells

    def namespace_view(self) -> dict[str, str]:
        """Return the labels of the party's namespace."""
        return {**self.namespace_labels, NAME_LABEL: self.namespace}


@dataclass(frozen=True)
class Port:
    """The port on which a connection arrives at its pod, and the name that the pod gives it."""

    number: int
    protocol: str = "TCP"
    name: str = ""


def policies(submission: Submission, pod: Party, direction: str) -> list[View]:
    """Return the policies that select a pod for a direction, or may."""
    home = submission.exercise["workload"]["namespace"]
    return [
        policy
        for policy in submission.all("NetworkPolicy")
        if (policy.manifest.namespace or home) == pod.namespace
        and direction in _directions(policy)
        and matches(policy.at("spec", "podSelector"), pod.labels or {}, pod.later)
    ]


def _directions(policy: View) -> set[str]:
    """Return what a policy governs; where it does not say, ingress, and egress if it has such rules."""
    stated = {item.text() for item in policy.at("spec", "policyTypes").items()}
    return stated or ({INGRESS, EGRESS} if policy.at("spec", "egress").items() else {INGRESS})


def lets_through(submission: Submission, pod: Party, direction: str, other: Party, port: Port) -> bool:
    """Whether the policies on a pod let a connection with another party pass; the other's policies are not asked."""
    selecting = policies(submission, pod, direction)
    return not selecting or any(
        _rule_allows(rule, pod.namespace, direction, other, port)
        for policy in selecting
        for rule in policy.at("spec", FIELDS[direction][0]).items()
    )


def _rule_allows(rule: View, home: str, direction: str, other: Party, port: Port) -> bool:
    peers, ports = rule.at(FIELDS[direction][1]).items(), rule.at("ports").items()
    return (not peers or any(_peer_matches(peer, home, other) for peer in peers)) and (
        not ports or any(_port_matches(entry, port) for entry in ports)
    )


def _peer_matches(peer: View, home: str, other: Party) -> bool:
    """Whether a peer may mean the other party; which addresses a block holds, only the cluster can tell."""
    if peer.at("ipBlock").present:
        return True
    if other.labels is None:
        return False
    spaces, pods = peer.at("namespaceSelector"), peer.at("podSelector")
    there = matches(spaces, other.namespace_view()) if spaces.present else other.namespace == home
    return there and (not pods.present or matches(pods, other.labels))


def _port_matches(entry: View, port: Port) -> bool:
    if entry.at("protocol").text("TCP") != port.protocol:
        return False
    wanted = entry.at("port")
    if not wanted.present:
        return True
    if isinstance(wanted.value, str):
        return wanted.value == port.name
    first = wanted.number(0)
    return first <= port.number <= entry.at("endPort").number(first)


@dataclass(frozen=True)
class Need:
    """What a policy's rule may lead to: a party, or whoever where None stands, on these ports (on every one where none is).

    The party's namespace is meant by its name, or by its labels where it has some; no namespace means any.
    """

    party: Party | None
    ports: tuple[Port, ...] = ()


def beyond(submission: Submission, pod: Party, direction: str, needs: Iterable[Need]) -> Iterator[View]:
    """Yield each place of a pod's policies that lets through more than its needs, whoever is there to be met.

    Peers are judged by what their selectors say, not by the pods of today.
    """
    known = tuple(needs)
    for policy in policies(submission, pod, direction):
        for rule in policy.at("spec", FIELDS[direction][0]).items():
            peers: list[View | None] = [*rule.at(FIELDS[direction][1]).items()]
            ports: list[View | None] = [*rule.at("ports").items()]
            for peer in peers or [None]:
                for port in ports or [None]:
                    if not _unmet(peer) and not any(_needed(need, pod.namespace, peer, port) for need in known):
                        yield peer or port or rule


def _unmet(peer: View | None) -> bool:
    """Whether a peer means no one: policies are judged by pods' addresses, never by a Service's."""
    if peer is None or not peer.at("ipBlock").present:
        return False
    try:
        block = ipaddress.ip_network(peer.at("ipBlock", "cidr").text(), strict=False)
    except ValueError:
        return False
    return isinstance(block, ipaddress.IPv4Network) and block.subnet_of(SERVICES)


def _needed(need: Need, home: str, peer: View | None, port: View | None) -> bool:
    on_port = not need.ports or (port is not None and any(_only(port, one) for one in need.ports))
    return on_port and (need.party is None or (peer is not None and _confined(peer, home, need.party)))


def _only(entry: View, port: Port) -> bool:
    """Whether an entry of `ports` means this port and no other."""
    stated = [entry.at(field).value for field in ("port", "endPort") if entry.at(field).present]
    return _port_matches(entry, port) and bool(stated) and all(one in (port.number, port.name) for one in stated)


def _confined(peer: View, home: str, party: Party) -> bool:
    """Whether a peer can mean nobody but the party."""
    if peer.at("ipBlock").present or party.labels is None:
        return False
    spaces, pods = peer.at("namespaceSelector"), peer.at("podSelector")
    named = {NAME_LABEL: party.namespace}
    if not party.namespace:
        there = True
    elif spaces.present:
        there = _pinned(spaces, named) or (bool(party.namespace_labels) and _pinned(spaces, party.namespace_labels))
    else:
        there = home == party.namespace
    return there and pods.present and _pinned(pods, party.labels)


def _pinned(selector: View, labels: Mapping[str, str]) -> bool:
    """Whether whatever a selector matches has these labels."""
    return all(_values(selector, key) <= {value} for key, value in labels.items())


def _values(selector: View, key: str) -> set[str | None]:
    """Return what a label can be where a selector matches; None stands for whatever it is not tied to."""
    plain = selector.at("matchLabels").texts()
    lists: list[set[str | None]] = [{plain[key]}] if key in plain else []
    lists += [
        {value.text() for value in term.at("values").items()}
        for term in selector.at("matchExpressions").items()
        if term.at("key").text() == key and term.at("operator").text() == "In"
    ]
    return set.intersection(*lists) if lists else {None}


def matches(selector: View, labels: Mapping[str, str], later: Container[str] = ()) -> bool:
    """Whether a label selector may match, where `later` labels have values that are not known; an empty one matches everything."""
    plain = selector.at("matchLabels").texts()
    return all(key in later or labels.get(key) == value for key, value in plain.items()) and all(
        _holds(term, labels, later) for term in selector.at("matchExpressions").items()
    )


def _holds(term: View, labels: Mapping[str, str], later: Container[str]) -> bool:
    key, operator = term.at("key").text(), term.at("operator").text()
    values = [value.text() for value in term.at("values").items()]
    if key in later:
        return True
    if operator == "Exists":
        return key in labels
    if operator == "DoesNotExist":
        return key not in labels
    return (labels.get(key) in values) is (operator == "In")


def named_ports(pod: View) -> Iterator[Port]:
    """Yield the ports that a pod's containers declare."""
    for container in pod.at("containers").items():
        for port in container.at("ports").items():
            yield Port(int(port.at("containerPort").number(0)), port.at("protocol").text("TCP"), port.at("name").text())
