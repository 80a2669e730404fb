"""Figures about runs: what is rolled up once they are settled, and what is added up on reading.

A run is settled when it is over and its trace, if it has one, is sealed: nothing that is added up
can change any more, which the database holds too. It is then added to its hour, its day and its
thirty days, and marked, in one transaction; so each run is at any moment in the roll-ups or among
the runs that are not marked, never in both. A run that ends late simply joins its hour late.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identifiers import ProjectId, TenantId
from services.activity.domain.metrics import (
    BUCKET_GROWTH,
    NO_DURATION,
    ROLL_UPS,
    Cover,
    Stretch,
    cover,
    percentile,
)
from services.activity.usecases.ports import Grouping, MetricsQuery, RunFigures

_SHARES = (0.5, 0.95, 0.99)
# What the wire can hold; sums beyond it are nonsense that somebody reported.
_LARGEST = 2**63 - 1

_MILLISECONDS = "(extract(epoch FROM r.completed_at - r.started_at) * 1000)::bigint"
_BUCKET = f"""
CASE WHEN r.completed_at IS NULL OR r.started_at IS NULL THEN {NO_DURATION}
     WHEN {_MILLISECONDS} <= 0 THEN 0
     ELSE 1 + ceil(ln({_MILLISECONDS}::float8) / ln({BUCKET_GROWTH}::float8))::integer END"""
# One row a run, with what its steps add up to; or one row for each model that its steps called.
_WHOLE = """
(SELECT '' AS model, COALESCE(h.input_tokens, 0) AS input_tokens,
        COALESCE(h.output_tokens, 0) AS output_tokens,
        COALESCE(h.cost_micro_usd, 0) AS cost_micro_usd)"""
_BY_MODEL = """
(SELECT t.model, sum(t.input_tokens) AS input_tokens, sum(t.output_tokens) AS output_tokens,
        sum(t.cost_micro_usd) AS cost_micro_usd
 FROM aos_trace_steps t
 WHERE t.tenant_id = h.tenant_id AND t.trace_id = h.trace_id AND t.model <> ''
 GROUP BY t.model)"""


def _facts(source: str, part: str) -> str:
    """What is known of each run `r` of a source, in the columns of the roll-ups."""
    return f"""
SELECT r.created_at AS begins_at, r.project_id, r.agent_id,
       r.synthetic_scenario_id <> '' AS synthetic, part.model, r.status,
       {_BUCKET} AS duration_bucket, 1::bigint AS runs,
       part.input_tokens::numeric, part.output_tokens::numeric, part.cost_micro_usd::numeric
FROM {source}
LEFT JOIN trace_heads h ON h.tenant_id = r.tenant_id AND h.run_id = r.id
CROSS JOIN LATERAL {part} AS part"""  # noqa: S608


# A part of the statement for each stretch. Of stretches in a list the planner knows no ends: for
# the runs of a day it went through two million, for three seconds. Like this it takes 20 ms.
_RUNS_OF = """
SELECT * FROM runs WHERE tenant_id = :tenant AND rolled_up = {marked}
  AND created_at >= :{name}_begin AND created_at < :{name}_end"""
_ROLLED_UP_IN = """
SELECT begins_at, project_id, agent_id, synthetic, model, status, duration_bucket, runs,
       input_tokens, output_tokens, cost_micro_usd
FROM metric_rollups WHERE tenant_id = :tenant AND period = '{period}' AND (model <> '') = :by_model
  AND begins_at >= :{name}_begin AND begins_at < :{name}_end"""
_FIGURES = """
WITH facts AS (
{facts}
), buckets AS (
  SELECT {group} AS "group", duration_bucket, status, sum(runs) AS runs,
         sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens,
         sum(cost_micro_usd) AS cost_micro_usd
  FROM facts
  WHERE (CAST(:project AS text) IS NULL OR project_id = :project) AND (:synthetic OR NOT synthetic)
  GROUP BY 1, 2, 3
)
SELECT "group", sum(runs)::bigint AS runs,
  COALESCE(sum(runs) FILTER (WHERE status = 'succeeded'), 0)::bigint AS succeeded,
  COALESCE(sum(runs) FILTER (WHERE status = 'failed'), 0)::bigint AS failed,
  COALESCE(sum(runs) FILTER (WHERE status = 'failed_policy'), 0)::bigint AS failed_policy,
  COALESCE(sum(runs) FILTER (WHERE status = 'cancelled'), 0)::bigint AS cancelled,
  LEAST(sum(input_tokens), {largest})::bigint AS input_tokens,
  LEAST(sum(output_tokens), {largest})::bigint AS output_tokens,
  LEAST(sum(cost_micro_usd), {largest})::bigint AS cost_micro_usd,
  array_agg(duration_bucket) AS buckets, array_agg(runs::bigint) AS lengths
