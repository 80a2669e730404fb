"""Serves aos.incidents.v1.DeliveryService."""

from typing import Any

from aos.incidents.v1 import delivery_service_pb2 as messages
from aos.incidents.v1 import delivery_service_pb2_grpc
from kernel.identifiers import DeliveryId
from servicekit import calls
from servicekit.mutations import Mutations
from servicekit.paging import PageTokens
from servicekit.unit_of_work import UnitsOfWork
from services.incidents.api.delivery_messages import from_followed, to_delivery_filter
from services.incidents.usecases import follow_deliveries
from services.incidents.usecases.alert_ports import AlertUnitOfWork


class DeliveryService(delivery_service_pb2_grpc.DeliveryServiceServicer):
    """Decodes, calls one use case, encodes."""

    def __init__(
        self,
        *,
        units_of_work: UnitsOfWork[AlertUnitOfWork],
        mutations: Mutations[AlertUnitOfWork],
        page_tokens: PageTokens,
    ) -> None:
        self._units_of_work = units_of_work
        self._mutations = mutations
        self._page_tokens = page_tokens

    async def ListDeliveries(self, request: Any, _context: Any) -> Any:
        """List deliveries with their tries, newest first."""
        principal = calls.principal()
        page = self._page_tokens.read(request, tenant=principal.tenant_id)
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            found = await follow_deliveries.list_deliveries(
                to_delivery_filter(request), page, principal=principal, unit_of_work=unit_of_work
            )
        return messages.ListDeliveriesResponse(
            deliveries=[from_followed(one) for one in found.items],
            next_page_token=self._page_tokens.write(
                request, found.next_after, tenant=principal.tenant_id
            ),
        )

    async def RedeliverDelivery(self, request: Any, _context: Any) -> Any:
        """Deliver once more."""
        principal = calls.principal()

        async def work(unit_of_work: AlertUnitOfWork) -> messages.RedeliverDeliveryResponse:
            followed = await follow_deliveries.redeliver(
                DeliveryId(request.delivery_id), principal=principal, unit_of_work=unit_of_work
            )
            return messages.RedeliverDeliveryResponse(delivery=from_followed(followed))

        return await self._mutations.once(
            request, messages.RedeliverDeliveryResponse, work, tenant=principal.tenant_id
        )
