"""The database's clock, for whatever is compared with what is on disk.

Replicas need not agree on the time: a machine whose clock is wrong would otherwise find every run
silent, or try again in an hour what it could not do now. Between two looks our own monotonic clock
goes on from there.
"""

import asyncio
import time
from datetime import datetime, timedelta

from sqlalchemy import text

from kernel.errors import ServiceError, StorageUnavailable
from servicekit.database import Database
from servicekit.heartbeat import Heartbeat
from servicekit.telemetry.logging import get_logger

_log = get_logger("database_clock")
_PURPOSE = "sagas"
_NOW = text("SELECT clock_timestamp()")
_EVERY_SECONDS = 1.0


class DatabaseClock:
    """Knows what time it is in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._seen: tuple[datetime, float] | None = None
        self.heartbeat = Heartbeat()

    def now(self) -> datetime:
        """The present moment, as the database counts.

        Raises:
            StorageUnavailable: nobody has been able to ask it yet.
        """
        if self._seen is None:
            raise StorageUnavailable("The database has not said yet what time it is.")
        moment, ticks = self._seen
        return moment + timedelta(seconds=self.monotonic() - ticks)

    def monotonic(self) -> float:
        """Seconds since some fixed moment."""
        return time.monotonic()

    async def run(self) -> None:
        """Look at it again and again until cancelled."""
        while True:
            try:
                await self.look()
            except ServiceError as error:
                _log.warning("the database does not say what time it is", error=error.message)
            self.heartbeat.beat()
            await asyncio.sleep(_EVERY_SECONDS)

    async def look(self) -> None:
        """Ask the database what time it is.

        Raises:
            StorageUnavailable: it does not answer.
        """
        async with self._database.transaction(purpose=_PURPOSE, read_only=True) as connection:
            asked = self.monotonic()
            moment = (await connection.execute(_NOW)).scalar_one()
            answered = self.monotonic()
        # An answer that took long says little about when it was true.
        if self._seen is None or answered - asked < _EVERY_SECONDS:
            self._seen = moment, (asked + answered) / 2
