"""What others note of a run: marks set on behalf of their owners, never derived here."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from services.activity.domain.run import EvidenceHealth, IntegrityStatus, RiskLevel, Run


def violated(run: Run, policy_id: str, *, at: datetime) -> Run:
    """Note a violation; the policy that was violated first stays named."""
    return _noted(run, at, **violation_marks(run, policy_id))


def violation_marks(run: Run, policy_id: str) -> dict[str, Any]:
    """What a violation changes of a run."""
    return {
        "policy_violation": True,
        "violation_policy_id": run.violation_policy_id or policy_id,
        "risk_level": RiskLevel.VIOLATED,
    }


def caused_incident(run: Run, *, at: datetime) -> Run:
    """Note one more incident."""
    return _noted(run, at, incident_count=run.incident_count + 1)


def led_to_draft(run: Run, *, at: datetime) -> Run:
    """Note one more policy draft."""
    return _noted(run, at, policy_draft_count=run.policy_draft_count + 1)


def at_risk(run: Run, level: RiskLevel, *, at: datetime) -> Run:
    """Note how the run stands with its limits."""
    return _noted(run, at, risk_level=level)


def reconciled(
    run: Run, health: EvidenceHealth | None, integrity: IntegrityStatus | None, *, at: datetime
) -> Run:
    """Note what the reconciliation found; what it does not say stays as it is."""
    return _noted(
        run,
        at,
        evidence_health=health or run.evidence_health,
        integrity_status=integrity or run.integrity_status,
    )


def _noted(run: Run, at: datetime, **changes: Any) -> Run:
    return replace(run, updated_at=at, revision=run.revision + 1, **changes)
