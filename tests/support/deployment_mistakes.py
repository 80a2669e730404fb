"""What somebody could get wrong in a deployment, and the check that has to find it."""

from collections.abc import Callable
from typing import Any

from tools.deployed import by_name
from tools.deployment_network import isolation_problems, network_problems
from tools.deployment_pods import (
    account_problems,
    confinement_problems,
    file_problems,
    image_problems,
)
from tools.deployment_settings import (
    command_problems,
    environment_problems,
    health_problems,
    patience_problems,
    port_problems,
)
from tools.manifests import schema_problems
from tools.transforming import Document, Documents

Check = Callable[[Documents], list[str]]


def schemas(documents: Documents) -> list[str]:
    return [problem for document in documents for problem in schema_problems(document)]


EVERYWHERE: list[Check] = [
    schemas,
    command_problems,
    environment_problems,
    port_problems,
    health_problems,
    patience_problems,
    network_problems,
    isolation_problems,
    confinement_problems,
    image_problems,
    file_problems,
    account_problems,
]


def deployment(documents: Documents, name: str = "policies") -> Any:
    return by_name(documents, "Deployment")[name]["spec"]


def pod(documents: Documents, name: str = "policies") -> Any:
    return deployment(documents, name)["template"]["spec"]


def container(documents: Documents, name: str = "policies") -> Any:
    return next(one for one in pod(documents, name)["containers"] if one["name"] == "service")


def variable(documents: Documents, which: str) -> Document:
    found: Document = next(one for one in container(documents)["env"] if one["name"] == which)
    return found


def policy(documents: Documents, name: str) -> Any:
    return by_name(documents, "NetworkPolicy")[name]["spec"]


# The check, one thing that somebody could get wrong, and how.
MISTAKES: list[tuple[Check, str, Callable[[Documents], object]]] = [
    (schemas, "a field is misspelt", lambda made: container(made).update(readynessProbe={})),
    (
        schemas,
        "a certificate has no issuer",
        lambda made: by_name(made, "Certificate")["logs"]["spec"].pop("issuerRef"),
    ),
    (
        schemas,
        "a kind does not exist",
        lambda made: made.append({"apiVersion": "v1", "kind": "Pot", "metadata": {"name": "a"}}),
    ),
    (
        command_problems,
        "another module runs",
        lambda made: container(made).update(args=["python", "-m", "services.logs"]),
    ),
    (
        command_problems,
        "a service is left out",
        lambda made: made.remove(by_name(made, "Deployment")["policies"]),
    ),
    (
        environment_problems,
        "a variable is misspelt",
        lambda made: variable(made, "AOS_NOTICE_SECONDS").update(name="AOS_NOTICE"),
    ),
    (
        environment_problems,
        "a required variable is left out",
        lambda made: container(made)["env"].remove(variable(made, "AOS_NATS_URL")),
    ),
    (
        environment_problems,
        "a third of TLS is left out",
        lambda made: container(made)["env"].remove(variable(made, "AOS_TLS_KEY_FILE")),
    ),
    (
        port_problems,
        "it listens elsewhere",
        lambda made: variable(made, "AOS_LISTEN").update(value="0.0.0.0:7431"),
    ),
    (
        port_problems,
        "the edge is elsewhere",
        lambda made: variable(made, "AOS_EDGE_LISTEN").update(value="0.0.0.0:7439"),
    ),
    (
        port_problems,
        "a peer has moved",
        lambda made: variable(made, "AOS_PEERS").update(value="accounts=accounts:7411"),
    ),
    (
        port_problems,
        "the Service offers another port",
        lambda made: by_name(made, "Service")["policies"]["spec"]["ports"][0].update(port=7499),
    ),
    (
        health_problems,
        "a health name does not exist",
        lambda made: container(made)["startupProbe"]["grpc"].update(service="spine"),
    ),
    (
        health_problems,
        "a probe meets TLS",
        lambda made: container(made)["livenessProbe"]["grpc"].update(port=7430),
    ),
    (health_problems, "there is no liveness", lambda made: container(made).pop("livenessProbe")),
    (
        patience_problems,
        "the kill comes early",
        lambda made: pod(made).update(terminationGracePeriodSeconds=36),
    ),
    (
        patience_problems,
        "a drain cuts calls off",
        lambda made: variable(made, "AOS_DRAIN_SECONDS").update(value="1"),
    ),
    (
        network_problems,
        "an edge is missing",
        lambda made: policy(made, "orchestrator")["egress"].pop(),
    ),
    (
        network_problems,
        "an edge is too many",
        lambda made: (
            policy(made, "policies")["ingress"][1]["from"].append(
                {"podSelector": {"matchLabels": {"app.kubernetes.io/name": "logs"}}}
            )
            or policy(made, "logs")["egress"].append(
                {"to": [{"podSelector": {"matchLabels": {"app.kubernetes.io/name": "policies"}}}]}
            )
        ),
    ),
    (
        network_problems,
        "a rule names no port",
        lambda made: (
            policy(made, "logs")["egress"].append({"to": [{"podSelector": {}}]})
            or policy(made, "incidents")["ingress"].append({"from": [{"podSelector": {}}]})
        ),
    ),
    (
        network_problems,
        "people meet the inner port",
        lambda made: policy(made, "logs")["ingress"][0].update(ports=[{"port": "grpc"}]),
    ),
    (
        isolation_problems,
        "nothing is refused",
        lambda made: made.remove(by_name(made, "NetworkPolicy")["nothing"]),
    ),
    (
        isolation_problems,
        "a service gets out",
        lambda made: policy(made, "to-nats")["egress"].append(
            {"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}
        ),
    ),
    (
        isolation_problems,
        "a service gets anywhere",
        lambda made: policy(made, "to-nats")["egress"].append({}),
    ),
    (
        confinement_problems,
        "it runs as root",
        lambda made: pod(made)["securityContext"].update(runAsUser=0),
    ),
    (
        confinement_problems,
        "it may write",
        lambda made: container(made)["securityContext"].update(readOnlyRootFilesystem=False),
    ),
    (
        confinement_problems,
        "it keeps a capability",
        lambda made: container(made)["securityContext"].update(capabilities={"drop": ["NET_RAW"]}),
    ),
    (
        confinement_problems,
        "it gets a token",
        lambda made: pod(made).pop("automountServiceAccountToken"),
    ),
    (
        confinement_problems,
        "it may take all memory",
        lambda made: container(made)["resources"].pop("limits"),
    ),
    (
        image_problems,
        "an image is the latest",
        lambda made: container(made).update(image="aos:latest"),
    ),
    (
        image_problems,
        "an image has no tag",
        lambda made: container(made).update(image="a.example:443/aos"),
    ),
    (file_problems, "a key is not mounted", lambda made: pod(made, "accounts")["volumes"].pop(0)),
    (
        file_problems,
        "a path is wrong",
        lambda made: variable(made, "AOS_IDENTITY_KEY_FILE").update(value="/run/aos/identity.key"),
    ),
    (
        account_problems,
        "an account is shared",
        lambda made: pod(made).update(serviceAccountName="logs"),
    ),
]
