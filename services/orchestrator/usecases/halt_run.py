"""Halts: accepted when they are committed, confirmed when nothing can be under way any more."""

from dataclasses import dataclass
from datetime import datetime

from kernel.identifiers import RunId, TenantId
from services.orchestrator.domain.permit import PermitTerms, confirmed_at
from services.orchestrator.usecases.ports import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """Whether whoever executes a halted run knows of it, and since when."""

    confirmed: bool
    # Set once it is confirmed.
    at: datetime | None


async def confirmation_of(
    tenant_id: TenantId,
    run_id: RunId,
    *,
    changed_at: datetime,
    epoch: int,
    terms: PermitTerms,
    unit_of_work: UnitOfWork,
) -> Confirmation:
    """Return how far a halt has come whose gate moved at this moment to this epoch."""
    obeyed = await unit_of_work.holders.obeyed(tenant_id, run_id)
    if obeyed is None:
        # Nobody ever held it, so nothing of it was ever under way.
        return Confirmation(confirmed=True, at=changed_at)
    at = confirmed_at(
        changed_at, epoch=epoch, obeyed_epoch=obeyed.epoch, obeyed_at=obeyed.at, terms=terms
    )
    reached = at <= await unit_of_work.now()
    return Confirmation(confirmed=reached, at=at if reached else None)
