"""Signals in Postgres."""

from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identifiers import ProjectId, SignalId, TenantId
from kernel.pagination import Page, PageRequest
from services.activity.domain.signal import Signal, SignalKind, SignalState
from services.activity.store.tables import SIGNALS


class PostgresSignals:
    """Implements the signal repository on one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, signal: Signal) -> None:
        """Keep a new signal."""
        await self._connection.execute(insert(SIGNALS), _row_of(signal))

    async def hold(self, tenant_id: TenantId, signal_id: SignalId) -> Signal | None:
        """Return the signal as it stays until this transaction ends."""
        return await self._held(SIGNALS.c.tenant_id == tenant_id, SIGNALS.c.id == signal_id)

    async def hold_standing(
        self, tenant_id: TenantId, kind: SignalKind, subject_id: str
    ) -> Signal | None:
        """Return the signal of a cause that nobody has acknowledged."""
        return await self._held(
            SIGNALS.c.tenant_id == tenant_id,
            SIGNALS.c.kind == kind,
            SIGNALS.c.subject_id == subject_id,
            SIGNALS.c.state != SignalState.ACKNOWLEDGED,
        )

    async def _held(self, *conditions: Any) -> Signal | None:
        statement = select(SIGNALS).where(*conditions).with_for_update()
        row = (await self._connection.execute(statement)).first()
        return None if row is None else _signal_of(row)

    async def update(self, signal: Signal) -> None:
        """Keep the new state of a signal that is held."""
        statement = update(SIGNALS).where(
            SIGNALS.c.tenant_id == signal.tenant_id, SIGNALS.c.id == signal.id
        )
        await self._connection.execute(statement.values(_row_of(signal)))

    async def list(
        self,
        tenant_id: TenantId,
        project_id: ProjectId | None,
        state: SignalState | None,
        page: PageRequest,
    ) -> Page[Signal]:
        """Return signals, newest first; the page key is the id of the last one."""
        statement = select(SIGNALS).where(SIGNALS.c.tenant_id == tenant_id)
        if project_id is not None:
            statement = statement.where(SIGNALS.c.project_id == project_id)
        if state is not None:
            statement = statement.where(SIGNALS.c.state == state)
        if page.after is not None:
            statement = statement.where(SIGNALS.c.id < page.after[0])
        statement = statement.order_by(SIGNALS.c.id.desc()).limit(page.size + 1)
        rows = (await self._connection.execute(statement)).all()
        return Page.cut(
            [_signal_of(row) for row in rows], page.size, key=lambda signal: (signal.id,)
        )


def _row_of(signal: Signal) -> dict[str, Any]:
    return {column.name: getattr(signal, column.name) for column in SIGNALS.columns}


def _signal_of(row: Row[Any]) -> Signal:
    values = dict(row._mapping)  # noqa: SLF001 - the documented way to a row's names
    values["kind"], values["state"] = SignalKind(row.kind), SignalState(row.state)
    return Signal(**values)
