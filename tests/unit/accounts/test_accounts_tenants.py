"""Tenants: made with an owner, suspended, resumed."""

from datetime import timedelta

import pytest

from kernel.clock import FakeClock
from kernel.identifiers import TenantId, new_id
from kernel.principal import Actor, ActorType
from kernel.roles import Role
from services.accounts.domain.errors import TenantNameTaken, TenantNotFound
from services.accounts.domain.events import (
    PersonAdded,
    TenantCreated,
    TenantResumed,
    TenantSuspended,
)
from services.accounts.domain.tenant import Tenant, TenantState
from services.accounts.usecases.create_tenant import CreateTenant, create_tenant
from services.accounts.usecases.tenant_life import get_tenant, resume_tenant, suspend_tenant
from tests.unit.accounts.in_memory import InMemory

OPERATOR = Actor(type=ActorType.SERVICE, id="service:operator")


def wanted(name: str) -> CreateTenant:
    return CreateTenant(
        tenant_id=TenantId(new_id("ten")),
        name=name,
        owner_email="First@Example.com",
        owner_name="First",
    )


async def test_a_tenant_begins_with_an_owner(store: InMemory, clock: FakeClock) -> None:
    command = wanted("Acme")
    tenant, owner = await create_tenant(command, actor=OPERATOR, unit_of_work=store, clock=clock)
    assert (tenant.id, tenant.name, tenant.state) == (
        command.tenant_id,
        "Acme",
        TenantState.ACTIVE,
    )
    assert (owner.tenant_id, owner.email, owner.roles) == (
        tenant.id,
        "first@example.com",
        {Role.OWNER},
    )
    assert store.announced == [TenantCreated(tenant=tenant), PersonAdded(person=owner)]
    with pytest.raises(TenantNameTaken):
        await create_tenant(wanted("ACME"), actor=OPERATOR, unit_of_work=store, clock=clock)


async def test_a_tenant_is_suspended_and_resumed_once(
    store: InMemory, clock: FakeClock, tenant: Tenant
) -> None:
    clock.advance(timedelta(minutes=1))
    asleep = await suspend_tenant(
        tenant.id, reason="unpaid", actor=OPERATOR, unit_of_work=store, clock=clock
    )
    assert (asleep.is_suspended, asleep.suspension_reason) == (True, "unpaid")
    assert (asleep.revision, asleep.updated_at) == (2, clock.now())
    again = await suspend_tenant(
        tenant.id, reason="other", actor=OPERATOR, unit_of_work=store, clock=clock
    )
    assert again == asleep
    awake = await resume_tenant(tenant.id, actor=OPERATOR, unit_of_work=store, clock=clock)
    assert (awake.is_suspended, awake.suspension_reason, awake.revision) == (False, "", 3)
    assert await resume_tenant(tenant.id, actor=OPERATOR, unit_of_work=store, clock=clock) == awake
    assert store.announced == [TenantSuspended(tenant=asleep), TenantResumed(tenant=awake)]


async def test_an_unknown_tenant_is_said_to_be_unknown(store: InMemory, clock: FakeClock) -> None:
    unknown = TenantId(new_id("ten"))
    with pytest.raises(TenantNotFound):
        await get_tenant(unknown, unit_of_work=store)
    with pytest.raises(TenantNotFound):
        await suspend_tenant(unknown, reason="x", actor=OPERATOR, unit_of_work=store, clock=clock)
    with pytest.raises(TenantNotFound):
        await resume_tenant(unknown, actor=OPERATOR, unit_of_work=store, clock=clock)
