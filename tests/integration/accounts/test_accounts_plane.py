"""What the operator does with tenants, and what becomes known of it."""

import shutil
from pathlib import Path

from grpc import StatusCode

from aos.accounts.v1 import events_pb2, person_pb2, tenant_pb2
from aosctl.keys import Keys
from aosctl.seed import development_key
from kernel.identifiers import is_id, new_id
from kernel.roles import Role
from services.accounts.domain.tenant import PLANE
from tests.integration.accounts.clients import Operator, Tenant, everything, exchanged, values
from tests.support.plane import Plane
from tests.support.statuses import refusal
from tests.support.waiting import until


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
