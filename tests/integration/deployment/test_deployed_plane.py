"""The rendered deployments, started on this machine with their own secrets, bus and migration."""

import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from aosctl.deployment_secrets import ADMINISTRATOR, DeploymentSecrets
from aosctl.engines.postgres import EmbeddedPostgres
from aosctl.keys import Keys
from aosctl.provision import connect
from aosctl.services import DATABASE, SERVICES
from tests.support.certificates import Authority, CertificateFolder
from tests.support.deployed_bus import configure, deployed_bus
from tests.support.played_cluster import PlayedCluster
from tests.support.waiting import until
from tools.kustomize import render

OVERLAYS = Path(__file__).parents[3] / "deploy" / "kubernetes" / "overlays"
NAMES = [service.name for service in SERVICES]


@pytest.fixture(params=["dev", "production"])
async def cluster(
    request: pytest.FixtureRequest, engine_folder: Path
) -> AsyncIterator[PlayedCluster]:
    """A deployment on engines of its own: it makes roles and a database by their real names."""
    folder = engine_folder / f"deployed-{secrets.token_hex(3)}"
    (folder / "bus").mkdir(parents=True)
    keys, port = Keys(folder / "keys"), configure(folder / "bus")
    keys.ensure()
    async with (
        EmbeddedPostgres(folder / "postgres") as postgres,
        deployed_bus(folder / "bus", port, keys.bus_passwords()),
    ):
        await make_administrator(postgres.url, keys.administrator_password())
        played = PlayedCluster(
            documents=render(OVERLAYS / request.param),
            secrets=DeploymentSecrets(
                keys=keys, postgres=f"127.0.0.1:{postgres.port}", nats=f"127.0.0.1:{port}"
            ),
            folder=folder,
        )
        played.prepare()
        certify(folder)
        try:
            yield played
        finally:
            await played.stop()


async def make_administrator(admin_url: str, password: str) -> None:
    """What the operator of PostgreSQL does: a role that may set us up, and is no superuser."""
    admin = await connect(admin_url)
    try:
        await admin.execute(
            f"CREATE ROLE {ADMINISTRATOR} LOGIN CREATEDB CREATEROLE PASSWORD '{password}'"
        )
    finally:
        await admin.close()


def certify(folder: Path) -> None:
    """What cert-manager does."""
    authority = Authority("services")
    for name in NAMES:
        files = CertificateFolder(folder / "tls" / name)
        files.write(authority.issue(name), authority.certificate)


async def test_a_deployment_migrates_starts_and_stops_as_it_is_written(
    cluster: PlayedCluster,
) -> None:
    waiting = await cluster.wait_for_schema("policies")
    code, said = await cluster.run_job("migration")
    assert code == 0, said
    # What the pods wait for has happened, and not before.
    assert await waiting.wait() == 0
    for name in NAMES:
        await cluster.start(name)
    for name in NAMES:
        await until(lambda name=name: cluster.started(name), seconds=60)
    ended = await cluster.stop()
    assert set(ended.values()) == {0}, ended


@pytest.mark.parametrize("cluster", ["dev"], indirect=True)
async def test_who_waits_for_a_schema_waits_until_it_is_there(cluster: PlayedCluster) -> None:
    waiting = await cluster.wait_for_schema("logs")
    # Even before there is a role for it.
    await until(lambda: "Waiting for the schema of logs" in cluster.said("logs"))
    assert waiting.returncode is None
    assert (await cluster.run_job("migration"))[0] == 0
    assert await waiting.wait() == 0
    # It looked and changed nothing: the role cannot.
    url = cluster.secrets.secrets()["logs"]["database-url"].replace("+asyncpg", "")
    connection = await asyncpg.connect(url)
    try:
        assert await connection.fetchval("SELECT current_database()") == DATABASE
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("DELETE FROM alembic_version")
    finally:
        await connection.close()
