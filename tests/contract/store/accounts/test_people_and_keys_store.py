"""What every store promises of people and keys, the one without a database included."""

import pytest

from kernel.identifiers import ApiKeyId, PersonId, TenantId, new_id
from kernel.roles import Role
from services.accounts.domain.errors import (
    PersonEmailTaken,
    TenantNotFound,
)
from services.accounts.usecases.ports import AUTHENTICATION
from tests.contract.store.accounts.conftest import Open
from tests.contract.store.accounts.keeping import LATER, everything, kept_project, kept_tenant
from tests.unit.accounts.specimens import (
    LONG_AGO,
    a_person,
    an_api_key,
)


async def test_a_person_is_kept_changed_and_unique_by_address(opened: Open) -> None:
    tenant, other = await kept_tenant(opened), await kept_tenant(opened)
    person = a_person(tenant.id, Role.OWNER, Role.AUDITOR)
    changed = person.changed(name="Another", roles=[Role.VIEWER], at=LATER)
    async with opened(tenant.id, other.id) as work:
        await work.people.add(person)
        await work.people.add(a_person(other.id, email=person.email))
        assert await work.people.find(tenant.id, person.id) == person
        assert await work.people.find(tenant.id, PersonId(new_id("per"))) is None
        await work.people.update(changed)
        assert await work.people.hold(tenant.id, person.id) == changed
        await work.commit()
    async with opened(tenant.id) as work:
        with pytest.raises(PersonEmailTaken):
            await work.people.add(a_person(tenant.id, email=person.email))
    nowhere = a_person(TenantId(new_id("ten")))
    async with opened(nowhere.tenant_id) as work:
        with pytest.raises(TenantNotFound):
            await work.people.add(nowhere)


async def test_another_owner_is_one_of_the_same_tenant_and_not_oneself(opened: Open) -> None:
    tenant, other = await kept_tenant(opened), await kept_tenant(opened)
    owner = a_person(tenant.id, Role.OWNER)
    second = a_person(tenant.id, Role.VIEWER, Role.OWNER)
    async with opened(tenant.id, other.id) as work:
        await work.people.add(owner)
        await work.people.add(a_person(tenant.id, Role.ADMINISTRATOR))
        await work.people.add(a_person(other.id, Role.OWNER))
        assert not await work.people.has_other_owner(tenant.id, owner.id)
        await work.people.add(second)
        assert await work.people.has_other_owner(tenant.id, owner.id)


async def test_people_are_listed_by_address(opened: Open) -> None:
    tenant = await kept_tenant(opened)
    made = [a_person(tenant.id, email=f"{name}@example.com") for name in "bdace"]
    async with opened(tenant.id) as work:
        for person in made:
            await work.people.add(person)
        found = await everything(lambda page: work.people.list(tenant.id, page))
    assert [person.email[0] for person in found] == list("abcde")


async def test_keys_are_kept_changed_and_listed_newest_first(opened: Open) -> None:
    tenant = await kept_tenant(opened)
    project = await kept_project(opened, tenant)
    made = [an_api_key(tenant.id, expires_at=LATER) for _ in range(4)]
    made.append(an_api_key(tenant.id, project_id=project.id))
    revoked = made[0].revoked(reason="it leaked", at=LATER)
    async with opened(tenant.id) as work:
        for key in made:
            await work.api_keys.add(key, bytes(32))
        assert await work.api_keys.find(tenant.id, made[0].id) == made[0]
        assert await work.api_keys.find(tenant.id, ApiKeyId(new_id("key"))) is None
        await work.api_keys.update(revoked)
        assert await work.api_keys.hold(tenant.id, made[0].id) == revoked
        found = await everything(lambda page: work.api_keys.list(tenant.id, None, page))
        assert found == sorted([revoked, *made[1:]], key=lambda key: key.id, reverse=True)
        some = await everything(lambda page: work.api_keys.list(tenant.id, project.id, page))
        assert some == [made[-1]]
    nowhere = an_api_key(TenantId(new_id("ten")))
    async with opened(nowhere.tenant_id) as work:
        with pytest.raises(TenantNotFound):
            await work.api_keys.add(nowhere, bytes(32))


async def test_authentication_finds_a_key_of_any_tenant_with_all_that_decides(
    opened: Open,
) -> None:
    tenant = await kept_tenant(opened)
    person = a_person(tenant.id, Role.DEVELOPER)
    own, programs = an_api_key(tenant.id, person_id=person.id), an_api_key(tenant.id)
    async with opened(tenant.id) as work:
        await work.people.add(person)
        await work.api_keys.add(own, b"s" * 32)
        await work.api_keys.add(programs, b"t" * 32)
        await work.commit()
    async with opened(purpose=AUTHENTICATION) as work:
        found = await work.credentials.find(own.id)
        assert (found.api_key, found.seal) == (own, b"s" * 32)
        assert (found.person_roles, found.tenant_suspended) == ({Role.DEVELOPER}, False)
        assert (await work.credentials.find(programs.id)).person_roles is None
        assert await work.credentials.find(ApiKeyId(new_id("key"))) is None


async def test_authentication_knows_who_was_revoked_and_suspended(opened: Open) -> None:
    tenant = await kept_tenant(opened)
    early, late = an_api_key(tenant.id), an_api_key(tenant.id)
    async with opened(tenant.id) as work:
        for key, moment in ((early, LONG_AGO), (late, LATER)):
            await work.api_keys.add(key, bytes(32))
            await work.api_keys.update(key.revoked(reason="x", at=moment))
        await work.tenants.update(tenant.suspended(reason="unpaid", at=LATER))
        await work.commit()
    async with opened(purpose=AUTHENTICATION) as work:
        assert late.id in await work.credentials.revoked_since(LATER)
        assert early.id not in await work.credentials.revoked_since(LATER)
        assert tenant.id in await work.credentials.suspended_tenants()
