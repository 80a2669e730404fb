"""What the operator does with tenants, and that tenants stay apart in the database itself."""

import shutil
from pathlib import Path

import asyncpg
import pytest
from grpc import StatusCode
from sqlalchemy.exc import DBAPIError

from aos.accounts.v1 import events_pb2, person_pb2, tenant_pb2
from aosctl.keys import Keys
from aosctl.seed import development_key
from kernel.identifiers import is_id, new_id
from kernel.roles import Role
from servicekit.database import Database
from services.accounts.domain.tenant import PLANE
from services.accounts.store.tables import AUTHENTICATION, METADATA
from tests.integration.accounts.clients import Operator, Tenant, everything, exchanged, values
from tests.support.plane import Plane
from tests.support.statuses import refusal
from tests.support.waiting import until

TABLES = ("tenants", "projects", "agents", "people", "api_keys", "answers", "outbox")


async def test_a_tenant_is_created_with_its_first_owner(operator: Operator) -> None:
    name = new_id("ten")
    made = await operator.CreateTenant(
        name=name, owner_email="First@Example.com", owner_name="First"
    )
    assert is_id(made.tenant.id, "ten")
    assert (made.tenant.name, made.tenant.state) == (name, tenant_pb2.TENANT_STATE_ACTIVE)
    assert (made.owner.tenant_id, made.owner.email) == (made.tenant.id, "first@example.com")
    assert list(made.owner.roles) == [person_pb2.ROLE_OWNER]
    acting = operator.acting_for(made.tenant.id)
    assert (await acting.GetTenant()).tenant == made.tenant
    assert (await acting.ListPeople()).people == [made.owner]
    told = await refusal(
        operator.CreateTenant(name=name.upper(), owner_email="a@b.cc", owner_name="x")
    )
    assert (told.code, told.reason) == (StatusCode.ALREADY_EXISTS, "TENANT_NAME_TAKEN")


async def test_tenants_are_listed_by_name_page_by_page(operator: Operator) -> None:
    made = [(await operator.make_tenant()).id for _ in range(3)]
    listed = await everything(operator.ListTenants, "tenants")
    names = [tenant.name for tenant in listed]
    assert names == sorted(names)
    assert set(made) <= {tenant.id for tenant in listed}
    assert PLANE not in {tenant.id for tenant in listed}


async def test_a_tenant_is_suspended_and_resumed(operator: Operator, tenant: Tenant) -> None:
    asleep = (await operator.SuspendTenant(tenant_id=tenant.id, reason="unpaid")).tenant
    assert (asleep.state, asleep.etag) == (tenant_pb2.TENANT_STATE_SUSPENDED, "2")
    assert (await operator.SuspendTenant(tenant_id=tenant.id, reason="again")).tenant == asleep
    awake = (await operator.ResumeTenant(tenant_id=tenant.id)).tenant
    assert (awake.state, awake.etag) == (tenant_pb2.TENANT_STATE_ACTIVE, "3")


async def test_tenants_that_do_not_exist_are_said_not_to(operator: Operator) -> None:
    for unknown in (new_id("ten"), PLANE):
        acting = operator.acting_for(unknown)
        calls = [
            operator.SuspendTenant(tenant_id=unknown, reason="x"),
            operator.ResumeTenant(tenant_id=unknown),
            acting.GetTenant(),
            acting.CreateProject(name="x"),
            acting.CreatePerson(email="a@example.com", name="x", roles=values(Role.OWNER)),
            acting.CreateApiKey(name="x", roles=values(Role.OWNER)),
        ]
        for call in calls:
            told = await refusal(call)
            assert (told.code, told.reason) == (StatusCode.NOT_FOUND, "TENANT_NOT_FOUND")


async def test_nobody_but_the_operator_keeps_tenants(plane: Plane, tenant: Tenant) -> None:
    calls = [
        tenant.owner.CreateTenant(name="x", owner_email="a@example.com", owner_name="x"),
        tenant.owner.ListTenants(),
        tenant.owner.SuspendTenant(tenant_id=tenant.id, reason="x"),
        tenant.owner.ResumeTenant(tenant_id=tenant.id),
    ]
    for call in calls:
        told = await refusal(call)
        assert (told.code, told.reason) == (StatusCode.PERMISSION_DENIED, "CALLER_NOT_ALLOWED")


