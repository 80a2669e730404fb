"""Serves aos.incidents.v1.SeverityService."""

from typing import Any

from aos.incidents.v1 import severity_service_pb2 as messages
from aos.incidents.v1 import severity_service_pb2_grpc
from servicekit import calls
from servicekit.mutations import Mutations
from servicekit.unit_of_work import UnitsOfWork
from services.incidents.api.severity_messages import from_rules, to_rule
from services.incidents.usecases import set_severities
from services.incidents.usecases.ports import UnitOfWork


class SeverityService(severity_service_pb2_grpc.SeverityServiceServicer):
    """Decodes, calls one use case, encodes."""

    def __init__(
        self, *, units_of_work: UnitsOfWork[UnitOfWork], mutations: Mutations[UnitOfWork]
    ) -> None:
        self._units_of_work = units_of_work
        self._mutations = mutations

    async def GetSeverities(self, _request: Any, _context: Any) -> Any:
        """Return the table."""
        principal = calls.principal()
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            table = await set_severities.get_severities(
                principal=principal, unit_of_work=unit_of_work
            )
        return messages.GetSeveritiesResponse(rules=from_rules(table), etag=str(table.revision))

    async def UpdateSeverities(self, request: Any, _context: Any) -> Any:
        """Replace what the tenant has set."""
        command = set_severities.SetSeverities(
            principal=calls.principal(),
            rules=tuple(to_rule(rule) for rule in request.rules),
            etag=request.etag,
        )

        async def work(unit_of_work: UnitOfWork) -> messages.UpdateSeveritiesResponse:
            table = await set_severities.set_severities(command, unit_of_work=unit_of_work)
            return messages.UpdateSeveritiesResponse(
                rules=from_rules(table), etag=str(table.revision)
            )

        return await self._mutations.once(
            request,
            messages.UpdateSeveritiesResponse,
            work,
            tenant=command.principal.tenant_id,
        )
