"""What people do about incidents; timeline and ledger hold each step, with the person."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from kernel.identifiers import IncidentId, TimelineEventId, new_id
from kernel.principal import Principal
from kernel.revision import require_current
from services.incidents.domain.errors import IncidentNotFound
from services.incidents.domain.events import (
    IncidentAcknowledged,
    IncidentAssigned,
    IncidentCommented,
    IncidentEvent,
    IncidentReopened,
    IncidentResolved,
)
from services.incidents.domain.incident import Incident, TimelineEvent
from services.incidents.usecases.ports import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What somebody wants to do with an incident."""

    principal: Principal
    incident_id: IncidentId
    # Note, assignee, comment, resolution or reason.
    text: str
    # None where it does not matter what the incident looks like by now.
    etag: str | None


_Change = Callable[[Incident, datetime], Incident]


async def acknowledge_incident(step: Step, *, unit_of_work: UnitOfWork) -> Incident:
    """Take an incident on.

    Raises:
        IncidentNotFound: there is none that the principal may know of.
        EtagMismatch: somebody changed it since it was read.
        IllegalIncidentStep: it is not open.
    """

    def change(incident: Incident, at: datetime) -> Incident:
        return incident.acknowledged(by=step.principal.actor_id, at=at)

    return await _take(step, "ACKNOWLEDGED", change, IncidentAcknowledged, unit_of_work)


async def assign_incident(step: Step, *, unit_of_work: UnitOfWork) -> Incident:
    """Say who is to look after an incident.

    Raises:
        IncidentNotFound: there is none that the principal may know of.
        EtagMismatch: somebody changed it since it was read.
        IllegalIncidentStep: it is over.
    """

    def change(incident: Incident, at: datetime) -> Incident:
        return incident.assigned(step.text, at=at)

    return await _take(step, "ASSIGNED", change, IncidentAssigned, unit_of_work)


async def comment_incident(step: Step, *, unit_of_work: UnitOfWork) -> Incident:
    """Write something into the timeline of an incident.

    Raises:
        IncidentNotFound: there is none that the principal may know of.
    """

    def change(incident: Incident, at: datetime) -> Incident:
        return incident.commented(at=at)

    return await _take(step, "COMMENTED", change, IncidentCommented, unit_of_work)


async def resolve_incident(step: Step, *, unit_of_work: UnitOfWork) -> Incident:
    """End an incident.

    Raises:
        IncidentNotFound: there is none that the principal may know of.
        EtagMismatch: somebody changed it since it was read.
        IllegalIncidentStep: it is over already.
    """

    def change(incident: Incident, at: datetime) -> Incident:
        return incident.resolved(step.text, by=step.principal.actor_id, at=at)

    return await _take(step, "RESOLVED", change, IncidentResolved, unit_of_work)


async def reopen_incident(step: Step, *, unit_of_work: UnitOfWork) -> Incident:
    """Open an incident again.

    Raises:
        IncidentNotFound: there is none that the principal may know of.
        EtagMismatch: somebody changed it since it was read.
        IllegalIncidentStep: it is not over, or is an outcome.
    """

    def change(incident: Incident, at: datetime) -> Incident:
        return incident.reopened(at=at)

    return await _take(step, "REOPENED", change, IncidentReopened, unit_of_work)


async def _take(
    step: Step,
    kind: str,
    change: _Change,
    event_type: Callable[..., IncidentEvent],
    unit_of_work: UnitOfWork,
) -> Incident:
    principal = step.principal
    before = await unit_of_work.incidents.hold(
        principal.tenant_id, step.incident_id, principal.project_id
    )
    if before is None:
        raise IncidentNotFound.of(step.incident_id)
    if step.etag is not None:
        require_current(step.etag, before.revision)
    after = change(before, await unit_of_work.now())
    await unit_of_work.incidents.update(after)
    await unit_of_work.incidents.note(
        TimelineEvent(
            id=TimelineEventId(new_id("tle")),
            tenant_id=after.tenant_id,
            incident_id=after.id,
            type=kind,
            actor_id=principal.actor_id,
            text=step.text,
            created_at=after.updated_at,
        )
    )
    unit_of_work.announce(event_type(incident=after), actor=principal.actor, before=before)
    return after
