"""Reacts to activity: a signal was raised, and people are to know."""

from aos.activity.v1 import events_pb2, signal_pb2
from kernel.clock import utc_now
from kernel.identifiers import TenantId
from kernel.principal import Actor, ActorType
from servicekit.events import Event
from services.incidents.domain.alert import AlertKind
from services.incidents.domain.alert_sources import SignalReport, signal_alert
from services.incidents.usecases.alert_ports import AlertUnitOfWork
from services.incidents.usecases.raise_alert import raise_alert

CONSUMER = "incidents-alert-on-signal-raised"
_ACTIVITY = Actor(type=ActorType.SERVICE, id="service:activity")
# Agents that fail and costs that leave their history become incidents, and are told of as such.
_KINDS = {
    signal_pb2.SIGNAL_KIND_STALE_RUN: AlertKind.STALE_RUN,
    signal_pb2.SIGNAL_KIND_NEAR_THRESHOLD: AlertKind.NEAR_THRESHOLD,
}


async def on_signal_raised_alert(event: Event, unit_of_work: AlertUnitOfWork) -> None:
    """Let people know of a run that is silent, or near a limit."""
    signal = events_pb2.SignalRaised.FromString(event.body).signal
    kind = _KINDS.get(signal.kind)
    if kind is None:
        return
    report = SignalReport(
        tenant_id=TenantId(event.tenant_id),
        signal_id=signal.id,
        kind=kind,
        subject_id=signal.subject_id,
        run_id=signal.run_id,
        project_id=signal.project_id,
        detail=signal.detail,
        occurred_at=event.time,
        at=utc_now(),
        synthetic_scenario_id=signal.synthetic_scenario_id,
    )
    await raise_alert(signal_alert(report), actor=_ACTIVITY, unit_of_work=unit_of_work)
