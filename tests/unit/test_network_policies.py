"""What NetworkPolicies let through, told from the files as the API defines it."""

import pytest
import yaml

from grader.checks.network import EGRESS, INGRESS, Need, Party, Port, beyond, lets_through
from grader.checks.submission import Submission
from harness.files.manifests import parse

EXERCISE = {"workload": {"namespace": "shop-a"}}
POD = Party("shop-a", {"app": "web", "tier": "front"})
DNS = Party("kube-system", {"k8s-app": "kube-dns"})
STORE = Party("shop-b", {"app": "store"}, {"team": "data"})
OUTSIDE = Party("")
HTTP = Port(8080, "TCP", "http")


def submission(*specs: str) -> Submission:
    """Return a submission with a policy in shop-a for each spec, given in YAML."""
    objects = [
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": f"p{n}"},
            "spec": yaml.safe_load(spec),
        }
        for n, spec in enumerate(specs)
    ]
    manifests, problems = parse("f.yaml", yaml.safe_dump_all(objects).encode())
    assert not problems
    return Submission(tuple(manifests), (), EXERCISE)


def egress(rule: str) -> str:
    return f"{{podSelector: {{}}, policyTypes: [Egress], egress: [{rule}]}}"


DENY = "{podSelector: {}, policyTypes: [Ingress, Egress]}"


def test_a_pod_that_no_policy_selects_is_open() -> None:
    assert lets_through(submission(), POD, EGRESS, STORE, HTTP)
    other = submission("{podSelector: {matchLabels: {app: other}}, policyTypes: [Egress]}")
    assert lets_through(other, POD, EGRESS, STORE, HTTP)


def test_default_deny_denies_and_others_add_to_it() -> None:
    assert not lets_through(submission(DENY), POD, EGRESS, STORE, HTTP)
    assert not lets_through(submission(DENY), POD, INGRESS, STORE, HTTP)
    assert lets_through(submission(DENY, egress("{}")), POD, EGRESS, STORE, HTTP)
    assert not lets_through(submission(DENY, egress("{}")), POD, INGRESS, STORE, HTTP)


def test_a_policy_without_types_governs_ingress_and_egress_only_with_rules() -> None:
    assert lets_through(submission("{podSelector: {}}"), POD, EGRESS, STORE, HTTP)
    assert not lets_through(submission("{podSelector: {}}"), POD, INGRESS, STORE, HTTP)
    assert not lets_through(submission("{podSelector: {}, egress: [{ports: [{port: 1}]}]}"), POD, EGRESS, STORE, HTTP)


@pytest.mark.parametrize(
    ("rule", "passes"),
    [
        ("{to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop-b}}}]}", True),
        ("{to: [{namespaceSelector: {matchLabels: {team: data}}, podSelector: {matchLabels: {app: store}}}]}", True),
        ("{to: [{namespaceSelector: {matchExpressions: [{key: team, operator: In, values: [data, ml]}]}}]}", True),
        ("{to: [{namespaceSelector: {matchExpressions: [{key: team, operator: NotIn, values: [data]}]}}]}", False),
        ("{to: [{namespaceSelector: {matchExpressions: [{key: team, operator: Exists}]}}]}", True),
        ("{to: [{namespaceSelector: {matchExpressions: [{key: team, operator: DoesNotExist}]}}]}", False),
        ("{to: [{namespaceSelector: {}, podSelector: {matchLabels: {app: other}}}]}", False),
        ("{to: [{podSelector: {matchLabels: {app: store}}}]}", False),
        ("{to: [{podSelector: {matchLabels: {app: store}}}, {namespaceSelector: {}}]}", True),
        ("{to: [{ipBlock: {cidr: 10.0.0.0/8}}]}", True),
        ("{ports: [{port: 8080}]}", True),
        ("{ports: [{port: http}]}", True),
        ("{ports: [{port: metrics}]}", False),
        ("{ports: [{port: 80}]}", False),
        ("{ports: [{port: 8000, endPort: 9000}]}", True),
        ("{ports: [{port: 8080, protocol: UDP}]}", False),
        ("{ports: [{protocol: TCP}]}", True),
    ],
)
def test_rules(rule: str, *, passes: bool) -> None:
    assert lets_through(submission(DENY, egress(rule)), POD, EGRESS, STORE, HTTP) is passes


def test_selectors_mean_pods_and_an_address_outside_is_none() -> None:
    everywhere = egress("{to: [{namespaceSelector: {}}]}")
    assert not lets_through(submission(everywhere), POD, EGRESS, OUTSIDE, Port(6443))
    assert lets_through(submission(egress("{ports: [{port: 6443}]}")), POD, EGRESS, OUTSIDE, Port(6443))


def test_one_peer_with_two_selectors_is_not_two_peers() -> None:
    """The classic: a dash more, and every pod of the own namespace with that label and every other namespace may come."""
    one = "{podSelector: {}, ingress: [{from: [{namespaceSelector: {}, podSelector: {matchLabels: {app: store}}}]}]}"
    own = "{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: store}}}]}]}"
    assert lets_through(submission(one), POD, INGRESS, STORE, HTTP)
    assert not lets_through(submission(own), POD, INGRESS, STORE, HTTP)
    assert not lets_through(submission(one), POD, INGRESS, DNS, HTTP)


