"""Activity: what runs said, step by step."""

from collections.abc import AsyncIterator
from datetime import UTC

from aos.activity.v1 import run_pb2, trace_pb2
from kernel.identifiers import TenantId, TraceId
from services.incidents.clients.activity_calls import ActivityCalls
from services.incidents.domain.trace_material import RecordedStep, StepKind
from services.incidents.usecases.trace_ports import SpokenRun

_KINDS = {trace_pb2.StepKind.Value(f"STEP_KIND_{kind}"): kind for kind in StepKind}


class ActivityTraces:
    """Reads traces at activity, for one tenant at a time."""

    def __init__(self, *, activity: ActivityCalls) -> None:
        self._activity = activity

    async def __call__(
        self, tenant_id: TenantId, run_id: str, trace_id: TraceId
    ) -> SpokenRun | None:
        """Return a run with its trace; None if there is no such run.

        Raises:
            Unavailable: activity does not answer.
        """
        run = await self._activity.run(tenant_id, run_id)
        if run is None:
            return None
        return SpokenRun(
            goal=run.goal,
            policy_ids=tuple(run.scope.policy_ids),
            keeps_responses=run.inspection.allow_response_logging,
            synthetic_scenario_id=run.synthetic_scenario_id,
            steps=self._steps(run, trace_id),
        )

    async def _steps(self, run: run_pb2.Run, trace_id: TraceId) -> AsyncIterator[RecordedStep]:
        async for page in self._activity.pages(run, trace_id):
            for recorded in page:
                # What came after the seal is no part of what was sealed.
                if recorded.step.kind in _KINDS and not recorded.late:
                    yield _read(recorded.step)


def _read(step: trace_pb2.Step) -> RecordedStep:
    return RecordedStep(
        index=step.index,
        kind=_KINDS[step.kind],
        succeeded=step.status == trace_pb2.STEP_STATUS_SUCCEEDED,
        started_at=step.start_time.ToDatetime(tzinfo=UTC),
        observed=bool(step.span_id),
        outcome=step.outcome_json,
    )
