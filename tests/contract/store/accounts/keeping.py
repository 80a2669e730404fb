"""Things that are kept already, and lists read to their end."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from kernel.pagination import Page, PageRequest
from services.accounts.domain.project import Project
from services.accounts.domain.tenant import Tenant
from tests.contract.store.accounts.conftest import Open
from tests.unit.accounts.specimens import LONG_AGO, a_project, a_tenant

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
