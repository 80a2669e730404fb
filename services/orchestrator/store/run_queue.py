"""Managed runs in Postgres: what they are to do, what their steps came to.

Every write of a worker holds the row of the queue and finds its own epoch there, or does not
happen: a worker that was taken over can keep nothing any more.
"""

import hashlib
from dataclasses import fields
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identifiers import RunId, TenantId
from services.orchestrator.domain.errors import LeaseLost
from services.orchestrator.domain.json_text import read_json
from services.orchestrator.domain.managed_run import (
    Inspection,
    LeasedRun,
    Parting,
    QueuedRun,
    QueueState,
    StepResult,
    StepStatus,
    Wait,
)
from services.orchestrator.domain.plan import Plan
from services.orchestrator.domain.plan_text import read_plan, write_plan
from services.orchestrator.domain.run_contract import RunContract
from services.orchestrator.store.tables import RUN_QUEUE, STEP_RESULTS, STEP_WAITS

_TOLD_APART = {"params", "output", "output_known"}
_RESULT_FIELDS = tuple(item.name for item in fields(StepResult) if item.name not in _TOLD_APART)


class PostgresRunQueue:
    """Implements the repository of managed runs on one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, run: QueuedRun) -> bool:
        """Queue a run, once; False if it was queued with another plan."""
        plan = "" if run.plan is None else write_plan(run.plan)
        known, kept = hashlib.sha256(plan.encode()).digest(), run.inspection
        contract = run.contract
        statement = insert(RUN_QUEUE).values(
            tenant_id=contract.tenant_id,
            run_id=contract.run_id,
            state=QueueState.QUEUED,
            goal=run.goal,
            plan=plan,
            plan_hash=known,
            keeps_prompts=kept.prompts,
            keeps_responses=kept.responses,
            keeps_personal_data=kept.personal_data,
            keeps_secrets=kept.secrets,
        )
        await self._connection.execute(statement.on_conflict_do_nothing())
        found = select(RUN_QUEUE.c.plan_hash).where(_named(contract.tenant_id, contract.run_id))
        return bool((await self._connection.execute(found)).scalar_one() == known)

    async def has(self, tenant_id: TenantId, run_id: RunId) -> bool:
        """Say whether a run was ever queued."""
        statement = select(RUN_QUEUE.c.run_id).where(_named(tenant_id, run_id))
        return (await self._connection.execute(statement)).first() is not None

    async def wake(self, tenant_id: TenantId, run_id: RunId) -> None:
        """Let a run be taken again that waits, for its gate or for a moment."""
        statement = update(RUN_QUEUE).where(
            _named(tenant_id, run_id),
            RUN_QUEUE.c.state.in_([QueueState.HELD, QueueState.QUEUED]),
        )
        await self._connection.execute(
            statement.values(state=QueueState.QUEUED, due_at=func.clock_timestamp())
        )

    async def keep_plan(self, leased: LeasedRun, plan: Plan) -> None:
        """Keep the plan that a planner made."""
        await self._change(leased, plan=write_plan(plan))

    async def keep_result(self, leased: LeasedRun, result: StepResult) -> None:
        """Keep what a step came to, once, as far as it may be kept."""
        await self._change(leased, told=False)
        kept = leased.run.inspection
        values = {name: getattr(result, name) for name in _RESULT_FIELDS}
        values |= {
            "params": kept.keepable_params(result.params),
            "output": kept.keepable(result.output),
        }
        await self._connection.execute(
            insert(STEP_RESULTS).values(**_key(leased), **values).on_conflict_do_nothing()
        )

    async def keep_wait(self, leased: LeasedRun, wait: Wait) -> None:
        """Keep what a step waits for, once."""
        await self._change(leased, told=False)
        values = {item.name: getattr(wait, item.name) for item in fields(Wait)}
        await self._connection.execute(
            insert(STEP_WAITS).values(**_key(leased), **values).on_conflict_do_nothing()
        )

    async def part(self, leased: LeasedRun, parting: Parting) -> None:
        """Let go of a run that is not over."""
        lease = {} if parting.keeps_lease else {"lease_until": func.clock_timestamp()}
        await self._change(
            leased,
            state=parting.state,
            due_at=parting.due_at or func.clock_timestamp(),
            told=parting.told,
            attempts=leased.attempts + 1 if parting.failed else 0,
            last_error=parting.last_error,
            **lease,
        )

    async def finish(self, leased: LeasedRun, output: str | None) -> None:
        """Take the run out of the queue; what it was to do is forgotten unless it may be kept."""
        forgotten = {} if leased.run.inspection.prompts else {"goal": "", "plan": ""}
        await self._change(
            leased,
            state=QueueState.OVER,
            output=output or "",
            finished_at=func.clock_timestamp(),
            lease_until=func.clock_timestamp(),
            **forgotten,
        )

    async def output(self, tenant_id: TenantId, run_id: RunId) -> str:
        """Return what a run has produced, a JSON value; empty until then and where none is kept."""
        statement = select(RUN_QUEUE.c.output).where(_named(tenant_id, run_id))
        found: str | None = (await self._connection.execute(statement)).scalar_one_or_none()
        return found or ""

    async def _change(self, leased: LeasedRun, **values: Any) -> None:
        contract = leased.run.contract
        statement = update(RUN_QUEUE).where(
            _named(contract.tenant_id, contract.run_id),
            RUN_QUEUE.c.lease_epoch == leased.epoch,
            RUN_QUEUE.c.state == QueueState.TAKEN,
        )
        changed = await self._connection.execute(statement.values(**values))
        if not changed.rowcount:
            raise LeaseLost(
                f"Somebody else executes {contract.run_id} by now.",
                metadata={"run_id": contract.run_id},
            )


def leased_of(row: Any, contract: RunContract, results: list[Any], waits: list[Any]) -> LeasedRun:
    """The run that a row of the queue and what belongs to it hold."""
    return LeasedRun(
        run=QueuedRun(
            contract=contract,
            goal=row["goal"],
            plan=read_plan(row["plan"]) if row["plan"] else None,
            inspection=Inspection(
                prompts=row["keeps_prompts"],
                responses=row["keeps_responses"],
                personal_data=row["keeps_personal_data"],
                secrets=row["keeps_secrets"],
            ),
        ),
        epoch=row["lease_epoch"],
        attempts=row["attempts"],
        told=row["told"],
        results={one["step_id"]: _result(one) for one in results},
        waits={one["step_id"]: _wait(one) for one in waits},
    )


def _result(row: Any) -> StepResult:
    values = {name: row[name] for name in _RESULT_FIELDS}
    return StepResult(
        **{**values, "status": StepStatus(row["status"])},
        output=_json(row["output"]),
        output_known=row["output"] is not None,
        params=_json(row["params"]),
    )


def _wait(row: Any) -> Wait:
    return Wait(**{item.name: row[item.name] for item in fields(Wait)})


def _json(text: str | None) -> Any:
    return None if text is None else read_json(text, field="kept")


def _key(leased: LeasedRun) -> dict[str, Any]:
    contract = leased.run.contract
    return {"tenant_id": contract.tenant_id, "run_id": contract.run_id}


def _named(tenant_id: TenantId, run_id: RunId) -> Any:
    return (RUN_QUEUE.c.tenant_id == tenant_id) & (RUN_QUEUE.c.run_id == run_id)
