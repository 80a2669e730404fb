"""Serves aos.incidents.v1.DestinationService."""

from datetime import timedelta
from typing import Any

from aos.incidents.v1 import destination_service_pb2 as messages
from aos.incidents.v1 import destination_service_pb2_grpc
from kernel.identifiers import DestinationId
from servicekit import calls
from servicekit.mutations import Mutations
from servicekit.paging import PageTokens
from servicekit.unit_of_work import UnitsOfWork
from services.incidents.api.alert_messages import from_alert
from services.incidents.api.destination_messages import (
    from_destination,
    to_description,
    to_step,
)
from services.incidents.usecases import keep_destinations
from services.incidents.usecases.alert_ports import AlertUnitOfWork
from services.incidents.usecases.keep_destinations import KeepDestinations


class DestinationService(destination_service_pb2_grpc.DestinationServiceServicer):
    """Decodes, calls one use case, encodes."""

    def __init__(
        self,
        *,
        units_of_work: UnitsOfWork[AlertUnitOfWork],
        mutations: Mutations[AlertUnitOfWork],
        page_tokens: PageTokens,
        keep: KeepDestinations,
    ) -> None:
        self._units_of_work = units_of_work
        self._mutations = mutations
        self._page_tokens = page_tokens
        self._keep = keep

    async def CreateDestination(self, request: Any, _context: Any) -> Any:
        """Make a destination."""
        principal, description = calls.principal(), to_description(request)
        await self._keep.inspect(description, principal=principal)

        async def work(unit_of_work: AlertUnitOfWork) -> messages.CreateDestinationResponse:
            made, secret = await self._keep.create(
                description, principal=principal, unit_of_work=unit_of_work
            )
            return messages.CreateDestinationResponse(
                destination=from_destination(made), secret=secret
            )

        return await self._mutations.once(
            request, messages.CreateDestinationResponse, work, tenant=principal.tenant_id
        )

    async def GetDestination(self, request: Any, _context: Any) -> Any:
        """Return one destination."""
        principal = calls.principal()
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            found = await keep_destinations.get_destination(
                DestinationId(request.destination_id),
                principal=principal,
                unit_of_work=unit_of_work,
            )
        return messages.GetDestinationResponse(destination=from_destination(found))

    async def ListDestinations(self, request: Any, _context: Any) -> Any:
        """List destinations, newest first."""
        principal = calls.principal()
        page = self._page_tokens.read(request, tenant=principal.tenant_id)
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            found = await keep_destinations.list_destinations(
                page, principal=principal, unit_of_work=unit_of_work
            )
        return messages.ListDestinationsResponse(
            destinations=[from_destination(one) for one in found.items],
            next_page_token=self._page_tokens.write(
                request, found.next_after, tenant=principal.tenant_id
            ),
        )

    async def UpdateDestination(self, request: Any, _context: Any) -> Any:
        """Replace what a destination says."""
        step, description = to_step(request, calls.principal()), to_description(request)
        await self._keep.inspect(description, principal=step.principal)

        async def work(unit_of_work: AlertUnitOfWork) -> messages.UpdateDestinationResponse:
            changed = await keep_destinations.update_destination(
                step, description, unit_of_work=unit_of_work
            )
            return messages.UpdateDestinationResponse(destination=from_destination(changed))

        return await self._mutations.once(
            request, messages.UpdateDestinationResponse, work, tenant=step.principal.tenant_id
        )

    async def DeleteDestination(self, request: Any, _context: Any) -> Any:
        """Remove a destination."""
        step = to_step(request, calls.principal())

        async def work(unit_of_work: AlertUnitOfWork) -> messages.DeleteDestinationResponse:
            await keep_destinations.delete_destination(step, unit_of_work=unit_of_work)
            return messages.DeleteDestinationResponse()

        return await self._mutations.once(
            request, messages.DeleteDestinationResponse, work, tenant=step.principal.tenant_id
        )

    async def RotateDestinationSecret(self, request: Any, _context: Any) -> Any:
        """Make a new secret for a webhook."""
        step = to_step(request, calls.principal())
        overlap = timedelta(seconds=request.overlap_seconds)

        async def work(unit_of_work: AlertUnitOfWork) -> messages.RotateDestinationSecretResponse:
            changed, secret = await self._keep.rotate(
                step, overlap=overlap, unit_of_work=unit_of_work
            )
            return messages.RotateDestinationSecretResponse(
                destination=from_destination(changed), secret=secret
            )

        return await self._mutations.once(
            request,
            messages.RotateDestinationSecretResponse,
            work,
            tenant=step.principal.tenant_id,
        )

    async def SendTestAlert(self, request: Any, _context: Any) -> Any:
        """Try a destination."""
        step = to_step(request, calls.principal())

        async def work(unit_of_work: AlertUnitOfWork) -> messages.SendTestAlertResponse:
            alert = await keep_destinations.send_test_alert(step, unit_of_work=unit_of_work)
            return messages.SendTestAlertResponse(alert=from_alert(alert))

        return await self._mutations.once(
            request, messages.SendTestAlertResponse, work, tenant=step.principal.tenant_id
        )