NEEDS = (Need(STORE), Need(DNS), Need(None, (Port(53, "UDP"), Port(53))), Need(None, (Port(6443),)))
IN_B = "namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop-b}}"


@pytest.mark.parametrize(
    ("rule", "narrow"),
    [
        (f"{{to: [{{{IN_B}, podSelector: {{matchLabels: {{app: store}}}}}}], ports: [{{port: 8080}}]}}", True),
        (f"{{to: [{{{IN_B}, podSelector: {{matchLabels: {{app: store}}}}}}]}}", True),
        ("{to: [{namespaceSelector: {matchLabels: {team: data}}, podSelector: {matchLabels: {app: store}}}]}", True),
        (
            f"{{to: [{{{IN_B}, podSelector: {{matchExpressions: [{{key: app, operator: In, values: [store]}}]}}}}]}}",
            True,
        ),
        (
            f"{{to: [{{{IN_B}, podSelector: {{matchExpressions: [{{key: app, operator: In, values: [store, x]}}]}}}}]}}",
            False,
        ),
        (
            f"{{to: [{{{IN_B}, podSelector: {{matchExpressions: [{{key: app, operator: NotIn, values: [x]}}]}}}}]}}",
            False,
        ),
        (f"{{to: [{{{IN_B}, podSelector: {{matchExpressions: [{{key: app, operator: Exists}}]}}}}]}}", False),
        (f"{{to: [{{{IN_B}, podSelector: {{}}}}], ports: [{{port: 8080}}]}}", False),
        (f"{{to: [{{{IN_B}}}], ports: [{{port: 8080}}]}}", False),
        ("{to: [{namespaceSelector: {}, podSelector: {matchLabels: {app: store}}}]}", False),
        ("{to: [{podSelector: {matchLabels: {app: store}}}]}", False),
        ("{to: [{podSelector: {}}]}", False),
        ("{ports: [{port: 8080}]}", False),
        ("{}", False),
        ("{ports: [{port: 53, protocol: UDP}, {port: 53}, {port: 6443}]}", True),
        ("{ports: [{port: 53, endPort: 6443}]}", False),
        ("{ports: [{protocol: UDP}]}", False),
        ("{ports: [{port: 6443, protocol: UDP}]}", False),
        ("{ports: [{port: 443}]}", False),
        ("{to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}}]}", False),
        ("{to: [{ipBlock: {cidr: 172.18.0.0/16}}], ports: [{port: 6443}]}", True),
        ("{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.244.0.0/16]}}]}", False),
        ("{to: [{ipBlock: {cidr: 10.96.0.1/32}}], ports: [{port: 443}]}", True),
        ("{to: [{ipBlock: {cidr: 10.0.0.0/8}}], ports: [{port: 443}]}", False),
    ],
)
def test_a_rule_is_judged_by_all_whom_it_could_mean(rule: str, *, narrow: bool) -> None:
    assert (not list(beyond(submission(DENY, egress(rule)), POD, EGRESS, NEEDS))) is narrow


def test_one_narrow_peer_does_not_excuse_another() -> None:
    one = "{namespaceSelector: {}, podSelector: {matchLabels: {app: desk}}}"
    desk = [Need(Party("", {"app": "desk"}))]
    alone, beside = (
        f"{{podSelector: {{}}, ingress: [{{from: [{peers}]}}]}}"
        for peers in (one, f"{one}, {{namespaceSelector: {{}}}}")
    )
    assert not list(beyond(submission(alone), POD, INGRESS, desk))
    assert [place.field for place in beyond(submission(beside), POD, INGRESS, desk)] == ["spec.ingress[0].from[1]"]
    other = beside.replace("podSelector: {}, ingress", "podSelector: {matchLabels: {app: other}}, ingress")
    assert not list(beyond(submission(other), POD, INGRESS, desk))


@pytest.mark.parametrize(
    ("selector", "may"),
    [
        ("{matchLabels: {pod-template-hash: abc}}", True),
        ("{matchExpressions: [{key: pod-template-hash, operator: Exists}]}", True),
        ("{matchExpressions: [{key: pod-template-hash, operator: NotIn, values: [a]}]}", True),
        ("{matchLabels: {pod-template-hash: abc, app: other}}", False),
        ("{matchLabels: {controller-revision-hash: abc}}", False),
    ],
)
def test_a_policy_may_select_by_labels_that_a_controller_gives(selector: str, *, may: bool) -> None:
    pod = Party(POD.namespace, POD.labels, later=frozenset({"pod-template-hash"}))
    wide = f"{{podSelector: {selector}, policyTypes: [Egress], egress: [{{}}]}}"
    assert bool(list(beyond(submission(wide), pod, EGRESS, [Need(DNS)]))) is may
