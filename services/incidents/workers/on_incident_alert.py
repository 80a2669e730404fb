"""Reacts to incidents: one was made or became worse, and people are to know."""

from aos.incidents.v1 import events_pb2, incident_pb2
from kernel.clock import utc_now
from kernel.identifiers import TenantId
from kernel.principal import Actor, ActorType
from servicekit.events import Event
from services.incidents.domain.alert_sources import IncidentReport, incident_alert
from services.incidents.domain.kinds import Category, Severity
from services.incidents.usecases.alert_ports import AlertUnitOfWork
from services.incidents.usecases.raise_alert import raise_alert

CREATED, EXTENDED = "incidents-alert-on-incident-created", "incidents-alert-on-incident-extended"
_ITSELF = Actor(type=ActorType.SERVICE, id="service:incidents")


async def on_incident_created_alert(event: Event, unit_of_work: AlertUnitOfWork) -> None:
    """Let people know of an incident."""
    incident = events_pb2.IncidentCreated.FromString(event.body).incident
    await _tell(event, incident, unit_of_work)


async def on_incident_extended_alert(event: Event, unit_of_work: AlertUnitOfWork) -> None:
    """Let people know of an incident that is worse than before."""
    extended = events_pb2.IncidentExtended.FromString(event.body)
    if extended.escalated:
        await _tell(event, extended.incident, unit_of_work)


async def _tell(
    event: Event, incident: incident_pb2.Incident, unit_of_work: AlertUnitOfWork
) -> None:
    category = incident_pb2.Category.Name(incident.category).removeprefix("CATEGORY_")
    severity = incident_pb2.Severity.Name(incident.severity).removeprefix("SEVERITY_")
    report = IncidentReport(
        tenant_id=TenantId(event.tenant_id),
        incident_id=incident.id,
        category=Category(category),
        severity=Severity(severity),
        signature=incident.signature,
        title=incident.title,
        run_id=incident.run_id,
        policy_id=incident.policy_id,
        project_id=incident.project_id,
        occurred_at=event.time,
        at=utc_now(),
        synthetic_scenario_id=incident.synthetic_scenario_id,
    )
    await raise_alert(incident_alert(report), actor=_ITSELF, unit_of_work=unit_of_work)
