"""What incidents announces about alerts and how they get to people."""

from dataclasses import dataclass
from typing import ClassVar

from services.incidents.domain.alert import Alert
from services.incidents.domain.alert_fatigue import AlertSettings
from services.incidents.domain.delivery import Delivery
from services.incidents.domain.destination import Destination


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRaised:
    """An alert was raised, whether it went out or was held back."""

    alert: Alert


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertAcknowledged:
    """Somebody has taken note of an alert."""

    alert: Alert


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertSettingsUpdated:
    """Something else is too much than before."""

    LEDGER_TYPE: ClassVar[str] = "INCIDENT_ALERT_SETTINGS_UPDATED"

    alert_settings: AlertSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationCreated:
    """Alerts go somewhere else as well."""

    destination: Destination


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationUpdated:
    """A destination says something else."""

    destination: Destination


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationDeleted:
    """A destination is no more."""

    destination: Destination


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationSecretRotated:
    """A webhook has a new secret."""

    destination: Destination


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryDead:
    """A delivery was given up."""

    delivery: Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRedelivered:
    """Somebody wants a delivery once more."""

    delivery: Delivery


AlertEvent = AlertRaised | AlertAcknowledged
DestinationEvent = (
    DestinationCreated | DestinationUpdated | DestinationDeleted | DestinationSecretRotated
)
DeliveryEvent = DeliveryDead | DeliveryRedelivered
AlertsEvent = AlertEvent | AlertSettingsUpdated | DestinationEvent | DeliveryEvent
