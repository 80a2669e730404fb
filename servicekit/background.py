"""Loops that live as long as the process."""

import asyncio
from collections.abc import Awaitable, Callable

from servicekit.telemetry.logging import get_logger

_log = get_logger("background")
_RESTART_SECONDS = 1.0
_CANCEL_AGAIN_SECONDS = 0.5


class Background:
    """Runs loops for ever; one that breaks is logged and begun again."""

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def start(self, name: str, loop: Callable[[], Awaitable[None]]) -> None:
        """Begin a loop."""
        self._tasks[name] = asyncio.create_task(self._keep(name, loop), name=name)

    async def stop(self) -> None:
        """End every loop and wait until it has ended."""
        pending = set(self._tasks.values())
        while pending:
            for task in pending:
                task.cancel()
            # Asked again because a library may swallow a cancellation that meets a result
            # (asyncio.wait_for of Python 3.11 does), and the loop would then go on for ever.
            _, pending = await asyncio.wait(pending, timeout=_CANCEL_AGAIN_SECONDS)

    def task(self, name: str) -> "asyncio.Task[None]":
        """The task of a loop; tests end it to see whether somebody notices."""
        return self._tasks[name]

    async def _keep(self, name: str, loop: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await loop()
            except Exception as error:  # noqa: BLE001 - a loop must not die of what it met
                _log.error("a loop broke and begins again", loop=name, exc_info=error)
            await asyncio.sleep(_RESTART_SECONDS)
