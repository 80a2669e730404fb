"""Nobody hands out more than they hold, and a tenant keeps an owner."""

import asyncio
from typing import Any

import pytest
from grpc import StatusCode

from kernel.principal import Principal
from kernel.roles import Role
from services.accounts.store.tenants import PostgresTenants
from services.accounts.store.unit_of_work import AccountsUnitOfWork
from services.accounts.usecases.people import UpdatePerson, update_person
from tests.integration.accounts.clients import Tenant, values
from tests.support.plane import Plane
from tests.support.statuses import refusal
from tests.support.waiting import until


async def test_nobody_hands_out_more_than_they_hold(tenant: Tenant) -> None:
    administrator = await tenant.holder(Role.ADMINISTRATOR)
    calls = [
        administrator.CreatePerson(email="x@example.com", name="x", roles=values(Role.OWNER)),
        administrator.CreateApiKey(name="x", roles=values(Role.GOVERNANCE)),
        administrator.UpdatePerson(
            person_id=tenant.owner_id, etag="1", name="x", roles=values(Role.VIEWER)
        ),
    ]
    for call in calls:
        told = await refusal(call)
        assert (told.code, told.reason) == (StatusCode.PERMISSION_DENIED, "ROLE_NOT_GRANTABLE")


async def test_the_last_owner_of_a_tenant_stays_one(tenant: Tenant) -> None:
    told = await refusal(
        tenant.owner.UpdatePerson(
            person_id=tenant.owner_id, etag="1", name="Owner", roles=values(Role.VIEWER)
        )
    )
    assert (told.code, told.reason) == (StatusCode.FAILED_PRECONDITION, "LAST_OWNER")


async def resign_together(plane: Plane, tenant: Tenant) -> list[str]:
    """Let both owners of a tenant resign at once; returns who is an owner afterwards."""
    second = (
        await tenant.owner.CreatePerson(
            email="second@example.com", name="Second", roles=values(Role.OWNER)
        )
    ).person
    clock = plane.services["accounts"].foundation.clock
    who = Principal(tenant_id=tenant.id, roles=frozenset({Role.OWNER}))
    units: Any = plane.services["accounts"].host._parts.units_of_work

    async def resign(person_id: str, work: AccountsUnitOfWork) -> None:
        command = UpdatePerson(
            principal=who,
            person_id=person_id,
            etag="1",
            name="x",
            roles=frozenset({Role.VIEWER}),
        )
        await update_person(command, unit_of_work=work, clock=clock)
        await work.commit()

    async def resign_alone() -> None:
        async with units(tenant.id) as work:
            await resign(second.id, work)

    async with units(tenant.id) as work:
        # The first has looked for another owner and has not committed when the second looks.
        commit, work.commit = work.commit, _nothing
        await resign(tenant.owner_id, work)
        late = asyncio.create_task(resign_alone())
        await until(lambda: _waits_or_ends(plane, late))
        await commit()
    await asyncio.gather(late, return_exceptions=True)
    rows = await plane.database.fetch(
        "SELECT id FROM accounts.people WHERE tenant_id = $1 AND 'owner' = ANY (roles)", tenant.id
    )
    return [row["id"] for row in rows]


async def _nothing() -> None:
    """In place of a commit that comes later."""


async def _waits_or_ends(plane: Plane, task: asyncio.Task[None]) -> bool:
    waiting = await plane.database.value(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    return bool(waiting) or task.done()


async def test_two_owners_who_resign_at_once_leave_one(plane: Plane, tenant: Tenant) -> None:
    assert len(await resign_together(plane, tenant)) == 1


async def test_mutant_without_the_lock_two_owners_who_resign_at_once_leave_none(
    plane: Plane, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PostgresTenants, "hold", PostgresTenants.find)
    assert await resign_together(plane, tenant) == []
