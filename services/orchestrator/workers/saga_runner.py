"""Keeps completions going: of this replica's own runs at once, of others' when they are due."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from kernel.errors import ServiceError
from servicekit.heartbeat import Heartbeat
from servicekit.telemetry.logging import get_logger

_log = get_logger("saga_runner")
# Sagas that other replicas began, or that waited, are found within this.
EVERY_SECONDS = 0.25


class SagaRunner:
    """One replica's part; two that look at once take different sagas."""

    def __init__(
        self, *, advance: Callable[[], Awaitable[int]], every_seconds: float = EVERY_SECONDS
    ) -> None:
        self._advance = advance
        self._every_seconds = every_seconds
        self._wanted = asyncio.Event()
        self.heartbeat = Heartbeat()

    def hint(self) -> None:
        """Say that a saga has just been committed."""
        self._wanted.set()

    async def run(self) -> None:
        """Work off what is due until cancelled."""
        while True:
            begun = 0
            self._wanted.clear()
            try:
                begun = await self._advance()
            except ServiceError as error:
                _log.warning("completions wait", error=error.message)
            self.heartbeat.beat()
            if not begun:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wanted.wait(), self._every_seconds)
