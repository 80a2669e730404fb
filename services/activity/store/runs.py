"""Runs in Postgres."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Row, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identifiers import AgentId, ApiKeyId, ProjectId, RunId, TenantId, first_id_of
from kernel.pagination import Page, PageRequest
from services.activity.domain.run import Run, RunPhase, RunSource, RunStatus
from services.activity.store.tables import RUNS
from services.activity.usecases.ports import RunQuery

# An identifier carries the time of the machine that made it; a filter by time may be off by this
# much in the index and is then exact on the column.
_CLOCK_TOLERANCE = timedelta(minutes=2)


class PostgresRuns:
    """Implements the run repository on one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, run: Run) -> None:
        """Keep a new run."""
        await self._connection.execute(insert(RUNS), _row_of(run))

    async def find(self, tenant_id: TenantId, run_id: RunId) -> Run | None:
        """Return the run, or None if the tenant has none with this id."""
        statement = select(RUNS).where(RUNS.c.tenant_id == tenant_id, RUNS.c.id == run_id)
        row = (await self._connection.execute(statement)).first()
        return None if row is None else _run_of(row)

    async def list(self, query: RunQuery, page: PageRequest) -> Page[Run]:
        """Return runs, newest first; the page key is the id of the last one."""
        statement = select(RUNS).where(*_conditions(query))
        if page.after is not None:
            statement = statement.where(RUNS.c.id < page.after[0])
        statement = statement.order_by(RUNS.c.id.desc()).limit(page.size + 1)
        rows = (await self._connection.execute(statement)).all()
        return Page.cut([_run_of(row) for row in rows], page.size, key=lambda run: (run.id,))


def _conditions(query: RunQuery) -> list[Any]:
    conditions: list[Any] = [RUNS.c.tenant_id == query.tenant_id]
    if query.statuses:
        conditions.append(RUNS.c.status.in_(sorted(query.statuses)))
    if query.agent_id is not None:
        conditions.append(RUNS.c.agent_id == query.agent_id)
    if query.project_id is not None:
        conditions.append(RUNS.c.project_id == query.project_id)
    if query.created_from is not None:
        earliest = first_id_of("run", query.created_from - _CLOCK_TOLERANCE)
        conditions += [RUNS.c.created_at >= query.created_from, RUNS.c.id >= earliest]
    if query.created_before is not None:
        latest = first_id_of("run", query.created_before + _CLOCK_TOLERANCE)
        conditions += [RUNS.c.created_at < query.created_before, RUNS.c.id < latest]
    return conditions


def _row_of(run: Run) -> dict[str, Any]:
    return {column.name: getattr(run, column.name) for column in RUNS.columns}


def _run_of(row: Row[Any]) -> Run:
    return Run(
        id=RunId(row.id),
        tenant_id=TenantId(row.tenant_id),
        project_id=ProjectId(row.project_id),
        agent_id=AgentId(row.agent_id),
        api_key_id=None if row.api_key_id is None else ApiKeyId(row.api_key_id),
        actor_id=row.actor_id,
        session_id=row.session_id,
        goal=row.goal,
        source=RunSource(row.source),
        phase=RunPhase(row.phase),
        status=RunStatus(row.status),
        created_at=row.created_at,
        updated_at=row.updated_at,
        started_at=row.started_at,
        completed_at=row.completed_at,
        synthetic_scenario_id=row.synthetic_scenario_id,
        revision=row.revision,
    )
