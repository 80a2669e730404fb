"""Append records of one kind: many calls, of many tenants, in one transaction.

Nearly every record is new, so nobody looks for it first, as in the ledger.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

from kernel.errors import Conflict
from services.logs.domain.errors import RecordConflict
from services.logs.domain.once import WrittenOnce, sift
from services.logs.usecases.ports import (
    AlreadyWritten,
    RecordRepository,
    UnitOfWork,
    UnitsOfWork,
)

Record = TypeVar("Record", bound=WrittenOnce)
Choose = Callable[[UnitOfWork], RecordRepository[Record]]


async def append_records(
    calls: Sequence[Sequence[Record]], *, choose: Choose[Record], units_of_work: UnitsOfWork
) -> list[RecordConflict | None]:
    """Write what is new in these calls; each is taken whole or refused by itself."""
    try:
        return await _attempt(calls, choose, units_of_work, look=False)
    except AlreadyWritten:
        pass
    try:
        return await _attempt(calls, choose, units_of_work, look=True)
    except AlreadyWritten:
        # Two replicas were sent the same record at once; the next try finds it written.
        raise Conflict("The same record is being written elsewhere. Retry.") from None


async def _attempt(
    calls: Sequence[Sequence[Record]],
    choose: Choose[Record],
    units_of_work: UnitsOfWork,
    *,
    look: bool,
) -> list[RecordConflict | None]:
    tenants = sorted({record.key[0] for call in calls for record in call})
    async with units_of_work(*tenants) as unit_of_work:
        records = choose(unit_of_work)
        keys = [record.key for call in calls for record in call] if look else []
        fresh, refusals = sift(calls, await records.find_digests(keys) if look else {})
        if fresh:
            await records.add(fresh)
            await unit_of_work.commit()
    return refusals
