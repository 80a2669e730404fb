"""What incidents announces."""

from dataclasses import dataclass
from typing import ClassVar

from services.incidents.domain.incident import Incident
from services.incidents.domain.kept_finding import DetectorSettings
from services.incidents.domain.severity import SeverityTable
from services.incidents.domain.violation import Case, Violation


@dataclass(frozen=True, slots=True, kw_only=True)
class ViolationRecorded:
    """A violation was kept."""

    violation: Violation
    case: Case


@dataclass(frozen=True, slots=True, kw_only=True)
class ViolationPrevented:
    """A violation came to no incident, because a rule had been learned from one like it."""

    violation: Violation
    case: Case


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentCreated:
    """An incident was made."""

    incident: Incident


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeRecorded:
    """A run ended well."""

    incident: Incident


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentExtended:
    """Another violation joined an incident."""

    incident: Incident
    escalated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentAcknowledged:
    """Somebody has taken an incident on."""

    incident: Incident


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentAssigned:
    """Somebody else looks after an incident."""

    incident: Incident


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentCommented:
    """Somebody wrote something into the timeline of an incident."""

    incident: Incident


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentResolved:
    """An incident is over."""

    incident: Incident


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentReopened:
    """An incident is open again."""

    incident: Incident


@dataclass(frozen=True, slots=True, kw_only=True)
class SeveritiesUpdated:
    """A tenant holds things for better or worse than before."""

    LEDGER_TYPE: ClassVar[str] = "INCIDENT_SEVERITIES_UPDATED"

    severities: SeverityTable


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorSettingsUpdated:
    """Findings are kept from elsewhere on, or may hold other runs than before."""

    LEDGER_TYPE: ClassVar[str] = "INCIDENT_DETECTOR_UPDATED"

    detector: DetectorSettings


ViolationEvent = ViolationRecorded | ViolationPrevented
IncidentEvent = (
    IncidentCreated
    | OutcomeRecorded
    | IncidentExtended
    | IncidentAcknowledged
    | IncidentAssigned
    | IncidentCommented
    | IncidentResolved
    | IncidentReopened
)
IncidentsEvent = ViolationEvent | IncidentEvent | SeveritiesUpdated | DetectorSettingsUpdated
