"""Traces and their steps in Postgres; a batch of steps of many traces is three statements."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Row, insert, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identifiers import AgentId, ProjectId, RunId, TenantId, TraceId
from kernel.pagination import Page, PageRequest
from services.activity.domain.trace import Trace, TraceHead, TraceStatus
from services.activity.store.runs import inspection_names, inspection_of
from services.activity.store.tables import LATE_STEPS, STEPS, TRACE_HEADS, TRACES
from services.activity.usecases.ports import HeadChange, PlacedStep, StoredStep, TraceKey

_COLUMNS = (
    ("tenant_id", "text"),
    ("trace_id", "text"),
    ("step_index", "integer"),
    ("content", "bytea"),
    ("content_hash", "bytea"),
    ("started_at", "timestamptz"),
    ("duration_ms", "bigint"),
    ("kind", "text"),
    ("skill_name", "text"),
    ("status", "text"),
    ("model", "text"),
    ("input_tokens", "bigint"),
    ("output_tokens", "bigint"),
    ("cost_micro_usd", "bigint"),
)
_NAMES = ", ".join(name for name, _ in _COLUMNS)
# One statement with an array a column: the driver encodes it many times faster than a row of
# parameters for each step.
_ARRAYS = ", ".join(f"CAST(:{name} AS {kind}[])" for name, kind in _COLUMNS)
_INSERT = text(f"INSERT INTO aos_trace_steps ({_NAMES}) SELECT * FROM unnest({_ARRAYS})")  # noqa: S608
_INSERT_LATE = text(
    f"INSERT INTO late_steps ({_NAMES}) SELECT * FROM unnest({_ARRAYS}) ON CONFLICT DO NOTHING"  # noqa: S608
)


_ADVANCE = text(
    "UPDATE trace_heads AS heads SET next_index = added.next_index, "
    "input_tokens = heads.input_tokens + added.input_tokens, "
    "output_tokens = heads.output_tokens + added.output_tokens, "
    "cost_micro_usd = heads.cost_micro_usd + added.cost_micro_usd "
    "FROM unnest(CAST(:tenant_id AS text[]), CAST(:trace_id AS text[]), "
    "CAST(:next_index AS integer[]), CAST(:input_tokens AS bigint[]), "
    "CAST(:output_tokens AS bigint[]), CAST(:cost_micro_usd AS bigint[])) "
    "AS added (tenant_id, trace_id, next_index, input_tokens, output_tokens, cost_micro_usd) "
    "WHERE heads.tenant_id = added.tenant_id AND heads.trace_id = added.trace_id"
)


class PostgresTraces:
    """Implements the trace repository on one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, trace: Trace, head: TraceHead) -> None:
        """Keep a new trace and where its recording begins."""
        await self.add_all([(trace, head)])

    async def add_all(self, begun: Sequence[tuple[Trace, TraceHead]]) -> None:
        """Keep new traces and where their recording begins."""
        await self._connection.execute(insert(TRACES), [_trace_row(trace) for trace, _ in begun])
        await self._connection.execute(insert(TRACE_HEADS), [_head_row(head) for _, head in begun])

    async def find_of_run(self, tenant_id: TenantId, run_id: RunId) -> Trace | None:
        """Return the trace of a run, with the number of steps recorded so far."""
        return await self._find(TRACES.c.tenant_id == tenant_id, TRACES.c.run_id == run_id)

    async def find(self, tenant_id: TenantId, trace_id: TraceId) -> Trace | None:
        """Return a trace, with the number of steps recorded so far."""
        return await self._find(TRACES.c.tenant_id == tenant_id, TRACES.c.id == trace_id)

    async def _find(self, *conditions: Any) -> Trace | None:
        heads = TRACE_HEADS
        joined = TRACES.join(
            heads,
            (heads.c.tenant_id == TRACES.c.tenant_id) & (heads.c.trace_id == TRACES.c.id),
        )
        statement = select(TRACES, heads.c.next_index).select_from(joined).where(*conditions)
        row = (await self._connection.execute(statement)).first()
        return None if row is None else _trace_of(row)

    async def update(self, trace: Trace) -> None:
        """Keep what may be set later of a trace."""
        statement = update(TRACES).where(
            TRACES.c.tenant_id == trace.tenant_id, TRACES.c.id == trace.id
        )
        await self._connection.execute(
            statement.values(
                status=trace.status,
                completed_at=trace.completed_at,
                step_count=trace.step_count if trace.status is TraceStatus.SEALED else 0,
                root_hash=trace.root_hash,
                incident_id=trace.incident_id,
                revision=trace.revision,
            )
        )

    async def hold_heads(self, keys: Iterable[TraceKey]) -> dict[TraceKey, TraceHead]:
        """Return the heads as they stay until this transaction ends, locked in one order."""
        heads = TRACE_HEADS.c
        statement = (
            select(TRACE_HEADS)
            .where(tuple_(heads.tenant_id, heads.trace_id).in_(sorted(set(keys))))
            .order_by(heads.tenant_id, heads.trace_id)
            .with_for_update()
        )
        rows = await self._connection.execute(statement)
        return {(row.tenant_id, row.trace_id): head_of(row) for row in rows}

    async def hashes_from(self, lowest: Mapping[TraceKey, int]) -> dict[TraceKey, dict[int, bytes]]:
        """Return the hashes of recorded steps, from the lowest index asked for in each trace."""
        found: dict[TraceKey, dict[int, bytes]] = {}
        for (tenant_id, trace_id), index in lowest.items():
            statement = select(STEPS.c.step_index, STEPS.c.content_hash).where(
                STEPS.c.tenant_id == tenant_id,
                STEPS.c.trace_id == trace_id,
                STEPS.c.step_index >= index,
            )
            rows = await self._connection.execute(statement.order_by(STEPS.c.step_index))
            found[tenant_id, trace_id] = {row.step_index: row.content_hash for row in rows}
        return found

    async def write(self, steps: Sequence[PlacedStep], *, late: bool) -> None:
        """Write steps of any number of traces."""
        if not steps:
            return
        arrays: dict[str, list[Any]] = {
            "tenant_id": [step.tenant_id for step in steps],
            "trace_id": [step.trace_id for step in steps],
            "step_index": [step.kept.index for step in steps],
        }
        for name, _ in _COLUMNS[3:]:
            arrays[name] = [getattr(step.kept, name) for step in steps]
        await self._connection.execute(_INSERT_LATE if late else _INSERT, arrays)

    async def advance(self, changes: Sequence[HeadChange]) -> None:
        """Keep where recording stands now, and what the steps add up to."""
        if changes:
            names = [item.name for item in fields(HeadChange)]
            arrays = {name: [getattr(change, name) for change in changes] for name in names}
            await self._connection.execute(_ADVANCE, arrays)

    async def seal_head(self, key: TraceKey) -> None:
        """Let later steps be late ones."""
        tenant_id, trace_id = key
        statement = update(TRACE_HEADS).where(
            TRACE_HEADS.c.tenant_id == tenant_id, TRACE_HEADS.c.trace_id == trace_id
        )
        await self._connection.execute(statement.values(sealed=True))

    async def steps(
        self, tenant_id: TenantId, trace_id: TraceId, page: PageRequest
    ) -> Page[StoredStep]:
        """Return steps in their order, late ones last; the page key is (late, index, hash)."""
        after = page.after or ("0", "-1", "")
        found = [] if after[0] == "1" else await self._page(STEPS, tenant_id, trace_id, after, page)
        if len(found) <= page.size:
            start = after if after[0] == "1" else ("1", "-1", "")
            late = await self._page(LATE_STEPS, tenant_id, trace_id, start, page)
            found += late
        return Page.cut(found[: page.size + 1], page.size, key=_step_key)

    async def _page(
        self,
        table: Any,
        tenant_id: TenantId,
        trace_id: TraceId,
        after: tuple[str, ...],
        page: PageRequest,
    ) -> list[StoredStep]:
        place = tuple_(table.c.step_index, table.c.content_hash)
        statement = (
            select(table)
            .where(
                table.c.tenant_id == tenant_id,
                table.c.trace_id == trace_id,
                table.c.step_index >= int(after[1]),
                place > (int(after[1]), bytes.fromhex(after[2])),
            )
            .order_by(table.c.step_index, table.c.content_hash)
            .limit(page.size + 1)
        )
        rows = await self._connection.execute(statement)
        return [
            StoredStep(
                content=row.content,
                content_hash=row.content_hash,
                index=row.step_index,
                recorded_at=row.recorded_at,
                late=table is LATE_STEPS,
            )
            for row in rows
        ]

    async def refer_to_incident(self, trace: Trace, incident_id: str) -> None:
        """Let the trace name an incident, if it names none yet."""
        statement = update(TRACES).where(
            TRACES.c.tenant_id == trace.tenant_id,
            TRACES.c.id == trace.id,
            TRACES.c.incident_id.is_(None),
        )
        await self._connection.execute(statement.values(incident_id=incident_id))


