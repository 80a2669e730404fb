"""What would be applied to Kubernetes, rendered offline and compared with the code.

Each check is shown to find what it is for: a `mutant` breaks one thing in what is rendered.
"""

import copy
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from aosctl.deployment_secrets import DeploymentSecrets
from aosctl.keys import Keys
from tests.support.deployment_mistakes import EVERYWHERE, MISTAKES, Check, pod
from tools.deployment_network import isolation_problems
from tools.deployment_pods import reference_problems, spread_problems
from tools.kustomize import render
from tools.manifests import schema_problems
from tools.transforming import Documents

ROOT = Path(__file__).parents[2]
KUBERNETES = ROOT / "deploy" / "kubernetes"
OVERLAYS = ["dev", "production"]


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """The keys of what `aos secrets` writes, and of what its owner brings for backups."""
    keys = Keys(tmp_path_factory.mktemp("keys"))
    keys.ensure()
    made = DeploymentSecrets(keys=keys, postgres="postgres", nats="nats").secrets()
    return {**{name: set(files) for name, files in made.items()}, "identities": {"identities.json"}}


@pytest.fixture(scope="module")
def rendered() -> dict[str, Documents]:
    return {name: render(KUBERNETES / "overlays" / name) for name in OVERLAYS}


@pytest.fixture
def production(rendered: dict[str, Documents]) -> Documents:
    """A copy to break."""
    return copy.deepcopy(rendered["production"])


@pytest.mark.parametrize("overlay", OVERLAYS)
@pytest.mark.parametrize("check", EVERYWHERE, ids=lambda check: check.__name__)
def test_what_is_deployed_is_what_the_code_expects(
    rendered: dict[str, Documents], overlay: str, check: Check
) -> None:
    assert check(rendered[overlay]) == []


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_everything_that_pods_read_is_there(
    rendered: dict[str, Documents], given: dict[str, set[str]], overlay: str
) -> None:
    assert reference_problems(rendered[overlay], given=given) == []


def test_in_production_no_node_takes_a_service_with_it(rendered: dict[str, Documents]) -> None:
    assert spread_problems(rendered["production"]) == []


@pytest.mark.parametrize(
    ("check", "mistake"),
    [pytest.param(check, mistake, id=name) for check, name, mistake in MISTAKES],
)
def test_mutant_a_broken_deployment_is_found(
    production: Documents, check: Check, mistake: Callable[[Documents], object]
) -> None:
    mistake(production)
    assert check(production) != []


def test_only_alerts_get_out_where_that_is_wanted(tmp_path: Path) -> None:
    wanted = {
        "resources": [str(KUBERNETES / "overlays" / "dev")],
        "components": [str(KUBERNETES / "components" / "alerts-out")],
    }
    (tmp_path / "kustomization.yaml").write_text(yaml.safe_dump(wanted))
    documents = render(tmp_path)
    assert [problem for one in documents for problem in schema_problems(one)] == []
    assert isolation_problems(documents) == ["alerts-out lets incidents out of the cluster."]


def test_mutant_a_secret_that_nobody_writes_is_found(
    production: Documents, given: dict[str, set[str]]
) -> None:
    assert reference_problems(production, given={**given, "logs": {"identity.key"}}) != []
    assert reference_problems(production, given=given | {"migration": set()}) != []
    without = [one for one in production if one["kind"] != "Certificate"]
    assert reference_problems(without, given=given) != []


@pytest.mark.parametrize("kind", ["HorizontalPodAutoscaler", "PodDisruptionBudget"])
def test_mutant_a_service_without_a_second_replica_is_found(
    production: Documents, kind: str
) -> None:
    assert spread_problems([one for one in production if one["kind"] != kind]) != []


def test_mutant_replicas_on_one_node_are_found(production: Documents) -> None:
    pod(production)["topologySpreadConstraints"].clear()
    assert spread_problems(production) == ["policies may be on one node."]
