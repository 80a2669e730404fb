"""Draws conclusions that wait: of violations that events brought, and after an outage."""

import asyncio
from collections.abc import Awaitable, Callable

from kernel.errors import ServiceError
from servicekit.heartbeat import Heartbeat
from servicekit.telemetry.logging import get_logger

_log = get_logger("case_closer")
EVERY_SECONDS = 1.0


class CaseCloser:
    """One replica's part; two that close the same case write one conclusion."""

    def __init__(
        self, *, conclude: Callable[[], Awaitable[int]], every_seconds: float = EVERY_SECONDS
    ) -> None:
        self._conclude = conclude
        self._every_seconds = every_seconds
        self.heartbeat = Heartbeat()

    async def run(self) -> None:
        """Draw what waits until cancelled."""
        while True:
            concluded = 0
            try:
                concluded = await self._conclude()
            except ServiceError as error:
                _log.warning("conclusions wait", error=error.message)
            self.heartbeat.beat()
            if not concluded:
                await asyncio.sleep(self._every_seconds)
