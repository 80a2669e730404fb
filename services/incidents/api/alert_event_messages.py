"""Events of alerts and of their deliveries as they leave."""

from collections.abc import Callable
from typing import Any

from aos.incidents.v1 import events_pb2
from servicekit.departures import OutgoingEvent
from services.incidents.api.alert_messages import from_alert, from_alert_settings
from services.incidents.api.delivery_messages import from_delivery
from services.incidents.api.destination_messages import from_destination
from services.incidents.domain.alert_events import (
    AlertAcknowledged,
    AlertEvent,
    AlertRaised,
    AlertSettingsUpdated,
    AlertsEvent,
    DeliveryDead,
    DeliveryEvent,
    DeliveryRedelivered,
    DestinationCreated,
    DestinationDeleted,
    DestinationEvent,
    DestinationSecretRotated,
    DestinationUpdated,
)

_NAMES: dict[type, tuple[str, Any]] = {
    AlertRaised: ("alert_raised", events_pb2.AlertRaised),
    AlertAcknowledged: ("alert_acknowledged", events_pb2.AlertAcknowledged),
    DestinationCreated: ("destination_created", events_pb2.DestinationCreated),
    DestinationUpdated: ("destination_updated", events_pb2.DestinationUpdated),
    DestinationDeleted: ("destination_deleted", events_pb2.DestinationDeleted),
    DestinationSecretRotated: ("destination_secret_rotated", events_pb2.DestinationSecretRotated),
    DeliveryDead: ("delivery_dead", events_pb2.DeliveryDead),
    DeliveryRedelivered: ("delivery_redelivered", events_pb2.DeliveryRedelivered),
}


def _alert_event(event: AlertEvent) -> OutgoingEvent:
    _, message = _NAMES[type(event)]
    return _outgoing(event, event.alert, message(alert=from_alert(event.alert)))


def _destination_event(event: DestinationEvent) -> OutgoingEvent:
    _, message = _NAMES[type(event)]
    destination = event.destination
    return _outgoing(event, destination, message(destination=from_destination(destination)))


def _delivery_event(event: DeliveryEvent) -> OutgoingEvent:
    _, message = _NAMES[type(event)]
    return _outgoing(event, event.delivery, message(delivery=from_delivery(event.delivery)))


def _outgoing(event: AlertsEvent, thing: Any, body: Any) -> OutgoingEvent:
    name, _ = _NAMES[type(event)]
    return OutgoingEvent(
        tenant_id=thing.tenant_id,
        event_type=name,
        aggregate_id=thing.id,
        sequence=thing.revision,
        body=body.SerializeToString(),
    )


def _settings(event: AlertSettingsUpdated) -> OutgoingEvent:
    settings = event.alert_settings
    body = events_pb2.AlertSettingsUpdated(settings=from_alert_settings(settings))
    return OutgoingEvent(
        tenant_id=settings.tenant_id,
        event_type="alert_settings_updated",
        aggregate_id=settings.id,
        sequence=settings.revision,
        body=body.SerializeToString(),
    )


ALERT_ENCODERS: dict[type, Callable[[Any], OutgoingEvent]] = {
    AlertRaised: _alert_event,
    AlertAcknowledged: _alert_event,
    AlertSettingsUpdated: _settings,
    DestinationCreated: _destination_event,
    DestinationUpdated: _destination_event,
    DestinationDeleted: _destination_event,
    DestinationSecretRotated: _destination_event,
    DeliveryDead: _delivery_event,
    DeliveryRedelivered: _delivery_event,
}
