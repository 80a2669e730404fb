"""Serves aos.activity.v1.RunLifecycleService: each method is one step or note of a run."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from aos.activity.v1 import run_lifecycle_service_pb2 as messages
from aos.activity.v1 import run_lifecycle_service_pb2_grpc
from kernel.clock import Clock
from kernel.identifiers import RunId
from servicekit import calls
from servicekit.mutations import Mutations
from servicekit.unit_of_work import UnitsOfWork
from services.activity.api import run_messages
from services.activity.domain import run_lifecycle
from services.activity.domain.run import Run
from services.activity.usecases import change_run, note_run
from services.activity.usecases.note_run import Notes
from services.activity.usecases.ports import UnitOfWork

Change = Callable[..., Awaitable[Run]]


class RunLifecycleService(run_lifecycle_service_pb2_grpc.RunLifecycleServiceServicer):
    """Decodes, calls one use case, encodes."""

    def __init__(
        self,
        *,
        units_of_work: UnitsOfWork[UnitOfWork],
        mutations: Mutations[UnitOfWork],
        clock: Clock,
    ) -> None:
        self._units_of_work = units_of_work
        self._mutations = mutations
        self._clock = clock

    async def AuthorizeRun(self, request: Any, _context: Any) -> Any:
        """Authorize a run."""
        decided = run_messages.to_authorization(request)
        return await self._move(
            request, "AUTHORIZED", lambda run, at: run_lifecycle.authorize(run, decided, at=at)
        )

    async def StartRun(self, request: Any, _context: Any) -> Any:
        """Start a run."""
        return await self._move(request, "STARTED", lambda run, at: run_lifecycle.start(run, at=at))

    async def PauseRun(self, request: Any, _context: Any) -> Any:
        """Pause a run."""
        return await self._move(request, "PAUSED", lambda run, at: run_lifecycle.pause(run, at=at))

    async def ResumeRun(self, request: Any, _context: Any) -> Any:
        """Resume a run."""
        return await self._move(
            request, "RESUMED", lambda run, at: run_lifecycle.resume(run, at=at)
        )

    async def RetryRun(self, request: Any, _context: Any) -> Any:
        """Put a run back for another try."""
        return await self._move(request, "RETRIED", lambda run, at: run_lifecycle.retry(run, at=at))

    async def FinalizeRun(self, request: Any, _context: Any) -> Any:
        """Begin to complete a run."""
        return await self._move(
            request, "FINALIZING", lambda run, at: run_lifecycle.finalize(run, at=at)
        )

    async def ReopenRun(self, request: Any, _context: Any) -> Any:
        """Take a run back from finalizing."""
        error = request.observability_error
        return await self._move(
            request, "REOPENED", lambda run, at: run_lifecycle.reopen(run, error, at=at)
        )

    async def CompleteRun(self, request: Any, _context: Any) -> Any:
        """End a run."""
        ending = run_messages.to_ending(request)
        return await self._move(
            request, "ENDED", lambda run, at: run_lifecycle.complete(run, ending, at=at)
        )

    async def NoteViolation(self, request: Any, _context: Any) -> Any:
        """Note a violation."""
        return await self._note(request, Notes(violated_policy_id=request.policy_id))

    async def NoteRisk(self, request: Any, _context: Any) -> Any:
        """Note how a run stands."""
        level = run_messages.to_risk_level(request.risk_level)
        return await self._note(request, Notes(risk_level=level))

    async def NoteEvidence(self, request: Any, _context: Any) -> Any:
        """Note what the reconciliation found."""
        health, integrity = run_messages.to_evidence(request)
        return await self._note(request, Notes(evidence_health=health, integrity_status=integrity))

    async def NoteIncident(self, request: Any, _context: Any) -> Any:
        """Note an incident."""
        return await self._note(request, Notes(incident_ids=(request.incident_id,)))

    async def NotePolicyDraft(self, request: Any, _context: Any) -> Any:
        """Note a policy draft."""
        return await self._perform(
            request,
            lambda **kit: note_run.note_policy_draft(
                RunId(request.run_id), request.policy_id, **kit
            ),
        )

    async def RecordHeartbeats(self, request: Any, _context: Any) -> Any:
        """Take signs of life."""
        principal = calls.principal()
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            recorded = await change_run.record_heartbeats(
                [RunId(run_id) for run_id in request.run_ids],
                principal=principal,
                unit_of_work=unit_of_work,
            )
            await unit_of_work.commit()
        return messages.RecordHeartbeatsResponse(recorded=recorded)

    async def NotePolicyContext(self, request: Any, _context: Any) -> Any:
        """Note what policies say of a run."""
        principal = calls.principal()
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            await change_run.note_policy_context(
                RunId(request.run_id),
                run_messages.to_policy_context(request),
                principal=principal,
                unit_of_work=unit_of_work,
            )
            await unit_of_work.commit()
        return messages.NotePolicyContextResponse()

    async def _move(self, request: Any, name: str, step: Callable[[Run, datetime], Run]) -> Any:
        return await self._perform(
            request, lambda **kit: change_run.move_run(RunId(request.run_id), name, step, **kit)
        )

    async def _note(self, request: Any, notes: Notes) -> Any:
        return await self._perform(
            request, lambda **kit: note_run.note_of_run(RunId(request.run_id), notes, **kit)
        )

    async def _perform(self, request: Any, change: Change) -> Any:
        principal = calls.principal()
        # By the grammar of the contracts, FooRequest is answered by FooResponse.
        answer = getattr(messages, request.DESCRIPTOR.name.removesuffix("Request") + "Response")

        async def work(unit_of_work: UnitOfWork) -> Any:
            run = await change(principal=principal, unit_of_work=unit_of_work, clock=self._clock)
            view = await unit_of_work.runs.view(run.tenant_id, run.id)
            assert view is not None
            return answer(run=run_messages.from_view(view))

        return await self._mutations.once(request, answer, work, tenant=principal.tenant_id)
