"""Figures about runs, added up by Postgres."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identifiers import ProjectId
from services.activity.usecases.ports import Grouping, MetricsQuery, RunFigures

# The first is of the runs, the others of what belongs to each run.
_GROUPS = {
    Grouping.NONE: "''",
    Grouping.AGENT: "r.agent_id",
    Grouping.PROJECT: "r.project_id",
    Grouping.HOUR: "to_char(date_trunc('hour', r.created_at AT TIME ZONE 'UTC'), "
    '\'YYYY-MM-DD"T"HH24:00:00"Z"\')',
    Grouping.MODEL: "s.model",
}
_OF_RUNS = "v_runs_o2 r"
_OF_MODELS = """v_runs_o2 r JOIN LATERAL (
    SELECT t.model, sum(t.input_tokens) AS input_tokens, sum(t.output_tokens) AS output_tokens,
           sum(t.cost_micro_usd) AS cost_micro_usd
    FROM trace_heads h JOIN aos_trace_steps t
      ON t.tenant_id = h.tenant_id AND t.trace_id = h.trace_id
    WHERE h.tenant_id = r.tenant_id AND h.run_id = r.id AND t.model <> ''
    GROUP BY t.model) s ON true"""
_FIGURES = """
SELECT {group} AS "group", count(*) AS runs,
  count(*) FILTER (WHERE r.status = 'succeeded') AS succeeded,
  count(*) FILTER (WHERE r.status = 'failed') AS failed,
  count(*) FILTER (WHERE r.status = 'failed_policy') AS failed_policy,
  count(*) FILTER (WHERE r.status = 'cancelled') AS cancelled,
  COALESCE(sum({share}.input_tokens), 0)::bigint AS input_tokens,
  COALESCE(sum({share}.output_tokens), 0)::bigint AS output_tokens,
  COALESCE(sum({share}.cost_micro_usd), 0)::bigint AS cost_micro_usd,
  COALESCE(percentile_disc(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY
    (extract(epoch FROM r.completed_at - r.started_at) * 1000)::bigint), ARRAY[0, 0, 0]::bigint[])
    AS durations
FROM {source}
WHERE r.tenant_id = :tenant AND r.created_at >= :begin AND r.created_at < :end
  AND (CAST(:project AS text) IS NULL OR r.project_id = :project)
  AND (:synthetic OR r.synthetic_scenario_id = '')
GROUP BY 1 ORDER BY 1
"""


class PostgresMetrics:
    """Implements the metrics port on one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def figures(self, query: MetricsQuery, project_id: ProjectId | None) -> list[RunFigures]:
        """Return figures by group, groups in ascending order."""
        by_model = query.grouping is Grouping.MODEL
        statement = text(
            _FIGURES.format(
                group=_GROUPS[query.grouping],
                source=_OF_MODELS if by_model else _OF_RUNS,
                share="s" if by_model else "r",
            )
        )
        parameters: dict[str, Any] = {
            "tenant": query.tenant_id,
            "begin": query.created_from,
            "end": query.created_before,
            "project": project_id,
            "synthetic": query.include_synthetic,
        }
        rows = await self._connection.execute(statement, parameters)
        return [_figures_of(row) for row in rows]


def _figures_of(row: Any) -> RunFigures:
    values = dict(row._mapping)  # noqa: SLF001 - the documented way to a row's names
    durations = [int(value or 0) for value in values.pop("durations")]
    return RunFigures(**values, durations_ms=(durations[0], durations[1], durations[2]))