def _step_key(step: StoredStep) -> tuple[str, ...]:
    return ("1" if step.late else "0", str(step.index), step.content_hash.hex())


def _trace_row(trace: Trace) -> dict[str, Any]:
    return {column.name: getattr(trace, column.name) for column in TRACES.columns}


def _head_row(head: TraceHead) -> dict[str, Any]:
    return {
        "tenant_id": head.tenant_id,
        "trace_id": head.trace_id,
        "run_id": head.run_id,
        "project_id": head.project_id,
        "inspection": inspection_names(head.inspection),
    }


def _trace_of(row: Row[Any]) -> Trace:
    return Trace(
        id=TraceId(row.id),
        run_id=RunId(row.run_id),
        tenant_id=TenantId(row.tenant_id),
        project_id=ProjectId(row.project_id),
        agent_id=AgentId(row.agent_id),
        correlation_id=row.correlation_id,
        started_at=row.started_at,
        status=TraceStatus(row.status),
        completed_at=row.completed_at,
        step_count=row.next_index,
        root_hash=row.root_hash,
        incident_id=row.incident_id,
        synthetic_scenario_id=row.synthetic_scenario_id,
        revision=row.revision,
    )


def head_of(row: Row[Any]) -> TraceHead:
    """The head that a row holds."""
    return TraceHead(
        trace_id=TraceId(row.trace_id),
        tenant_id=TenantId(row.tenant_id),
        run_id=RunId(row.run_id),
        project_id=ProjectId(row.project_id),
        next_index=row.next_index,
        sealed=row.sealed,
        inspection=inspection_of(row.inspection),
    )
