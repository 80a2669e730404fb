"""Serves aos.incidents.v1.IncidentService."""

from collections.abc import Awaitable, Callable
from typing import Any

from aos.incidents.v1 import incident_service_pb2 as messages
from aos.incidents.v1 import incident_service_pb2_grpc
from kernel.clock import Clock
from kernel.identifiers import IncidentId
from kernel.pagination import Page
from servicekit import calls
from servicekit.audit.gate import Gate
from servicekit.mutations import Mutations
from servicekit.paging import PageTokens
from servicekit.unit_of_work import UnitsOfWork
from services.incidents.api.incident_messages import (
    from_evidence,
    from_group,
    from_incident,
    from_suggestion,
    from_timeline_event,
    from_violation,
    to_incident_filter,
    to_step,
    to_violation,
    to_violation_filter,
)
from services.incidents.domain.incident import Incident
from services.incidents.usecases import look_after_incidents, read_incidents
from services.incidents.usecases.create_incident import CreateIncident
from services.incidents.usecases.ports import UnitOfWork

_Take = Callable[..., Awaitable[Incident]]


class IncidentService(incident_service_pb2_grpc.IncidentServiceServicer):
    """Decodes, calls one use case, encodes."""

    def __init__(
        self,
        *,
        units_of_work: UnitsOfWork[UnitOfWork],
        mutations: Mutations[UnitOfWork],
        page_tokens: PageTokens,
        create_incident: CreateIncident,
        audit: Gate,
        clock: Clock,
    ) -> None:
        self._units_of_work = units_of_work
        self._mutations = mutations
        self._page_tokens = page_tokens
        self._create_incident = create_incident
        self._audit = audit
        self._clock = clock

    async def CreateIncident(self, request: Any, _context: Any) -> Any:
        """Keep a violation, and make an incident of it unless a learned rule covers it."""
        # Its own request id is the violation's source, so it is not one of the kit's mutations: the
        # fact must be on disk before others are asked, and a repetition tells what became of it.
        self._audit.require_open()
        principal = calls.principal()
        violation = to_violation(request, principal, at=self._clock.now())
        outcome = await self._create_incident(violation, principal=principal)
        return messages.CreateIncidentResponse(
            violation=from_violation(outcome.violation, outcome.case),
            incident=None if outcome.incident is None else from_incident(outcome.incident),
        )

    async def GetIncident(self, request: Any, _context: Any) -> Any:
        """Return an incident with its evidence, and what to do next."""
        principal = calls.principal()
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            view = await read_incidents.get_incident(
                IncidentId(request.incident_id), principal=principal, unit_of_work=unit_of_work
            )
        response = messages.GetIncidentResponse(
            incident=from_incident(view.incident),
            evidence=[from_evidence(each) for each in view.evidence],
            suggestions=[from_suggestion(each) for each in view.suggestions],
            recurrence_count=view.recurrence.count,
        )
        response.first_time.FromDatetime(view.recurrence.first_at)
        return response

    async def ListIncidents(self, request: Any, _context: Any) -> Any:
        """List incidents, newest first."""
        wanted = to_incident_filter(request, calls.principal())
        found, token = await self._page(request, read_incidents.list_incidents, wanted)
        return messages.ListIncidentsResponse(
            incidents=[from_incident(each) for each in found.items], next_page_token=token
        )

    async def ListIncidentGroups(self, request: Any, _context: Any) -> Any:
        """List what happens again and again, the latest first."""
        found, token = await self._page(
            request, read_incidents.list_groups, include_resolved=request.include_resolved
        )
        return messages.ListIncidentGroupsResponse(
            groups=[from_group(each) for each in found.items], next_page_token=token
        )

    async def ListTimeline(self, request: Any, _context: Any) -> Any:
        """List what happened to an incident, oldest first."""
        found, token = await self._page(
            request, read_incidents.list_timeline, IncidentId(request.incident_id)
        )
        return messages.ListTimelineResponse(
            events=[from_timeline_event(each) for each in found.items], next_page_token=token
        )

    async def ListViolations(self, request: Any, _context: Any) -> Any:
        """List violations, newest first."""
        wanted = to_violation_filter(request, calls.principal())
        found, token = await self._page(request, read_incidents.list_violations, wanted)
        return messages.ListViolationsResponse(
            violations=[from_violation(each.violation, each.case) for each in found.items],
            next_page_token=token,
        )

    async def AcknowledgeIncident(self, request: Any, _context: Any) -> Any:
        """Say that somebody has taken an incident on."""
        return await self._take(
            request,
            request.note,
            look_after_incidents.acknowledge_incident,
            messages.AcknowledgeIncidentResponse,
        )

    async def AssignIncident(self, request: Any, _context: Any) -> Any:
        """Say who is to look after an incident."""
        return await self._take(
            request,
            request.assignee,
            look_after_incidents.assign_incident,
            messages.AssignIncidentResponse,
        )

    async def CommentIncident(self, request: Any, _context: Any) -> Any:
        """Write something into the timeline of an incident."""
        return await self._take(
            request,
            request.text,
            look_after_incidents.comment_incident,
            messages.CommentIncidentResponse,
        )

    async def ResolveIncident(self, request: Any, _context: Any) -> Any:
        """End an incident, with how it was resolved."""
        return await self._take(
            request,
            request.resolution,
            look_after_incidents.resolve_incident,
            messages.ResolveIncidentResponse,
        )

    async def ReopenIncident(self, request: Any, _context: Any) -> Any:
        """Open a resolved incident again, with the reason."""
        return await self._take(
            request,
            request.reason,
            look_after_incidents.reopen_incident,
            messages.ReopenIncidentResponse,
        )

    async def _take(self, request: Any, text: str, take: _Take, response_type: Any) -> Any:
        step = to_step(request, calls.principal(), text)

        async def work(unit_of_work: UnitOfWork) -> Any:
            incident = await take(step, unit_of_work=unit_of_work)
            return response_type(incident=from_incident(incident))

        return await self._mutations.once(
            request, response_type, work, tenant=step.principal.tenant_id
        )

    async def _page(
        self, request: Any, read: Callable[..., Awaitable[Page[Any]]], *what: Any, **how: Any
    ) -> tuple[Page[Any], str]:
        principal = calls.principal()
        page = self._page_tokens.read(request, tenant=principal.tenant_id)
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            found = await read(*what, page, principal=principal, unit_of_work=unit_of_work, **how)
        token = self._page_tokens.write(request, found.next_after, tenant=principal.tenant_id)
        return found, token
