"""Keeps one service running: starts it, watches its health, starts it again when it ends."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aosctl.backoff import Backoff
from aosctl.board import Board, State
from aosctl.errors import OperatorError
from aosctl.health import Probe, Reading
from aosctl.log_reason import exit_reason, last_words
from aosctl.services import Service
from aosctl.zygote_client import ServiceProcess, ZygoteClient

DRAIN_SECONDS = 10.0
# So long a new process may take before its silence is called a fault.
START_SECONDS = 15.0
STARTING_INTERVAL = 0.05
SERVING_INTERVAL = 1.0


@dataclass(slots=True)
class Watch:
    """What was seen of one process since it started."""

    started_at: float
    serving_since: float | None = None

    def healthy_seconds(self, now: float) -> float:
        """How long the service has been serving without a break."""
        return 0.0 if self.serving_since is None else now - self.serving_since


class ServiceKeeper:
    """One service, for as long as the supervisor runs."""

    def __init__(
        self,
        *,
        service: Service,
        environment: Mapping[str, str],
        log: Path,
        zygote: ZygoteClient,
        probe: Probe,
        board: Board,
    ) -> None:
        self._service = service
        self._environment = environment
        self._log = log
        self._zygote = zygote
        self._probe = probe
        self._board = board
        self._process: ServiceProcess | None = None

    async def keep(self) -> None:
        """Run the service until cancelled."""
        backoff = Backoff()
        while True:
            watch = Watch(started_at=time.monotonic())
            try:
                reason = await self._run_once(watch)
            except (OperatorError, ConnectionError) as error:
                reason = str(error)
            delay = backoff.next_delay(healthy_seconds=watch.healthy_seconds(time.monotonic()))
            note = f"{reason} It starts again in {delay:g} s."
            state = State.BROKEN if self._is_misconfigured() else State.RESTARTING
            self._board.update(self._service.name, state, note=note, pid=0)
            await asyncio.sleep(delay)

    async def stop(self) -> None:
        """Let calls under way finish, and return when the process is gone."""
        process = self._process
        if process is not None and not process.exit_status.done():
            self._zygote.signal(process, signal.SIGTERM)
            await asyncio.wait({process.exit_status}, timeout=DRAIN_SECONDS)
        if process is not None and not process.exit_status.done():
            self._zygote.signal(process, signal.SIGKILL)
        await self._probe.close()
        self._board.update(self._service.name, State.STOPPED, pid=0)

    async def _run_once(self, watch: Watch) -> str:
        self._process = await self._zygote.spawn(
            module=self._service.module, environment=self._environment, log=self._log
        )
        self._board.zygote_pid = self._zygote.pid
        self._board.update(self._service.name, State.STARTING, pid=self._process.pid)
        while not self._process.exit_status.done():
            await self._look(watch)
            interval = STARTING_INTERVAL if watch.serving_since is None else SERVING_INTERVAL
            await asyncio.wait({self._process.exit_status}, timeout=interval)
        return exit_reason(self._process.exit_status.result(), self._log)

    async def _look(self, watch: Watch) -> None:
        reading = await self._probe.ask()
        now = time.monotonic()
        if reading is Reading.SERVING:
            watch.serving_since = watch.serving_since or now
            self._board.update(self._service.name, State.SERVING)
        elif watch.serving_since is not None or now - watch.started_at > START_SECONDS:
            watch.serving_since = None
            # Time to explain itself is not given to a process that is ending.
            if not await self._ends_soon():
                self._board.update(self._service.name, State.BROKEN, note=await self._why(reading))

    def _is_misconfigured(self) -> bool:
        """Whether it ended because of its settings, which a restart alone does not mend."""
        process = self._process
        return process is not None and process.exit_status.result() == os.EX_CONFIG

    async def _ends_soon(self) -> bool:
        assert self._process is not None
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(self._process.exit_status), STARTING_INTERVAL)
        return self._process.exit_status.done()

    async def _why(self, reading: Reading) -> str:
        if reading is Reading.SILENT:
            return f"It does not answer: {last_words(self._log)}"
        return await self._probe.problem() or last_words(self._log)
