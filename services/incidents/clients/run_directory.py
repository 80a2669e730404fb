"""Activity: what runs were doing."""

from datetime import UTC

from aos.activity.v1 import run_pb2, trace_pb2
from kernel.identifiers import TenantId
from services.incidents.clients.activity_calls import ActivityCalls
from services.incidents.domain.incident import KeptTexts, PrecedingStep, RunFacts
from services.incidents.domain.violation import Measurement

# What led to it is told by the last steps; a trace of thousands is read from its pages' ends.
KEPT_STEPS = 20


class ActivityRuns:
    """Looks runs up at activity, in the name of incidents and for one tenant at a time."""

    def __init__(self, *, activity: ActivityCalls) -> None:
        self._activity = activity

    async def constraints(self, tenant_id: TenantId, run_id: str) -> KeptTexts | None:
        """Return what may be kept of a run's texts; None if there is no such run.

        Raises:
            Unavailable: activity does not answer.
        """
        run = await self._activity.run(tenant_id, run_id)
        return None if run is None else _texts(run)

    async def look_up(
        self, tenant_id: TenantId, run_id: str, *, before: Measurement, with_steps: bool
    ) -> RunFacts | None:
        """Return what a run was doing before a measurement; None if there is no such run.

        Raises:
            Unavailable: activity does not answer.
        """
        run = await self._activity.run(tenant_id, run_id)
        if run is None:
            return None
        if not with_steps or not run.step_count:
            return _facts(run, "", [], before)
        trace_id = await self._activity.trace_of(tenant_id, run_id)
        steps = await self._steps(run, trace_id, before)
        return _facts(run, trace_id, steps, before)

    async def _steps(
        self, run: run_pb2.Run, trace_id: str, before: Measurement
    ) -> list[trace_pb2.Step]:
        steps: list[trace_pb2.Step] = []
        async for page in self._activity.pages(run, trace_id):
            found = [recorded.step for recorded in page if _led_to(recorded.step, before)]
            steps = [*steps, *found][-KEPT_STEPS:]
            if len(found) < len(page):
                break
        return steps


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
