"""Read incidents: one with all that is known, many by what they have in common."""

from collections.abc import Sequence
from dataclasses import dataclass

from kernel.identifiers import IncidentId
from kernel.pagination import Page, PageRequest
from kernel.principal import Principal
from services.incidents.domain.errors import IncidentNotFound
from services.incidents.domain.incident import Evidence, Incident, IncidentGroup, TimelineEvent
from services.incidents.domain.suggestion import Suggestion, suggestions_for
from services.incidents.domain.violation import ConcludedViolation
from services.incidents.usecases.ports import (
    IncidentFilter,
    Recurrence,
    UnitOfWork,
    ViolationFilter,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentView:
    """An incident as a responder opens it."""

    incident: Incident
    evidence: Sequence[Evidence]
    suggestions: Sequence[Suggestion]
    recurrence: Recurrence


async def get_incident(
    incident_id: IncidentId, *, principal: Principal, unit_of_work: UnitOfWork
) -> IncidentView:
    """Return an incident with all that is known.

    Raises:
        IncidentNotFound: there is none that the principal may know of.
    """
    incident = await _found(incident_id, principal, unit_of_work)
    return IncidentView(
        incident=incident,
        evidence=await unit_of_work.reader.evidence(principal.tenant_id, incident_id),
        suggestions=suggestions_for(incident),
        recurrence=await unit_of_work.reader.recurrence(incident),
    )


async def list_incidents(
    wanted: IncidentFilter, page: PageRequest, *, principal: Principal, unit_of_work: UnitOfWork
) -> Page[Incident]:
    """Return incidents, newest first."""
    return await unit_of_work.reader.list(principal.tenant_id, wanted, page)


async def list_groups(
    page: PageRequest, *, include_resolved: bool, principal: Principal, unit_of_work: UnitOfWork
) -> Page[IncidentGroup]:
    """Return what happens again and again, the latest first."""
    return await unit_of_work.reader.groups(
        principal.tenant_id,
        page,
        project_id=principal.project_id,
        include_resolved=include_resolved,
    )


async def list_timeline(
    incident_id: IncidentId, page: PageRequest, *, principal: Principal, unit_of_work: UnitOfWork
) -> Page[TimelineEvent]:
    """Return what happened to an incident, oldest first.

    Raises:
        IncidentNotFound: there is none that the principal may know of.
    """
    await _found(incident_id, principal, unit_of_work)
    return await unit_of_work.reader.timeline(principal.tenant_id, incident_id, page)


async def list_violations(
    wanted: ViolationFilter, page: PageRequest, *, principal: Principal, unit_of_work: UnitOfWork
) -> Page[ConcludedViolation]:
    """Return violations, newest first."""
    return await unit_of_work.reader.violations(principal.tenant_id, wanted, page)


async def _found(
    incident_id: IncidentId, principal: Principal, unit_of_work: UnitOfWork
) -> Incident:
    incident = await unit_of_work.incidents.find(
        principal.tenant_id, incident_id, principal.project_id
    )
    if incident is None:
        raise IncidentNotFound.of(incident_id)
    return incident
