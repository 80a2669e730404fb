"""Reacts to incidents: what was enforced is linked to what came of it."""

from aos.incidents.v1 import events_pb2
from kernel.identifiers import TenantId
from servicekit.events import Event
from services.policies.usecases.people_ports import PeopleUnitOfWork

CONSUMER = "policies-on-incident-created"


async def on_incident_created(event: Event, unit_of_work: PeopleUnitOfWork) -> None:
    """Keep the link, where a policy was violated."""
    incident = events_pb2.IncidentCreated.FromString(event.body).incident
    if incident.run_id and incident.policy_id:
        await unit_of_work.enforcements.link(
            TenantId(event.tenant_id),
            run_id=incident.run_id,
            policy_id=incident.policy_id,
            incident_id=incident.id,
        )
