"""Serves aos.policies.v1.PreventionService."""

from typing import Any

from aos.policies.v1 import prevention_service_pb2 as messages
from aos.policies.v1 import prevention_service_pb2_grpc
from servicekit import calls
from servicekit.mutations import Mutations
from servicekit.paging import PageTokens
from servicekit.unit_of_work import UnitsOfWork
from services.policies.api.enforcement_messages import (
    from_prevention,
    from_suppression,
    to_filter,
    to_mishap,
)
from services.policies.usecases import suppress_incidents
from services.policies.usecases.people_ports import PeopleUnitOfWork


class PreventionService(prevention_service_pb2_grpc.PreventionServiceServicer):
    """Decodes, calls one use case, encodes."""

    def __init__(
        self,
        *,
        units_of_work: UnitsOfWork[PeopleUnitOfWork],
        mutations: Mutations[PeopleUnitOfWork],
        page_tokens: PageTokens,
    ) -> None:
        self._units_of_work = units_of_work
        self._mutations = mutations
        self._page_tokens = page_tokens

    async def DecideSuppression(self, request: Any, _context: Any) -> Any:
        """Decide once: an incident, or a prevention record in its place."""
        principal = calls.principal()

        async def work(unit_of_work: PeopleUnitOfWork) -> messages.DecideSuppressionResponse:
            suppression = await suppress_incidents.decide_suppression(
                to_mishap(request, principal), principal=principal, unit_of_work=unit_of_work
            )
            return messages.DecideSuppressionResponse(suppression=from_suppression(suppression))

        return await self._mutations.once(
            request, messages.DecideSuppressionResponse, work, tenant=principal.tenant_id
        )

    async def ListPreventions(self, request: Any, _context: Any) -> Any:
        """List prevention records, newest first."""
        principal = calls.principal()
        page = self._page_tokens.read(request, tenant=principal.tenant_id)
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            found = await suppress_incidents.list_preventions(
                to_filter(request, principal), page, principal=principal, unit_of_work=unit_of_work
            )
        return messages.ListPreventionsResponse(
            preventions=[from_prevention(item) for item in found.items],
            next_page_token=self._page_tokens.write(
                request, found.next_after, tenant=principal.tenant_id
            ),
        )
