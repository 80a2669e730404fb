"""Sends what is due, many at a time, a few to each destination."""

from kernel.identifiers import DestinationId
from services.incidents.domain.delivery import Delivery
from services.incidents.usecases.deliver_alerts import DeliverAlerts
from services.incidents.workers.claimed_work import ClaimedWork

LOOP = "delivery_sender"
# Whoever hangs holds a place for as long as a try may last, so there are many of them …
PLACES = 128
# … and nobody gets more than a few.
PLACES_OF_ONE = 4


class DeliverySender(ClaimedWork[Delivery, DestinationId]):
    """One replica's part of the deliveries."""

    def __init__(self, *, deliver: DeliverAlerts, every_seconds: float) -> None:
        super().__init__(
            name=LOOP,
            claim=deliver.claim,
            work=deliver.deliver,
            owner_of=lambda delivery: delivery.destination_id,
            places=PLACES,
            places_of_one=PLACES_OF_ONE,
            every_seconds=every_seconds,
        )
