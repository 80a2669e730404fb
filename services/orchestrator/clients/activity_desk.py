"""Activity, as completions ask it."""

from collections.abc import Sequence
from datetime import UTC
from typing import Any

from aos.activity.v1 import (
    run_completion_service_pb2,
    run_completion_service_pb2_grpc,
    run_pb2,
    trace_pb2,
    trace_service_pb2,
    trace_service_pb2_grpc,
)
from kernel.identifiers import TenantId, TraceId
from services.orchestrator.clients.gathering import Gathered
from services.orchestrator.clients.peer import Peer, refused, request_id
from services.orchestrator.domain.ending import Ending
from services.orchestrator.usecases.desks import (
    CommittedRun,
    FinalizingRun,
    Notes,
    Subject,
    TracedStep,
)

CONTRACTS = [
    *run_completion_service_pb2.DESCRIPTOR.services_by_name.values(),
    *trace_service_pb2.DESCRIPTOR.services_by_name.values(),
]
_PAGE = 500
_NOT_BEGUN = (run_pb2.RUN_PHASE_CREATED, run_pb2.RUN_PHASE_AUTHORIZED)
messages = run_completion_service_pb2


class ActivityRuns:
    """Completes runs at activity, many in each call."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._traces: Any = trace_service_pb2_grpc.TraceRecordingServiceStub(peer.channel)
        stub: Any = run_completion_service_pb2_grpc.RunCompletionServiceStub(peer.channel)
        self._finalize = self._gathered(stub.FinalizeRuns, messages.FinalizeRunsRequest, "runs")
        self._reopen = self._gathered(stub.ReopenRuns, messages.ReopenRunsRequest, "runs")
        self._complete = self._gathered(stub.CompleteRuns, messages.CompleteRunsRequest, "runs")
        self._note = self._gathered(stub.NoteRuns, messages.NoteRunsRequest, "notes")

    def _gathered(self, method: Any, request: Any, field: str) -> Gathered[Any, Any]:
        async def ask(tenant_id: TenantId, items: Sequence[Any]) -> list[Any]:
            answer = await self._peer.ask(method, request(**{field: items}), tenant_id)
            return [_result(one) for one in answer.results]

        return Gathered(ask, name=f"activity_{request.DESCRIPTOR.name}")

    async def finalize(self, subject: Subject) -> FinalizingRun:
        """Let the run take no further step."""
        item = messages.RunFinalization(request_id=request_id(subject.key), run_id=subject.run_id)
        run = await self._finalize(subject.tenant_id, item)
        return FinalizingRun(step_count=run.step_count, has_begun=run.phase not in _NOT_BEGUN)

    async def reopen(self, subject: Subject, why: str) -> None:
        """Take the run back to work."""
        item = messages.RunReopening(
            request_id=request_id(subject.key),
            run_id=subject.run_id,
            observability_error=why[:1000],
        )
        await self._reopen(subject.tenant_id, item)

    async def commit(
        self, subject: Subject, ending: Ending, stopped_at_step: int | None
    ) -> CommittedRun:
        """End the run and seal its trace."""
        status: Any = run_pb2.RunStatus.Value(f"RUN_STATUS_{ending.status}")
        reason: Any = run_pb2.TerminationReason.Value(f"TERMINATION_REASON_{ending.reason}")
        item = messages.RunCompletion(
            request_id=request_id(subject.key),
            run_id=subject.run_id,
            status=status,
            termination_reason=reason,
            stopped_at_step=stopped_at_step,
            violation_policy_id=ending.policy_id,
        )
        done = await self._complete(subject.tenant_id, item)
        return CommittedRun(
            completed_at=done.run.complete_time.ToDatetime(tzinfo=UTC),
            root_hash=done.trace.root_hash.hex(),
            step_count=done.trace.step_count,
        )

    async def note(self, subject: Subject, notes: Notes) -> None:
        """Note what others say of the run."""
        item = messages.RunNote(
            request_id=request_id(subject.key),
            run_id=subject.run_id,
            incident_ids=notes.incident_ids,
        )
        for field, prefix, value, words in (
            ("risk_level", "RISK_LEVEL_", notes.risk_level, run_pb2.RiskLevel),
            ("evidence_health", "EVIDENCE_HEALTH_", notes.evidence_health, run_pb2.EvidenceHealth),
            (
                "integrity_status",
                "INTEGRITY_STATUS_",
                notes.integrity_status,
                run_pb2.IntegrityStatus,
            ),
        ):
            if value:
                setattr(item, field, words.Value(f"{prefix}{value}"))
        await self._note(subject.tenant_id, item)

    async def steps(self, tenant_id: TenantId, trace_id: TraceId) -> Sequence[TracedStep]:
        """Return the steps of a trace in their order, late ones last."""
        found: list[TracedStep] = []
        token = ""
        while True:
            request = trace_service_pb2.ListStepsRequest(
                trace_id=trace_id, page_size=_PAGE, page_token=token
            )
            page = await self._peer.ask(self._traces.ListSteps, request, tenant_id)
            found += [_traced(recorded) for recorded in page.steps]
            token = page.next_page_token
            if not token:
                return found


def _result(result: Any) -> Any:
    kind = result.WhichOneof("result")
    return refused(result.refusal) if kind == "refusal" else getattr(result, kind)


def _traced(recorded: trace_pb2.RecordedStep) -> TracedStep:
    step = recorded.step
    return TracedStep(
        index=step.index,
        step_id=step.step_id,
        kind=trace_pb2.StepKind.Name(step.kind).removeprefix("STEP_KIND_"),
        status=trace_pb2.StepStatus.Name(step.status).removeprefix("STEP_STATUS_"),
        model=step.model,
        skill_name=step.skill_name,
        params_hash=step.params_hash,
        outcome_hash=step.outcome_hash,
        leaf_hash=recorded.content_hash,
        input_tokens=step.input_tokens,
        output_tokens=step.output_tokens,
        cost_micro_usd=step.cost_micro_usd,
        started_at=step.start_time.ToDatetime(tzinfo=UTC),
        duration_ms=step.duration_ms,
        late=recorded.late,
    )
