"""Activity: what runs were doing."""

from datetime import UTC
from typing import Any

from grpc import StatusCode, aio

from aos.activity.v1 import (
    run_pb2,
    run_service_pb2,
    run_service_pb2_grpc,
    trace_pb2,
    trace_service_pb2,
    trace_service_pb2_grpc,
)
from kernel.errors import NotFound, ServiceError, Unavailable
from kernel.identifiers import TenantId
from servicekit.auth.service_tokens import METADATA_KEY, ServiceTokenSigner
from servicekit.channel import error_from
from services.incidents.domain.incident import KeptTexts, PrecedingStep, RunFacts
from services.incidents.domain.violation import Measurement

CONTRACTS = [
    *run_service_pb2.DESCRIPTOR.services_by_name.values(),
    *trace_service_pb2.DESCRIPTOR.services_by_name.values(),
]
# What led to it is told by the last steps; a trace of thousands is read from its pages' ends.
KEPT_STEPS = 20
_PAGE = 500
_SECONDS = 3.0


class ActivityRuns:
    """Looks runs up at activity, in the name of incidents and for one tenant at a time."""

    def __init__(self, *, channel: aio.Channel, signer: ServiceTokenSigner) -> None:
        self._runs: Any = run_service_pb2_grpc.RunServiceStub(channel)
        self._traces: Any = trace_service_pb2_grpc.TraceRecordingServiceStub(channel)
        self._signer = signer

    async def constraints(self, tenant_id: TenantId, run_id: str) -> KeptTexts | None:
        """Return what may be kept of a run's texts; None if there is no such run.

        Raises:
            Unavailable: activity does not answer.
        """
        run = await self._find(tenant_id, run_id)
        return None if run is None else _texts(run)

    async def look_up(
        self, tenant_id: TenantId, run_id: str, *, before: Measurement
    ) -> RunFacts | None:
        """Return what a run was doing before a measurement; None if there is no such run.

        Raises:
            Unavailable: activity does not answer.
        """
        run = await self._find(tenant_id, run_id)
        if run is None:
            return None
        trace_id, steps = await self._steps(tenant_id, run_id, before)
        return _facts(run, trace_id, steps, before)

    async def _find(self, tenant_id: TenantId, run_id: str) -> run_pb2.Run | None:
        request = run_service_pb2.GetRunRequest(run_id=run_id)
        try:
            answer = await self._ask(self._runs.GetRun, request, tenant_id)
        except NotFound:
            return None
        run: run_pb2.Run = answer.run
        return run

    async def _steps(
        self, tenant_id: TenantId, run_id: str, before: Measurement
    ) -> tuple[str, list[trace_pb2.Step]]:
        try:
            trace = await self._ask(
                self._traces.GetTrace, trace_service_pb2.GetTraceRequest(run_id=run_id), tenant_id
            )
        except NotFound:
            return "", []
        trace_id = trace.trace.trace_id
        steps: list[trace_pb2.Step] = []
        token = ""
        while True:
            request = trace_service_pb2.ListStepsRequest(
                trace_id=trace_id, page_size=_PAGE, page_token=token
            )
            page = await self._ask(self._traces.ListSteps, request, tenant_id)
            found = [recorded.step for recorded in page.steps if _led_to(recorded.step, before)]
            steps = [*steps, *found][-KEPT_STEPS:]
            token = page.next_page_token
            if not token or len(found) < len(page.steps):
                return trace_id, steps

    async def _ask(self, method: Any, request: Any, tenant_id: TenantId) -> Any:
        # Also where no call is being served: the tenant is the case's.
        token = self._signer.token(audience="activity", tenant_id=tenant_id)
        try:
            return await method(request, timeout=_SECONDS, metadata=((METADATA_KEY, token),))
        except aio.AioRpcError as call:
            raise _known(call) from call


def _known(call: aio.AioRpcError) -> ServiceError:
    error = error_from(call)
    if isinstance(error, NotFound):
        return error
    away = call.code() in (StatusCode.UNAVAILABLE, StatusCode.DEADLINE_EXCEEDED)
    return Unavailable(error.message) if away else error


def _led_to(step: trace_pb2.Step, before: Measurement) -> bool:
    if before.step_index is not None:
        return step.index < before.step_index
    moment = before.occurred_at.timestamp()
    return step.start_time.seconds + step.start_time.nanos / 1e9 <= moment


def _facts(
    run: run_pb2.Run, trace_id: str, steps: list[trace_pb2.Step], before: Measurement
) -> RunFacts:
    last = steps[-1].index + 1 if steps else None
    return RunFacts(
        project_id=run.project_id,
        agent_id=run.agent_id,
        agent_name=run.agent_name,
        phase=run_pb2.RunPhase.Name(run.phase).removeprefix("RUN_PHASE_"),
        status=run_pb2.RunStatus.Name(run.status).removeprefix("RUN_STATUS_"),
        termination_reason=run_pb2.TerminationReason.Name(run.termination_reason).removeprefix(
            "TERMINATION_REASON_"
        ),
        cost_micro_usd=run.cost_micro_usd,
        input_tokens=run.input_tokens,
        output_tokens=run.output_tokens,
        policy_snapshot_id=run.policy_snapshot_id,
        texts=_texts(run),
        seconds=_seconds(run),
        trace_id=trace_id,
        steps=tuple(_preceding(step) for step in steps),
        step_index=before.step_index if before.step_index is not None else last,
    )


def _texts(run: run_pb2.Run) -> KeptTexts:
    return KeptTexts(
        responses=run.inspection.allow_response_logging,
        personal_data=run.inspection.allow_pii_capture,
        secrets=run.inspection.allow_secret_access,
    )


def _seconds(run: run_pb2.Run) -> float | None:
    if not run.HasField("complete_time"):
        return None
    began = run.start_time if run.HasField("start_time") else run.create_time
    took = run.complete_time.ToDatetime(tzinfo=UTC) - began.ToDatetime(tzinfo=UTC)
    return took.total_seconds()


def _preceding(step: trace_pb2.Step) -> PrecedingStep:
    return PrecedingStep(
        index=step.index,
        kind=trace_pb2.StepKind.Name(step.kind).removeprefix("STEP_KIND_"),
        skill_name=step.skill_name,
        status=trace_pb2.StepStatus.Name(step.status).removeprefix("STEP_STATUS_"),
        outcome_code=step.outcome_code,
        cost_micro_usd=step.cost_micro_usd,
        duration_ms=step.duration_ms,
        started_at=step.start_time.ToDatetime(tzinfo=UTC),
    )
