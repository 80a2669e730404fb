"""Compare what ended runs had to have acknowledged with what was, and tell of every gap once.

A gap is kept before it is told, and marked as told afterwards: whoever breaks off in between tells
it again under the same name. What was told is looked at again until it has healed.
"""

from datetime import datetime, timedelta
from functools import partial

from services.orchestrator.domain.run_audit import (
    UNRECONCILED,
    AuditState,
    DueRun,
    Mark,
    is_gap,
)
from services.orchestrator.domain.run_contract import Expectation
from services.orchestrator.usecases.audit_gaps import named, tell_missing
from services.orchestrator.usecases.audit_ports import AuditTenants
from services.orchestrator.usecases.audit_round import AuditParts, AuditRound
from services.orchestrator.usecases.completion_tasks import CompletionTasks, Progress
from services.orchestrator.usecases.desks import Notes

# Of one tenant in one round; the rest has its turn in the next.
_MOST = 200


class ReconcileContracts:
    """One round of it, under a lock that one replica holds at a time."""

    def __init__(self, parts: AuditParts, *, tenants: AuditTenants, after: timedelta) -> None:
        self._units_of_work = parts.units_of_work
        self._tenants = tenants
        self._desk, self._desks = parts.desk, parts.desks
        self._tasks = CompletionTasks(parts.desks)
        self._after = after

    async def __call__(self) -> None:
        """Look at every run that is due.

        Raises:
            ServiceError: somebody could not be asked or told; their runs are due again.
        """
        this_round = AuditRound()
        for tenant_id in await self._tenants(UNRECONCILED):
            async with self._units_of_work(tenant_id) as unit_of_work:
                due = await unit_of_work.audits.due(
                    tenant_id, UNRECONCILED, after=self._after, most=_MOST
                )
                now = await unit_of_work.now()
            marks = await this_round.marks(due, partial(self._reconcile, now=now))
            await self._keep(marks)
        this_round.finish()

    async def _reconcile(self, due: DueRun, now: datetime) -> Mark:
        if due.state is AuditState.TOLD:
            due = await self._asked_again(due, now)
        if due.is_sound:
            return await self._sound(due)
        if due.state is AuditState.TOLD or due.is_executed:
            return Mark(due=due, state=None, after=self._after)
        if not is_gap(due, await self._ended_at(due), now=now, after=self._after):
            return Mark(due=due, state=None, after=self._after)
        return await self._tell(due)

    async def _ended_at(self, due: DueRun) -> datetime | None:
        contract = due.contract
        if contract.closed_at is not None:
            return contract.closed_at
        return await self._desk.ended_at(contract.tenant_id, contract.run_id)

    async def _sound(self, due: DueRun) -> Mark:
        if due.state is not AuditState.OPEN:
            await self._note(due, "COMPLETE")
        # Others may still have something to say of the run; what it refers to is looked at later.
        return Mark(due=due, state=AuditState.SOUND, after=self._after)

    async def _tell(self, due: DueRun) -> Mark:
        await self._keep([Mark(due=due, state=AuditState.FOUND)])
        await tell_missing(self._desks.incidents, due.contract, due.absent)
        await self._note(due, "INCOMPLETE")
        return Mark(due=due, state=AuditState.TOLD, after=self._after)

    async def _asked_again(self, due: DueRun, now: datetime) -> DueRun:
        """Ask once more for what a finished completion may go without: the entry at logs."""
        contract = due.contract
        if contract.closed_at is None or due.absent != (Expectation.LOGS,):
            return due
        async with self._units_of_work(contract.tenant_id) as unit_of_work:
            saga = await unit_of_work.sagas.of_run(contract.tenant_id, contract.run_id)
            steps = await unit_of_work.sagas.steps(saga) if saga else []
        if saga is None:
            return due
        progress = Progress(
            saga=saga,
            contract=contract,
            outcomes={step.name: step.outcome for step in steps if not step.compensation},
            task=saga.again("audit"),
            at=now,
        )
        given = (await self._tasks.audit(progress)).acknowledged
        async with self._units_of_work(contract.tenant_id) as unit_of_work:
            await unit_of_work.contracts.acknowledge(contract, given)
            await unit_of_work.commit()
        return due.with_more(one.expectation for one in given)

    async def _note(self, due: DueRun, health: str) -> None:
        subject = named(due.contract, f"evidence/{health}")
        await self._desks.activity.note(subject, Notes(evidence_health=health))

    async def _keep(self, marks: list[Mark]) -> None:
        if not marks:
            return
        tenant_id = marks[0].due.contract.tenant_id
        async with self._units_of_work(tenant_id) as unit_of_work:
            await unit_of_work.audits.mark(tenant_id, marks)
            await unit_of_work.commit()
