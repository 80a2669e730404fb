"""What happens elsewhere, read as alerts: limits, incidents, signals."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kernel.identifiers import TenantId
from services.incidents.domain.alert import Alert, AlertChannel, AlertKind, new_alert_id
from services.incidents.domain.kinds import Category, Severity

_URGENT_PERCENT, _PRESSING_PERCENT = 90, 80
_PLANE_CATEGORIES = (Category.LIVENESS, Category.AUDIT_GAP)
_STOPPING = {
    "CONTINUE": Severity.LOW,
    "WARN": Severity.LOW,
    "PAUSE": Severity.MEDIUM,
    "STOP": Severity.HIGH,
    "KILL": Severity.HIGH,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitReport:
    """What policies says of a limit."""

    tenant_id: TenantId
    decision_id: str
    run_id: str
    policy_id: str
    limit_name: str
    value: int
    threshold: int
    # Tier reached, in percent; 0 for a breach.
    tier: int
    action: str
    detail: str
    occurred_at: datetime
    at: datetime
    channels: tuple[AlertChannel, ...] = ()
    synthetic_scenario_id: str = ""


def near_threshold_alert(report: LimitReport) -> Alert:
    """A limit that came near; every tier is a subject of its own, since each is news."""
    return Alert(
        id=new_alert_id(),
        tenant_id=report.tenant_id,
        dedupe_key=_limit_key("near", report),
        kind=AlertKind.NEAR_THRESHOLD,
        severity=_severity_of_tier(report.tier),
        subject=f"{report.policy_id}/{report.limit_name}/{report.tier} %",
        title=f"{report.limit_name} is at {report.tier} % of its limit",
        detail=f"{report.value:,} of {report.threshold:,}",
        **_of_limit(report),
    )


def breach_alert(report: LimitReport) -> Alert:
    """A limit that was passed, or a content rule that matched."""
    name = report.limit_name or "A policy"
    measured = f"{report.value:,} of {report.threshold:,}" if report.threshold else report.detail
    return Alert(
        id=new_alert_id(),
        tenant_id=report.tenant_id,
        dedupe_key=_limit_key("breach", report),
        kind=AlertKind.BREACH,
        severity=_STOPPING.get(report.action, Severity.HIGH),
        subject=f"{report.policy_id}/{report.limit_name}",
        title=f"{name} was breached: {report.action.lower()}",
        detail=measured,
        **_of_limit(report),
    )


def _severity_of_tier(tier: int) -> Severity:
    if tier >= _URGENT_PERCENT:
        return Severity.HIGH
    return Severity.MEDIUM if tier >= _PRESSING_PERCENT else Severity.LOW


def _limit_key(what: str, report: LimitReport) -> str:
    # Policies tells of a tier once per window and scope, by one decision; that decision is the key.
    place = f"{report.policy_id}/{report.limit_name}/{report.tier}"
    return f"{what}/{report.decision_id}/{place}"


def _of_limit(report: LimitReport) -> dict[str, Any]:
    return {
        "run_id": report.run_id,
        "policy_id": report.policy_id,
        "channels": report.channels,
        "occurred_at": report.occurred_at,
        "created_at": report.at,
        "synthetic_scenario_id": report.synthetic_scenario_id,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentReport:
    """An incident that was made, or became worse."""

    tenant_id: TenantId
    incident_id: str
    category: Category
    severity: Severity
    signature: str
    title: str
    run_id: str
    policy_id: str
    project_id: str
    occurred_at: datetime
    at: datetime
    synthetic_scenario_id: str = ""


def incident_alert(report: IncidentReport) -> Alert:
    """An incident, once for each severity that it comes to."""
    of_plane = report.category in _PLANE_CATEGORIES
    return Alert(
        id=new_alert_id(),
        tenant_id=report.tenant_id,
        dedupe_key=f"incident/{report.incident_id}/{report.severity}",
        kind=AlertKind.LIVENESS if of_plane else AlertKind.INCIDENT,
        severity=report.severity,
        # What happens again and again is one subject, whoever it happens to.
        subject=report.signature,
        title=report.title,
        detail=f"Incident {report.incident_id}",
        run_id=report.run_id,
        policy_id=report.policy_id,
        incident_id=report.incident_id,
        project_id=report.project_id,
        occurred_at=report.occurred_at,
        created_at=report.at,
        synthetic_scenario_id=report.synthetic_scenario_id,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalReport:
    """Something that activity holds for worth a person's attention."""

    tenant_id: TenantId
    signal_id: str
    kind: AlertKind
    subject_id: str
    run_id: str
    project_id: str
    detail: str
    occurred_at: datetime
    at: datetime
    synthetic_scenario_id: str = ""


def signal_alert(report: SignalReport) -> Alert:
    """A run that is silent, or near a limit."""
    is_stale = report.kind is AlertKind.STALE_RUN
    words = "gives no sign of life" if is_stale else "is near a limit"
    return Alert(
        id=new_alert_id(),
        tenant_id=report.tenant_id,
        dedupe_key=f"signal/{report.signal_id}",
        kind=report.kind,
        severity=Severity.MEDIUM,
        subject=report.subject_id,
        title=f"{report.subject_id} {words}",
        detail=report.detail,
        run_id=report.run_id,
        project_id=report.project_id,
        occurred_at=report.occurred_at,
        created_at=report.at,
        synthetic_scenario_id=report.synthetic_scenario_id,
    )
