"""Tell services whose tokens must no longer be believed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from kernel.clock import Clock
from kernel.identifiers import ApiKeyId, TenantId
from services.accounts.usecases.ports import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocations:
    """Whose tokens open nothing although they have not expired."""

    api_key_ids: Sequence[ApiKeyId]
    tenant_ids: Sequence[TenantId]


async def list_revocations(
    *, within: timedelta, unit_of_work: UnitOfWork, clock: Clock
) -> Revocations:
    """Return the keys revoked within the time that a token can outlive them, and who is suspended.

    A key that was revoked earlier needs no mention: no token made from it can be alive.
    """
    credentials = unit_of_work.credentials
    return Revocations(
        api_key_ids=await credentials.revoked_since(clock.now() - within),
        tenant_ids=await credentials.suspended_tenants(),
    )
