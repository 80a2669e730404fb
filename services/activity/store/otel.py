"""What connects telemetry with runs and steps, in Postgres; every batch is a few statements."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.activity.domain.trace import TraceHead
from services.activity.store.tables import OTEL_SPANS, OTEL_TRACES, STEPS
from services.activity.store.traces import head_of
from services.activity.usecases.observed_ports import (
    Claim,
    OtelKey,
    SpanKey,
    SpanPlace,
    TopAgent,
)

# Arrays and not lists of tuples: a statement whose text grows with the batch is planned each time.
_ASKED = "unnest(CAST(:tenants AS text[]), CAST(:otel AS bytea[])) AS asked (tenant, otel)"
_HOLD = text(
    f"SELECT heads.*, known.otel_trace_id FROM {_ASKED} "  # noqa: S608
    "JOIN otel_traces AS known ON known.tenant_id = asked.tenant "
    "AND known.otel_trace_id = asked.otel "
    # By the run as well: either index then finds one row, also while there are no statistics yet.
    "JOIN trace_heads AS heads ON heads.tenant_id = known.tenant_id "
    "AND heads.trace_id = known.trace_id AND heads.run_id = known.run_id "
    "ORDER BY heads.tenant_id, heads.trace_id FOR UPDATE OF heads"
)
_LOOK_AGAIN = text(
    "UPDATE otel_traces SET due_at = clock_timestamp() + make_interval(secs => :seconds) "  # noqa: S608
    f"FROM {_ASKED} WHERE tenant_id = asked.tenant AND otel_trace_id = asked.otel"
)
# For this transaction. A plan that is kept was made when the tables held little, and goes through
# all of them: with 600 traces `_HOLD` took 28 ms instead of 1.
_PLAN_AFRESH = text("SELECT set_config('plan_cache_mode', 'force_custom_plan', true)")
# Sorted, so that two who claim the same traces wait for each other and do not block each other.
_CLAIM = text(
    "INSERT INTO otel_traces (tenant_id, otel_trace_id, run_id, trace_id, due_at) "
    "SELECT tenant, otel, run, trace, "
    "CASE WHEN due THEN clock_timestamp() + make_interval(secs => :seconds) END "
    "FROM unnest(CAST(:tenants AS text[]), CAST(:otel AS bytea[]), CAST(:runs AS text[]), "
    "CAST(:traces AS text[]), CAST(:due AS boolean[])) AS claims (tenant, otel, run, trace, due) "
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


def _arrays(keys: Collection[OtelKey]) -> dict[str, list[Any]]:
    return {"tenants": [tenant for tenant, _ in keys], "otel": [otel for _, otel in keys]}


class PostgresOtel:
    """Implements the repository of observed telemetry on one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def hold(self, keys: Collection[OtelKey]) -> dict[OtelKey, TraceHead]:
        """Return the heads of known traces as they stay until this transaction ends."""
        await self._connection.execute(_PLAN_AFRESH)
        rows = await self._connection.execute(_HOLD, _arrays(keys))
        return {(row.tenant_id, row.otel_trace_id): head_of(row) for row in rows}

    async def claim(self, claims: Sequence[Claim], *, seconds: float) -> set[OtelKey]:
        """Keep the claims, due after this time if at all; return those that nobody else made."""
        arrays = {
            "tenants": [claim.key[0] for claim in claims],
            "otel": [claim.key[1] for claim in claims],
            "runs": [claim.run_id for claim in claims],
            "traces": [claim.trace_id for claim in claims],
            "due": [claim.due for claim in claims],
            "seconds": seconds,
        }
        rows = await self._connection.execute(_CLAIM, arrays)
        return {(row.tenant_id, row.otel_trace_id) for row in rows}

    async def recorded(self, spans: Mapping[OtelKey, Collection[bytes]]) -> set[SpanKey]:
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
            "spans": [place.span.span_id for place in places],
            "parents": [place.span.parent_span_id for place in places],
            "indices": [place.step_index for place in places],
        }
        await self._connection.execute(_PLACE, arrays)

    async def look_again(self, keys: Collection[OtelKey], *, seconds: float) -> None:
        """Let the closing job look at these traces after this time."""
        await self._connection.execute(_LOOK_AGAIN, {**_arrays(keys), "seconds": seconds})

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
