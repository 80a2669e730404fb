"""Whether what is deployed is what the code expects: command, settings, ports, health, patience."""

from typing import Any

from aosctl.services import SERVICES
from servicekit.channel import DEFAULT_SECONDS
from servicekit.server import RUNS_HEALTH_NAME
from tools.deployed import (
    DeployedService,
    by_name,
    deployed_services,
    missing_services,
    setting_problems,
    settings_of,
)
from tools.transforming import Documents

# What a process needs after the drain, to bring everything into the database.
AFTER_DRAIN_SECONDS = 15.0
PROBES = ("startupProbe", "readinessProbe", "livenessProbe")


def command_problems(documents: Documents) -> list[str]:
    """Every service is deployed, and runs its own module."""
    problems = missing_services(documents)
    for one in deployed_services(documents):
        expected = ["python", "-m", one.service.module.removesuffix(".__main__")]
        if one.container.get("args") != expected or "command" in one.container:
            problems.append(f"{one.service.name} does not run {' '.join(expected)}.")
        if one.environment.get("AOS_SERVICE") != one.service.name:
            problems.append(f"{one.service.name} is told that it is somebody else.")
    return problems


def environment_problems(documents: Documents) -> list[str]:
    """Every variable is read by the service, and every one it needs is given."""
    return [
        problem
        for one in deployed_services(documents)
        for problem in setting_problems(one.service.name, one.environment)
    ]


def port_problems(documents: Documents) -> list[str]:
    """The ports are those of the table of services, in every place that names them."""
    peers = ",".join(f"{one.name}={one.name}:{one.port}" for one in SERVICES)
    services = by_name(documents, "Service")
    problems = []
    for one in deployed_services(documents):
        name, environment = one.service.name, one.environment
        if set(environment.get("AOS_PEERS", "").split(",")) != set(peers.split(",")):
            problems.append(f"{name}: AOS_PEERS is not {peers}.")
        if _listened(environment, "AOS_LISTEN") != one.ports.get("grpc"):
            problems.append(f"{name}: its container does not name the port it listens on.")
        offered = {port["name"]: port for port in services[name]["spec"]["ports"]}
        problems += _offer_problems(one, offered)
    return problems


def _offer_problems(one: DeployedService, offered: dict[str, dict[str, object]]) -> list[str]:
    name, problems = one.service.name, []
    if offered.get("grpc", {}).get("port") != one.service.port:
        problems.append(f"{name}: its Service does not offer {one.service.port}.")
    for listened, port in (("AOS_LISTEN", "grpc"), ("AOS_EDGE_LISTEN", "edge")):
        if listened in one.environment and (
            _listened(one.environment, listened) != offered.get(port, {}).get("port")
            or one.ports.get(port) != offered[port]["port"]
            or offered[port].get("targetPort") != port
        ):
            problems.append(f"{name}: {listened} and what its Service offers differ.")
    return problems


def _listened(environment: dict[str, str], variable: str) -> int:
    return int(environment.get(variable, ":0").rpartition(":")[2])


def health_problems(documents: Documents) -> list[str]:
    """Every probe asks the port for health, by a name that the code answers to."""
    return [
        problem
        for one in deployed_services(documents)
        for probe in PROBES
        for problem in _probe_problems(one, probe)
    ]


def _probe_problems(one: DeployedService, probe: str) -> list[str]:
    asked = one.container.get(probe, {}).get("grpc")
    if asked is None:
        return [f"{one.service.name} has no {probe} by gRPC."]
    problems = []
    if asked["port"] != _listened(one.environment, "AOS_HEALTH_LISTEN"):
        problems.append(f"{one.service.name}: {probe} asks a port that answers no health checks.")
    if asked.get("service", "") not in {"", RUNS_HEALTH_NAME}:
        problems.append(f"{one.service.name}: {probe} asks for a name that does not exist.")
    return problems


def patience_problems(documents: Documents) -> list[str]:
    """A pod is given the time that its process takes to stop in good order."""
    problems = []
    for one in deployed_services(documents):
        notice = _seconds(one, "AOS_NOTICE_SECONDS", "notice_seconds")
        drain = _seconds(one, "AOS_DRAIN_SECONDS", "drain_seconds")
        if drain <= DEFAULT_SECONDS:
            problems.append(f"{one.service.name}: a call may last longer than the drain.")
        if one.pod.get("terminationGracePeriodSeconds", 30) < notice + drain + AFTER_DRAIN_SECONDS:
            problems.append(f"{one.service.name} is killed before it has stopped.")
    return problems


def _seconds(one: DeployedService, variable: str, field: str) -> float:
    default: Any = settings_of(one.service.name).__dataclass_fields__[field].default
    return float(one.environment.get(variable, default))
