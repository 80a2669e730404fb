"""Overrides in Postgres."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identifiers import OverrideId, PolicyId, TenantId
from kernel.pagination import Page, PageRequest
from servicekit.database import Database
from services.policies.domain.override import Override, OverrideState
from services.policies.domain.policy_body import ScopeType
from services.policies.store.people_tables import OVERRIDES
from services.policies.usecases.people_ports import OverrideFilter

PURPOSE = "override_expiry"
_FIELDS = tuple(column.name for column in OVERRIDES.columns)


class PostgresOverrides:
    """Implements the repository of overrides on one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, override: Override) -> None:
        """Keep a new override."""
        await self._connection.execute(insert(OVERRIDES), _row(override))

    async def find(self, tenant_id: TenantId, override_id: OverrideId) -> Override | None:
        """Return the override, or None if the tenant has none with this id."""
        return await self._one(_named(tenant_id, override_id))

    async def hold(self, tenant_id: TenantId, override_id: OverrideId) -> Override | None:
        """Return the override as it stays until this transaction ends."""
        return await self._one(_named(tenant_id, override_id).with_for_update(key_share=True))

    async def update(self, override: Override) -> None:
        """Keep the new state of an override that is held."""
        statement = update(OVERRIDES).where(
            OVERRIDES.c.tenant_id == override.tenant_id, OVERRIDES.c.id == override.id
        )
        await self._connection.execute(statement.values(_row(override)))

    async def list(
        self, tenant_id: TenantId, wanted: OverrideFilter, page: PageRequest
    ) -> Page[Override]:
        """Return overrides, newest first; the page key is the id of the last one."""
        statement = select(OVERRIDES).where(OVERRIDES.c.tenant_id == tenant_id)
        if wanted.state is not None:
            statement = statement.where(OVERRIDES.c.state == wanted.state)
        if wanted.policy_id:
            statement = statement.where(OVERRIDES.c.policy_id == wanted.policy_id)
        if page.after:
            statement = statement.where(OVERRIDES.c.id < page.after[0])
        statement = statement.order_by(OVERRIDES.c.id.desc()).limit(page.size + 1)
        rows = (await self._connection.execute(statement)).mappings()
        return Page.cut([_override_of(row) for row in rows], page.size, key=lambda item: (item.id,))

    async def _one(self, statement: Any) -> Override | None:
        row = (await self._connection.execute(statement)).mappings().first()
        return None if row is None else _override_of(row)


class PostgresDueOverrides:
    """Finds open overrides of any tenant whose time is over."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, limit: int) -> Sequence[tuple[TenantId, OverrideId]]:
        """Return them, the oldest end first."""
        statement = (
            select(OVERRIDES.c.tenant_id, OVERRIDES.c.id)
            .where(OVERRIDES.c.state == "OPEN", OVERRIDES.c.ends_at <= func.clock_timestamp())
            .order_by(OVERRIDES.c.ends_at)
            .limit(limit)
        )
        async with self._database.transaction(purpose=PURPOSE, read_only=True) as connection:
            rows = await connection.execute(statement)
            return [(TenantId(row.tenant_id), OverrideId(row.id)) for row in rows]


def _named(tenant_id: TenantId, override_id: OverrideId) -> Any:
    return select(OVERRIDES).where(
        OVERRIDES.c.tenant_id == tenant_id, OVERRIDES.c.id == override_id
    )


def _row(override: Override) -> dict[str, Any]:
    return {name: getattr(override, name) for name in _FIELDS}


def _override_of(row: Any) -> Override:
    return Override(
        **{
            **row,
            "id": OverrideId(row["id"]),
            "tenant_id": TenantId(row["tenant_id"]),
            "policy_id": PolicyId(row["policy_id"]),
            "scope_type": ScopeType(row["scope_type"]),
            "state": OverrideState(row["state"]),
        }
    )
