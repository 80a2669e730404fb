"""Tenants in Postgres."""

from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identifiers import TenantId
from kernel.pagination import Page, PageRequest
from services.accounts.domain.errors import TenantNameTaken
from services.accounts.domain.tenant import Tenant, TenantState
from services.accounts.store.name_order import page_by_name
from services.accounts.store.refusals import told_as
from services.accounts.store.tables import TENANTS


class PostgresTenants:
    """Implements the tenant repository on one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, tenant: Tenant) -> None:
        """Keep a new tenant."""
        with told_as({"tenants_name": TenantNameTaken.of(tenant.name)}):
            await self._connection.execute(insert(TENANTS), _row_of(tenant))

    async def find(self, tenant_id: TenantId) -> Tenant | None:
        """Return the tenant, or None if there is none with this id."""
        return await self._one(select(TENANTS).where(TENANTS.c.id == tenant_id))

    async def hold(self, tenant_id: TenantId) -> Tenant | None:
        """Return the tenant as it stays until this transaction ends; others who hold it wait."""
        # The weaker of the two locks: whoever only refers to the tenant need not wait.
        statement = select(TENANTS).where(TENANTS.c.id == tenant_id)
        return await self._one(statement.with_for_update(key_share=True))

    async def update(self, tenant: Tenant) -> None:
        """Keep the new state of a tenant that is held."""
        statement = update(TENANTS).where(TENANTS.c.id == tenant.id)
        await self._connection.execute(statement.values(_row_of(tenant)))

    async def list(self, page: PageRequest) -> Page[Tenant]:
        """Return the tenants of the plane by name."""
        return await page_by_name(self._connection, TENANTS, select(TENANTS), page, make=_tenant_of)

    async def _one(self, statement: Any) -> Tenant | None:
        row = (await self._connection.execute(statement)).first()
        return None if row is None else _tenant_of(row)


def _row_of(tenant: Tenant) -> dict[str, Any]:
    return {column.name: getattr(tenant, column.name) for column in TENANTS.columns}


def _tenant_of(row: Row[Any]) -> Tenant:
    return Tenant(
        id=TenantId(row.id),
        name=row.name,
        state=TenantState(row.state),
        suspension_reason=row.suspension_reason,
        created_at=row.created_at,
        updated_at=row.updated_at,
        revision=row.revision,
    )
