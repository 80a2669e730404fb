"""Serves aos.policies.v1.GateService."""

from collections.abc import Sequence
from typing import Any

from aos.policies.v1 import gate_pb2, gate_service_pb2_grpc
from aos.policies.v1 import gate_service_pb2 as messages
from kernel.clock import Clock
from kernel.errors import ServiceError
from kernel.identifiers import RunId
from servicekit import calls
from servicekit.mutations import Mutations
from servicekit.unit_of_work import UnitsOfWork
from services.policies.api.decision_messages import decode, reading_of
from services.policies.api.gate_messages import (
    from_closing,
    from_gate,
    to_move,
    to_open_run,
    to_preview,
    to_run_ids,
)
from services.policies.domain.gate import Gate
from services.policies.usecases import close_gates, move_gates
from services.policies.usecases.check_run import RunChecker
from services.policies.usecases.open_run import RunOpener
from services.policies.usecases.ports import UnitOfWork


class GateService(gate_service_pb2_grpc.GateServiceServicer):
    """Decodes, calls one use case, encodes."""

    def __init__(
        self,
        *,
        units_of_work: UnitsOfWork[UnitOfWork],
        mutations: Mutations[UnitOfWork],
        open_run: RunOpener,
        check_run: RunChecker,
        clock: Clock,
    ) -> None:
        self._units_of_work = units_of_work
        self._mutations = mutations
        self._open_run = open_run
        self._check_run = check_run
        self._clock = clock

    async def OpenRun(self, request: Any, _context: Any) -> Any:
        """Open the gate of a run."""
        principal = calls.principal()
        command = to_open_run(request, principal)

        async def work(unit_of_work: UnitOfWork) -> messages.OpenRunResponse:
            opened = await self._open_run(command, unit_of_work=unit_of_work)
            return messages.OpenRunResponse(
                gate=from_gate(opened.gate),
                content_hash=opened.snapshot.content_hash,
                threshold_snapshot_hash=opened.snapshot.threshold_hash,
                decision=decode(opened.answer),
            )

        return await self._mutations.once(
            request, messages.OpenRunResponse, work, tenant=principal.tenant_id
        )

    async def PreviewRun(self, request: Any, _context: Any) -> Any:
        """Say how a run would be opened."""
        principal = calls.principal()
        command = to_preview(request, principal)
        # Never committed, so that nothing of it stays.
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            previewed = await self._open_run.preview(command, unit_of_work=unit_of_work)
        return messages.PreviewRunResponse(
            policy_ids=previewed.policy_ids, decision=decode(previewed.answer)
        )

    async def GetGate(self, request: Any, _context: Any) -> Any:
        """Return one gate."""
        principal = calls.principal()
        run_id = RunId(request.run_id)
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            gate = await move_gates.get_gate(run_id, principal=principal, unit_of_work=unit_of_work)
            count = await unit_of_work.gates.decision_count(gate.tenant_id, run_id)
        return messages.GetGateResponse(gate=from_gate(gate, decision_count=count))

    async def ReadGates(self, request: Any, _context: Any) -> Any:
        """Return how the gates of many runs stand."""
        principal = calls.principal()
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            gates = await close_gates.read_gates(
                to_run_ids(request.run_ids), principal=principal, unit_of_work=unit_of_work
            )
        return messages.ReadGatesResponse(gates=[from_gate(gate) for gate in gates])

    async def CloseRun(self, request: Any, _context: Any) -> Any:
        """Close the gate of a complete run."""

        async def work(unit_of_work: UnitOfWork) -> messages.CloseRunResponse:
            (outcome,) = await self._close([request], unit_of_work)
            if isinstance(outcome, ServiceError):
                raise outcome
            return messages.CloseRunResponse(gate=outcome.closed.gate)

        return await self._mutations.once(
            request, messages.CloseRunResponse, work, tenant=calls.principal().tenant_id
        )

    async def CloseRuns(self, request: Any, _context: Any) -> Any:
        """Close the gates of complete runs."""

        async def work(unit_of_work: UnitOfWork, items: Sequence[Any]) -> list[Any]:
            return await self._close(items, unit_of_work)

        results = await self._each(request, messages.GateClosingResult, work)
        return messages.CloseRunsResponse(results=results)

    async def ReopenRuns(self, request: Any, _context: Any) -> Any:
        """Open gates again whose runs' completion did not go through."""

        async def work(unit_of_work: UnitOfWork, items: Sequence[Any]) -> list[Any]:
            outcomes = await close_gates.reopen_gates(
                to_run_ids(item.run_id for item in items),
                principal=calls.principal(),
                unit_of_work=unit_of_work,
                clock=self._clock,
            )
            return [_reopened(outcomes[RunId(item.run_id)]) for item in items]

        results = await self._each(request, messages.GateResult, work)
        return messages.ReopenRunsResponse(results=results)

    async def StopRun(self, request: Any, _context: Any) -> Any:
        """End a run gracefully."""
        return await self._end(request, move_gates.STOP, messages.StopRunResponse)

    async def KillRun(self, request: Any, _context: Any) -> Any:
        """End a run at once."""
        return await self._end(request, move_gates.KILL, messages.KillRunResponse)

    async def PauseRun(self, request: Any, _context: Any) -> Any:
        """Let a run wait."""
        step = move_gates.HOLD if request.requires_ack else move_gates.PAUSE
        return await self._end(request, step, messages.PauseRunResponse)

    async def ResumeRun(self, request: Any, _context: Any) -> Any:
        """Let a paused run go on."""
        return await self._move(
            request, move_gates.RESUME, messages.ResumeRunResponse, reason=request.reason
        )

    async def Acknowledge(self, request: Any, _context: Any) -> Any:
        """Say that a person has looked."""
        return await self._move(
            request, move_gates.ACKNOWLEDGE, messages.AcknowledgeResponse, reason=request.comment
        )

    async def CheckRun(self, request: Any, _context: Any) -> Any:
        """Compare what a run is decided by with what is in force now."""
        principal = calls.principal()

        async def work(unit_of_work: UnitOfWork) -> messages.CheckRunResponse:
            checked = await self._check_run(
                RunId(request.run_id), principal=principal, unit_of_work=unit_of_work
            )
            outcome: Any = gate_pb2.CheckOutcome.Value(f"CHECK_OUTCOME_{checked.outcome}")
            return messages.CheckRunResponse(
                outcome=outcome, policy_ids=checked.policy_ids, gate=from_gate(checked.gate)
            )

        return await self._mutations.once(
            request, messages.CheckRunResponse, work, tenant=principal.tenant_id
        )

    async def _close(self, items: Sequence[Any], unit_of_work: UnitOfWork) -> list[Any]:
        outcomes = await close_gates.close_gates(
            to_run_ids(item.run_id for item in items),
            principal=calls.principal(),
            unit_of_work=unit_of_work,
            clock=self._clock,
            read=reading_of,
        )
        return [from_closing(outcomes[RunId(item.run_id)]) for item in items]

    async def _each(self, request: Any, result_type: Any, work: Any) -> Any:
        tenant = calls.principal().tenant_id
        return await self._mutations.each(request, request.runs, result_type, work, tenant=tenant)

    async def _move(self, request: Any, step: Any, response_type: Any, *, reason: str) -> Any:
        async def answer(gate: Gate, _unit_of_work: UnitOfWork) -> Any:
            return response_type(gate=from_gate(gate))

        return await self._moved(request, step, response_type, answer, reason=reason)

    async def _end(self, request: Any, step: Any, response_type: Any) -> Any:
        """Whoever halts a run is told what was under way."""

        async def answer(gate: Gate, unit_of_work: UnitOfWork) -> Any:
            flying = await unit_of_work.gates.steps_in_flight(gate.tenant_id, gate.run_id)
            return response_type(gate=from_gate(gate), steps_in_flight=flying)

        return await self._moved(request, step, response_type, answer, reason=request.reason)

    async def _moved(
        self, request: Any, step: Any, response_type: Any, answer: Any, *, reason: str
    ) -> Any:
        principal = calls.principal()

        async def work(unit_of_work: UnitOfWork) -> Any:
            gate = await move_gates.move_gate(
                to_move(request, principal, reason=reason),
                step,
                unit_of_work=unit_of_work,
                clock=self._clock,
            )
            return await answer(gate, unit_of_work)

        return await self._mutations.once(request, response_type, work, tenant=principal.tenant_id)


def _reopened(outcome: Gate | ServiceError) -> messages.GateResult | ServiceError:
    if isinstance(outcome, ServiceError):
        return outcome
    return messages.GateResult(gate=from_gate(outcome))
