"""Runs in Postgres."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identifiers import RunId, TenantId, first_id_of
from kernel.money import MicroUsd
from kernel.pagination import Page, PageRequest
from services.activity.domain.run import (
    EvidenceHealth,
    InspectionConstraints,
    IntegrityStatus,
    RiskLevel,
    Run,
    RunPhase,
    RunSource,
    RunStatus,
    TerminationReason,
)
from services.activity.store.tables import (
    RUN_COLUMNS,
    RUN_NOTES,
    RUN_POLICY_CONTEXT,
    RUN_VIEW,
    RUNS,
)
from services.activity.usecases.ports import PolicyContext, RunQuery, RunView, Totals

# An identifier carries the time of the machine that made it; a filter by time may be off by this
# much in the index and is then exact on the column.
_CLOCK_TOLERANCE = timedelta(minutes=2)


# Only runs that ended within the hour: what failed long ago has been seen or forgotten.
_FAILING = text("""
SELECT tenant_id, max(id) AS last_run FROM (
  SELECT tenant_id, agent_id, id, status,
         row_number() OVER (PARTITION BY tenant_id, agent_id ORDER BY id DESC) AS place
  FROM runs WHERE phase IN ('COMPLETED', 'FAILED') AND agent_id <> ''
    AND completed_at > clock_timestamp() - interval '1 hour'
) ended WHERE place <= :in_a_row
GROUP BY tenant_id, agent_id
HAVING count(*) = :in_a_row AND bool_and(status IN ('failed', 'failed_policy'))
LIMIT :limit
""")

_UPDATE = update(RUNS).where(
    RUNS.c.tenant_id == bindparam("of_tenant"), RUNS.c.id == bindparam("of_run")
)


class PostgresRuns:
    """Implements the run repository on one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, run: Run) -> None:
        """Keep a new run."""
        await self.add_all([run])

    async def add_all(self, runs: Sequence[Run]) -> None:
        """Keep new runs."""
        await self._connection.execute(insert(RUNS), [_row_of(run) for run in runs])

    async def find(self, tenant_id: TenantId, run_id: RunId) -> Run | None:
        """Return the run, or None if the tenant has none with this id."""
        statement = select(RUNS).where(RUNS.c.tenant_id == tenant_id, RUNS.c.id == run_id)
        row = (await self._connection.execute(statement)).first()
        return None if row is None else _run_of(row)

    async def hold(self, tenant_id: TenantId, run_id: RunId) -> Run | None:
        """Return the run as it stays until this transaction ends; others who hold it wait."""
        return (await self.hold_all(tenant_id, [run_id])).get(run_id)

    async def hold_all(self, tenant_id: TenantId, run_ids: Sequence[RunId]) -> dict[RunId, Run]:
        """Return those of the runs that the tenant has, as they stay, locked in one order."""
        statement = select(RUNS).where(RUNS.c.tenant_id == tenant_id, RUNS.c.id.in_(run_ids))
        rows = await self._connection.execute(statement.order_by(RUNS.c.id).with_for_update())
        return {RunId(row.id): _run_of(row) for row in rows}

    async def update(self, run: Run) -> None:
        """Keep the new state of a run that is held."""
        await self.update_all([run])

    async def update_all(self, runs: Sequence[Run]) -> None:
        """Keep the new states of runs that are held."""
        if runs:
            rows = [{"of_tenant": run.tenant_id, "of_run": run.id, **_row_of(run)} for run in runs]
            await self._connection.execute(_UPDATE, rows)

    async def note_all(
        self, kind: str, subjects: Sequence[tuple[Run, str]]
    ) -> set[tuple[RunId, str]]:
        """Note things of runs, which are held; return those that were not noted before."""
        rows = [
            {
                "tenant_id": run.tenant_id,
                "run_id": run.id,
                "kind": kind,
                "subject_id": subject_id,
            }
            for run, subject_id in subjects
        ]
        statement = upsert(RUN_NOTES).values(rows).on_conflict_do_nothing()
        noted = await self._connection.execute(
            statement.returning(RUN_NOTES.c.run_id, RUN_NOTES.c.subject_id)
        )
        return {(RunId(row.run_id), row.subject_id) for row in noted}

    async def beat(self, tenant_id: TenantId, run_ids: Sequence[RunId]) -> int:
        """Note a sign of life of those of the runs that are alive."""
        statement = (
            update(RUNS)
            .where(
                RUNS.c.tenant_id == tenant_id,
                RUNS.c.id.in_(sorted(run_ids)),
                RUNS.c.phase.in_((RunPhase.EXECUTING, RunPhase.FINALIZING)),
            )
            .values(heartbeat_at=func.clock_timestamp())
        )
        return int((await self._connection.execute(statement)).rowcount)

    async def view(self, tenant_id: TenantId, run_id: RunId) -> RunView | None:
        """Return the run as panels show it, or None if the tenant has none with this id."""
        return (await self.views(tenant_id, [run_id])).get(run_id)

    async def views(self, tenant_id: TenantId, run_ids: Sequence[RunId]) -> dict[RunId, RunView]:
        """Return those of the runs that the tenant has, as panels show them."""
        view = RUN_VIEW.c
        statement = select(RUN_VIEW).where(view.tenant_id == tenant_id, view.id.in_(run_ids))
        rows = await self._connection.execute(statement)
        return {RunId(row.id): _view_of(row) for row in rows}

    async def set_policy_context(self, run: Run, context: PolicyContext) -> None:
        """Keep what policies say of a run, in place of what they said before."""
        values = {**asdict(context), "updated_at": func.clock_timestamp()}
        statement = upsert(RUN_POLICY_CONTEXT).values(
            tenant_id=run.tenant_id, run_id=run.id, **values
        )
        await self._connection.execute(
            statement.on_conflict_do_update(index_elements=["tenant_id", "run_id"], set_=values)
        )

    async def silent(self, since: datetime, limit: int) -> Sequence[tuple[TenantId, RunId]]:
        """Runs of any tenant that execute and have given no sign of life since then."""
        statement = (
            select(RUNS.c.tenant_id, RUNS.c.id)
            .where(RUNS.c.phase == RunPhase.EXECUTING, RUNS.c.heartbeat_at < since)
            .order_by(RUNS.c.heartbeat_at)
            .limit(limit)
        )
        rows = await self._connection.execute(statement)
        return [(TenantId(row.tenant_id), RunId(row.id)) for row in rows]

    async def failing(self, in_a_row: int, limit: int) -> Sequence[tuple[TenantId, RunId]]:
        """The last run of each agent, of any tenant, whose last runs have all failed lately."""
        rows = await self._connection.execute(_FAILING, {"in_a_row": in_a_row, "limit": limit})
        return [(TenantId(row.tenant_id), RunId(row.last_run)) for row in rows]

    async def list(self, query: RunQuery, page: PageRequest) -> Page[RunView]:
        """Return runs, newest first; the page key is the id of the last one."""
        statement = select(RUN_VIEW).where(*_conditions(query))
        if page.after is not None:
            statement = statement.where(RUN_VIEW.c.id < page.after[0])
        statement = statement.order_by(RUN_VIEW.c.id.desc()).limit(page.size + 1)
        rows = (await self._connection.execute(statement)).all()
        return Page.cut([_view_of(row) for row in rows], page.size, key=lambda view: (view.run.id,))


