"""Checks runs during execution: when a policy has changed, and by interval as a backstop."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from kernel.errors import ServiceError
from servicekit.heartbeat import Heartbeat
from servicekit.telemetry.logging import get_logger

_log = get_logger("mid_execution")


class MidExecution:
    """One replica's part; checks that two of them make change nothing twice."""

    def __init__(
        self, *, check: Callable[[], Awaitable[int]], every_seconds: float, is_enabled: bool
    ) -> None:
        self._check = check
        self._every_seconds = every_seconds
        self._is_enabled = is_enabled
        self._changed = asyncio.Event()
        self.heartbeat = Heartbeat()

    async def on_policy_change(self, _event: Any, _unit_of_work: Any) -> None:
        """Look now; that the event was taken is all there is to keep of it."""
        self._changed.set()

    async def run(self) -> None:
        """Check until cancelled; where the profile has it switched off, there is nothing to do."""
        while self._is_enabled:
            try:
                checked = await self._check()
                if checked:
                    _log.info("runs decide by what is in force now", runs=checked)
            except ServiceError as error:
                _log.warning("runs wait to be checked", error=error.message)
            self.heartbeat.beat()
            await self._next()

    async def _next(self) -> None:
        try:
            await asyncio.wait_for(self._changed.wait(), self._every_seconds)
        except TimeoutError:
            return
        finally:
            self._changed.clear()
