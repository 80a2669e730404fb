"""Whether `deploy/compose.yaml` is what the code expects, by the same settings as Kubernetes."""

from typing import Any

from aosctl.services import SERVICES, Service
from tools.deployed import setting_problems
from tools.deployment_pods import is_pinned

Document = dict[str, Any]


def compose_problems(compose: Document, *, environments: dict[str, set[str]]) -> list[str]:
    """What is wrong, a sentence each; `environments` holds the variables of the files in `env`."""
    services: dict[str, Document] = compose["services"]
    missing = [f"{one.name} is not started." for one in SERVICES if one.name not in services]
    problems = [
        problem
        for one in SERVICES
        if one.name in services
        for problem in _service_problems(one, services[one.name], environments)
    ]
    return [*missing, *problems, *_image_problems(services), *_secret_problems(compose)]


def _service_problems(
    service: Service, entry: Document, environments: dict[str, set[str]]
) -> list[str]:
    name, environment = service.name, dict(entry["environment"])
    environment.update(dict.fromkeys(environments[name], "given"))
    problems = setting_problems(name, environment)
    facts = {
        "does not run its module": entry["command"]
        == ["python", "-m", service.module.removesuffix(".__main__")],
        "is told that it is somebody else": environment.get("AOS_SERVICE") == name,
        "gets the secrets of another": entry["env_file"] == [f"private/env/{name}.env"],
        "listens elsewhere": environment.get("AOS_LISTEN") == f"0.0.0.0:{service.port}",
        "is open to other machines": entry["ports"] == [f"127.0.0.1:{service.port}:{service.port}"],
        "starts before the schemas are there": entry["depends_on"]["migration"]["condition"]
        == "service_completed_successfully",
        "is not asked where it answers": environment.get("AOS_HEALTH_LISTEN")
        in entry["healthcheck"]["test"],
        "does not know where the others are": set(environment["AOS_PEERS"].strip().split(","))
        == {f"{one.name}={one.name}:{one.port}" for one in SERVICES},
    }
    problems += [f"{name} {fact}." for fact, holds in facts.items() if not holds]
    return [*problems, *_file_problems(name, entry, environment)]


def _file_problems(name: str, entry: Document, environment: dict[str, str]) -> list[str]:
    names = [one if isinstance(one, str) else one["target"] for one in entry["secrets"]]
    targets = {f"/run/secrets/{target}" for target in names}
    files = {path for variable, path in environment.items() if variable.endswith("_FILE")}
    return [f"{name}: {path} is not there." for path in sorted(files - targets)]


def _image_problems(services: dict[str, Document]) -> list[str]:
    images = {entry["image"] for entry in services.values()}
    return [
        f"{image} is not pinned."
        for image in sorted(images)
        if not image.startswith("${AOS_IMAGE") and not is_pinned(image)
    ]


def _secret_problems(compose: Document) -> list[str]:
    declared = compose["secrets"].keys()
    used = {
        secret if isinstance(secret, str) else secret["source"]
        for entry in compose["services"].values()
        for secret in entry.get("secrets", [])
    }
    return [f"The secret {name} is not declared." for name in sorted(used - declared)]
