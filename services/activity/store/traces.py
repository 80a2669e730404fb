"""Traces and their steps in Postgres; a batch of steps of many traces is three statements."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Row, func, insert, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identifiers import AgentId, ProjectId, RunId, TenantId, TraceId
from kernel.pagination import Page, PageRequest
from services.activity.domain.recording import NamedStep
from services.activity.domain.trace import Trace, TraceHead, TraceStatus
from services.activity.store.runs import inspection_names, inspection_of
from services.activity.store.tables import LATE_STEPS, STEPS, TRACE_HEADS, TRACES
from services.activity.usecases.ports import (
    HeadChange,
    PlacedStep,
    StepName,
    StoredStep,
    TraceKey,
)

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
    ("step_id", "text"),
)
_NAMES = ", ".join(name for name, _ in _COLUMNS)
# One statement with an array a column: the driver encodes it many times faster than a row of
# parameters for each step.
_ARRAYS = ", ".join(f"CAST(:{name} AS {kind}[])" for name, kind in _COLUMNS)
_INSERT = text(f"INSERT INTO aos_trace_steps ({_NAMES}) SELECT * FROM unnest({_ARRAYS})")  # noqa: S608
_INSERT_LATE = text(
    f"INSERT INTO late_steps ({_NAMES}) SELECT * FROM unnest({_ARRAYS}) ON CONFLICT DO NOTHING"  # noqa: S608
)
_HASHES = text(
    "SELECT steps.tenant_id, steps.trace_id, steps.step_index, steps.content_hash "
    "FROM unnest(CAST(:tenant_id AS text[]), CAST(:trace_id AS text[]), "
    "CAST(:lowest AS integer[])) AS wanted (tenant_id, trace_id, lowest) "
    "JOIN aos_trace_steps AS steps ON steps.tenant_id = wanted.tenant_id "
    "AND steps.trace_id = wanted.trace_id AND steps.step_index >= wanted.lowest "
    "ORDER BY steps.tenant_id, steps.trace_id, steps.step_index"
)
_NAMED = {
    late: text(
        "SELECT steps.tenant_id, steps.trace_id, steps.step_id, "  # noqa: S608
        "steps.step_index, steps.content_hash "
        "FROM unnest(CAST(:tenant_id AS text[]), CAST(:trace_id AS text[]), "
        "CAST(:step_id AS text[])) AS wanted (tenant_id, trace_id, step_id) "
        f"JOIN {table} AS steps ON steps.tenant_id = wanted.tenant_id "
        "AND steps.trace_id = wanted.trace_id AND steps.step_id = wanted.step_id "
        "WHERE steps.step_id <> ''"
    )
    for late, table in ((False, "aos_trace_steps"), (True, "late_steps"))
}


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
_SEAL = text(
    "UPDATE aos_traces AS traces SET status = 'sealed', completed_at = sealed.completed_at, "
    "step_count = sealed.step_count, root_hash = sealed.root_hash, revision = sealed.revision "
    "FROM unnest(CAST(:tenant_id AS text[]), CAST(:trace_id AS text[]), "
    "CAST(:completed_at AS timestamptz[]), CAST(:step_count AS integer[]), "
    "CAST(:root_hash AS text[]), CAST(:revision AS bigint[])) "
    "AS sealed (tenant_id, trace_id, completed_at, step_count, root_hash, revision) "
    "WHERE traces.tenant_id = sealed.tenant_id AND traces.id = sealed.trace_id"
)
_SEAL_HEADS = text(
    "UPDATE trace_heads AS heads SET sealed = true "
    "FROM unnest(CAST(:tenant_id AS text[]), CAST(:trace_id AS text[])) "
    "AS sealed (tenant_id, trace_id) "
    "WHERE heads.tenant_id = sealed.tenant_id AND heads.trace_id = sealed.trace_id"
)
_REFER = text(
    "UPDATE aos_traces AS traces SET incident_id = told.incident_id "
    "FROM unnest(CAST(:run_id AS text[]), CAST(:incident_id AS text[])) "
    "AS told (run_id, incident_id) "
    "WHERE traces.tenant_id = :tenant_id AND traces.run_id = told.run_id "
    "AND traces.incident_id IS NULL"
)

_TRACES = select(TRACES, TRACE_HEADS.c.next_index).select_from(
    TRACES.join(
        TRACE_HEADS,
        (TRACE_HEADS.c.tenant_id == TRACES.c.tenant_id) & (TRACE_HEADS.c.trace_id == TRACES.c.id),
    )
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
        row = (await self._connection.execute(_TRACES.where(*conditions))).first()
        return None if row is None else _trace_of(row)

    async def of_runs(self, tenant_id: TenantId, run_ids: Sequence[RunId]) -> dict[RunId, Trace]:
        """Return the traces of runs that have one, with the number of steps recorded so far."""
        statement = _TRACES.where(TRACES.c.tenant_id == tenant_id, TRACES.c.run_id.in_(run_ids))
        rows = await self._connection.execute(statement)
        return {RunId(row.run_id): _trace_of(row) for row in rows}

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

    async def hold_heads_of_runs(self, tenant_id: TenantId, run_ids: Sequence[RunId]) -> None:
        """Lock the heads of the runs' traces, in the same order."""
        heads = TRACE_HEADS.c
        statement = (
            select(heads.trace_id)
            .where(heads.tenant_id == tenant_id, heads.run_id.in_(run_ids))
            .order_by(heads.tenant_id, heads.trace_id)
            .with_for_update()
        )
        await self._connection.execute(statement)

    async def hashes_from(self, lowest: Mapping[TraceKey, int]) -> dict[TraceKey, dict[int, bytes]]:
        """Return the hashes of recorded steps, from the lowest index asked for in each trace."""
        found: dict[TraceKey, dict[int, bytes]] = {key: {} for key in lowest}
        arrays = {
            "tenant_id": [tenant_id for tenant_id, _ in lowest],
            "trace_id": [trace_id for _, trace_id in lowest],
            "lowest": list(lowest.values()),
        }
        for row in await self._connection.execute(_HASHES, arrays):
            found[row.tenant_id, row.trace_id][row.step_index] = row.content_hash
        return found

    async def named(self, names: Sequence[StepName], *, late: bool) -> dict[StepName, NamedStep]:
        """Return those of the named steps that are there, among the late ones or the others."""
        tenants, traces, steps = zip(*names, strict=True)
        arrays = {"tenant_id": list(tenants), "trace_id": list(traces), "step_id": list(steps)}
        return {
            (row.tenant_id, row.trace_id, row.step_id): NamedStep(
                index=row.step_index, content_hash=row.content_hash, late=late
            )
            for row in await self._connection.execute(_NAMED[late], arrays)
        }

    async def late_counts(self, keys: Iterable[TraceKey]) -> dict[TraceKey, int]:
        """Return how many steps came after the seal, for traces that have such."""
        trace = (LATE_STEPS.c.tenant_id, LATE_STEPS.c.trace_id)
        statement = select(*trace, func.count().label("steps")).group_by(*trace)
        rows = await self._connection.execute(
            statement.where(tuple_(*trace).in_(sorted(set(keys))))
        )
        return {(row.tenant_id, row.trace_id): row.steps for row in rows}

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

    async def seal_all(self, traces: Sequence[Trace]) -> None:
        """Keep the seals of traces whose heads are held; steps that come later are late ones."""
        arrays = {
            "tenant_id": [trace.tenant_id for trace in traces],
            "trace_id": [trace.id for trace in traces],
            "completed_at": [trace.completed_at for trace in traces],
            "step_count": [trace.step_count for trace in traces],
            "root_hash": [trace.root_hash for trace in traces],
            "revision": [trace.revision for trace in traces],
        }
        await self._connection.execute(_SEAL, arrays)
        names = ("tenant_id", "trace_id")
        await self._connection.execute(_SEAL_HEADS, {name: arrays[name] for name in names})

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

    async def refer_to_incidents(self, tenant_id: TenantId, incidents: Mapping[RunId, str]) -> None:
        """Let the traces of runs name an incident, those that name none yet."""
        arrays = {
            "tenant_id": tenant_id,
            "run_id": list(incidents),
            "incident_id": list(incidents.values()),
        }
        await self._connection.execute(_REFER, arrays)


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
