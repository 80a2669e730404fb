"""Forgets what matters to nobody any more, a portion at a time."""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, delete, func, literal_column, or_, select

from servicekit.database import Database
from services.incidents.store.alert_tables import FATIGUE
from services.incidents.store.tables import EXAMINATIONS

_PURPOSE = "retention"
# Longer than any cool-down can be set to; before that, a subject told of is a subject remembered.
FORGET_TOLD = timedelta(days=2)
# As long as the inbox remembers the event that made it.
FORGET_EXAMINED = timedelta(days=35)
# Whoever raises an alert about one of these subjects waits for no longer than so many take.
_PORTION = 5_000


class PostgresForgetting:
    """The job that removes rows which say what any row that is not there says as well."""

    def __init__(self, database: Database, *, portion: int = _PORTION) -> None:
        self._database = database
        self._portion = portion

    async def __call__(self) -> int:
        """Forget; return how many rows there were."""
        now = func.clock_timestamp()
        told = FATIGUE.c.told_at
        # What was held back since is told with the next alert, whenever that comes.
        cooled = and_(FATIGUE.c.held_back == 0, or_(told.is_(None), told < now - FORGET_TOLD))
        over = EXAMINATIONS.c.ended_at < now - FORGET_EXAMINED
        return await self._forget(FATIGUE, cooled) + await self._forget(EXAMINATIONS, over)

    async def _forget(self, table: Table, condition: ColumnElement[bool]) -> int:
        place: ColumnElement[Any] = literal_column("ctid")
        portion = select(place).select_from(table).where(condition).limit(self._portion)
        statement = delete(table).where(place.in_(portion))
        forgotten = 0
        while True:
            async with self._database.transaction(purpose=_PURPOSE) as connection:
                removed = (await connection.execute(statement)).rowcount
                await connection.commit()
            forgotten += removed
            if removed < self._portion:
                return forgotten
