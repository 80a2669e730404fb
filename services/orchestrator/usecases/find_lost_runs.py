"""Find runs that nobody drives any more, and let them end like any other.

Three ways to be lost: a gate that has moved and whose event never came, an agent that has fallen
silent, a start that nobody finished. Each is looked for by asking the owner of the fact.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from kernel.clock import Clock
from kernel.identifiers import AgentId, ProjectId, RunId, TenantId
from kernel.principal import Actor, ActorType
from services.orchestrator.domain.errors import RunIsOver
from services.orchestrator.domain.events import ContractWritten
from services.orchestrator.domain.kinds import Cause, RunMode, Wish
from services.orchestrator.domain.run_contract import RunContract
from services.orchestrator.usecases.begin_completion import BeginCompletion, begin_completion
from services.orchestrator.usecases.ports import OpenUnitOfWork, UnitOfWork
from services.orchestrator.usecases.session_ports import GateNow

_ITSELF = Actor(type=ActorType.SERVICE, id="service:orchestrator")
_HALTED = ("STOPPED", "KILLED")
# What has just been begun is still somebody's business.
_YOUNG = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class LostRun:
    """A run as activity shows it, as far as it matters to whoever ends it."""

    run_id: RunId
    project_id: ProjectId
    agent_id: AgentId
    mode: RunMode
    has_steps: bool
    synthetic_scenario_id: str


class Census(Protocol):
    """Activity, which knows when runs last gave a sign of life."""

    async def silent(self, tenant_id: TenantId, since: datetime) -> Sequence[LostRun]:
        """Return runs under way that have given none since then."""
        ...

    async def never_begun(self, tenant_id: TenantId, before: datetime) -> Sequence[LostRun]:
        """Return runs that were created before and never begun."""
        ...


Look = Callable[[TenantId, Sequence[RunId]], Awaitable[Mapping[RunId, GateNow]]]
OpenRuns = Callable[[], Awaitable[Mapping[TenantId, Sequence[RunId]]]]
Tenants = Callable[[], Awaitable[Sequence[TenantId]]]


class FindLostRuns:
    """One round of each search, under a lock that one replica holds at a time."""

    def __init__(
        self,
        *,
        units_of_work: OpenUnitOfWork,
        uncompleted: OpenRuns,
        tenants: Tenants,
        look: Look,
        census: Census,
        clock: Clock,
        silence: timedelta,
        orphaned_after: timedelta,
        on_completion: Callable[[], None],
    ) -> None:
        self._units_of_work = units_of_work
        self._uncompleted = uncompleted
        self._tenants = tenants
        self._look = look
        self._census = census
        self._clock = clock
        self._silence = silence
        self._orphaned_after = orphaned_after
        self._on_completion = on_completion

    async def halted(self) -> int:
        """Complete runs whose gate was halted and whose end nobody has begun."""
        found = 0
        for tenant_id, run_ids in (await self._uncompleted()).items():
            gates = await self._look(tenant_id, run_ids)
            recent = self._clock.now() - _YOUNG
            for gate in gates.values():
                if gate.state in _HALTED and gate.changed_at < recent:
                    found += await self._end(tenant_id, gate.run_id, Cause.GATE)
        return found

    async def silent(self) -> int:
        """Close runs whose executor has fallen silent: failed, and never left running."""
        found = 0
        since = self._clock.now() - self._silence
        for tenant_id in await self._tenants():
            for run in await self._census.silent(tenant_id, since):
                found += await self._end(tenant_id, run.run_id, Cause.STALE)
        return found

    async def orphaned(self) -> int:
        """Close runs whose start broke off and that nobody asked for again."""
        found = 0
        before = self._clock.now() - self._orphaned_after
        for tenant_id in await self._tenants():
            for run in await self._census.never_begun(tenant_id, before):
                if run.has_steps or await self._is_queued(tenant_id, run):
                    # The first is recorded past the orchestrator; the second waits for a worker.
                    continue
                await self._adopt(tenant_id, run)
                found += await self._end(tenant_id, run.run_id, Cause.ORPHANED)
        return found

    async def _is_queued(self, tenant_id: TenantId, run: LostRun) -> bool:
        if run.mode is not RunMode.MANAGED:
            return False
        async with self._units_of_work(tenant_id) as unit_of_work:
            return await unit_of_work.queue.has(tenant_id, run.run_id)

    async def _adopt(self, tenant_id: TenantId, run: LostRun) -> None:
        """Make sure that a run has a contract, which is what completions go by."""
        async with self._units_of_work(tenant_id) as unit_of_work:
            if await unit_of_work.contracts.find(tenant_id, run.run_id, None):
                return
        contract = RunContract(
            run_id=run.run_id,
            tenant_id=tenant_id,
            project_id=run.project_id,
            agent_id=run.agent_id,
            mode=run.mode,
            audit_durability=True,
            created_by=_ITSELF.id,
            created_at=self._clock.now(),
            synthetic_scenario_id=run.synthetic_scenario_id,
        )
        async with self._units_of_work(tenant_id) as unit_of_work:
            if await unit_of_work.contracts.add(contract):
                unit_of_work.announce(ContractWritten(contract=contract), actor=_ITSELF)
                await unit_of_work.commit()

    async def _end(self, tenant_id: TenantId, run_id: RunId, cause: Cause) -> bool:
        command = BeginCompletion(
            tenant_id=tenant_id,
            project_id=None,
            run_id=run_id,
            wish=Wish.FAILED,
            cause=cause,
            actor=_ITSELF,
        )
        async with self._units_of_work(tenant_id) as unit_of_work:
            begun = await _begun(command, unit_of_work)
            await unit_of_work.commit()
        if begun:
            self._on_completion()
        return begun


async def _begun(command: BeginCompletion, unit_of_work: UnitOfWork) -> bool:
    if await unit_of_work.contracts.find(command.tenant_id, command.run_id, None) is None:
        # Driven past the orchestrator: whoever drives it ends it.
        return False
    if await unit_of_work.sagas.of_run(command.tenant_id, command.run_id):
        return False
    try:
        await begin_completion(command, unit_of_work=unit_of_work)
    except RunIsOver:
        return False
    return True