def _conditions(query: RunQuery) -> list[Any]:
    conditions: list[Any] = [RUN_VIEW.c.tenant_id == query.tenant_id]
    if query.statuses:
        conditions.append(RUN_VIEW.c.status.in_(sorted(query.statuses)))
    if query.agent_id is not None:
        conditions.append(RUN_VIEW.c.agent_id == query.agent_id)
    if query.project_id is not None:
        conditions.append(RUN_VIEW.c.project_id == query.project_id)
    if query.created_from is not None:
        earliest = first_id_of("run", query.created_from - _CLOCK_TOLERANCE)
        conditions += [RUN_VIEW.c.created_at >= query.created_from, RUN_VIEW.c.id >= earliest]
    if query.created_before is not None:
        latest = first_id_of("run", query.created_before + _CLOCK_TOLERANCE)
        conditions += [RUN_VIEW.c.created_at < query.created_before, RUN_VIEW.c.id < latest]
    if query.silent_since is not None:
        conditions.append(RUN_VIEW.c.heartbeat_at < query.silent_since)
    return conditions


def _row_of(run: Run) -> dict[str, Any]:
    row = {
        column.name: getattr(run, column.name)
        for column in RUN_COLUMNS
        if column.name not in _ENCODED
    }
    row["inspection"] = inspection_names(run.inspection)
    row["scope_policy_ids"] = list(run.scope_policy_ids)
    return row


_ENCODED = ("inspection", "scope_policy_ids")
# How a column's text becomes the domain's own type.
_TYPES: dict[str, Callable[[str], Any]] = {
    "source": RunSource,
    "phase": RunPhase,
    "status": RunStatus,
    "risk_level": RiskLevel,
    "termination_reason": TerminationReason,
    "evidence_health": EvidenceHealth,
    "integrity_status": IntegrityStatus,
}


def _view_of(row: Row[Any]) -> RunView:
    context = None
    if row.policy_id is not None:
        context = PolicyContext(
            policy_id=row.policy_id,
            policy_name=row.policy_name,
            limit_type=row.limit_type,
            evaluation_outcome=row.evaluation_outcome,
            proximity_pct=row.proximity_pct,
        )
    totals = Totals(
        input_tokens=row.input_tokens,
        output_tokens=row.output_tokens,
        cost=MicroUsd(row.cost_micro_usd),
        steps=row.step_count,
    )
    return RunView(run=_run_of(row), totals=totals, policy_context=context)


def _run_of(row: Row[Any]) -> Run:
    values = {column.name: getattr(row, column.name) for column in RUN_COLUMNS}
    for name, make in _TYPES.items():
        if values[name] is not None:
            values[name] = make(values[name])
    values["inspection"] = inspection_of(values["inspection"])
    values["scope_policy_ids"] = tuple(values["scope_policy_ids"])
    return Run(**values)


def inspection_names(inspection: InspectionConstraints) -> list[str]:
    """What may be kept, by name; a name that is not there allows nothing."""
    return [item.name for item in fields(inspection) if getattr(inspection, item.name)]


def inspection_of(names: Sequence[str]) -> InspectionConstraints:
    """Undo :func:`inspection_names`."""
    return InspectionConstraints(**dict.fromkeys(names, True))
