"""Append records of one kind: many calls, of many tenants, in one transaction."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from services.logs.domain.errors import RecordConflict
from services.logs.domain.once import WrittenOnce, sift
from services.logs.usecases.ports import RecordRepository, UnitOfWork, UnitsOfWork

Record = TypeVar("Record", bound=WrittenOnce)


async def append_records(
    calls: Sequence[Sequence[Record]],
    *,
    choose: Callable[[UnitOfWork], RecordRepository[Record]],
    units_of_work: UnitsOfWork,
) -> list[RecordConflict | None]:
    """Write what is new in these calls; each is taken whole or refused by itself."""
    tenants = sorted({record.key[0] for call in calls for record in call})
    async with units_of_work(*tenants) as unit_of_work:
        records = choose(unit_of_work)
        known = await records.find_digests([record.key for call in calls for record in call])
        fresh, refusals = sift(calls, known)
        if fresh:
            await records.add(fresh)
            await unit_of_work.commit()
    return refusals
