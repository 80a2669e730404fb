"""Reacts to activity: a run is over."""

from datetime import UTC

from aos.activity.v1 import events_pb2, run_pb2
from kernel.clock import utc_now
from kernel.identifiers import TenantId
from servicekit.events import Event
from services.incidents.domain.reports import Ending, Report
from services.incidents.usecases.observe_runs import observe_end
from services.incidents.usecases.ports import UnitOfWork

CONSUMER = "incidents-on-run-ended"


async def on_run_ended(event: Event, unit_of_work: UnitOfWork) -> None:
    """Keep how it ended; what it spent is compared when its case is concluded."""
    run = events_pb2.RunEnded.FromString(event.body).run
    reason = run_pb2.TerminationReason.Name(run.termination_reason)
    report = Report(
        source_id=event.event_id,
        tenant_id=TenantId(event.tenant_id),
        run_id=run.id,
        occurred_at=run.complete_time.ToDatetime(tzinfo=UTC),
        recorded_by="service:activity",
        at=utc_now(),
        synthetic_scenario_id=run.synthetic_scenario_id,
        step_index=run.stopped_at_step if run.HasField("stopped_at_step") else None,
    )
    ending = Ending(
        status=run_pb2.RunStatus.Name(run.status).removeprefix("RUN_STATUS_"),
        termination_reason=reason.removeprefix("TERMINATION_REASON_"),
        policy_id=run.violation_policy_id,
    )
    await observe_end(report, ending, unit_of_work=unit_of_work)
