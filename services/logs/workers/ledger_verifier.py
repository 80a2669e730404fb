"""Reads every log again from its first entry on, in portions that leave room for calls."""

import asyncio
import time
from collections import deque

from kernel.clock import Clock
from servicekit.guard.boot_guard import GuardCheck
from servicekit.jobs import Job
from servicekit.telemetry.logging import get_logger
from services.logs.domain.notary import Notary
from services.logs.usecases.ports import UnitsOfWork
from services.logs.usecases.verify_ledgers import damaged_logs, due_logs, verify_portion

_log = get_logger("verifier")
_EVERY_SECONDS = 2.0
# At most a thousand entries a second, and never more than half of the time that there is.
_PORTIONS_AT_ONCE = 20


class LedgerVerifier:
    """The job that verifies whole logs, and the check that names what it found."""

    def __init__(self, *, notary: Notary, units_of_work: UnitsOfWork, clock: Clock) -> None:
        self._notary = notary
        self._units_of_work = units_of_work
        self._clock = clock

    @property
    def job(self) -> Job:
        """Reads on where it stopped."""
        return Job(name="verify_ledgers", every_seconds=_EVERY_SECONDS, work=self.tick)

    @property
    def check(self) -> GuardCheck:
        """Holds while no log is known to be damaged."""
        return GuardCheck(name="ledgers", prove=self.prove)

    async def tick(self) -> None:
        """Read some portions, a log after the other, and rest as long as each took."""
        waiting = deque(
            await due_logs(_PORTIONS_AT_ONCE, units_of_work=self._units_of_work, clock=self._clock)
        )
        for _ in range(_PORTIONS_AT_ONCE):
            if not waiting:
                return
            began = time.monotonic()
            tenant_id = waiting.popleft()
            after = await verify_portion(
                tenant_id,
                notary=self._notary,
                units_of_work=self._units_of_work,
                clock=self._clock,
            )
            if not after.is_finished:
                waiting.append(tenant_id)
            elif after.finding:
                _log.error("a ledger is damaged", tenant_id=tenant_id, finding=after.finding)
            await asyncio.sleep(time.monotonic() - began)

    async def prove(self) -> str | None:
        """Say what was found and is not mended; the same on every replica."""
        for found in await damaged_logs(units_of_work=self._units_of_work):
            return found.message
        return None
