"""Serves aos.activity.v1.TraceRecordingService."""

from typing import Any

from aos.activity.v1 import trace_service_pb2, trace_service_pb2_grpc
from kernel.clock import Clock
from kernel.identifiers import RunId, TraceId
from servicekit import calls
from servicekit.batching import Batcher
from servicekit.mutations import Mutations
from servicekit.paging import PageTokens
from servicekit.unit_of_work import UnitsOfWork
from services.activity.api import step_messages
from services.activity.api.trace_messages import from_trace
from services.activity.domain.recording import Recording
from services.activity.usecases import traces
from services.activity.usecases.ports import UnitOfWork
from services.activity.usecases.record_steps import Answer, Appended, Command


class TraceRecordingService(trace_service_pb2_grpc.TraceRecordingServiceServicer):
    """Decodes, calls one use case, encodes."""

    def __init__(
        self,
        *,
        units_of_work: UnitsOfWork[UnitOfWork],
        mutations: Mutations[UnitOfWork],
        recorder: Batcher[Command, Answer],
        page_tokens: PageTokens,
        clock: Clock,
    ) -> None:
        self._units_of_work = units_of_work
        self._mutations = mutations
        self._recorder = recorder
        self._page_tokens = page_tokens
        self._clock = clock

    async def BeginTrace(self, request: Any, _context: Any) -> Any:
        """Begin the trace of a run."""
        principal = calls.principal()

        async def work(unit_of_work: UnitOfWork) -> trace_service_pb2.BeginTraceResponse:
            trace = await traces.begin_trace(
                RunId(request.run_id),
                request.correlation_id,
                principal=principal,
                unit_of_work=unit_of_work,
                clock=self._clock,
            )
            return trace_service_pb2.BeginTraceResponse(trace=from_trace(trace))

        return await self._mutations.once(
            request, trace_service_pb2.BeginTraceResponse, work, tenant=principal.tenant_id
        )

    async def RecordSteps(self, request: Any, _context: Any) -> Any:
        """Record steps of one trace."""
        command = step_messages.to_record_steps(request, calls.principal())
        recording = await self._recorder.submit(command)
        assert isinstance(recording, Recording), "steps that were recorded are answered so"
        return trace_service_pb2.RecordStepsResponse(
            next_index=recording.next_index, late=recording.late
        )

    async def AppendSteps(self, request: Any, _context: Any) -> Any:
        """Append steps of any traces, numbering them here."""
        command = step_messages.to_append_steps(request, calls.principal())
        appended = await self._recorder.submit(command)
        assert isinstance(appended, Appended), "steps that were appended are answered so"
        receipts = [step_messages.from_receipt(outcome) for outcome in appended.outcomes]
        return trace_service_pb2.AppendStepsResponse(receipts=receipts)

    async def SealTrace(self, request: Any, _context: Any) -> Any:
        """Seal a trace."""
        principal = calls.principal()

        async def work(unit_of_work: UnitOfWork) -> trace_service_pb2.SealTraceResponse:
            trace = await traces.seal_trace(
                TraceId(request.trace_id),
                principal=principal,
                unit_of_work=unit_of_work,
                clock=self._clock,
            )
            return trace_service_pb2.SealTraceResponse(trace=from_trace(trace))

        return await self._mutations.once(
            request, trace_service_pb2.SealTraceResponse, work, tenant=principal.tenant_id
        )

    async def GetTrace(self, request: Any, _context: Any) -> Any:
        """Return the trace of a run."""
        principal = calls.principal()
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            trace = await traces.get_trace_of_run(
                RunId(request.run_id), principal=principal, unit_of_work=unit_of_work
            )
        return trace_service_pb2.GetTraceResponse(trace=from_trace(trace))

    async def ListSteps(self, request: Any, _context: Any) -> Any:
        """List the steps of a trace."""
        principal = calls.principal()
        page = self._page_tokens.read(request, tenant=principal.tenant_id)
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            found = await traces.list_steps(
                TraceId(request.trace_id), page, principal=principal, unit_of_work=unit_of_work
            )
        return trace_service_pb2.ListStepsResponse(
            steps=[step_messages.from_stored_step(step) for step in found.items],
            next_page_token=self._page_tokens.write(
                request, found.next_after, tenant=principal.tenant_id
            ),
        )
