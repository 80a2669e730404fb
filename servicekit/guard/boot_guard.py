"""A broken spine accepts no runs: invariants proven by doing, and the verdict held as a lease.

The verdict is good for ten seconds and renewed every five. If the guard itself hangs, the lease
runs out and runs are refused: silence is not consent.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from servicekit.telemetry import metrics
from servicekit.telemetry.logging import get_logger

_log = get_logger("guard")

INTERVAL_SECONDS = 5.0
# While something is broken the guard looks more often, so that mending it is noticed at once.
BROKEN_INTERVAL_SECONDS = 1.0
LEASE_SECONDS = 10.0
_CHECK_TIMEOUT_SECONDS = 4.0

Prove = Callable[[], Awaitable[str | None]]
OnVerdict = Callable[[bool], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardCheck:
    """One invariant; `prove` returns what is wrong and what to do about it, or nothing."""

    name: str
    prove: Prove


class BootGuard:
    """Proves every check again and again, and remembers what does not hold."""

    def __init__(self, *, on_verdict: OnVerdict | None = None) -> None:
        self.checks: tuple[GuardCheck, ...] = ()
        self._on_verdict = on_verdict
        self._problems = {"guard": "The checks have not run yet."}
        self._lease_until = float("-inf")
        # Whether everything was tried at least once.
        self.checked = False

    def watch(self, checks: Sequence[GuardCheck], *, on_verdict: OnVerdict | None = None) -> None:
        """Take on the checks, before :meth:`run`."""
        self.checks = tuple(checks)
        self._on_verdict = on_verdict

    async def run(self) -> None:
        """Check until cancelled."""
        while True:
            await self.check_once()
            await asyncio.sleep(BROKEN_INTERVAL_SECONDS if self._problems else INTERVAL_SECONDS)

    async def check_once(self) -> None:
        """Prove everything once and renew the lease."""
        results = await asyncio.gather(*(self._prove(check) for check in self.checks))
        found = {
            check.name: problem
            for check, problem in zip(self.checks, results, strict=True)
            if problem is not None
        }
        self._tell_changes(found)
        self._problems = found
        self.checked = True
        self._lease_until = time.monotonic() + LEASE_SECONDS
        metrics.guard_holds.set(0 if found else 1)
        if self._on_verdict is not None:
            await self._on_verdict(not found)

    def problems(self) -> dict[str, str]:
        """What does not hold; empty while runs may begin."""
        if time.monotonic() > self._lease_until:
            return {"guard": "The checks have not finished for 10 seconds."}
        return self._problems

    async def _prove(self, check: GuardCheck) -> str | None:
        try:
            return await asyncio.wait_for(check.prove(), _CHECK_TIMEOUT_SECONDS)
        except TimeoutError:
            return f"It did not finish within {_CHECK_TIMEOUT_SECONDS:.0f} seconds."
        except Exception as error:  # noqa: BLE001 - a check that cannot run has not held
            return str(error) or type(error).__name__

    def _tell_changes(self, found: dict[str, str]) -> None:
        before = self._problems if self.checked else {}
        for name in found.keys() - before.keys():
            _log.error("a check fails; no runs are accepted", check=name, problem=found[name])
        for name in before.keys() - found.keys():
            _log.info("a check holds", check=name)
