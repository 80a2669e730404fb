"""Checkpoints in Postgres."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identifiers import TenantId
from kernel.pagination import Page, PageRequest
from services.logs.domain.checkpoint import Checkpoint
from services.logs.store.tables import LEDGER_CHECKPOINTS
from services.logs.usecases.ports import Unsigned

_UNSIGNED = text("""
SELECT h.tenant_id, h.size, COALESCE(c.tree_size, 0) AS signed_size, c.signed_at
FROM ledger_heads h
LEFT JOIN LATERAL (
  SELECT tree_size, signed_at FROM ledger_checkpoints
  WHERE tenant_id = h.tenant_id ORDER BY tree_size DESC LIMIT 1
) c ON true
WHERE h.size <> COALESCE(c.tree_size, 0)
ORDER BY c.signed_at NULLS FIRST LIMIT :limit
""")


class PostgresCheckpoints:
    """Implements the checkpoint repository on one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, tenant_id: TenantId, checkpoint: Checkpoint) -> None:
        """Keep a new checkpoint; a twin that was signed at the same moment says the same."""
        values = {
            "tenant_id": tenant_id,
            "tree_size": checkpoint.tree_size,
            "root_hash": checkpoint.root_hash,
            "note": checkpoint.note,
            "signed_at": checkpoint.signed_at,
        }
        statement = insert(LEDGER_CHECKPOINTS).values(values).on_conflict_do_nothing()
        await self._connection.execute(statement)

    async def latest(self, tenant_id: TenantId, count: int) -> Sequence[Checkpoint]:
        """Return the last checkpoints, largest first."""
        rows = (await self._connection.execute(_largest_first(tenant_id).limit(count))).all()
        return [_checkpoint_of(row) for row in rows]

    async def between(self, tenant_id: TenantId, after: int, up_to: int) -> Sequence[Checkpoint]:
        """Return the checkpoints of larger sizes than the one, and none larger than the other."""
        sizes = LEDGER_CHECKPOINTS.c.tree_size
        statement = _largest_first(tenant_id).where(sizes > after, sizes <= up_to)
        return [_checkpoint_of(row) for row in (await self._connection.execute(statement)).all()]

    async def list(self, tenant_id: TenantId, page: PageRequest) -> Page[Checkpoint]:
        """Return checkpoints, largest first; the page key is the size of the last one."""
        statement = _largest_first(tenant_id)
        if page.after is not None:
            statement = statement.where(LEDGER_CHECKPOINTS.c.tree_size < int(page.after[0]))
        rows = (await self._connection.execute(statement.limit(page.size + 1))).all()
        found = [_checkpoint_of(row) for row in rows]
        return Page.cut(found, page.size, key=lambda one: (str(one.tree_size),))

    async def unsigned(self, limit: int) -> Sequence[Unsigned]:
        """Return logs of any tenants that differ from what was last signed; needs the purpose."""
        rows = (await self._connection.execute(_UNSIGNED, {"limit": limit})).all()
        return [
            Unsigned(
                tenant_id=TenantId(row.tenant_id),
                size=row.size,
                signed_size=row.signed_size,
                signed_at=row.signed_at,
            )
            for row in rows
        ]


def _largest_first(tenant_id: TenantId) -> Select[Any]:
    checkpoints = LEDGER_CHECKPOINTS
    statement = select(checkpoints).where(checkpoints.c.tenant_id == tenant_id)
    return statement.order_by(checkpoints.c.tree_size.desc())


def _checkpoint_of(row: Row[Any]) -> Checkpoint:
    return Checkpoint(
        tree_size=row.tree_size, root_hash=row.root_hash, note=row.note, signed_at=row.signed_at
    )
