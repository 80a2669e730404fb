"""What a rendered deployment says of each service, for the checks that compare it with the code."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from aosctl.services import SERVICES, Service
from servicekit.settings import ServiceSettings
from tools.transforming import Document, Documents


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedService:
    """One service as its Deployment describes it."""

    service: Service
    deployment: Document

    @property
    def pod(self) -> Document:
        """The specification of its pods."""
        pod: Document = self.deployment["spec"]["template"]["spec"]
        return pod

    @property
    def container(self) -> Document:
        """The container that serves."""
        found: Document = next(one for one in self.pod["containers"] if one["name"] == "service")
        return found

    @property
    def environment(self) -> dict[str, str]:
        """Its variables; of those that come from a secret, the secret and the key."""
        return {entry["name"]: _value(entry) for entry in self.container.get("env", [])}

    @property
    def ports(self) -> dict[str, int]:
        """The ports of its container, by name."""
        return {port["name"]: port["containerPort"] for port in self.container.get("ports", [])}


def _value(entry: Document) -> str:
    if "value" in entry:
        return str(entry["value"])
    source = entry["valueFrom"]
    if "secretKeyRef" in source:
        return f"{source['secretKeyRef']['name']}/{source['secretKeyRef']['key']}"
    return str(source)


def deployed_services(documents: Documents) -> Iterator[DeployedService]:
    """Every service that has a Deployment."""
    deployments = by_name(documents, "Deployment")
    for service in SERVICES:
        if service.name in deployments:
            yield DeployedService(service=service, deployment=deployments[service.name])


def missing_services(documents: Documents) -> list[str]:
    """Services that exist and are not deployed."""
    found = by_name(documents, "Deployment")
    return [f"{one.name} has no Deployment." for one in SERVICES if one.name not in found]


def by_name(documents: Documents, kind: str) -> dict[str, Document]:
    """The documents of one kind."""
    return {each["metadata"]["name"]: each for each in documents if each["kind"] == kind}


def settings_of(service: str) -> type[ServiceSettings]:
    """The settings that the code of a service reads."""
    found: type[ServiceSettings] = import_module(f"services.{service}.config").Settings
    return found


def setting_problems(service: str, environment: dict[str, str]) -> list[str]:
    """Where an environment and the settings of a service disagree."""
    fields = dataclasses.fields(settings_of(service))
    known: dict[str, dataclasses.Field[Any]] = {one.metadata["variable"]: one for one in fields}
    given = {name for name in environment if name.startswith("AOS_")}
    required = {
        name
        for name, one in known.items()
        if one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING
    }
    return [
        *(f"{service}: nobody reads {name}." for name in sorted(given - known.keys())),
        *(f"{service}: {name} must be set." for name in sorted(required - given)),
        *_transport_problems(service, environment),
    ]


TLS = ("AOS_TLS_CERTIFICATE_FILE", "AOS_TLS_KEY_FILE", "AOS_TLS_AUTHORITIES_FILE")


def _transport_problems(service: str, environment: dict[str, str]) -> list[str]:
    """What the process itself would refuse to start with."""
    given = [name for name in TLS if name in environment]
    problems = []
    if given and len(given) < len(TLS):
        problems.append(f"{service}: {', '.join(TLS)} belong together.")
    if environment.get("AOS_ENVIRONMENT", "production") == "production" and not given:
        problems.append(f"{service}: production needs certificates.")
    if "AOS_EDGE_LISTEN" in environment and not given:
        problems.append(f"{service}: AOS_EDGE_LISTEN needs certificates.")
    return problems
