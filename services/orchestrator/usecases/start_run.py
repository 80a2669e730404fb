"""Start a run: its agent, its gate, its contract, its phases, in this order.

Nothing here is one transaction, since it happens in four services. Each call repeats the keys of
the request, so whoever asks again goes on where it broke off; a start that nobody asks for again
leaves a run that never began, which the orphan job closes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from kernel.clock import Clock
from kernel.errors import InvalidField, RequestIdReused
from kernel.identifiers import AgentId, ProjectId, RunId, TenantId, TraceId
from kernel.principal import Principal
from services.orchestrator.domain.events import ContractWritten
from services.orchestrator.domain.kinds import Cause, RunMode, Wish
from services.orchestrator.domain.managed_run import Inspection, QueuedRun
from services.orchestrator.domain.plan import Plan, check_plan
from services.orchestrator.domain.plan_text import write_plan
from services.orchestrator.domain.run_contract import RunContract
from services.orchestrator.domain.skill import Skill
from services.orchestrator.usecases.begin_completion import BeginCompletion, begin_completion
from services.orchestrator.usecases.ports import OpenUnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRun:
    """A run that somebody wants."""

    principal: Principal
    request_id: str
    agent_id: AgentId
    goal: str
    mode: RunMode
    session_id: str
    synthetic_scenario_id: str
    # What a managed run is to do; without one a planner makes it.
    plan: Plan | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatedRun:
    """A run as activity has created it."""

    run_id: RunId
    project_id: ProjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedGate:
    """A gate as policies has opened it; the messages are handed on as they came."""

    state: str
    gate: Any
    start_decision: Any
    # What may be kept of what the run says.
    inspection: Inspection = field(default_factory=Inspection)

    @property
    def is_over(self) -> bool:
        """Whether the run is not to begin at all."""
        return self.state in ("STOPPED", "KILLED", "CLOSED")


@dataclass(frozen=True, slots=True, kw_only=True)
class StartedRun:
    """A run that has begun, or that was not allowed to."""

    contract: RunContract
    run: Any
    gate: Any
    start_decision: Any


class StartDesk(Protocol):
    """Accounts, activity and policies, as far as a start needs them."""

    async def project_of(self, command: StartRun) -> ProjectId:
        """Return the project of an agent that the caller may let run.

        Raises:
            NotFound: there is no such agent, or none that the caller may know of.
        """
        ...

    async def create(self, command: StartRun, project_id: ProjectId) -> CreatedRun:
        """Create the run."""
        ...

    async def open_gate(self, command: StartRun, created: CreatedRun) -> OpenedGate:
        """Resolve scope and snapshot, decide what binds at the start."""
        ...

    async def authorize(self, command: StartRun, created: CreatedRun, gate: OpenedGate) -> Any:
        """Let the run be started under its snapshot; return it."""
        ...

    async def begin_trace(self, command: StartRun, created: CreatedRun) -> TraceId:
        """Begin the trace of an authorized run, or return the one that it has."""
        ...

    async def start(self, command: StartRun, created: CreatedRun) -> Any:
        """Begin the run; return it."""
        ...

    async def pause(self, command: StartRun, created: CreatedRun) -> Any:
        """Let the run wait; return it."""
        ...


class RunStarter:
    """Starts runs."""

    def __init__(
        self,
        *,
        units_of_work: OpenUnitOfWork,
        desk: StartDesk,
        clock: Clock,
        audit_durability: bool,
        on_completion: Callable[[], None],
        skills: Mapping[str, Skill],
        on_queued: Callable[[], None],
    ) -> None:
        self._skills = skills
        self._on_queued = on_queued
        self._units_of_work = units_of_work
        self._desk = desk
        self._clock = clock
        self._audit_durability = audit_durability
        self._on_completion = on_completion

    async def __call__(self, command: StartRun) -> StartedRun:
        """Start a run, or say again how it was started.

        Raises:
            InvalidField: the plan cannot be executed; nothing of the run is made then.
            NotFound: there is no such agent, or none that the caller may know of.
            Unavailable: governance is degraded, or somebody who has to be asked is away.
        """
        check_wanted(command.plan, command.mode, self._skills)
        project_id = await self._desk.project_of(command)
        created = await self._desk.create(command, project_id)
        contract = await self._written(command, created)
        gate = await self._desk.open_gate(command, created)
        run = await self._desk.authorize(command, created, gate)
        contract = await self._traced(command, created, contract)
        if gate.is_over:
            await self._refused(command, contract)
        elif command.mode is RunMode.EXTERNAL:
            run = await self._desk.start(command, created)
            if gate.state == "PAUSED":
                run = await self._desk.pause(command, created)
        else:
            await self._queue(command, contract, gate)
        return StartedRun(
            contract=contract, run=run, gate=gate.gate, start_decision=gate.start_decision
        )

    async def _traced(
        self, command: StartRun, created: CreatedRun, contract: RunContract
    ) -> RunContract:
        """Begin the trace, only now: what it may keep is what its run is authorized to."""
        trace_id = await self._desk.begin_trace(command, created)
        async with self._units_of_work(contract.tenant_id) as unit_of_work:
            await unit_of_work.contracts.name_trace(contract, trace_id)
            await unit_of_work.commit()
        return replace(contract, trace_id=trace_id)

    async def _written(self, command: StartRun, created: CreatedRun) -> RunContract:
        tenant_id: TenantId = command.principal.tenant_id
        contract = RunContract(
            run_id=created.run_id,
            tenant_id=tenant_id,
            project_id=created.project_id,
            agent_id=command.agent_id,
            mode=command.mode,
            audit_durability=self._audit_durability,
            created_by=command.principal.actor_id,
            created_at=self._clock.now(),
            synthetic_scenario_id=command.synthetic_scenario_id,
        )
        async with self._units_of_work(tenant_id) as unit_of_work:
            if await unit_of_work.contracts.add(contract):
                unit_of_work.announce(
                    ContractWritten(contract=contract), actor=command.principal.actor
                )
                await unit_of_work.commit()
                return contract
            known = await unit_of_work.contracts.find(tenant_id, created.run_id, None)
        assert known is not None
        return known

    async def _queue(self, command: StartRun, contract: RunContract, gate: OpenedGate) -> None:
        queued = QueuedRun(
            contract=contract, goal=command.goal, plan=command.plan, inspection=gate.inspection
        )
        async with self._units_of_work(contract.tenant_id) as unit_of_work:
            if not await unit_of_work.queue.add(queued):
                raise RequestIdReused(
                    "This request_id was used before with another plan. Choose a new one.",
                    metadata={"request_id": command.request_id},
                )
            await unit_of_work.commit()
        self._on_queued()

    async def _refused(self, command: StartRun, contract: RunContract) -> None:
        """What a policy forbids at the start is completed as any other run."""
        end = BeginCompletion(
            tenant_id=contract.tenant_id,
            project_id=None,
            run_id=contract.run_id,
            wish=Wish.FAILED,
            cause=Cause.GATE,
            actor=command.principal.actor,
        )
        async with self._units_of_work(contract.tenant_id) as unit_of_work:
            await begin_completion(end, unit_of_work=unit_of_work)
            await unit_of_work.commit()
        self._on_completion()


def check_wanted(plan: Plan | None, mode: RunMode, skills: Mapping[str, Skill]) -> None:
    """Refuse a run that nobody could execute as it is wanted.

    Raises:
        InvalidField: the plan is to blame.
    """
    if plan is None:
        return
    if mode is not RunMode.MANAGED:
        raise InvalidField.named("plan", "is for managed runs; an agent plans for itself")
    check_plan(plan, skills)
    write_plan(plan)
