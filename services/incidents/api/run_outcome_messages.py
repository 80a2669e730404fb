"""How runs ended as messages, and what their ends came to."""

from collections.abc import Sequence
from datetime import UTC, datetime

from aos.incidents.v1 import run_outcome_service_pb2 as messages
from kernel.principal import Principal
from services.incidents.api.incident_messages import number_of
from services.incidents.domain.reports import Ending, Report
from services.incidents.usecases.conclude_runs import RunCase, RunEnd


def to_run_end(item: messages.RunOutcome, principal: Principal, *, at: datetime) -> RunEnd:
    """Read how a run ended."""
    report = Report(
        source_id=item.request_id,
        tenant_id=principal.tenant_id,
        run_id=item.run_id,
        occurred_at=item.complete_time.ToDatetime(tzinfo=UTC),
        recorded_by=principal.actor_id,
        at=at,
        synthetic_scenario_id=item.synthetic_scenario_id,
        step_index=item.stopped_at_step if item.HasField("stopped_at_step") else None,
    )
    ending = Ending(
        status=item.status, termination_reason=item.termination_reason, policy_id=item.policy_id
    )
    return RunEnd(report=report, ending=ending)


def from_cases(cases: Sequence[RunCase]) -> messages.ConcludedRun:
    """Write every case of a run."""
    return messages.ConcludedRun(cases=[_from_case(case) for case in cases])


def _from_case(case: RunCase) -> messages.CaseConclusion:
    return messages.CaseConclusion(
        policy_id=case.key.policy_id,
        conclusion=number_of(case.conclusion),
        incident_id=case.incident_id,
        prevention_id=case.prevention_id,
        category=number_of(case.category),
        severity=None if case.severity is None else number_of(case.severity),
        signature=case.signature,
    )
