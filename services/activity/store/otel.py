"""What connects telemetry with runs and steps, in Postgres; every batch is a few statements."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

from sqlalchemy import and_, func, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.activity.domain.trace import TraceHead
from services.activity.store.tables import OTEL_SPANS, OTEL_TRACES, STEPS, TRACE_HEADS
from services.activity.store.traces import head_of
from services.activity.usecases.observed_ports import Claim, OtelKey, SpanPlace, TopAgent

# Sorted, so that two who claim the same traces wait for each other and do not block each other.
_CLAIM = text(
    "INSERT INTO otel_traces (tenant_id, otel_trace_id, run_id, trace_id) "
    "SELECT * FROM unnest(CAST(:tenants AS text[]), CAST(:otel AS bytea[]), "
    "CAST(:runs AS text[]), CAST(:traces AS text[])) AS claims (tenant, otel, run, trace) "
    "ORDER BY tenant, otel "
    "ON CONFLICT DO NOTHING RETURNING tenant_id, otel_trace_id"
)
_RECORDED = text(
    "SELECT spans.tenant_id, spans.otel_trace_id, spans.span_id FROM otel_spans AS spans "
    "JOIN unnest(CAST(:tenants AS text[]), CAST(:otel AS bytea[]), CAST(:spans AS bytea[])) "
    "AS asked (tenant, otel, span) ON spans.tenant_id = asked.tenant "
    "AND spans.otel_trace_id = asked.otel AND spans.span_id = asked.span"
)
_PLACE = text(
    "INSERT INTO otel_spans (tenant_id, otel_trace_id, span_id, parent_span_id, step_index) "
    "SELECT * FROM unnest(CAST(:tenants AS text[]), CAST(:otel AS bytea[]), "
    "CAST(:spans AS bytea[]), CAST(:parents AS bytea[]), CAST(:indices AS integer[]))"
)


class PostgresOtel:
    """Implements the repository of observed telemetry on one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def hold(self, keys: Collection[OtelKey]) -> dict[OtelKey, TraceHead]:
        """Return the heads of known traces as they stay until this transaction ends."""
        heads, known = TRACE_HEADS.c, OTEL_TRACES.c
        joined = OTEL_TRACES.join(
            TRACE_HEADS,
            and_(heads.tenant_id == known.tenant_id, heads.trace_id == known.trace_id),
        )
        statement = (
            select(TRACE_HEADS, known.otel_trace_id)
            .select_from(joined)
            .where(tuple_(known.tenant_id, known.otel_trace_id).in_(sorted(keys)))
            .order_by(heads.tenant_id, heads.trace_id)
            .with_for_update(of=TRACE_HEADS)
        )
        rows = await self._connection.execute(statement)
        return {(row.tenant_id, row.otel_trace_id): head_of(row) for row in rows}

    async def claim(self, claims: Sequence[Claim]) -> set[OtelKey]:
        """Keep the claims; return those that nobody else has made."""
        arrays = {
            "tenants": [claim.key[0] for claim in claims],
            "otel": [claim.key[1] for claim in claims],
            "runs": [claim.run_id for claim in claims],
            "traces": [claim.trace_id for claim in claims],
        }
        rows = await self._connection.execute(_CLAIM, arrays)
        return {(row.tenant_id, row.otel_trace_id) for row in rows}

    async def recorded(
        self, spans: Mapping[OtelKey, Collection[bytes]]
    ) -> set[tuple[str, bytes, bytes]]:
        """Return which of these spans are steps already."""
        asked = [(*key, span) for key, those in spans.items() for span in those]
        arrays = {
            "tenants": [tenant for tenant, _, _ in asked],
            "otel": [otel for _, otel, _ in asked],
            "spans": [span for _, _, span in asked],
        }
        rows = await self._connection.execute(_RECORDED, arrays)
        return {(row.tenant_id, row.otel_trace_id, row.span_id) for row in rows}

    async def place(self, places: Sequence[SpanPlace]) -> None:
        """Keep which steps spans have become."""
        arrays = {
            "tenants": [place.key[0] for place in places],
            "otel": [place.key[1] for place in places],
            "spans": [place.span_id for place in places],
            "parents": [place.parent_span_id for place in places],
            "indices": [place.step_index for place in places],
        }
        await self._connection.execute(_PLACE, arrays)

    async def look_again(self, keys: Collection[OtelKey], *, seconds: float) -> None:
        """Let the closing job look at these traces after this time."""
        moment = func.clock_timestamp() + timedelta(seconds=seconds)
        known = tuple_(OTEL_TRACES.c.tenant_id, OTEL_TRACES.c.otel_trace_id)
        statement = update(OTEL_TRACES).where(known.in_(sorted(keys)))
        await self._connection.execute(statement.values(due_at=moment))

    async def settle(self, key: OtelKey) -> None:
        """Let the closing job look at the trace no more."""
        statement = update(OTEL_TRACES).where(
            OTEL_TRACES.c.tenant_id == key[0], OTEL_TRACES.c.otel_trace_id == key[1]
        )
        await self._connection.execute(statement.values(due_at=None))

    async def due(self, limit: int) -> list[OtelKey]:
        """Return traces that the closing job has to look at, of all tenants."""
        known = OTEL_TRACES.c
        statement = (
            select(known.tenant_id, known.otel_trace_id)
            .where(known.due_at <= func.clock_timestamp())
            .order_by(known.due_at)
            .limit(limit)
        )
        rows = await self._connection.execute(statement)
        return [(row.tenant_id, row.otel_trace_id) for row in rows]

    async def top_agent(self, key: OtelKey) -> TopAgent | None:
        """Return the first agent or workflow of the trace that nothing recorded is above."""
        spans, above, known = OTEL_SPANS.c, OTEL_SPANS.alias("above").c, OTEL_TRACES.c
        parent = (
            above.tenant_id == spans.tenant_id,
            above.otel_trace_id == spans.otel_trace_id,
            above.span_id == spans.parent_span_id,
        )
        step = (
            STEPS.c.tenant_id == known.tenant_id,
            STEPS.c.trace_id == known.trace_id,
            STEPS.c.step_index == spans.step_index,
        )
        statement = (
            select(STEPS)
            .where(known.tenant_id == key[0], known.otel_trace_id == key[1])
            .where(spans.tenant_id == known.tenant_id, spans.otel_trace_id == known.otel_trace_id)
            .where(*step, STEPS.c.kind == "sub_run")
            .where(~select(above.span_id).where(*parent).exists())
            .order_by(STEPS.c.started_at, STEPS.c.step_index)
            .limit(1)
        )
        row = (await self._connection.execute(statement)).first()
        if row is None:
            return None
        return TopAgent(
            name=row.skill_name,
            failed=row.status == "failed",
            ended_at=row.started_at + timedelta(milliseconds=row.duration_ms),
        )