FROM buckets GROUP BY 1 ORDER BY 1
"""
_GROUPS = {
    Grouping.NONE: "''",
    Grouping.AGENT: "agent_id",
    Grouping.PROJECT: "project_id",
    Grouping.HOUR: "to_char(date_trunc('hour', begins_at AT TIME ZONE 'UTC'), "
    '\'YYYY-MM-DD"T"HH24:00:00"Z"\')',
    Grouping.MODEL: "model",
}

_SETTLED = """
NOT r.rolled_up AND r.phase IN ('COMPLETED', 'FAILED') AND NOT EXISTS (
  SELECT FROM trace_heads h
  WHERE h.tenant_id = r.tenant_id AND h.run_id = r.id AND NOT h.sealed)"""
_TENANTS = text(f"SELECT DISTINCT r.tenant_id FROM runs r WHERE {_SETTLED} ORDER BY 1")  # noqa: S608
_CHOSEN = "chosen JOIN runs r ON r.tenant_id = :tenant AND r.id = chosen.id"
_KEY = "period, begins_at, project_id, agent_id, synthetic, model, status, duration_bucket"
_ROLL_UPS = ", ".join(
    f"('{name}', interval '{length.total_seconds():.0f} seconds')"
    for name, length in ROLL_UPS.items()
)
_SUMS = ("runs", "input_tokens", "output_tokens", "cost_micro_usd")
_ROLL_UP = text(f"""
WITH chosen AS MATERIALIZED (
  SELECT r.id FROM runs r WHERE r.tenant_id = :tenant AND {_SETTLED}
  ORDER BY r.id LIMIT :limit FOR UPDATE OF r SKIP LOCKED
), marked AS (
  UPDATE runs SET rolled_up = true FROM chosen
  WHERE runs.tenant_id = :tenant AND runs.id = chosen.id RETURNING runs.id
), facts AS ({_facts(_CHOSEN, _WHOLE)} UNION ALL {_facts(_CHOSEN, _BY_MODEL)}
), added AS (
  INSERT INTO metric_rollups (tenant_id, {_KEY}, {", ".join(_SUMS)})
  SELECT :tenant, periods.period, date_bin(periods.length, begins_at, 'epoch'), project_id,
         agent_id, synthetic, model, status, duration_bucket,
         {", ".join(f"sum({name})" for name in _SUMS)}
  FROM facts CROSS JOIN (VALUES {_ROLL_UPS}) AS periods (period, length)
  GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
  ON CONFLICT (tenant_id, {_KEY}) DO UPDATE SET
    {", ".join(f"{name} = metric_rollups.{name} + EXCLUDED.{name}" for name in _SUMS)}
)
SELECT count(*) FROM marked
""")  # noqa: S608


class PostgresMetrics:
    """Implements the metrics port on one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def figures(self, query: MetricsQuery, project_id: ProjectId | None) -> list[RunFigures]:
        """Return figures by group, groups in ascending order."""
        by_model = query.grouping is Grouping.MODEL
        pieces = cover(
            Stretch(begin=query.created_from, end=query.created_before),
            by_hour=query.grouping is Grouping.HOUR,
        )
        statement = _FIGURES.format(
            facts=_facts_of(pieces, _BY_MODEL if by_model else _WHOLE),
            group=_GROUPS[query.grouping],
            largest=_LARGEST,
        )
        parameters: dict[str, Any] = {
            **_ends_of(pieces),
            "tenant": query.tenant_id,
            "by_model": by_model,
            "project": project_id,
            "synthetic": query.include_synthetic,
        }
        rows = await self._connection.execute(text(statement), parameters)
        return [_figures_of(dict(row._mapping)) for row in rows]  # noqa: SLF001 - as documented

    async def tenants_to_roll_up(self) -> list[TenantId]:
        """Return tenants that have settled runs which are not rolled up."""
        rows = await self._connection.execute(_TENANTS)
        return [TenantId(row.tenant_id) for row in rows]

    async def roll_up(self, tenant_id: TenantId, limit: int) -> int:
        """Add settled runs of a tenant to the roll-ups; return how many."""
        result = await self._connection.execute(_ROLL_UP, {"tenant": tenant_id, "limit": limit})
        return int(result.scalar_one())


def _named(pieces: Cover) -> dict[str, tuple[str, Stretch]]:
    """The pieces of a period and what is read there, each by its name in the statement."""
    kinds = [*pieces.rolled_up, *(("edge", edge) for edge in pieces.edges)]
    return {f"{kind}_{number}": (kind, stretch) for number, (kind, stretch) in enumerate(kinds)}


def _facts_of(pieces: Cover, part: str) -> str:
    """Runs that are not marked, wherever in the period; all runs at its edges; roll-ups between."""
    runs, rolled_up = [_RUNS_OF.format(marked="false", name="period")], []
    for name, (kind, _) in _named(pieces).items():
        if kind == "edge":
            runs.append(_RUNS_OF.format(marked="true", name=name))
        else:
            rolled_up.append(_ROLLED_UP_IN.format(period=kind, name=name))
    live = _facts(f"({' UNION ALL '.join(runs)}) AS r", part)
    return " UNION ALL ".join([live, *rolled_up])


def _ends_of(pieces: Cover) -> dict[str, datetime]:
    ends = {"period_begin": pieces.period.begin, "period_end": pieces.period.end}
    for name, (_, stretch) in _named(pieces).items():
        ends |= {f"{name}_begin": stretch.begin, f"{name}_end": stretch.end}
    return ends


def _figures_of(values: dict[str, Any]) -> RunFigures:
    histogram = _histogram(values.pop("buckets"), values.pop("lengths"))
    half, most, nearly_all = (percentile(histogram, share) for share in _SHARES)
    return RunFigures(**values, durations_ms=(half, most, nearly_all))


def _histogram(buckets: Sequence[int], lengths: Sequence[int]) -> dict[int, int]:
    histogram: dict[int, int] = {}
    for bucket, runs in zip(buckets, lengths, strict=True):
        if bucket != NO_DURATION:
            histogram[bucket] = histogram.get(bucket, 0) + runs
    return histogram
