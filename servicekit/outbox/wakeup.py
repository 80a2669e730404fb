"""Wakes the loops when something was committed, by LISTEN/NOTIFY; a hint and no more."""

import asyncio
from typing import Any

import asyncpg

from servicekit.database_hosts import DatabaseHosts
from servicekit.telemetry.logging import get_logger

_log = get_logger("relay")
_RETRY_SECONDS = 1.0


class Hint:
    """One loop's own view of whether something was committed."""

    def __init__(self) -> None:
        self._heard = asyncio.Event()

    def give(self) -> None:
        """Say that something was committed."""
        self._heard.set()

    async def wait(self, seconds: float) -> None:
        """Wait for the next hint, at most this long."""
        try:
            await asyncio.wait_for(self._heard.wait(), seconds)
        except TimeoutError:
            return
        finally:
            self._heard.clear()


class Wakeup:
    """One connection that listens for all loops of a service."""

    def __init__(self, *, url: str, channel: str) -> None:
        self._hosts = DatabaseHosts(url)
        self._channel = channel
        self._hints: list[Hint] = []

    def hint(self) -> Hint:
        """A hint for one more loop."""
        self._hints.append(Hint())
        return self._hints[-1]

    async def run(self) -> None:
        """Listen until cancelled, connecting again after each loss."""
        while True:
            try:
                await self._listen()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
                _log.info("not listening for commits; polling goes on")
            await asyncio.sleep(_RETRY_SECONDS)

    async def _listen(self) -> None:
        connection = await self._hosts.connect()
        try:
            lost = asyncio.Event()
            connection.add_termination_listener(lambda _connection: lost.set())
            await connection.add_listener(self._channel, self._on_notification)
            await lost.wait()
        finally:
            await connection.close(timeout=1)

    def _on_notification(self, *_arguments: Any) -> None:
        for hint in self._hints:
            hint.give()
