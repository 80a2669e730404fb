import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from aosctl.commands import migrate
from aosctl.deployment_secrets import DeploymentSecrets
from aosctl.errors import OperatorError
from aosctl.keys import Keys
from aosctl.services import SERVICES, role_names


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    made = Keys(tmp_path / "keys")
    made.ensure()
    return made


@pytest.fixture
def deployment(keys: Keys) -> DeploymentSecrets:
    return DeploymentSecrets(keys=keys, postgres="postgres-rw:5432", nats="nats:4222")


def test_what_is_written_again_is_the_same(deployment: DeploymentSecrets, tmp_path: Path) -> None:
    folder = tmp_path / "private"
    deployment.write(folder)
    before = {path: path.read_text() for path in folder.rglob("*") if path.is_file()}
    deployment.write(folder)
    assert before == {path: path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_nobody_else_can_read_what_is_written(
    deployment: DeploymentSecrets, tmp_path: Path
) -> None:
    folder = tmp_path / "private"
    deployment.write(folder)
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    assert all(path.stat().st_mode & 0o077 == 0 for path in files)


def test_each_service_is_told_its_own_secrets_and_nobody_elses(
    deployment: DeploymentSecrets, keys: Keys
) -> None:
    secrets = deployment.secrets()
    for service in SERVICES:
        told = secrets[service.name]
        database, bus = urlsplit(told["database-url"]), urlsplit(told["nats-url"])
        assert database.username == service.role
        assert database.password == keys.database_passwords()[service.role]
        assert (database.hostname, database.port, database.path) == ("postgres-rw", 5432, "/aos")
        assert (bus.username, bus.password) == (service.name, keys.bus_passwords()[service.name])
        assert told["identity.key"] == keys.identity_file(service.name).read_text()
    everything = [text for service in SERVICES for text in secrets[service.name].values()]
    assert len(everything) == len(set(everything))


def test_the_migration_gets_a_password_for_each_role(
    deployment: DeploymentSecrets, keys: Keys, tmp_path: Path
) -> None:
    path = tmp_path / "passwords.json"
    path.write_text(deployment.secrets()["migration"]["passwords.json"])
    assert migrate._read(path) == keys.database_passwords()


@pytest.mark.parametrize("text", ["", "[]", "7", "{}", json.dumps({"aos_accounts": "p"})])
def test_passwords_that_lack_a_role_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "passwords.json"
    path.write_text(text)
    with pytest.raises(OperatorError, match="aos secrets"):
        migrate._read(path)


def test_the_bus_can_read_every_password_as_a_word(keys: Keys) -> None:
    """A number, or what looks like one, would be another password to its configuration."""
    assert set(keys.bus_passwords()) == {service.name for service in SERVICES}
    assert all(password[0].isalpha() for password in keys.bus_passwords().values())
    assert set(keys.database_passwords()) == set(role_names())
