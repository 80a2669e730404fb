"""Carries what logs is to write from our own tables to it, until it has acknowledged each.

The intent is committed with the change, so a crash anywhere leaves it waiting; logs writes each
once, however often it is brought. An intent that logs refuses is never dropped: it waits, its lag
grows, and the gate closes. An audit that cannot be written must be noticed.
"""

import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from grpc import aio
from sqlalchemy import Row, func, select, tuple_, update

from aos.logs.v1 import (
    ledger_pb2,
    ledger_service_pb2,
    ledger_service_pb2_grpc,
    run_log_pb2,
    run_log_service_pb2,
    run_log_service_pb2_grpc,
    system_record_pb2,
    system_record_service_pb2,
    system_record_service_pb2_grpc,
)
from kernel.errors import ServiceError, Unavailable
from servicekit.audit.gate import AuditGate
from servicekit.audit.intents import LEDGER, RUN_LOG, SYSTEM
from servicekit.channel import error_from
from servicekit.database import Database
from servicekit.failpoints import failpoint
from servicekit.heartbeat import Heartbeat
from servicekit.outbox.wakeup import Hint
from servicekit.tables import KitTables
from servicekit.telemetry.logging import get_logger

_log = get_logger("courier")

PURPOSE = "courier"
BATCH = 256
POLL_SECONDS = 0.5
LOOK_SECONDS = 0.5
_RETRY_SECONDS = 0.5
_TIMEOUT_SECONDS = 10.0
_POSTPONE = timedelta(seconds=5)


class Courier:
    """Brings one service's intents to logs, for as long as the process lives."""

    def __init__(
        self,
        *,
        database: Database,
        tables: KitTables,
        channel: aio.Channel,
        gate: AuditGate,
        hint: Hint,
    ) -> None:
        self._database = database
        self._intents = tables.log_intents
        self._ledger = ledger_service_pb2_grpc.LedgerServiceStub(channel)
        self._records = system_record_service_pb2_grpc.SystemRecordServiceStub(channel)
        self._run_logs = run_log_service_pb2_grpc.RunLogServiceStub(channel)
        # What each kind of intent is brought by; the ledger first, since the gate looks at it.
        self._appends = {
            LEDGER: self._append_entries,
            SYSTEM: self._append_records,
            RUN_LOG: self._append_run_log,
        }
        self._gate = gate
        self._hint = hint
        self._next_look = 0.0
        self.heartbeat = Heartbeat()

    async def run(self) -> None:
        """Bring whatever waits, until cancelled."""
        while True:
            brought = 0
            try:
                brought = await self.bring_batch()
            except ServiceError as error:
                _log.warning("entries wait for logs", error=error.message)
            # A look counts what waits; after each batch it would cost as much as the batch.
            if time.monotonic() >= self._next_look:
                await self._look()
            if brought < BATCH:
                await self._hint.wait(POLL_SECONDS)

    async def bring_batch(self) -> int:
        """Bring up to one batch; return how many logs has acknowledged."""
        async with self._database.transaction(purpose=PURPOSE) as connection:
            rows = (await connection.execute(self._next_rows())).all()
            if not rows:
                return 0
            failpoint("courier.before_append")
            refused = await self._bring(rows)
            failpoint("courier.after_append")
            kept = [row for row in rows if row.intent_id not in refused]
            await connection.execute(self._mark(kept))
            for row in rows:
                if row.intent_id in refused:
                    await connection.execute(self._postpone(row, refused[row.intent_id]))
            await connection.commit()
        return len(kept)

    def _next_rows(self) -> Any:
        intents = self._intents
        return (
            select(intents)
            .where(
                intents.c.acknowledged_at.is_(None),
                intents.c.not_before <= func.clock_timestamp(),
            )
            .order_by(intents.c.position)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        )

    async def _bring(self, rows: Sequence[Row[Any]]) -> dict[str, str]:
        """Bring the rows; return the refused ones with the reason.

        Raises:
            Unavailable: logs is away; everything waits.
        """
        refused: dict[str, str] = {}
        for kind in self._appends:
            some = [row for row in rows if row.kind == kind]
            if some:
                refused |= await self._send(some, kind)
        return refused

    async def _send(self, rows: Sequence[Row[Any]], kind: str) -> dict[str, str]:
        try:
            await self._appends[kind](rows)
        except aio.AioRpcError as call:
            error = error_from(call)
            if isinstance(error, Unavailable) or call.code().name == "DEADLINE_EXCEEDED":
                raise Unavailable(error.message) from call
            if len(rows) == 1:
                _log.error("logs refuses an entry", intent=rows[0].intent_id, error=error.message)
                return {rows[0].intent_id: error.message}
            # One bad entry fails the call; apart, its neighbours get through.
            middle = len(rows) // 2
            first = await self._send(rows[:middle], kind)
            return first | await self._send(rows[middle:], kind)
        return {}

    async def _append_entries(self, rows: Sequence[Row[Any]]) -> None:
        drafts = [ledger_pb2.LedgerDraft.FromString(row.body) for row in rows]
        request = ledger_service_pb2.AppendEntriesRequest(drafts=drafts)
        await self._ledger.AppendEntries(request, timeout=_TIMEOUT_SECONDS)

    async def _append_records(self, rows: Sequence[Row[Any]]) -> None:
        records = [system_record_pb2.SystemRecord.FromString(row.body) for row in rows]
        request = system_record_service_pb2.AppendSystemRecordsRequest(records=records)
        await self._records.AppendSystemRecords(request, timeout=_TIMEOUT_SECONDS)

    async def _append_run_log(self, rows: Sequence[Row[Any]]) -> None:
        events = [run_log_pb2.RunLogEvent.FromString(row.body) for row in rows]
        request = run_log_service_pb2.AppendRunLogEventsRequest(events=events)
        await self._run_logs.AppendRunLogEvents(request, timeout=_TIMEOUT_SECONDS)

    def _mark(self, rows: Sequence[Row[Any]]) -> Any:
        intents = self._intents
        keys = [(row.tenant_id, row.intent_id) for row in rows]
        return (
            update(intents)
            .where(tuple_(intents.c.tenant_id, intents.c.intent_id).in_(keys))
            .values(acknowledged_at=func.clock_timestamp())
        )

    def _postpone(self, row: Row[Any], reason: str) -> Any:
        intents = self._intents
        return (
            update(intents)
            .where(intents.c.tenant_id == row.tenant_id, intents.c.intent_id == row.intent_id)
            .values(
                attempts=row.attempts + 1,
                not_before=func.clock_timestamp() + _POSTPONE,
                last_error=reason[:500],
            )
        )

    async def _look(self) -> None:
        """Tell the gate how long the oldest ledger entry has been waiting."""
        try:
            self._gate.observe(await lag_seconds(self._database, self._intents))
            self.heartbeat.beat()
            self._next_look = time.monotonic() + LOOK_SECONDS
        except ServiceError as error:
            _log.warning("the lag of the ledger is not known", error=error.message)


async def lag_seconds(database: Database, intents: Any) -> float:
    """Age of the oldest entry that logs has not acknowledged; 0 when none waits."""
    age = func.extract("epoch", func.clock_timestamp() - func.min(intents.c.created_at))
    statement = select(age).where(intents.c.acknowledged_at.is_(None), intents.c.kind == LEDGER)
    async with database.transaction(purpose=PURPOSE, read_only=True) as connection:
        seconds = (await connection.execute(statement)).scalar_one()
    return 0.0 if seconds is None else float(seconds)
