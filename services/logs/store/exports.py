"""Exports in Postgres."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import Row, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identifiers import TenantId
from kernel.pagination import Page, PageRequest
from services.logs.domain.export import Export, ExportKind
from services.logs.domain.ledger_entry import ActorType
from services.logs.store.tables import EXPORTS


class PostgresExports:
    """Implements the export repository on one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, export: Export) -> None:
        """Keep a new export."""
        await self._connection.execute(insert(EXPORTS), asdict(export))

    async def list(self, tenant_id: TenantId, page: PageRequest) -> Page[Export]:
        """Return exports, newest first; the page key is the id of the last one."""
        statement = select(EXPORTS).where(EXPORTS.c.tenant_id == tenant_id)
        if page.after is not None:
            statement = statement.where(EXPORTS.c.id < page.after[0])
        statement = statement.order_by(EXPORTS.c.id.desc()).limit(page.size + 1)
        rows = (await self._connection.execute(statement)).all()
        return Page.cut([_export_of(row) for row in rows], page.size, key=lambda one: (one.id,))


def _export_of(row: Row[Any]) -> Export:
    return Export(
        id=row.id,
        tenant_id=TenantId(row.tenant_id),
        kind=ExportKind(row.kind),
        subject=row.subject,
        tree_size=row.tree_size,
        content_sha256=row.content_sha256,
        size_bytes=row.size_bytes,
        actor_type=ActorType(row.actor_type),
        actor_id=row.actor_id,
        exported_at=row.exported_at,
    )
