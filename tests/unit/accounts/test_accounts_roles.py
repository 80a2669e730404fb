"""Nobody hands out more than they hold, and a tenant keeps an owner."""

from typing import Any

import pytest

from kernel.clock import FakeClock
from kernel.errors import EtagMismatch, PermissionMissing
from kernel.identifiers import PersonId, ProjectId, new_id
from kernel.principal import Principal
from kernel.roles import Role
from services.accounts.domain import granting
from services.accounts.domain.errors import LastOwner, PersonNotFound, RoleNotGrantable
from services.accounts.domain.events import PersonAdded, PersonUpdated
from services.accounts.domain.person import Person
from services.accounts.domain.tenant import Tenant
from services.accounts.usecases import people
from services.accounts.usecases.people import CreatePerson, UpdatePerson
from tests.unit.accounts.in_memory import InMemory
from tests.unit.accounts.specimens import a_person, a_tenant, principal


async def add(store: InMemory, clock: FakeClock, who: Principal, *roles: Role) -> Person:
    command = CreatePerson(
        principal=who,
        email=f"{new_id('per')}@Example.com",
        name="Somebody",
        roles=frozenset(roles),
    )
    return await people.create_person(command, unit_of_work=store, clock=clock)


async def change(
    store: InMemory, clock: FakeClock, who: Principal, person: Person, **fields: Any
) -> Person:
    wanted = {
        "person_id": person.id,
        "etag": str(person.revision),
        "name": person.name,
        "roles": person.roles,
        **fields,
    }
    command = UpdatePerson(principal=who, **wanted)
    return await people.update_person(command, unit_of_work=store, clock=clock)


async def test_an_added_person_has_a_lower_case_address_and_is_announced(
    store: InMemory, clock: FakeClock, owner: Principal
) -> None:
    person = await add(store, clock, owner, Role.VIEWER)
    assert person.email == person.email.lower()
    assert (person.revision, person.created_at) == (1, clock.now())
    assert store.announced == [PersonAdded(person=person)]


@pytest.mark.parametrize("role", Role)
async def test_an_owner_hands_out_every_role(
    store: InMemory, clock: FakeClock, owner: Principal, role: Role
) -> None:
    assert (await add(store, clock, owner, role)).roles == {role}


@pytest.mark.parametrize("role", [Role.OWNER, Role.GOVERNANCE, Role.OPERATIONS])
async def test_an_administrator_hands_out_no_rules_and_no_switch(
    store: InMemory, clock: FakeClock, tenant: Tenant, role: Role
) -> None:
    administrator = principal(tenant.id, Role.ADMINISTRATOR)
    with pytest.raises(RoleNotGrantable) as refused:
        await add(store, clock, administrator, Role.VIEWER, role)
    assert refused.value.metadata == {"roles": role}
    assert store.people.of(tenant.id) == []
    assert store.announced == []


async def test_mutant_without_the_rule_an_administrator_makes_owners(
    store: InMemory, clock: FakeClock, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(granting, "may_hand_out", lambda *_: True)
    administrator = principal(tenant.id, Role.ADMINISTRATOR)
    assert (await add(store, clock, administrator, Role.OWNER)).is_owner


async def test_the_operator_hands_out_every_role_and_no_other_service_any(
    store: InMemory, clock: FakeClock, tenant: Tenant, operator: Principal
) -> None:
    assert (await add(store, clock, operator, Role.OWNER)).is_owner
    other = Principal(tenant_id=tenant.id, roles=frozenset(), service="activity")
    with pytest.raises(RoleNotGrantable):
        await add(store, clock, other, Role.AGENT)


async def test_a_role_that_is_taken_away_must_be_held_too(
    store: InMemory, clock: FakeClock, tenant: Tenant
) -> None:
    first, second = a_person(tenant.id, Role.OWNER), a_person(tenant.id, Role.OWNER)
    await store.people.add(first)
    await store.people.add(second)
    administrator = principal(tenant.id, Role.ADMINISTRATOR)
    with pytest.raises(RoleNotGrantable):
        await change(store, clock, administrator, first, roles=frozenset({Role.VIEWER}))
    renamed = await change(store, clock, administrator, first, name="Another")
    assert (renamed.name, renamed.is_owner) == ("Another", True)


async def test_the_last_owner_stays_one(
    store: InMemory, clock: FakeClock, tenant: Tenant, owner: Principal
) -> None:
    alone = a_person(tenant.id, Role.OWNER, Role.VIEWER)
    await store.people.add(alone)
    await store.people.add(a_person(tenant.id, Role.ADMINISTRATOR))
    foreign = a_tenant()
    await store.tenants.add(foreign)
    await store.people.add(a_person(foreign.id, Role.OWNER))
    with pytest.raises(LastOwner):
        await change(store, clock, owner, alone, roles=frozenset({Role.VIEWER}))
    assert store.announced == []
    await store.people.add(a_person(tenant.id, Role.OWNER))
    changed = await change(store, clock, owner, alone, roles=frozenset({Role.VIEWER}))
    assert not changed.is_owner
    assert store.announced == [PersonUpdated(person=changed)]


async def test_the_last_owner_may_change_everything_else(
    store: InMemory, clock: FakeClock, tenant: Tenant, owner: Principal
) -> None:
    alone = a_person(tenant.id, Role.OWNER)
    await store.people.add(alone)
    wanted = frozenset({Role.OWNER, Role.AUDITOR})
    changed = await change(store, clock, owner, alone, name="New Name", roles=wanted)
    assert (changed.name, changed.roles, changed.revision) == ("New Name", wanted, 2)


@pytest.mark.parametrize("etag", ["0", "2", "01", "99999999999999999999"])
async def test_a_change_based_on_another_revision_is_refused(
    store: InMemory, clock: FakeClock, tenant: Tenant, owner: Principal, etag: str
) -> None:
    person = a_person(tenant.id)
    await store.people.add(person)
    with pytest.raises(EtagMismatch):
        await change(store, clock, owner, person, etag=etag)


async def test_a_person_of_another_tenant_is_as_unknown_as_one_who_never_was(
    store: InMemory, clock: FakeClock, tenant: Tenant, owner: Principal
) -> None:
    foreign = a_tenant()
    await store.tenants.add(foreign)
    theirs = a_person(foreign.id)
    await store.people.add(theirs)
    for person_id in (theirs.id, PersonId(new_id("per"))):
        with pytest.raises(PersonNotFound) as refused:
            await people.get_person(person_id, principal=owner, unit_of_work=store)
        assert refused.value.message == f"There is no person {person_id}."
    with pytest.raises(PersonNotFound):
        await change(store, clock, owner, theirs)


async def test_a_credential_of_one_project_neither_sees_nor_adds_people(
    store: InMemory, clock: FakeClock, tenant: Tenant
) -> None:
    person = a_person(tenant.id)
    await store.people.add(person)
    bound = principal(tenant.id, Role.OWNER, project=ProjectId(new_id("prj")))
    with pytest.raises(PermissionMissing):
        await add(store, clock, bound, Role.VIEWER)
    with pytest.raises(PermissionMissing):
        await people.get_person(person.id, principal=bound, unit_of_work=store)
    with pytest.raises(PermissionMissing):
        await change(store, clock, bound, person)
