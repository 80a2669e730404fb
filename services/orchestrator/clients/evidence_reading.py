"""Long lists of the domains, page by page, in pages that fit into a message.

What is said of a step or an entry may be a hundred thousand bytes, so a page that is too large for
a message is asked for again with half as many items.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from kernel.errors import DeadlineTooShort, Exhausted, Unavailable
from kernel.identifiers import TenantId
from services.orchestrator.clients.peer import Peer
from services.orchestrator.usecases.evidence_ports import Some

# Of one list as much as fits into an answer beside the others.
_MOST_BYTES = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One list method of a domain."""

    peer: Peer
    method: Any
    request_type: Any
    # Name of the field of the answer that holds the items.
    field: str


async def answered(peer: Peer, method: Any, request: Any, tenant_id: TenantId | None) -> Any:
    """Ask in our name for a tenant, or for whoever asks us when no tenant is given.

    Raises:
        Unavailable: the service does not answer; it is named.
        ServiceError: what it says otherwise.
    """
    try:
        if tenant_id is None:
            return await peer.ask_for_caller(method, request)
        return await peer.ask(method, request, tenant_id)
    except (Unavailable, DeadlineTooShort) as error:
        raise Unavailable(
            f"{peer.name} does not answer, and without its part this would not be the whole: "
            f"{error.message}",
            metadata={"service": peer.name},
        ) from error


async def pages(
    listing: Listing, tenant_id: TenantId, *, size: int, **fields: Any
) -> AsyncIterator[tuple[Sequence[Any], bool]]:
    """Every page of a list, and whether more follow."""
    token = ""
    while True:
        request = listing.request_type(page_size=size, page_token=token, **fields)
        try:
            answer = await answered(listing.peer, listing.method, request, tenant_id)
        except Exhausted as error:
            # Only what never reached us is without a reason of its own.
            if size == 1 or error.reason != Exhausted.reason:
                raise
            size = size // 2
            continue
        token = answer.next_page_token
        yield getattr(answer, listing.field), bool(token)
        if not token:
            return


async def first_of(listing: Listing, tenant_id: TenantId, *, most: int, **fields: Any) -> Some:
    """The first items of a list: so many, and no more than fit beside the others."""
    found: list[Any] = []
    read = 0
    async for items, more in pages(listing, tenant_id, size=min(most, 500), **fields):
        found += items
        read += sum(item.ByteSize() for item in items)
        if len(found) >= most or read >= _MOST_BYTES:
            return Some(items=found[:most], more=more or len(found) > most)
    return Some(items=found, more=False)
