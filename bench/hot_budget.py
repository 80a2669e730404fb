"""A budget that everybody reserves from: one row that each reservation has to change."""

from collections.abc import Sequence

from sqlalchemy import text

from kernel.identifiers import new_id
from servicekit.batching import Batcher
from servicekit.database import Database

# A service's role, as in production: the superuser would be spared what row security costs.
ROLE = "aos_activity"
BATCHED, ONE_BY_ONE = 1, 2
# No constraint keeps `used` below `most`: that the code does it is what is being shown.
TABLES = f"""
CREATE SCHEMA bench;
CREATE TABLE bench.budgets (id int PRIMARY KEY, used bigint NOT NULL, most bigint NOT NULL);
CREATE TABLE bench.reservations (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, budget_id int NOT NULL, run_id text NOT NULL);
INSERT INTO bench.budgets VALUES ({BATCHED}, 0, 1000000000), ({ONE_BY_ONE}, 0, 1000000000);
GRANT USAGE ON SCHEMA bench TO {ROLE};
GRANT SELECT, UPDATE ON bench.budgets TO {ROLE};
GRANT SELECT, INSERT ON bench.reservations TO {ROLE};
"""

# One statement, one round trip: as two in a transaction it would hold the lock for longer.
RESERVE_ONE = f"""
WITH reserved AS (
  UPDATE bench.budgets SET used = used + 1 WHERE id = {ONE_BY_ONE} AND used < most RETURNING id)
INSERT INTO bench.reservations (budget_id, run_id) SELECT id, $1 FROM reserved RETURNING id
"""
LEAVE = "UPDATE bench.budgets SET most = used + {left} WHERE id = {budget}"

_LOCK = text("SELECT most - used FROM bench.budgets WHERE id = :budget FOR UPDATE")
_RESERVE = text("UPDATE bench.budgets SET used = used + :count WHERE id = :budget")
_RECORD = text(
    "INSERT INTO bench.reservations (budget_id, run_id)"
    " SELECT :budget, unnest(CAST(:runs AS text[]))"
)
_COUNTS = text(
    "SELECT most, used, (SELECT count(*) FROM bench.reservations WHERE budget_id = budgets.id)"
    " FROM bench.budgets WHERE id = :budget"
)


class Inexact(Exception):
    """A budget gave out more, or less, than it kept account of."""


class HotBudget:
    """Reserves through the batching primitive: one transaction for all who wait."""

    def __init__(self, *, database: Database, callers: int) -> None:
        self._database = database
        self._tenant, self._run = new_id("ten"), new_id("run")
        self._batcher: Batcher[str, bool] = Batcher(
            self._perform, name="hot-budget", maximum_items=callers
        )
        self.granted = 0

    async def reserve(self) -> bool:
        """Reserve 1, durably; False when nothing is left."""
        granted = await self._batcher.submit(self._run)
        self.granted += granted
        return granted

    async def require_exact(self) -> None:
        """Compare what was granted with what is stored.

        Raises:
            Inexact: they differ, or the limit was overshot.
        """
        async with self._database.transaction(self._tenant) as connection:
            most, used, recorded = (await connection.execute(_COUNTS, {"budget": BATCHED})).one()
        require_exact(most=most, used=used, recorded=recorded, granted=self.granted)

    async def _perform(self, runs: Sequence[str]) -> list[bool]:
        async with self._database.transaction(self._tenant) as connection:
            left = (await connection.execute(_LOCK, {"budget": BATCHED})).scalar_one()
            admitted = list(runs[:left])
            await connection.execute(_RESERVE, {"budget": BATCHED, "count": len(admitted)})
            await connection.execute(_RECORD, {"budget": BATCHED, "runs": admitted})
            await connection.commit()
        return [position < len(admitted) for position in range(len(runs))]


def require_exact(*, most: int, used: int, recorded: int, granted: int) -> None:
    """Refuse figures that do not agree: speed without exactness is worth nothing.

    Raises:
        Inexact: the limit was overshot, or a reservation was lost or invented.
    """
    if used > most:
        raise Inexact(f"{used:,} were reserved of {most:,}.")
    if not used == recorded == granted:
        raise Inexact(
            f"{granted:,} were granted, {used:,} counted and {recorded:,} recorded: they differ."
        )
