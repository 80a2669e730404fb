"""What a run's own log is told of its limits: near ones and passed ones (GAP-019)."""

from typing import Any

from kernel.identifiers import TenantId
from kernel.run_log import RunLogEntry, RunLogType
from services.policies.domain.decision import Decision, Finding
from services.policies.domain.gate import Gate


def near_line(decision: Decision, finding: Finding, gate: Gate) -> RunLogEntry:
    """A limit reached a tier for the first time."""
    summary = (
        f"{finding.limit_name} of {finding.policy_id} is at {finding.proximity_percent} %: "
        f"{finding.value:,} of {finding.threshold:,}."
    )
    return _line(RunLogType.NEAR_THRESHOLD, summary, decision, finding, gate)


def breach_line(decision: Decision, finding: Finding, gate: Gate) -> RunLogEntry:
    """A limit was passed or a rule matched, and something was done."""
    what = finding.detail or f"{finding.value:,} of {finding.threshold:,}"
    rule = finding.limit_name or "the policy"
    summary = f"{rule} of {finding.policy_id}: {what}; {decision.verdict.action.name}."
    return _line(RunLogType.BREACH, summary, decision, finding, gate)


def _line(
    kind: RunLogType, summary: str, decision: Decision, finding: Finding, gate: Gate
) -> RunLogEntry:
    details: dict[str, Any] = {
        "decision_id": decision.id,
        "step_id": decision.step_id,
        "limit_name": finding.limit_name,
        "value": finding.value,
        "threshold": finding.threshold,
        "proximity_percent": finding.proximity_percent,
        "tier": finding.tier,
        "action": decision.verdict.action.name,
    }
    return RunLogEntry(
        tenant_id=TenantId(gate.tenant_id),
        run_id=gate.run_id,
        type=kind,
        policy_id=finding.policy_id,
        summary=summary,
        details=details,
        occurred_at=decision.decided_at,
        synthetic_scenario_id=gate.synthetic_scenario_id,
    )
