"""Alerts as messages."""

from datetime import UTC, datetime
from typing import Any

from aos.incidents.v1 import alert_pb2
from kernel.principal import Principal
from services.incidents.api.incident_messages import number_of, word_of
from services.incidents.domain.alert import (
    Alert,
    AlertChannel,
    AlertKind,
    HeldBackReason,
    new_alert_id,
)
from services.incidents.domain.alert_fatigue import AlertSettings
from services.incidents.domain.kinds import Severity
from services.incidents.usecases.alert_ports import AlertFilter
from services.incidents.usecases.look_after_alerts import SetAlertSettings

_KIND, _CHANNEL, _HELD_BACK = "ALERT_KIND_", "ALERT_CHANNEL_", "HELD_BACK_REASON_"
_PLAIN = (
    "id",
    "tenant_id",
    "project_id",
    "subject",
    "run_id",
    "policy_id",
    "incident_id",
    "title",
    "detail",
    "acknowledged_by",
    "synthetic_scenario_id",
)


def kind_of(number: Any) -> AlertKind:
    """The kind of a number in the contract."""
    return AlertKind(alert_pb2.AlertKind.Name(number).removeprefix(_KIND))


def kind_number(kind: AlertKind) -> Any:
    """The number of a kind in the contract."""
    return alert_pb2.AlertKind.Value(f"{_KIND}{kind}")


def to_alert(request: Any, principal: Principal, *, at: datetime) -> Alert:
    """Read what is to be raised."""
    given = request.HasField("occur_time")
    return Alert(
        id=new_alert_id(),
        tenant_id=principal.tenant_id,
        # Apart from the keys that incidents makes by itself.
        dedupe_key=f"raised/{request.dedupe_key or request.request_id}",
        kind=kind_of(request.kind),
        severity=word_of(Severity, request.severity),
        subject=request.subject,
        title=request.title,
        detail=request.detail,
        run_id=request.run_id,
        policy_id=request.policy_id,
        project_id=request.project_id,
        channels=tuple(
            dict.fromkeys(
                AlertChannel(alert_pb2.AlertChannel.Name(one).removeprefix(_CHANNEL))
                for one in request.channels
            )
        ),
        occurred_at=request.occur_time.ToDatetime(tzinfo=UTC) if given else at,
        created_at=at,
        synthetic_scenario_id=request.synthetic_scenario_id,
    )


def to_alert_filter(request: Any, principal: Principal) -> AlertFilter:
    """Read which alerts somebody wants to see."""
    return AlertFilter(
        kind=kind_of(request.kind) if request.kind else None,
        minimum_severity=word_of(Severity, request.minimum_severity),
        run_id=request.run_id,
        held_back=request.held_back if request.HasField("held_back") else None,
        told_by=request.told_by_alert_id,
        exclude_synthetic=request.exclude_synthetic,
        project_id=principal.project_id,
    )


def to_set_alert_settings(request: Any, principal: Principal) -> SetAlertSettings:
    """Read how much is to be too much."""
    return SetAlertSettings(
        principal=principal,
        cool_down_seconds=request.settings.cool_down_seconds,
        storm_threshold_per_minute=request.settings.storm_threshold_per_minute,
        digest_seconds=request.settings.digest_seconds,
        etag=request.etag,
    )


def from_alert(alert: Alert) -> alert_pb2.Alert:
    """Write an alert."""
    message = alert_pb2.Alert(
        **{name: getattr(alert, name) for name in _PLAIN},
        is_synthetic=bool(alert.synthetic_scenario_id),
        kind=kind_number(alert.kind),
        severity=number_of(alert.severity),
        channels=[_channel_number(channel) for channel in alert.channels],
        told_by_alert_id=alert.told_by,
        held_back_count=alert.held_back_count,
        held_back_before_count=alert.held_back_before,
        lines=[
            alert_pb2.DigestLine(
                kind=kind_number(line.kind), severity=number_of(line.severity), count=line.count
            )
            for line in alert.lines
        ],
    )
    if alert.held_back is not None:
        message.held_back = _held_back_number(alert.held_back)
    if alert.acknowledged_at is not None:
        message.acknowledge_time.FromDatetime(alert.acknowledged_at)
    message.create_time.FromDatetime(alert.created_at)
    message.occur_time.FromDatetime(alert.occurred_at)
    return message


def from_alert_settings(settings: AlertSettings) -> alert_pb2.AlertSettings:
    """Write how much is too much."""
    return alert_pb2.AlertSettings(
        cool_down_seconds=settings.cool_down_seconds,
        storm_threshold_per_minute=settings.storm_threshold_per_minute,
        digest_seconds=settings.digest_seconds,
    )


def _channel_number(channel: AlertChannel) -> Any:
    return alert_pb2.AlertChannel.Value(f"{_CHANNEL}{channel}")


def _held_back_number(reason: HeldBackReason) -> Any:
    return alert_pb2.HeldBackReason.Value(f"{_HELD_BACK}{reason}")
