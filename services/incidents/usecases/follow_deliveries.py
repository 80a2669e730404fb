"""See what was sent where, and send it once more."""

from collections.abc import Sequence
from dataclasses import dataclass

from kernel.identifiers import DeliveryId
from kernel.pagination import Page, PageRequest
from kernel.principal import Principal
from services.incidents.domain.alert_events import DeliveryRedelivered
from services.incidents.domain.delivery import Attempt, Delivery
from services.incidents.domain.errors import DeliveryNotFound
from services.incidents.usecases.alert_ports import AlertUnitOfWork, DeliveryFilter


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A delivery with its last tries."""

    delivery: Delivery
    attempts: Sequence[Attempt]


async def list_deliveries(
    wanted: DeliveryFilter,
    page: PageRequest,
    *,
    principal: Principal,
    unit_of_work: AlertUnitOfWork,
) -> Page[Followed]:
    """Return deliveries with their tries, newest first.

    Raises:
        PermissionMissing: the credential is bound to a project.
    """
    principal.require_whole_tenant()
    found = await unit_of_work.deliveries.list(principal.tenant_id, wanted, page)
    attempts = await unit_of_work.deliveries.attempts(
        principal.tenant_id, [delivery.id for delivery in found.items]
    )
    items = [
        Followed(delivery=delivery, attempts=attempts.get(delivery.id, ()))
        for delivery in found.items
    ]
    return Page(items=items, next_after=found.next_after)


async def redeliver(
    delivery_id: DeliveryId, *, principal: Principal, unit_of_work: AlertUnitOfWork
) -> Followed:
    """Deliver once more what was delivered or given up.

    Raises:
        PermissionMissing: the credential is bound to a project.
        DeliveryNotFound: there is none that the principal may know of.
        IllegalDeliveryStep: it is on its way already.
    """
    principal.require_whole_tenant()
    before = await unit_of_work.deliveries.hold(principal.tenant_id, delivery_id)
    if before is None:
        raise DeliveryNotFound.of(delivery_id)
    after = before.redelivered(at=await unit_of_work.now())
    await unit_of_work.deliveries.update(after)
    event = DeliveryRedelivered(delivery=after)
    unit_of_work.announce(event, actor=principal.actor, before=before)
    attempts = await unit_of_work.deliveries.attempts(principal.tenant_id, [after.id])
    return Followed(delivery=after, attempts=attempts.get(after.id, ()))
