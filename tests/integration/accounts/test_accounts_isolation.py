"""Tenants of accounts stay apart in the database itself."""

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError

from kernel.identifiers import new_id
from servicekit.database import Database
from services.accounts.domain.tenant import PLANE
from services.accounts.store.tables import METADATA
from services.accounts.usecases.ports import AUTHENTICATION
from tests.integration.accounts.clients import Operator, Tenant
from tests.support.plane import Plane

TABLES = ("tenants", "projects", "agents", "people", "api_keys", "answers", "outbox")


async def tenants_seen(
    database: Database, table: str, *tenants: str, purpose: str = ""
) -> set[str]:
    """Whose rows of a table a transaction sees."""
    column = "id" if table == "tenants" else "tenant_id"
    async with database.transaction(*tenants, purpose=purpose) as connection:
        rows = await connection.exec_driver_sql(f"SELECT DISTINCT {column} FROM {table}")
        return set(rows.scalars())


async def fill(tenant: Tenant) -> None:
    """Something in every table."""
    project = (await tenant.owner.CreateProject(name="Home")).project.id
    await tenant.owner.CreateAgent(project_id=project, name="Clerk")


@pytest.mark.parametrize("table", TABLES)
async def test_a_transaction_sees_its_own_tenant_and_nobody_else(
    plane: Plane, operator: Operator, tenant: Tenant, table: str
) -> None:
    other = await operator.make_tenant()
    await fill(tenant)
    await fill(other)
    database = plane.services["accounts"].foundation.database
    assert await tenants_seen(database, table, tenant.id) == {tenant.id}
    assert await tenants_seen(database, table, tenant.id, other.id) == {tenant.id, other.id}
    # Whoever row security does not apply to sees both: the rows are there.
    column = "id" if table == "tenants" else "tenant_id"
    rows = await plane.database.fetch(f"SELECT DISTINCT {column} FROM accounts.{table}")
    assert {tenant.id, other.id} <= {row[0] for row in rows}


@pytest.mark.parametrize("table", TABLES)
async def test_authentication_sees_keys_people_and_tenants_of_all_and_nothing_else(
    plane: Plane, tenant: Tenant, table: str
) -> None:
    await fill(tenant)
    database = plane.services["accounts"].foundation.database
    seen = await tenants_seen(database, table, purpose=AUTHENTICATION)
    assert (tenant.id in seen) == (table in {"tenants", "people", "api_keys"})


@pytest.mark.parametrize("table", ["tenants", "people", "api_keys"])
async def test_authentication_changes_nothing(plane: Plane, tenant: Tenant, table: str) -> None:
    database = plane.services["accounts"].foundation.database
    change = f"UPDATE {table} SET revision = revision + 1"
    async with database.transaction(purpose=AUTHENTICATION) as connection:
        assert (await connection.exec_driver_sql(change)).rowcount == 0
    async with database.transaction(tenant.id) as connection:
        assert (await connection.exec_driver_sql(change)).rowcount == 1


@pytest.mark.parametrize("table", TABLES)
async def test_the_plane_sees_the_row_of_every_tenant_and_changes_none(
    plane: Plane, tenant: Tenant, table: str
) -> None:
    await fill(tenant)
    database = plane.services["accounts"].foundation.database
    seen = await tenants_seen(database, table, PLANE)
    assert (tenant.id in seen) == (table == "tenants")
    async with database.transaction(PLANE) as connection:
        done = await connection.exec_driver_sql("UPDATE tenants SET name = id")
        assert done.rowcount == 0


async def test_a_row_of_another_tenant_cannot_be_written(
    plane: Plane, operator: Operator, tenant: Tenant
) -> None:
    other = await operator.make_tenant()
    database = plane.services["accounts"].foundation.database
    statement = "INSERT INTO projects VALUES ($1, $2, 'x', clock_timestamp(), clock_timestamp(), 1)"
    async with database.transaction(tenant.id) as connection:
        with pytest.raises(DBAPIError, match="row-level security"):
            await connection.exec_driver_sql(statement, (other.id, new_id("prj")))


async def test_what_breaks_a_rule_is_refused_by_the_schema_itself(
    plane: Plane, tenant: Tenant
) -> None:
    connection = await asyncpg.connect(plane.database.admin_url)
    broken = {
        "people_roles": "UPDATE accounts.people SET roles = '{emperor}'",
        "people_lower_case": "UPDATE accounts.people SET email = upper(email)",
        "tenants_state": "UPDATE accounts.tenants SET state = 'gone'",
        "tenants_reason": "UPDATE accounts.tenants SET suspension_reason = 'x'",
        "api_keys_roles": "UPDATE accounts.api_keys SET roles = '{}'",
        "api_keys_seal": "UPDATE accounts.api_keys SET seal = ''",
        "api_keys_revocation": "UPDATE accounts.api_keys SET revoked_at = now()",
        "api_keys_id": "UPDATE accounts.api_keys SET id = 'x'",
        "tenants_id": "UPDATE accounts.tenants SET id = 'x'",
    }
    try:
        for constraint, statement in broken.items():
            with pytest.raises(asyncpg.CheckViolationError) as refused:
                await connection.execute(statement)
            assert refused.value.constraint_name == constraint
    finally:
        await connection.close()


def test_every_table_of_accounts_is_tested_for_isolation() -> None:
    own = {table.name for table in METADATA.sorted_tables}
    # What the kit keeps beside the outbox and the answers is tested with the kit.
    kit = {"inbox", "inbox_positions", "dead_letters", "jobs", "canaries", "log_intents"}
    assert own - kit == set(TABLES)
