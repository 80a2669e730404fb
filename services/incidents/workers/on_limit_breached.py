"""Reacts to policies: a limit was passed, a rule matched, or more was used than reserved."""

from typing import Any

from aos.policies.v1 import decision_pb2, events_pb2, policy_pb2
from kernel.clock import utc_now
from kernel.identifiers import TenantId
from servicekit.events import Event
from services.incidents.domain.reports import Breach, Report
from services.incidents.usecases.observe_runs import observe_breaches, observe_overrun
from services.incidents.usecases.ports import UnitOfWork

BREACHED, OVERRUN = "incidents-on-limit-breached", "incidents-on-budget-overrun"
_POLICIES = "service:policies"


async def on_limit_breached(event: Event, unit_of_work: UnitOfWork) -> None:
    """Keep what the decision found broken."""
    told = events_pb2.LimitBreached.FromString(event.body)
    decision = told.decision
    report = _report(event, decision, told.synthetic_scenario_id)
    findings = [decision.winner, *decision.others]
    breaches = [_breach(each) for each in findings if each.breach and not each.set_aside]
    await observe_breaches(report, breaches, unit_of_work=unit_of_work)


async def on_budget_overrun(event: Event, unit_of_work: UnitOfWork) -> None:
    """Keep that a step used more than was reserved for it."""
    told = events_pb2.BudgetOverrun.FromString(event.body)
    report = _report(event, told, told.synthetic_scenario_id)
    await observe_overrun(
        report,
        policy_id=told.policy_id,
        limit_name=told.limit_name,
        overage=told.overage,
        unit_of_work=unit_of_work,
    )


def _report(event: Event, told: Any, scenario: str) -> Report:
    return Report(
        source_id=event.event_id,
        tenant_id=TenantId(event.tenant_id),
        run_id=told.run_id,
        occurred_at=event.time,
        recorded_by=_POLICIES,
        at=utc_now(),
        synthetic_scenario_id=scenario,
        step_id=told.step_id,
        decision_id=getattr(told, "decision_id", ""),
    )


def _breach(finding: decision_pb2.Finding) -> Breach:
    limit_type = policy_pb2.LimitType.Name(finding.limit_type).removeprefix("LIMIT_TYPE_")
    return Breach(
        policy_id=finding.policy_id,
        limit_name=finding.limit_name,
        limit_type=limit_type if finding.limit_type else "",
        value=finding.value,
        threshold=finding.threshold,
        action=policy_pb2.Action.Name(finding.action).removeprefix("ACTION_"),
        detail=finding.detail,
    )
