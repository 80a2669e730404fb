"""Every table of every service keeps the promises that its declaration makes."""

from collections.abc import AsyncIterator
from importlib import import_module

import asyncpg
import pytest
import pytest_asyncio
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData
from sqlalchemy.ext.asyncio import create_async_engine

from servicekit.migrations.expectation import expected_revision
from servicekit.migrations.runner import head_revision
from tests.support import specimen
from tests.support.catalogue import problems
from tests.support.databases import SPECIMEN_ROLE, Server, TestDatabase, cloned, migrated_services

SERVICES = migrated_services()


def metadata_of(service: str) -> MetaData:
    if service == "specimen":
        return specimen.METADATA
    found: MetaData = import_module(f"services.{service}.store.tables").METADATA
    return found


@pytest_asyncio.fixture(loop_scope="session")
async def sabotaged(database_server: Server) -> AsyncIterator[TestDatabase]:
    """A database that a test may break."""
    async with cloned(database_server) as database:
        await specimen.install(database)
        yield database


@pytest.mark.parametrize("service", SERVICES)
async def test_every_table_is_isolated_owned_by_nobody_and_write_once_where_declared(
    database: TestDatabase, service: str
) -> None:
    connection = await asyncpg.connect(database.admin_url)
    try:
        found = await problems(
            connection, schema=service, role=f"aos_{service}", metadata=metadata_of(service)
        )
    finally:
        await connection.close()
    assert found == []


SABOTAGES = {
    "row security is not enabled": "ALTER TABLE specimen.things DISABLE ROW LEVEL SECURITY",
    "row security is not forced": "ALTER TABLE specimen.things NO FORCE ROW LEVEL SECURITY",
    "no policy ties its rows": "DROP POLICY tenant_rows ON specimen.things",
    "undeclared policy": "CREATE POLICY open_door ON specimen.things USING (true)",
    "does not look at the tenant": "ALTER POLICY tenant_rows ON specimen.things USING (true)",
    "does not look at the purpose": "ALTER POLICY relay_select ON specimen.outbox USING (true)",
    "declared or present": "CREATE TABLE specimen.forgotten (tenant_id text)",
    "does not begin with tenant_id": "CREATE UNIQUE INDEX oracle ON specimen.things (note)",
    "does not hold the tenant": (
        "CREATE UNIQUE INDEX u ON specimen.things (id);"
        "ALTER TABLE specimen.effects ADD FOREIGN KEY (aggregate_id) REFERENCES specimen.things (id)"
    ),
    "owned by the service's role": f"ALTER TABLE specimen.things OWNER TO {SPECIMEN_ROLE}",
    "refuses UPDATE and DELETE": "ALTER TABLE specimen.canaries DISABLE TRIGGER write_once_rows",
    "refuses TRUNCATE": "ALTER TABLE specimen.canaries ENABLE TRIGGER write_once_table",
    "the service may DELETE": f"GRANT DELETE ON specimen.canaries TO {SPECIMEN_ROLE}",
    "runs with its owner's rights": "CREATE VIEW specimen.peep AS SELECT * FROM specimen.things",
    "function peep: runs with": (
        "CREATE FUNCTION specimen.peep() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'"
    ),
    "sees the schema": f"GRANT USAGE ON SCHEMA activity TO {SPECIMEN_ROLE}",
}


async def test_an_honest_schema_has_no_problems(sabotaged: TestDatabase) -> None:
    assert await _specimen_problems(sabotaged) == []


@pytest.mark.parametrize("problem", SABOTAGES)
async def test_mutant_a_table_that_forgets_is_found(sabotaged: TestDatabase, problem: str) -> None:
    await sabotaged.fetch_script(SABOTAGES[problem])
    assert any(problem in found for found in await _specimen_problems(sabotaged))


async def _specimen_problems(database: TestDatabase) -> list[str]:
    connection = await asyncpg.connect(database.admin_url)
    try:
        return await problems(
            connection, schema="specimen", role=SPECIMEN_ROLE, metadata=specimen.METADATA
        )
    finally:
        await connection.close()


@pytest.mark.parametrize("service", SERVICES)
async def test_declared_tables_equal_the_migrated_ones(
    database: TestDatabase, service: str
) -> None:
    engine = create_async_engine(database.url_of(service))
    async with engine.connect() as connection:
        found = await connection.run_sync(_differences, metadata_of(service))
    await engine.dispose()
    assert found == []


def _differences(connection: Connection, metadata: MetaData) -> list[str]:
    options = {"compare_type": True, "compare_server_default": False}
    context = MigrationContext.configure(connection, opts=options)
    return [
        str(difference)
        for difference in compare_metadata(context, metadata)
        if "alembic_version" not in str(difference)
    ]


@pytest.mark.parametrize("service", SERVICES)
def test_the_expected_revision_is_the_head_that_alembic_knows(service: str) -> None:
    assert expected_revision(service) == head_revision(service)


WRITES = (
    "UPDATE canaries SET note = 'x'",
    "DELETE FROM canaries",
    "TRUNCATE canaries",
    "INSERT INTO canaries VALUES ('canary-own', 'x') ON CONFLICT (tenant_id) DO UPDATE SET note = 'x'",
    "MERGE INTO canaries c USING (SELECT 'canary-own' AS t) s ON c.tenant_id = s.t "
    "WHEN MATCHED THEN UPDATE SET note = 'x'",
    "SET session_replication_role = replica",
    "ALTER TABLE canaries DISABLE TRIGGER ALL",
    "DROP TABLE canaries",
)


@pytest.mark.invariant("I-28")
@pytest.mark.parametrize("statement", WRITES)
@pytest.mark.parametrize("service", SERVICES)
async def test_no_service_role_can_change_what_is_write_once(
    database: TestDatabase, service: str, statement: str
) -> None:
    url = database.url_of(service).replace("+asyncpg", "")
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SELECT set_config('app.tenant_id', 'canary-own', false)")
        with pytest.raises(asyncpg.PostgresError):
            await connection.execute(statement)
        assert await connection.fetchval("SELECT note FROM canaries") == "cannot be changed"
    finally:
        await connection.close()


@pytest.mark.invariant("I-28")
@pytest.mark.parametrize("statement", ["UPDATE", "DELETE", "TRUNCATE"])
async def test_not_even_the_owner_or_a_superuser_in_replica_role_changes_it_by_accident(
    database: TestDatabase, statement: str
) -> None:
    texts = {
        "UPDATE": "UPDATE activity.canaries SET note = 'x'",
        "DELETE": "DELETE FROM activity.canaries",
        "TRUNCATE": "TRUNCATE activity.canaries",
    }
    connection = await asyncpg.connect(database.admin_url)
    try:
        await connection.execute("SET session_replication_role = replica")
        with pytest.raises(asyncpg.PostgresError) as refusal:
            await connection.execute(texts[statement])
        assert refusal.value.sqlstate == "AOS01"
    finally:
        await connection.close()
