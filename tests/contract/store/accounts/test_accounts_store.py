"""What every store of accounts promises, the one without a database included."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from kernel.identifiers import AgentId, ApiKeyId, PersonId, ProjectId, TenantId, new_id
from kernel.pagination import Page, PageRequest
from kernel.roles import Role
from services.accounts.domain.errors import (
    AgentNameTaken,
    PersonEmailTaken,
    ProjectNameTaken,
    ProjectNotFound,
    TenantNameTaken,
    TenantNotFound,
)
from services.accounts.domain.project import Project
from services.accounts.domain.tenant import PLANE, Tenant
from services.accounts.store.tables import AUTHENTICATION
from tests.contract.store.accounts.conftest import Open
from tests.unit.accounts.specimens import (
    LONG_AGO,
    a_person,
    a_project,
    a_tenant,
    an_agent,
    an_api_key,
)

LATER = LONG_AGO + timedelta(days=1)


async def kept_tenant(opened: Open) -> Tenant:
    tenant = a_tenant()
    async with opened(tenant.id) as work:
        await work.tenants.add(tenant)
        await work.commit()
    return tenant


async def kept_project(opened: Open, tenant: Tenant, **fields: Any) -> Project:
    project = a_project(tenant.id, **fields)
    async with opened(tenant.id) as work:
        await work.projects.add(project)
        await work.commit()
    return project


async def everything(list_page: Callable[[PageRequest], Any]) -> list[Any]:
    """All items, two at a time."""
    found: list[Any] = []
    page: Page[Any] = await list_page(PageRequest(size=2))
    while page.next_after is not None:
        assert len(page.items) == 2
        found += page.items
        page = await list_page(PageRequest(size=2, after=page.next_after))
    return [*found, *page.items]


async def test_a_tenant_is_found_as_it_was_kept_and_as_it_was_changed(opened: Open) -> None:
    tenant = await kept_tenant(opened)
    suspended = tenant.suspended(reason="unpaid", at=LATER)
    async with opened(tenant.id) as work:
        assert await work.tenants.find(tenant.id) == tenant
        assert await work.tenants.hold(tenant.id) == tenant
        await work.tenants.update(suspended)
        await work.commit()
    async with opened(tenant.id) as work:
        assert await work.tenants.find(tenant.id) == suspended
        assert await work.tenants.find(TenantId(new_id("ten"))) is None


async def test_the_name_of_a_tenant_is_unique_in_the_plane(opened: Open) -> None:
    first = await kept_tenant(opened)
    second = a_tenant(name=first.name.upper())
    async with opened(second.id) as work:
        with pytest.raises(TenantNameTaken):
            await work.tenants.add(second)


async def test_tenants_are_listed_by_name(opened: Open) -> None:
    made = [await kept_tenant(opened) for _ in range(5)]
    async with opened(PLANE) as work:
        found = await everything(work.tenants.list)
    assert {tenant.id for tenant in made} <= {tenant.id for tenant in found}
    assert found == sorted(found, key=lambda tenant: tenant.name.lower())


async def test_a_project_is_found_in_its_own_tenant_alone(opened: Open) -> None:
    tenant, other = await kept_tenant(opened), await kept_tenant(opened)
    project = await kept_project(opened, tenant)
    async with opened(tenant.id, other.id) as work:
        assert await work.projects.find(tenant.id, project.id) == project
        assert await work.projects.find(other.id, project.id) is None
        assert await work.projects.hold(other.id, project.id) is None
        assert await work.projects.find(tenant.id, ProjectId(new_id("prj"))) is None


async def test_the_name_of_a_project_is_unique_in_its_tenant(opened: Open) -> None:
    tenant, other = await kept_tenant(opened), await kept_tenant(opened)
    first = await kept_project(opened, tenant, name="Größe")
    second = await kept_project(opened, tenant)
    await kept_project(opened, other, name="Größe")
    async with opened(tenant.id) as work:
        with pytest.raises(ProjectNameTaken):
            await work.projects.add(a_project(tenant.id, name="grÖße"))
    async with opened(tenant.id) as work:
        with pytest.raises(ProjectNameTaken):
            await work.projects.update(second.renamed(first.name.lower(), at=LATER))
    async with opened(tenant.id) as work:
        respelled = first.renamed(first.name.upper(), at=LATER)
        await work.projects.update(respelled)
        assert await work.projects.hold(tenant.id, first.id) == respelled


async def test_a_project_needs_a_tenant(opened: Open) -> None:
    project = a_project(TenantId(new_id("ten")))
    async with opened(project.tenant_id) as work:
        with pytest.raises(TenantNotFound):
            await work.projects.add(project)


async def test_projects_are_listed_by_name_whatever_their_case(opened: Open) -> None:
    tenant = await kept_tenant(opened)
    names = ["alpha", "Beta", "gamma", "Delta", "éclair"]
    made = [await kept_project(opened, tenant, name=name) for name in names]
    await kept_project(opened, await kept_tenant(opened))

    async with opened(tenant.id) as work:
        found = await everything(lambda page: work.projects.list(tenant.id, None, page))
        assert [item.name for item in found] == ["alpha", "Beta", "Delta", "gamma", "éclair"]
        only = await everything(lambda page: work.projects.list(tenant.id, made[1].id, page))
        assert only == [made[1]]


async def test_an_agent_needs_a_project_of_its_own_tenant(opened: Open) -> None:
    tenant, other = await kept_tenant(opened), await kept_tenant(opened)
    foreign = await kept_project(opened, other)
    async with opened(tenant.id, other.id) as work:
        with pytest.raises(ProjectNotFound):
            await work.agents.add(replace(an_agent(foreign), tenant_id=tenant.id))


async def test_an_agent_is_kept_changed_and_unique_by_name_in_its_project(opened: Open) -> None:
    tenant = await kept_tenant(opened)
    project, sibling = await kept_project(opened, tenant), await kept_project(opened, tenant)
    agent = an_agent(project, name="Clerk", description="Files things.")
    changed = agent.described(name="Clerk", description="Finds things.", at=LATER)
    async with opened(tenant.id) as work:
        await work.agents.add(agent)
        await work.agents.add(an_agent(sibling, name="clerk"))
        assert await work.agents.find(tenant.id, agent.id) == agent
        assert await work.agents.find(tenant.id, AgentId(new_id("agt"))) is None
        await work.agents.update(changed)
        assert await work.agents.hold(tenant.id, agent.id) == changed
        await work.commit()
    async with opened(tenant.id) as work:
        with pytest.raises(AgentNameTaken):
            await work.agents.add(an_agent(project, name="CLERK"))


async def test_agents_are_listed_by_name_and_equal_names_by_id(opened: Open) -> None:
    tenant = await kept_tenant(opened)
    projects = [await kept_project(opened, tenant) for _ in range(3)]
    made = [an_agent(project, name=name) for project in projects for name in ("b", "A")]
    async with opened(tenant.id) as work:
        for agent in made:
            await work.agents.add(agent)
        found = await everything(lambda page: work.agents.list(tenant.id, None, page))
        assert found == sorted(made, key=lambda agent: (agent.name.lower(), agent.id))
        some = await everything(lambda page: work.agents.list(tenant.id, projects[0].id, page))
        assert some == [made[1], made[0]]


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
