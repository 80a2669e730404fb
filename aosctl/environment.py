"""The environment handed to each service: everything it needs, and no secret of another."""

import os

from aosctl.keys import Keys
from aosctl.port_plan import PortPlan
from aosctl.provision import service_url
from aosctl.services import Service

# Settings of the caller that services honour; the administrator's address is not among them.
PASSED_ON = ("OTEL_", "AOS_LOG_", "PYTHON", "LC_")
# How people are told is for whoever runs the plane to say, and the password is for one service.
TELLING = ("AOS_SMTP_", "AOS_DELIVERY_", "AOS_PRIVATE_NETWORKS")
# How runs are governed and driven is for them to say as well, where a service has a setting for it.
DRIVING = {
    "policies": ("AOS_GOVERNANCE_PROFILE", "AOS_MID_EXECUTION_", "AOS_DETECTOR_", "AOS_SAFETY_"),
    "incidents": ("AOS_HALLUCINATION_",),
    "orchestrator": (
        "AOS_GOVERNANCE_PROFILE",
        "AOS_AUDIT_DURABILITY",
        "AOS_SAGA_",
        "AOS_RUN_",
        "AOS_STALE_",
        "AOS_ORPHAN_",
        "AOS_SEARCH_",
        "AOS_STOP_GRACE_",
        "AOS_SKILL_",
        "AOS_PLANNER_",
        "AOS_SCRIPTED_",
    ),
}
PASSED_ON_NAMES = {"PATH", "HOME", "LANG", "TZ", "TMPDIR"}


def inherited() -> dict[str, str]:
    """The part of our own environment that services may see."""
    return {
        name: value
        for name, value in os.environ.items()
        if name in PASSED_ON_NAMES or name.startswith(PASSED_ON)
    }


def _named(beginnings: tuple[str, ...]) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith(beginnings)}


def service_environment(
    service: Service, *, keys: Keys, ports: PortPlan, postgres_url: str, nats_url: str
) -> dict[str, str]:
    """Everything one service is told about the world around it."""
    password = keys.database_passwords()[service.role]
    environment = {
        **inherited(),
        **_named(DRIVING.get(service.name, ())),
        "AOS_SERVICE": service.name,
        "AOS_LISTEN": ports.address(service.name),
        "AOS_DATABASE_URL": service_url(postgres_url, service.role, password),
        "AOS_NATS_URL": nats_url,
        "AOS_ENVIRONMENT": "development",
        "AOS_IDENTITY_KEY_FILE": str(keys.identity_file(service.name)),
        "AOS_IDENTITIES_FILE": str(keys.identities_file),
        "AOS_PEERS": ports.peers,
    }
    if service.name == "accounts":
        environment["AOS_TOKEN_SIGNING_KEY_FILE"] = str(keys.token_signing_key_file)
        environment["AOS_KEY_PEPPER_FILE"] = str(keys.pepper_file)
    if service.name == "logs":
        environment["AOS_CHECKPOINT_KEY_FILE"] = str(keys.checkpoint_key_file)
        environment["AOS_LEDGER_ORIGIN"] = os.environ.get("AOS_LEDGER_ORIGIN", "aos.local")
    if service.name == "incidents":
        environment["AOS_SEALING_KEY_FILE"] = str(keys.sealing_key_file)
        environment |= _named(TELLING)
    return environment
