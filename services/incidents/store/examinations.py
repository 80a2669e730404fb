"""Sealed traces that wait for the detector, in Postgres."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import ColumnElement, func, select, text, update
from sqlalchemy.dialects.postgresql import insert as insert_or_find
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identifiers import TenantId
from servicekit.database import Database
from services.incidents.domain.kinds import TriggerType
from services.incidents.domain.trace_examination import (
    ITSELF,
    ExaminationState,
    TraceExamination,
)
from services.incidents.store.tables import EXAMINATIONS, VIOLATIONS

_PURPOSE = "due_examinations"
_NAMES = tuple(item.name for item in fields(TraceExamination))


class PostgresExaminations:
    """Implements the repository of traces on one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, examination: TraceExamination) -> None:
        """Keep a trace that waits; one that is known stays what it is."""
        new = insert_or_find(EXAMINATIONS).values(_row(examination))
        await self._connection.execute(
            new.on_conflict_do_nothing(index_elements=EXAMINATIONS.primary_key)
        )

    async def examined_by_others(self, examination: TraceExamination) -> frozenset[int]:
        """Return the steps of its run in which others have found something."""
        statement = select(VIOLATIONS.c.step_index).where(
            VIOLATIONS.c.tenant_id == examination.tenant_id,
            VIOLATIONS.c.run_id == examination.run_id,
            VIOLATIONS.c.trigger_type == TriggerType.HALLUCINATION_FINDING,
            VIOLATIONS.c.recorded_by != ITSELF,
        )
        return frozenset((await self._connection.execute(statement)).scalars())

    async def renew(self, examination: TraceExamination, *, seconds: float) -> bool:
        """Keep what was taken on for longer; False if somebody else has it by now."""
        statement = update(EXAMINATIONS).where(*_is_ours(examination))
        lease = func.make_interval(0, 0, 0, 0, 0, 0, seconds)
        result = await self._connection.execute(
            statement.values(due_at=func.clock_timestamp() + lease)
        )
        return bool(result.rowcount)

    async def update(self, examination: TraceExamination) -> bool:
        """Keep what became of what was taken on; False if somebody else has it by now."""
        statement = update(EXAMINATIONS).where(*_is_ours(examination))
        result = await self._connection.execute(statement.values(_row(examination)))
        return bool(result.rowcount)


def _is_ours(examination: TraceExamination) -> list[ColumnElement[bool]]:
    """The row, as long as nobody has taken it on since."""
    return [
        EXAMINATIONS.c.tenant_id == examination.tenant_id,
        EXAMINATIONS.c.trace_id == examination.trace_id,
        EXAMINATIONS.c.state == ExaminationState.WAITING,
        EXAMINATIONS.c.attempts == examination.attempts,
    ]


def _row(examination: TraceExamination) -> dict[str, Any]:
    return {name: getattr(examination, name) for name in _NAMES}


def _examination_of(row: Any) -> TraceExamination:
    values = {name: row[name] for name in _NAMES}
    return TraceExamination(**{**values, "state": ExaminationState(row["state"])})


# As deliveries are claimed: the oldest that are due, a few of each tenant, past what others hold.
_CLAIM = text("""
WITH due AS (
  SELECT tenant_id, trace_id, due_at FROM trace_examinations
  WHERE state = 'WAITING' AND due_at <= clock_timestamp() AND tenant_id <> ALL (:busy)
  ORDER BY due_at LIMIT :looked_at
), placed AS (
  SELECT *, row_number() OVER (PARTITION BY tenant_id ORDER BY due_at) AS place FROM due
), chosen AS (
  SELECT tenant_id, trace_id FROM placed WHERE place <= :each ORDER BY due_at LIMIT :at_most
), held AS (
  SELECT examination.tenant_id, examination.trace_id
  FROM trace_examinations examination JOIN chosen USING (tenant_id, trace_id)
  WHERE examination.state = 'WAITING' AND examination.due_at <= clock_timestamp()
  FOR UPDATE OF examination SKIP LOCKED
)
UPDATE trace_examinations examination
SET due_at = clock_timestamp() + make_interval(secs => :lease),
    attempts = examination.attempts + 1, tries = examination.tries + 1
FROM held
WHERE examination.tenant_id = held.tenant_id AND examination.trace_id = held.trace_id
RETURNING examination.*
""")
_LOOKED_AT = 1000


class PostgresDueExaminations:
    """Claims traces of all tenants that are due."""

    def __init__(self, database: Database, *, lease_seconds: float, each: int) -> None:
        self._database = database
        self._lease_seconds = lease_seconds
        self._each = each

    async def __call__(self, at_most: int, busy: Sequence[TenantId]) -> Sequence[TraceExamination]:
        """Return what nobody else has for the time of the lease."""
        wanted = {
            "busy": list(busy),
            "looked_at": _LOOKED_AT,
            "each": self._each,
            "at_most": at_most,
            "lease": self._lease_seconds,
        }
        async with self._database.transaction(purpose=_PURPOSE) as connection:
            rows = (await connection.execute(_CLAIM, wanted)).mappings().all()
            await connection.commit()
        return [_examination_of(row) for row in rows]
