"""Whether the network lets through what `deploy/callers.yaml` lists, and nothing else.

The policies are worked out as the cluster does: a connection passes if a policy of the sender lets
it out and one of the receiver lets it in.
"""

from pathlib import Path
from typing import Any

import yaml

from aosctl.services import OPERATOR
from tools.deployed import by_name, deployed_services
from tools.transforming import Document, Documents

CALLERS = Path(__file__).resolve().parent.parent / "deploy" / "callers.yaml"
PUBLIC = "public"
OPERATOR_LABELS = {"app.kubernetes.io/component": OPERATOR}
# The label of the namespaces from which people and agents come.
CLIENTS = {"aos/clients": "allowed"}
Edge = tuple[str, str]


def network_problems(documents: Documents) -> list[str]:
    """The edges of the policies are those of the caller list."""
    wanted, found = _listed(), _allowed(documents)
    return [
        *(
            f"{caller} may call {callee}, but does not get there."
            for caller, callee in wanted - found
        ),
        *(f"{caller} gets to {callee}, but may not call it." for caller, callee in found - wanted),
    ]


def _listed() -> set[Edge]:
    rules = yaml.safe_load(CALLERS.read_text())
    return {
        (caller, callee)
        for callee, methods in rules.items()
        for callers in methods.values()
        for caller in callers
    }


def _allowed(documents: Documents) -> set[Edge]:
    pods = {one.service.name: _labels(one.deployment) for one in deployed_services(documents)}
    policies = list(by_name(documents, "NetworkPolicy").values())
    ports = {one.service.name: one.ports for one in deployed_services(documents)}
    edges = set()
    for callee, labels in pods.items():
        for caller, sender in {**pods, OPERATOR: OPERATOR_LABELS}.items():
            port = {"grpc", ports[callee]["grpc"]}
            if _passes(policies, "egress", sender, labels, port) and _passes(
                policies, "ingress", labels, sender, port
            ):
                edges.add((caller, callee))
        public = "edge" if "edge" in ports[callee] else "grpc"
        if _passes(policies, "ingress", labels, None, {public, ports[callee][public]}):
            edges.add((PUBLIC, callee))
    return edges


def _labels(deployment: Document) -> dict[str, str]:
    labels: dict[str, str] = deployment["spec"]["template"]["metadata"]["labels"]
    return labels


def _passes(
    policies: Documents,
    direction: str,
    own: dict[str, str],
    other: dict[str, str] | None,
    ports: set[Any],
) -> bool:
    """Whether any policy of a pod lets a connection with another pass; None are the clients."""
    ours = [
        policy["spec"]
        for policy in policies
        if direction.capitalize() in policy["spec"]["policyTypes"]
        and selects(policy["spec"]["podSelector"], own)
    ]
    rules = [rule for policy in ours for rule in policy.get(direction, [])]
    # A pod that no policy is about talks to everybody.
    return not ours or any(_matches(rule, direction, other, ports) for rule in rules)


def _matches(rule: Document, direction: str, other: dict[str, str] | None, ports: set[Any]) -> bool:
    named = {port.get("port") for port in rule.get("ports", [])}
    peers = rule.get("from" if direction == "ingress" else "to", [{}])
    return (not named or bool(named & ports)) and any(_is_peer(peer, other) for peer in peers)


def _is_peer(peer: Document, other: dict[str, str] | None) -> bool:
    if not peer:
        return True
    if "namespaceSelector" in peer or other is None:
        return other is None and selects(peer.get("namespaceSelector"), CLIENTS)
    return "podSelector" in peer and selects(peer["podSelector"], other)


def selects(selector: Document | None, labels: dict[str, str]) -> bool:
    """Whether a selector means something with these labels."""
    if selector is None:
        return False
    wanted: dict[str, str] = selector.get("matchLabels", {})
    listed = [
        entry["operator"] == "In" and labels.get(entry["key"]) in entry["values"]
        for entry in selector.get("matchExpressions", [])
    ]
    return wanted.items() <= labels.items() and all(listed)


def isolation_problems(documents: Documents) -> list[str]:
    """Nothing passes that no policy names, and no service reaches anything outside."""
    policies = by_name(documents, "NetworkPolicy")
    everything = [
        policy
        for policy in policies.values()
        if policy["spec"]["podSelector"] == {}
        and set(policy["spec"]["policyTypes"]) == {"Ingress", "Egress"}
        and not policy["spec"].get("ingress")
        and not policy["spec"].get("egress")
    ]
    problems = [] if everything else ["No policy refuses what no other allows."]
    for service in deployed_services(documents):
        for name, policy in policies.items():
            if selects(policy["spec"]["podSelector"], _labels(service.deployment)):
                problems += _leaks(service.service.name, name, policy["spec"])
    return problems


def _leaks(service: str, name: str, specification: Document) -> list[str]:
    peers = [
        peer for rule in specification.get("egress", []) for peer in rule.get("to", [{}]) or [{}]
    ]
    return [
        f"{name} lets {service} out of the cluster."
        for peer in peers
        if not ({"podSelector", "namespaceSelector"} & peer.keys())
    ]
