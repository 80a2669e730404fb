"""Signs checkpoints in the rhythm of the ledger, and proves to the boot guard that it can."""

from collections.abc import Sequence

from kernel.clock import Clock
from servicekit.guard.boot_guard import GuardCheck
from servicekit.jobs import Job
from servicekit.telemetry.logging import get_logger
from services.logs.domain.errors import LedgerDamaged
from services.logs.domain.notary import Notary
from services.logs.usecases.ports import UnitsOfWork
from services.logs.usecases.sign_grown import find_damage, sign_grown

_log = get_logger("checkpoints")
_EVERY_SECONDS = 2.0


class CheckpointTicker:
    """The job, and the check of the boot guard, that look after the ends of all logs."""

    def __init__(self, *, notary: Notary, units_of_work: UnitsOfWork, clock: Clock) -> None:
        self._notary = notary
        self._units_of_work = units_of_work
        self._clock = clock
        self._damaged: Sequence[LedgerDamaged] = ()

    @property
    def job(self) -> Job:
        """Signs what is due."""
        return Job(name="sign_checkpoints", every_seconds=_EVERY_SECONDS, work=self.tick)

    @property
    def check(self) -> GuardCheck:
        """Holds while no log that has grown is damaged."""
        return GuardCheck(name="ledger_tail", prove=self.prove)

    async def tick(self) -> None:
        """Sign what is due; fails with the first damage after all others are signed."""
        damaged = await sign_grown(
            notary=self._notary, units_of_work=self._units_of_work, clock=self._clock
        )
        for found in damaged:
            _log.error("a ledger does not verify and is not signed", **found.metadata)
        self._damaged = damaged
        if damaged:
            raise damaged[0]

    async def prove(self) -> str | None:
        """Say what is damaged: what this replica refused to sign, or another should have signed."""
        for found in self._damaged:
            return found.message
        overdue = await find_damage(
            notary=self._notary, units_of_work=self._units_of_work, clock=self._clock
        )
        return None if overdue is None else overdue.message
