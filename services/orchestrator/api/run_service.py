"""Serves aos.orchestrator.v1.RunService."""

from collections.abc import Callable
from datetime import UTC
from typing import Any, Protocol

from aos.orchestrator.v1 import run_service_pb2 as messages
from aos.orchestrator.v1 import run_service_pb2_grpc
from kernel.identifiers import RunId, TenantId
from servicekit import calls
from servicekit.mutations import Mutations
from servicekit.unit_of_work import UnitsOfWork
from services.orchestrator.api.plan_messages import from_skill
from services.orchestrator.api.run_messages import (
    HALTED,
    from_halt,
    from_started,
    run_view,
    to_simulation,
    to_start,
    to_wish,
)
from services.orchestrator.api.saga_messages import from_saga
from services.orchestrator.domain.errors import RunNotHalted
from services.orchestrator.domain.kinds import Cause, Wish
from services.orchestrator.domain.permit import PermitTerms
from services.orchestrator.usecases.begin_completion import BeginCompletion, begin_completion
from services.orchestrator.usecases.foresee_runs import RunForesight
from services.orchestrator.usecases.halt_run import confirmation_of
from services.orchestrator.usecases.ports import UnitOfWork
from services.orchestrator.usecases.start_run import RunStarter


class Board(Protocol):
    """The domains, as people look at runs and halt them."""

    async def run(self, run_id: str) -> Any:
        """Return the run as activity shows it to the caller."""
        ...

    async def gate(self, tenant_id: TenantId, run_id: str) -> Any | None:
        """Return the gate; None if it was never opened."""
        ...

    async def move(self, step: str, request: Any) -> Any:
        """Take a step with the caller's own credential."""
        ...


class RunService(run_service_pb2_grpc.RunServiceServicer):
    """Decodes, calls one use case, encodes."""

    def __init__(
        self,
        *,
        units_of_work: UnitsOfWork[UnitOfWork],
        mutations: Mutations[UnitOfWork],
        start_run: RunStarter,
        board: Board,
        foresee: RunForesight,
        accepts_runs: Callable[[], bool],
        terms: PermitTerms,
        on_completion: Callable[[], None],
    ) -> None:
        self._units_of_work = units_of_work
        self._mutations = mutations
        self._start_run = start_run
        self._board = board
        self._foresee = foresee
        self._accepts_runs = accepts_runs
        self._terms = terms
        self._on_completion = on_completion

    async def CreateRun(self, request: Any, _context: Any) -> Any:
        """Create a run and start it."""
        return from_started(await self._start_run(to_start(request, calls.principal())))

    async def GetRun(self, request: Any, _context: Any) -> Any:
        """Return a run across the domains."""
        tenant_id, run_id = calls.principal().tenant_id, RunId(request.run_id)
        # Its completion first: whoever reads that it is finished must not read an older run beside.
        async with self._units_of_work(tenant_id) as unit_of_work:
            contract = await unit_of_work.contracts.find(tenant_id, run_id, None)
            saga = await unit_of_work.sagas.of_run(tenant_id, run_id)
            output = await unit_of_work.queue.output(tenant_id, run_id)
        run = await self._board.run(run_id)
        gate = await self._board.gate(tenant_id, run_id)
        return messages.GetRunResponse(run=run_view(run, gate, contract, saga, output))

    async def CompleteRun(self, request: Any, _context: Any) -> Any:
        """Say that a run is over."""
        return await self._end(
            request, messages.CompleteRunResponse, to_wish(request.outcome), Cause.AGENT
        )

    async def CancelRun(self, request: Any, _context: Any) -> Any:
        """Give a run up."""
        return await self._end(request, messages.CancelRunResponse, Wish.CANCELLED, Cause.PERSON)

    async def PauseRun(self, request: Any, _context: Any) -> Any:
        """Let a run wait."""
        moved = await self._board.move("PauseRun", request)
        return messages.PauseRunResponse(gate=moved.gate)

    async def ResumeRun(self, request: Any, _context: Any) -> Any:
        """Let a paused run go on."""
        moved = await self._board.move("ResumeRun", request)
        return messages.ResumeRunResponse(gate=moved.gate)

    async def StopRun(self, request: Any, _context: Any) -> Any:
        """End a run gracefully."""
        moved = await self._board.move("StopRun", request)
        return messages.StopRunResponse(halt=await self._halt(moved.gate, moved.steps_in_flight))

    async def KillRun(self, request: Any, _context: Any) -> Any:
        """End a run at once."""
        moved = await self._board.move("KillRun", request)
        return messages.KillRunResponse(halt=await self._halt(moved.gate, moved.steps_in_flight))

    async def GetHalt(self, request: Any, _context: Any) -> Any:
        """Say whether whoever executes a halted run knows of it."""
        await self._board.run(request.run_id)
        gate = await self._board.gate(calls.principal().tenant_id, request.run_id)
        if gate is None or gate.state not in HALTED:
            raise RunNotHalted.of(request.run_id)
        return messages.GetHaltResponse(halt=await self._halt(gate, 0))

    async def Simulate(self, request: Any, _context: Any) -> Any:
        """Say what would happen to a run."""
        simulated = await self._foresee.simulate(to_simulation(request, calls.principal()))
        return messages.SimulateResponse(
            policy_ids=simulated.policy_ids,
            start_decision=simulated.decision,
            estimated_cost_micro_usd=simulated.cost_micro_usd,
            refusal=simulated.refusal,
        )

    async def GetCapabilities(self, _request: Any, _context: Any) -> Any:
        """Say what the caller may use."""
        return messages.GetCapabilitiesResponse(
            skills=[from_skill(skill) for skill in self._foresee.skills.values()],
            policy_ids=await self._foresee.policies_of(calls.principal()),
            profile=self._foresee.profile,
            accepts_runs=self._accepts_runs(),
        )

    async def _halt(self, gate: Any, steps_in_flight: int) -> messages.Halt:
        tenant_id = calls.principal().tenant_id
        async with self._units_of_work(tenant_id) as unit_of_work:
            confirmation = await confirmation_of(
                tenant_id,
                RunId(gate.run_id),
                changed_at=gate.change_time.ToDatetime(tzinfo=UTC),
                # Closing a halted gate is a change that nobody has to obey.
                epoch=gate.epoch - bool(gate.decisions_root),
                terms=self._terms,
                unit_of_work=unit_of_work,
            )
        return from_halt(gate, confirmation, steps_in_flight)

    async def _end(self, request: Any, response_type: Any, wish: Wish, cause: Cause) -> Any:
        principal = calls.principal()

        async def work(unit_of_work: UnitOfWork) -> Any:
            command = BeginCompletion.of(principal, request.run_id, wish, cause)
            saga = await begin_completion(command, unit_of_work=unit_of_work)
            return response_type(saga=from_saga(saga))

        answer = await self._mutations.once(
            request, response_type, work, tenant=principal.tenant_id
        )
        self._on_completion()
        return answer
