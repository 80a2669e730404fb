"""Sign every log that has grown enough, or long enough ago."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from kernel.clock import Clock
from services.logs.domain.errors import LedgerDamaged
from services.logs.domain.notary import Notary
from services.logs.usecases.checkpoints import create_checkpoint, verify_tail
from services.logs.usecases.ports import CHECKPOINT, UnitsOfWork, Unsigned

SIGN_AFTER = timedelta(seconds=10)
SIGN_ENTRIES = 1000
_LOGS_AT_ONCE = 500
# A log that should have been signed this long ago was refused, or nobody signs at all.
OVERDUE_AFTER = 2 * SIGN_AFTER
_LOGS_TO_PROVE = 8


async def sign_grown(
    *, notary: Notary, units_of_work: UnitsOfWork, clock: Clock
) -> Sequence[LedgerDamaged]:
    """Sign what is due, and return what could not be signed because it is damaged."""
    damaged: list[LedgerDamaged] = []
    for log in await _unsigned(units_of_work, _LOGS_AT_ONCE):
        if not is_due(log, clock.now()):
            continue
        try:
            await create_checkpoint(
                log.tenant_id, notary=notary, units_of_work=units_of_work, clock=clock
            )
        except LedgerDamaged as found:
            damaged.append(found)
    return damaged


async def find_damage(
    *, notary: Notary, units_of_work: UnitsOfWork, clock: Clock
) -> LedgerDamaged | None:
    """Return what is wrong with a log that should have been signed long ago, or nothing."""
    for log in await _unsigned(units_of_work, _LOGS_TO_PROVE):
        if not _is_overdue(log, clock.now()):
            continue
        async with units_of_work(log.tenant_id) as unit_of_work:
            try:
                await verify_tail(log.tenant_id, notary=notary, unit_of_work=unit_of_work)
            except LedgerDamaged as found:
                return found
    return None


def is_due(log: Unsigned, now: datetime) -> bool:
    """Whether a log that differs from its last checkpoint is to be signed now."""
    if log.signed_at is None or log.size < log.signed_size:
        return True
    return log.size >= log.signed_size + SIGN_ENTRIES or now >= log.signed_at + SIGN_AFTER


def _is_overdue(log: Unsigned, now: datetime) -> bool:
    signed_at = log.signed_at
    return signed_at is None or log.size < log.signed_size or now >= signed_at + OVERDUE_AFTER


async def _unsigned(units_of_work: UnitsOfWork, limit: int) -> Sequence[Unsigned]:
    async with units_of_work(purpose=CHECKPOINT) as unit_of_work:
        return await unit_of_work.checkpoints.unsigned(limit)
