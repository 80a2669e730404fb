"""What every store of accounts promises, the one without a database included."""

from dataclasses import replace

import pytest

from kernel.identifiers import AgentId, ProjectId, TenantId, new_id
from services.accounts.domain.errors import (
    AgentNameTaken,
    ProjectNameTaken,
    ProjectNotFound,
    TenantNameTaken,
    TenantNotFound,
)
from services.accounts.domain.tenant import PLANE
from tests.contract.store.accounts.conftest import Open
from tests.contract.store.accounts.keeping import LATER, everything, kept_project, kept_tenant
from tests.unit.accounts.specimens import (
    a_project,
    a_tenant,
    an_agent,
)


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
