"""Look at what ended runs refer to elsewhere, and tell of every reference to nothing, once."""

from datetime import timedelta

from kernel.identifiers import TenantId
from services.orchestrator.domain.run_audit import AuditState, DueRun, Mark
from services.orchestrator.domain.run_links import broken_links
from services.orchestrator.usecases.audit_gaps import tell_broken, tell_lost
from services.orchestrator.usecases.audit_incidents import AuditIncidents
from services.orchestrator.usecases.audit_ports import AuditTenants
from services.orchestrator.usecases.audit_round import AuditParts, AuditRound

# Of one tenant in one round; the rest has its turn in the next.
_MOST = 200
_SOUND = (AuditState.SOUND,)


class AuditLinks:
    """One round of it, under a lock that one replica holds at a time."""

    def __init__(
        self, parts: AuditParts, *, tenants: AuditTenants, incidents: AuditIncidents
    ) -> None:
        self._units_of_work = parts.units_of_work
        self._tenants = tenants
        self._desk, self._incidents = parts.desk, parts.desks.incidents
        self._look_through_incidents = incidents

    async def __call__(self) -> None:
        """Look at runs that were completed since the last time, and at incidents that were made.

        Raises:
            ServiceError: somebody could not be asked or told; their runs are due again.
        """
        this_round = AuditRound()
        for tenant_id in await self._tenants(_SOUND):
            await self._audit_tenant(tenant_id, this_round)
        await self._look_through_incidents(this_round)
        this_round.finish()

    async def _audit_tenant(self, tenant_id: TenantId, this_round: AuditRound) -> None:
        async with self._units_of_work(tenant_id) as unit_of_work:
            due = await unit_of_work.audits.due(tenant_id, _SOUND, after=timedelta(), most=_MOST)
        marks = await this_round.marks(due, self._audit)
        async with self._units_of_work(tenant_id) as unit_of_work:
            await unit_of_work.audits.mark(tenant_id, marks)
            await unit_of_work.commit()

    async def _audit(self, due: DueRun) -> Mark:
        contract = due.contract
        async with self._units_of_work(contract.tenant_id) as unit_of_work:
            saga = await unit_of_work.sagas.of_run(contract.tenant_id, contract.run_id)
        assert saga is not None
        run = await self._desk.references(contract.tenant_id, contract.run_id)
        if run is None:
            await tell_lost(self._incidents, contract)
            return Mark(due=due, state=AuditState.AUDITED)
        around = await self._desk.surroundings(contract, run, saga)
        # Nobody is told anything before everybody has answered.
        for link in broken_links(contract, run, around):
            await tell_broken(self._incidents, contract, link)
        return Mark(due=due, state=AuditState.AUDITED)
