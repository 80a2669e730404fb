"""Alerts: what people are to know, made once for what it is about."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from kernel.identifiers import AlertId, TenantId, new_id
from services.incidents.domain.kinds import Severity


class AlertKind(StrEnum):
    """What an alert is about."""

    NEAR_THRESHOLD = "NEAR_THRESHOLD"
    BREACH = "BREACH"
    INCIDENT = "INCIDENT"
    STALE_RUN = "STALE_RUN"
    PARKED_SAGA = "PARKED_SAGA"
    LIVENESS = "LIVENESS"
    DIGEST = "DIGEST"
    TEST = "TEST"

    @property
    def is_own(self) -> bool:
        """Whether incidents makes it by itself, so that it can neither be raised nor held back."""
        return self in (AlertKind.DIGEST, AlertKind.TEST)


class AlertChannel(StrEnum):
    """How people are told."""

    UI = "UI"
    WEBHOOK = "WEBHOOK"
    EMAIL = "EMAIL"


class HeldBackReason(StrEnum):
    """Why an alert was kept without telling anybody."""

    COOL_DOWN = "COOL_DOWN"
    STORM = "STORM"


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestLine:
    """How many alerts of a kind a digest tells of."""

    kind: AlertKind
    severity: Severity
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Something that people are to know."""

    id: AlertId
    tenant_id: TenantId
    # What makes it the same alert, whoever raises it and however often.
    dedupe_key: str
    kind: AlertKind
    severity: Severity
    # Alerts of one kind with the same subject are the same thing again.
    subject: str
    title: str
    occurred_at: datetime
    created_at: datetime
    detail: str = ""
    run_id: str = ""
    policy_id: str = ""
    incident_id: str = ""
    project_id: str = ""
    # By every channel, if empty.
    channels: tuple[AlertChannel, ...] = ()
    # None once people were told.
    held_back: HeldBackReason | None = None
    told_by: str = ""
    held_back_count: int = 0
    held_back_before: int = 0
    lines: tuple[DigestLine, ...] = ()
    acknowledged_by: str = ""
    acknowledged_at: datetime | None = None
    synthetic_scenario_id: str = ""
    revision: int = 1

    @property
    def may_be_held_back(self) -> bool:
        """What is critical never is, nor what tells of others."""
        return self.severity is not Severity.CRITICAL and not self.kind.is_own

    def acknowledged(self, *, by: str, at: datetime) -> "Alert":
        """With whoever has taken note of it; the first one stays."""
        if self.acknowledged_by:
            return self
        return replace(self, acknowledged_by=by, acknowledged_at=at, revision=self.revision + 1)


def new_alert_id() -> AlertId:
    """An identifier for an alert that is about to be made."""
    return AlertId(new_id("alt"))
