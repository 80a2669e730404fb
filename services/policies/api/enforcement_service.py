"""Serves aos.policies.v1.EnforcementService."""

from typing import Any

from aos.policies.v1 import enforcement_service_pb2 as messages
from aos.policies.v1 import enforcement_service_pb2_grpc
from servicekit import calls
from servicekit.paging import PageTokens
from servicekit.unit_of_work import UnitsOfWork
from services.policies.api.enforcement_messages import from_enforcement, to_filter
from services.policies.usecases import suppress_incidents
from services.policies.usecases.people_ports import PeopleUnitOfWork


class EnforcementService(enforcement_service_pb2_grpc.EnforcementServiceServicer):
    """Decodes, calls one use case, encodes."""

    def __init__(
        self, *, units_of_work: UnitsOfWork[PeopleUnitOfWork], page_tokens: PageTokens
    ) -> None:
        self._units_of_work = units_of_work
        self._page_tokens = page_tokens

    async def ListEnforcements(self, request: Any, _context: Any) -> Any:
        """List what was enforced, newest first."""
        principal = calls.principal()
        page = self._page_tokens.read(request, tenant=principal.tenant_id)
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            found = await suppress_incidents.list_enforcements(
                to_filter(request, principal), page, principal=principal, unit_of_work=unit_of_work
            )
        return messages.ListEnforcementsResponse(
            enforcements=[from_enforcement(item) for item in found.items],
            next_page_token=self._page_tokens.write(
                request, found.next_after, tenant=principal.tenant_id
            ),
        )
