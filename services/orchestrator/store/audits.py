"""How far the audit of each run is, in Postgres."""

from collections.abc import Collection, Sequence
from datetime import timedelta

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identifiers import RunId, TenantId
from servicekit.database import Database
from services.orchestrator.domain.run_audit import AuditState, Cursor, DueRun, Mark
from services.orchestrator.domain.run_contract import Expectation
from services.orchestrator.store.rows import contract_of
from services.orchestrator.store.tables import AUDIT_CURSORS, CONTRACTS

_PURPOSE = "sagas"
_TENANTS = text(
    """
    SELECT DISTINCT tenant_id FROM run_contracts
    WHERE audit_state <> 'AUDITED' AND audit_state = ANY(:states)
      AND audit_due_at <= clock_timestamp()
    """
)
_DUE = text(
    """
    SELECT contract.*,
      ARRAY(
        SELECT expectation FROM contract_acks AS given
        WHERE given.tenant_id = contract.tenant_id AND given.run_id = contract.run_id
      ) AS acknowledged,
      (
        SELECT created_at FROM sagas
        WHERE sagas.tenant_id = contract.tenant_id AND sagas.run_id = contract.run_id
      ) AS begun_at,
      EXISTS (
        SELECT FROM run_holders AS holder
        WHERE holder.tenant_id = contract.tenant_id AND holder.run_id = contract.run_id
          AND holder.held_until > clock_timestamp()
      ) OR EXISTS (
        SELECT FROM run_queue AS queued
        WHERE queued.tenant_id = contract.tenant_id AND queued.run_id = contract.run_id
          AND queued.state <> 'OVER'
      ) AS is_executed
    FROM run_contracts AS contract
    WHERE contract.tenant_id = :tenant_id
      AND contract.audit_state <> 'AUDITED' AND contract.audit_state = ANY(:states)
      AND contract.audit_due_at <= clock_timestamp()
      AND (
        contract.closed_at IS NOT NULL
        OR contract.created_at <= clock_timestamp() - CAST(:after AS interval)
      )
    ORDER BY contract.audit_due_at LIMIT :most
    """
)
_MARK = text(
    """
    UPDATE run_contracts AS contract SET audit_state = coalesce(new.state, audit_state),
      audit_due_at = clock_timestamp() + new.after
    FROM unnest(CAST(:runs AS text[]), CAST(:states AS text[]), CAST(:after AS interval[]))
      AS new (run_id, state, after)
    WHERE contract.tenant_id = :tenant_id AND contract.run_id = new.run_id
    """
)


class PostgresAuditTenants:
    """Finds tenants with runs whose audit is due."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, states: Sequence[AuditState]) -> Sequence[TenantId]:
        """Return those that have some in these states."""
        wanted = {"states": list(states)}
        async with self._database.transaction(purpose=_PURPOSE, read_only=True) as connection:
            rows = await connection.execute(_TENANTS, wanted)
            return [TenantId(row.tenant_id) for row in rows]


class PostgresAudits:
    """Implements the repository of audits on one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def due(
        self, tenant_id: TenantId, states: Sequence[AuditState], *, after: timedelta, most: int
    ) -> Sequence[DueRun]:
        """Return runs in these states that are due, the ones that wait for longest first."""
        wanted = {"tenant_id": tenant_id, "states": list(states), "after": after, "most": most}
        rows = (await self._connection.execute(_DUE, wanted)).mappings()
        return [
            DueRun(
                contract=contract_of(row),
                state=AuditState(row["audit_state"]),
                acknowledged=frozenset(Expectation(one) for one in row["acknowledged"]),
                begun_at=row["begun_at"],
                is_executed=row["is_executed"],
            )
            for row in rows
        ]

    async def mark(self, tenant_id: TenantId, marks: Sequence[Mark]) -> None:
        """Keep how far they are."""
        values = {
            "tenant_id": tenant_id,
            "runs": [mark.due.contract.run_id for mark in marks],
            "states": [mark.state for mark in marks],
            "after": [mark.after for mark in marks],
        }
        await self._connection.execute(_MARK, values)

    async def known(self, tenant_id: TenantId, run_ids: Collection[RunId]) -> set[RunId]:
        """Return which of these runs have a contract."""
        statement = select(CONTRACTS.c.run_id).where(
            CONTRACTS.c.tenant_id == tenant_id, CONTRACTS.c.run_id.in_(run_ids)
        )
        return {RunId(row.run_id) for row in await self._connection.execute(statement)}

    async def cursor(self, tenant_id: TenantId, name: str) -> Cursor | None:
        """Return how far a list was looked through; None if it never was."""
        statement = select(AUDIT_CURSORS).where(
            AUDIT_CURSORS.c.tenant_id == tenant_id, AUDIT_CURSORS.c.name == name
        )
        row = (await self._connection.execute(statement)).first()
        if row is None:
            return None
        return Cursor(reached_at=row.reached_at, page_token=row.page_token, begun_at=row.begun_at)

    async def keep_cursor(self, tenant_id: TenantId, name: str, cursor: Cursor) -> None:
        """Keep how far a list was looked through."""
        values = {
            "reached_at": cursor.reached_at,
            "page_token": cursor.page_token,
            "begun_at": cursor.begun_at,
        }
        statement = insert(AUDIT_CURSORS).values(tenant_id=tenant_id, name=name, **values)
        statement = statement.on_conflict_do_update(
            index_elements=AUDIT_CURSORS.primary_key, set_=values
        )
        await self._connection.execute(statement)
