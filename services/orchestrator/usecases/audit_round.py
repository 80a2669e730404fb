"""One round of an audit: a few at a time, and whatever cannot be looked at keeps nobody waiting."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from kernel.errors import ServiceError
from services.orchestrator.domain.run_audit import DueRun, Mark
from services.orchestrator.usecases.audit_ports import AuditDesk
from services.orchestrator.usecases.desks import Desks
from services.orchestrator.usecases.ports import OpenUnitOfWork

Item = TypeVar("Item")
# Audits are in no hurry, and whoever is asked has runs to look after.
_PLACES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditParts:
    """What every audit is made of."""

    units_of_work: OpenUnitOfWork
    # Where it reads, and where it tells what it has found.
    desk: AuditDesk
    desks: Desks


class AuditRound:
    """Looks at many, and remembers what kept it from looking at some."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(_PLACES)
        self._failed = 0
        self._last: ServiceError | None = None

    async def marks(
        self, due: Sequence[DueRun], look: Callable[[DueRun], Awaitable[Mark]]
    ) -> list[Mark]:
        """Look at runs, and return how far each is; what could not be looked at queues again."""
        return list(await asyncio.gather(*(self._mark(one, look) for one in due)))

    async def _mark(self, due: DueRun, look: Callable[[DueRun], Awaitable[Mark]]) -> Mark:
        async with self._places:
            mark = await self.attempt(look(due))
        return mark or Mark(due=due, state=None)

    async def attempt(self, work: Awaitable[Item]) -> Item | None:
        """Do something; None if somebody could not be asked, which proves nothing."""
        try:
            return await work
        except ServiceError as error:
            self._failed += 1
            self._last = error
            return None

    def finish(self) -> None:
        """Raise if anything could not be looked at, so that the job shows it."""
        if self._last is not None:
            raise type(self._last)(
                f"{self._failed} could not be audited, which comes later: {self._last.message}"
            )
