"""How far whole logs were verified, in Postgres."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identifiers import TenantId
from services.logs.domain.verification import Verification
from services.logs.store.packing import packed, unpacked
from services.logs.store.tables import LEDGER_VERIFICATIONS

_DUE = text("""
SELECT h.tenant_id FROM ledger_heads h
LEFT JOIN ledger_verifications v ON v.tenant_id = h.tenant_id
WHERE CASE
  WHEN v.tenant_id IS NULL THEN EXISTS (
    SELECT FROM ledger_checkpoints c
    WHERE c.tenant_id = h.tenant_id AND c.signed_at < CAST(:clean_before AS timestamptz))
  WHEN NOT v.is_finished THEN true
  WHEN v.finding = '' THEN v.looked_at < CAST(:clean_before AS timestamptz)
  ELSE v.looked_at < CAST(:damaged_before AS timestamptz)
END
ORDER BY v.looked_at NULLS FIRST LIMIT :limit
""")
_DAMAGED_AT_ONCE = 8


class PostgresVerifications:
    """Implements the verification repository on one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, tenant_id: TenantId) -> Verification | None:
        """Return where the verification of a log stands; None before the first one."""
        table = LEDGER_VERIFICATIONS
        statement = select(table).where(table.c.tenant_id == tenant_id)
        row = (await self._connection.execute(statement)).first()
        return None if row is None else _verification_of(row)

    async def keep(self, verification: Verification, *, at: datetime) -> None:
        """Keep where it stands now."""
        values = {
            "size": verification.tree.size,
            "compact_range": packed(verification.tree),
            "chain_hash": verification.chain_hash,
            "agreed_size": verification.agreed_size,
            "is_finished": verification.is_finished,
            "finding": verification.finding,
            "looked_at": at,
        }
        statement = insert(LEDGER_VERIFICATIONS)
        statement = statement.values(tenant_id=verification.tenant_id, **values)
        key = [LEDGER_VERIFICATIONS.c.tenant_id]
        await self._connection.execute(
            statement.on_conflict_do_update(index_elements=key, set_=values)
        )

    async def due(
        self, limit: int, *, clean_before: datetime, damaged_before: datetime
    ) -> list[TenantId]:
        """Return signed logs of any tenants that are to be read; needs the purpose."""
        values = {"limit": limit, "clean_before": clean_before, "damaged_before": damaged_before}
        rows = (await self._connection.execute(_DUE, values)).scalars()
        return [TenantId(tenant_id) for tenant_id in rows]

    async def damaged(self) -> Sequence[Verification]:
        """Return some logs of any tenants in which something was found; needs the purpose."""
        table = LEDGER_VERIFICATIONS
        statement = select(table).where(table.c.finding != "").limit(_DAMAGED_AT_ONCE)
        return [_verification_of(row) for row in (await self._connection.execute(statement)).all()]


def _verification_of(row: Row[Any]) -> Verification:
    return Verification(
        tenant_id=TenantId(row.tenant_id),
        tree=unpacked(row.size, row.compact_range),
        chain_hash=row.chain_hash,
        agreed_size=row.agreed_size,
        is_finished=row.is_finished,
        finding=row.finding,
    )
