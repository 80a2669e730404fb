"""How much is too much: cool-downs for a subject, storms for a tenant, and their digests."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from kernel.identifiers import AlertId, TenantId
from services.incidents.domain.alert import (
    Alert,
    AlertChannel,
    AlertKind,
    DigestLine,
    HeldBackReason,
    new_alert_id,
)
from services.incidents.domain.kinds import WORST_FIRST, Severity

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertSettings:
    """What a tenant holds for too much."""

    tenant_id: TenantId
    cool_down_seconds: int = 300
    storm_threshold_per_minute: int = 30
    digest_seconds: int = 300
    revision: int = 0

    @property
    def id(self) -> str:
        """What the ledger calls it."""
        return f"{self.tenant_id}/alerts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What people were told last about a subject, and how much was held back since."""

    tenant_id: TenantId
    kind: AlertKind
    subject: str
    # None as long as they were told of nothing.
    alert_id: AlertId | None = None
    severity: Severity = Severity.LOW
    at: datetime | None = None
    held_back: int = 0

    def cools_down(self, severity: Severity, settings: AlertSettings, *, at: datetime) -> bool:
        """Whether it was told of just now; what is worse than that is news."""
        if self.at is None or severity.rank > self.severity.rank:
            return False
        return at - self.at < timedelta(seconds=settings.cool_down_seconds)

    def with_alert(self, alert: Alert) -> "Told":
        """After an alert was raised."""
        if alert.held_back is HeldBackReason.COOL_DOWN:
            return replace(self, held_back=self.held_back + 1)
        if alert.held_back is HeldBackReason.STORM:
            # Nobody was told yet, and the digest counts it.
            return self
        return replace(
            self, alert_id=alert.id, severity=alert.severity, at=alert.created_at, held_back=0
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """Whether a tenant is in a storm, since when and until when."""

    tenant_id: TenantId
    began_at: datetime | None = None
    ends_at: datetime | None = None

    @property
    def is_on(self) -> bool:
        """Whether alerts are held back; it stays on until its digest is made."""
        return self.ends_at is not None

    def is_over(self, *, at: datetime) -> bool:
        """Whether it is time for its digest."""
        return self.ends_at is not None and self.ends_at <= at

    def begun(self, settings: AlertSettings, *, at: datetime) -> "Storm":
        """From now on, for as long as the tenant wants."""
        ends_at = at + timedelta(seconds=settings.digest_seconds)
        return replace(self, began_at=at, ends_at=ends_at)

    def calmed(self) -> "Storm":
        """Over and told of."""
        return replace(self, began_at=None, ends_at=None)


def begins_storm(went_out: int, settings: AlertSettings) -> bool:
    """Whether one more would be too many after those that went out within a minute."""
    return went_out >= settings.storm_threshold_per_minute


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBackGroup:
    """Alerts that a storm held back and that are alike."""

    kind: AlertKind
    severity: Severity
    channels: tuple[AlertChannel, ...]
    count: int


def digest_of(storm: Storm, groups: Sequence[HeldBackGroup], *, at: datetime) -> Alert:
    """The one alert that tells of all that a storm held back."""
    began_at = storm.began_at or at
    lines = _lines(groups)
    total = sum(line.count for line in lines)
    return Alert(
        id=new_alert_id(),
        tenant_id=storm.tenant_id,
        dedupe_key=f"digest/{began_at.isoformat()}",
        kind=AlertKind.DIGEST,
        severity=max((line.severity for line in lines), key=lambda severity: severity.rank),
        subject="storm",
        title=f"{total:,} alerts were held back in a storm",
        detail="\n".join(f"{line.kind}, {line.severity}: {line.count:,}" for line in lines),
        occurred_at=began_at,
        created_at=at,
        held_back_count=total,
        lines=lines,
    )


def _lines(groups: Sequence[HeldBackGroup]) -> tuple[DigestLine, ...]:
    counts: dict[tuple[AlertKind, Severity], int] = {}
    for group in groups:
        key = (group.kind, group.severity)
        counts[key] = counts.get(key, 0) + group.count
    ordered = sorted(counts.items(), key=lambda item: (WORST_FIRST.index(item[0][1]), -item[1]))
    return tuple(
        DigestLine(kind=kind, severity=severity, count=count) for (kind, severity), count in ordered
    )
