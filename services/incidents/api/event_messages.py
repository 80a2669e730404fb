"""Events of incidents as they leave."""

from collections.abc import Callable
from typing import Any

from aos.incidents.v1 import events_pb2
from servicekit.departures import OutgoingEvent
from services.incidents.api.alert_event_messages import ALERT_ENCODERS
from services.incidents.api.finding_messages import from_opt_ins
from services.incidents.api.incident_messages import from_incident, from_violation
from services.incidents.api.severity_messages import from_rule
from services.incidents.domain.alert_events import AlertsEvent
from services.incidents.domain.events import (
    DetectorSettingsUpdated,
    IncidentAcknowledged,
    IncidentAssigned,
    IncidentCommented,
    IncidentCreated,
    IncidentEvent,
    IncidentExtended,
    IncidentReopened,
    IncidentResolved,
    IncidentsEvent,
    OutcomeRecorded,
    SeveritiesUpdated,
    ViolationPrevented,
    ViolationRecorded,
)


def encode(event: IncidentsEvent | AlertsEvent) -> OutgoingEvent:
    """Write an event."""
    return _ENCODERS[type(event)](event)


_INCIDENT_EVENTS: dict[type, tuple[str, Any]] = {
    IncidentCreated: ("incident_created", events_pb2.IncidentCreated),
    OutcomeRecorded: ("outcome_recorded", events_pb2.OutcomeRecorded),
    IncidentAcknowledged: ("incident_acknowledged", events_pb2.IncidentAcknowledged),
    IncidentAssigned: ("incident_assigned", events_pb2.IncidentAssigned),
    IncidentCommented: ("incident_commented", events_pb2.IncidentCommented),
    IncidentResolved: ("incident_resolved", events_pb2.IncidentResolved),
    IncidentReopened: ("incident_reopened", events_pb2.IncidentReopened),
}


def _incident_event(event: IncidentEvent) -> OutgoingEvent:
    name, message = _INCIDENT_EVENTS[type(event)]
    return _of_incident(name, event, message(incident=from_incident(event.incident)))


def _extended(event: IncidentExtended) -> OutgoingEvent:
    body = events_pb2.IncidentExtended(
        incident=from_incident(event.incident), escalated=event.escalated
    )
    return _of_incident("incident_extended", event, body)


def _of_incident(name: str, event: IncidentEvent, body: Any) -> OutgoingEvent:
    incident = event.incident
    return _outgoing(name, incident.tenant_id, incident.id, incident.revision, body)


def _recorded(event: ViolationRecorded) -> OutgoingEvent:
    violation = event.violation
    body = events_pb2.ViolationRecorded(violation=from_violation(violation, event.case))
    return _outgoing("violation_recorded", violation.tenant_id, violation.id, 1, body)


def _prevented(event: ViolationPrevented) -> OutgoingEvent:
    violation = event.violation
    body = events_pb2.ViolationPrevented(violation=from_violation(violation, event.case))
    return _outgoing("violation_prevented", violation.tenant_id, violation.id, 2, body)


def _severities(event: SeveritiesUpdated) -> OutgoingEvent:
    table = event.severities
    body = events_pb2.SeveritiesUpdated(
        rules=[from_rule(rule, overridden=True) for rule in table.overrides]
    )
    return _outgoing("severities_updated", table.tenant_id, table.id, table.revision, body)


def _detector(event: DetectorSettingsUpdated) -> OutgoingEvent:
    settings = event.detector
    body = events_pb2.DetectorUpdated(
        confidence_floor=settings.floor, opt_ins=from_opt_ins(settings)
    )
    return _outgoing("detector_updated", settings.tenant_id, settings.id, settings.revision, body)


def _outgoing(name: str, tenant: str, aggregate: str, sequence: int, message: Any) -> OutgoingEvent:
    return OutgoingEvent(
        tenant_id=tenant,
        event_type=name,
        aggregate_id=aggregate,
        sequence=sequence,
        body=message.SerializeToString(),
    )


_ENCODERS: dict[type, Callable[[Any], OutgoingEvent]] = {
    **dict.fromkeys(_INCIDENT_EVENTS, _incident_event),
    IncidentExtended: _extended,
    ViolationRecorded: _recorded,
    ViolationPrevented: _prevented,
    SeveritiesUpdated: _severities,
    DetectorSettingsUpdated: _detector,
    **ALERT_ENCODERS,
}
