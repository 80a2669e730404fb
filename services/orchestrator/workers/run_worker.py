"""Keeps managed runs going: takes what is due, renews what is ours, looks after what waits."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping

from kernel.errors import ServiceError
from servicekit.heartbeat import Heartbeat
from servicekit.telemetry.logging import get_logger
from services.orchestrator.domain.managed_run import LeasedRun
from services.orchestrator.usecases.tend_queue import TendQueue
from services.orchestrator.usecases.work_runs import WorkRuns

_log = get_logger("run_worker")
# Runs that other replicas queued, or that waited, are found within this.
TAKE_SECONDS = 0.25
TEND_SECONDS = 0.5
# A permit that has run out is noticed within this.
WATCH_SECONDS = 0.1


def tell_fault(leased: LeasedRun, error: BaseException) -> None:
    """Write down what kept a run from going on."""
    _log.warning("a managed run could not go on", run_id=leased.run.contract.run_id, exc_info=error)


class RunWorker:
    """One replica's part; two that look at once take different runs."""

    def __init__(
        self,
        *,
        work: WorkRuns,
        tend: TendQueue,
        beat_seconds: float,
    ) -> None:
        self.work, self._tend = work, tend
        self._beat_seconds = beat_seconds
        self._wanted = asyncio.Event()
        self._beats = {name: Heartbeat() for name in ("taking", "beating", "tending")}

    @property
    def loops(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        """What is to be run side by side for as long as the service runs."""
        return {
            "managed_runs": self.run,
            "managed_beats": self.beat,
            "managed_queue": self.tend,
            "managed_watch": self.watch,
        }

    @property
    def heartbeats(self) -> Mapping[str, Heartbeat]:
        """The signs of life of those that must not be silent."""
        return {f"managed_runs/{name}": heartbeat for name, heartbeat in self._beats.items()}

    def hint(self) -> None:
        """Say that a run has just been queued."""
        self._wanted.set()

    async def run(self) -> None:
        """Take what is due until cancelled."""
        while True:
            begun = 0
            self._wanted.clear()
            try:
                begun = await self.work()
            except ServiceError as error:
                _log.warning("managed runs wait", error=error.message)
            self._beats["taking"].beat()
            if not begun:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wanted.wait(), TAKE_SECONDS)

    async def beat(self) -> None:
        """Renew leases and permits until cancelled."""
        await self._again_and_again("beating", self.work.beat, self._beat_seconds)

    async def tend(self) -> None:
        """Look after what waits until cancelled."""
        await self._again_and_again("tending", self._tend, TEND_SECONDS)

    async def watch(self) -> None:
        """Break off what has no permit any more, until cancelled; asks nobody, so never hangs."""
        while True:
            self.work.watch()
            await asyncio.sleep(WATCH_SECONDS)

    async def _again_and_again(
        self, name: str, work: Callable[[], Awaitable[object]], seconds: float
    ) -> None:
        while True:
            try:
                await work()
            except ServiceError as error:
                _log.warning("managed runs are not looked after", loop=name, error=error.message)
            self._beats[name].beat()
            await asyncio.sleep(seconds)
