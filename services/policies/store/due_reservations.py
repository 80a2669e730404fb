"""Finds reservations of any tenant that somebody must see to."""

from collections.abc import Sequence

from sqlalchemy import text

from servicekit.database import Database
from services.policies.usecases.ports import StepKey

PURPOSE = "expiry"
_DUE = text("""
(SELECT tenant_id, run_id, step_id FROM reservations
 WHERE state = 'OPEN' AND expires_at <= clock_timestamp() ORDER BY expires_at LIMIT :limit)
UNION ALL
(SELECT r.tenant_id, r.run_id, r.step_id FROM reservations r
 JOIN gates g ON g.tenant_id = r.tenant_id AND g.run_id = r.run_id
 WHERE r.state = 'EXPIRED' AND g.state IN ('STOPPED', 'KILLED', 'CLOSED')
   AND g.changed_at <= clock_timestamp() - interval '5 seconds'
 LIMIT :limit)
""")


class PostgresDueReservations:
    """Implements the search on transactions of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, limit: int) -> Sequence[StepKey]:
        """Return open ones that are over, and expired ones whose run is over."""
        async with self._database.transaction(purpose=PURPOSE, read_only=True) as connection:
            rows = await connection.execute(_DUE, {"limit": limit})
            return [(row.tenant_id, row.run_id, row.step_id) for row in rows]