async def test_every_change_is_announced_in_order_and_published(
    plane: Plane, operator: Operator, tenant: Tenant
) -> None:
    owner = tenant.owner
    project = (await owner.CreateProject(name="Home")).project
    await owner.UpdateProject(project_id=project.id, etag="1", name="House")
    agent = (await owner.CreateAgent(project_id=project.id, name="Clerk")).agent
    await owner.UpdateAgent(agent_id=agent.id, etag="1", name="Clerk")
    await owner.UpdatePerson(
        person_id=tenant.owner_id, etag="1", name="x", roles=values(Role.OWNER)
    )
    key = (await owner.CreateApiKey(name="x", roles=values(Role.AGENT))).api_key
    await owner.RevokeApiKey(api_key_id=key.id, reason="it leaked")
    await operator.SuspendTenant(tenant_id=tenant.id, reason="unpaid")
    await operator.ResumeTenant(tenant_id=tenant.id)
    rows = await plane.database.fetch(
        "SELECT event_type, aggregate_id, aggregate_sequence, body FROM accounts.outbox "
        "WHERE tenant_id = $1 ORDER BY position",
        tenant.id,
    )
    first_key = "key_" + tenant.owner_key[8:34]
    assert [
        (row["event_type"], row["aggregate_id"], row["aggregate_sequence"]) for row in rows
    ] == [
        ("tenant_created", tenant.id, 1),
        ("person_added", tenant.owner_id, 1),
        ("api_key_created", first_key, 1),
        ("project_created", project.id, 1),
        ("project_updated", project.id, 2),
        ("agent_created", agent.id, 1),
        ("agent_updated", agent.id, 2),
        ("person_updated", tenant.owner_id, 2),
        ("api_key_created", key.id, 1),
        ("api_key_revoked", key.id, 2),
        ("tenant_suspended", tenant.id, 2),
        ("tenant_resumed", tenant.id, 3),
    ]
    assert events_pb2.ProjectUpdated.FromString(rows[4]["body"]).project.name == "House"
    assert events_pb2.ApiKeyRevoked.FromString(rows[9]["body"]).reason == "it leaked"

    async def published() -> bool:
        waiting = await plane.database.value(
            "SELECT count(*) FROM accounts.outbox WHERE tenant_id = $1 AND published_at IS NULL",
            tenant.id,
        )
        return waiting == 0

    await until(published)


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
    async with database.transaction(purpose=AUTHENTICATION) as connection:
        with pytest.raises(DBAPIError):
            await connection.exec_driver_sql(f"INSERT INTO {table} SELECT (t).* FROM {table} t")
    for name in ("tenants", "people", "api_keys"):
        async with database.transaction(purpose=AUTHENTICATION) as connection:
            done = await connection.exec_driver_sql(f"UPDATE {name} SET revision = 99")
            assert done.rowcount == 0


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
    kit = {"inbox", "inbox_positions", "dead_letters", "jobs", "canaries"}
    assert own - kit == set(TABLES)


async def test_the_development_tenant_is_made_once(plane: Plane, tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    identity = keys.identity_file("operator")
    identity.parent.mkdir()
    shutil.copy(plane.identities.key_file("operator"), identity)
    address = plane.services["accounts"].address
    first = await development_key(address, keys)
    assert (await (await exchanged(plane, first.api_key)).GetTenant()).tenant.id == first.tenant_id
    assert await development_key(address, keys) == first
    # A lost key is replaced; the tenant and what belongs to it stay.
    keys.development_file.unlink()
    second = await development_key(address, keys)
    assert second.api_key != first.api_key
    assert (second.tenant_id, second.project_id, second.agent_id) == (
        first.tenant_id,
        first.project_id,
        first.agent_id,
    )
