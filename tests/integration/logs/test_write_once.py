"""Nothing that logs keeps can be changed: not by its own role, not by a superuser in passing.

Entries and records hold the hashes of snapshots that decisions were made by, so they show for ever
which snapshot it was; snapshots themselves are kept, as immutably, by policies.
"""

import uuid
from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from kernel.principal import Principal
from servicekit.tables import WRITE_ONCE
from services.logs.store.tables import METADATA
from tests.integration.logs.clients import Client, append, draft, reader, writer
from tests.integration.logs.test_exports import export
from tests.integration.logs.test_records import KINDS, system_record
from tests.support.identities import somebody
from tests.support.plane import Plane

pytestmark = [
    pytest.mark.invariant("I-28"),
    pytest.mark.gap("GAP-022"),
    pytest.mark.gap("GAP-029"),
    pytest.mark.gap("GAP-032"),
]

SNAPSHOT_HASH = "b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c"
RUN = "run_01k9zj3v6q8m2x4t5w7y9abcde"
TABLES = sorted(
    table.name
    for table in METADATA.sorted_tables
    if table.info.get(WRITE_ONCE) and table.name != "canaries"
)
WRITES = {
    "update": "UPDATE logs.{table} SET tenant_id = tenant_id",
    "delete": "DELETE FROM logs.{table}",
    "truncate": "TRUNCATE logs.{table}",
    "upsert": "INSERT INTO logs.{table} SELECT * FROM logs.{table} LIMIT 1 "
    "ON CONFLICT ({key}) DO UPDATE SET tenant_id = EXCLUDED.tenant_id",
    "merge": "MERGE INTO logs.{table} t USING (SELECT 1) s ON true WHEN MATCHED THEN DELETE",
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def tenant(plane: Plane) -> AsyncIterator[str]:
    """A tenant with a row in each table."""
    person = somebody("owner")
    await fill(plane, reader(plane, person), person)
    yield person.tenant_id


async def fill(plane: Plane, client: Client, person: Principal) -> None:
    tenant = person.tenant_id
    state = f'{{"threshold_snapshot_hash":"{SNAPSHOT_HASH}"}}'
    await append(plane, draft(tenant, run_id=RUN, after_json=state), draft(tenant))
    await client.CreateCheckpoint()
    await writer(plane).AppendSystemRecords(records=[system_record(tenant)])
    for kind in KINDS:
        await kind.send(writer(plane), kind.make(tenant, RUN))
    await client.RecordExport(request_id=str(uuid.uuid4()), export=export())


def written(table: str, write: str) -> str:
    key = ", ".join(column.name for column in METADATA.tables[table].primary_key)
    return WRITES[write].format(table=table, key=key)


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("table", TABLES)
async def test_the_role_of_logs_changes_nothing_that_was_written(
    plane: Plane, tenant: str, table: str, write: str
) -> None:
    url = plane.database.url_of("logs").replace("+asyncpg", "")
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SELECT set_config('app.tenant_id', $1, false)", tenant)
        assert await connection.fetchval(f"SELECT count(*) FROM logs.{table}") > 0
        with pytest.raises(asyncpg.PostgresError) as refused:
            await connection.execute(written(table, write))
        assert refused.value.sqlstate in {"42501", "AOS01"}
    finally:
        await connection.close()


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("table", TABLES)
async def test_a_superuser_changes_nothing_in_passing_not_even_as_a_replica(
    plane: Plane, tenant: str, table: str, write: str
) -> None:
    assert await outcome_as_superuser(plane, tenant, table, write) == "AOS01"


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("table", TABLES)
async def test_mutant_without_the_triggers_the_same_statement_changes_rows(
    plane: Plane, tenant: str, table: str, write: str
) -> None:
    switch_off = f"ALTER TABLE logs.{table} DISABLE TRIGGER ALL"
    assert await outcome_as_superuser(plane, tenant, table, write, before=switch_off) == "changed"


async def outcome_as_superuser(
    plane: Plane, tenant: str, table: str, write: str, *, before: str = "SELECT 1"
) -> str:
    """What becomes of the statement; whatever it is, it is rolled back."""
    connection = await asyncpg.connect(plane.database.admin_url)
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.execute(before)
        await connection.execute(written(table, write))
    except asyncpg.PostgresError as error:
        return str(error.sqlstate)
    else:
        return "changed"
    finally:
        await transaction.rollback()
        await connection.close()


async def test_the_hash_of_the_snapshot_is_part_of_what_is_hashed(
    plane: Plane, tenant: str
) -> None:
    """Another snapshot hash would be another leaf, and another root."""
    leaf = await plane.database.value(
        "SELECT leaf FROM logs.ledger_entries WHERE tenant_id = $1 AND run_id = $2", tenant, RUN
    )
    assert SNAPSHOT_HASH.encode() in bytes(leaf)  # type: ignore[arg-type]
