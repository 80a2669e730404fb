"""Finds runs that have not been checked since a policy of their tenant changed.

Changes are numbered and not timed, so that nobody's clock matters.
"""

from collections.abc import Sequence

from sqlalchemy import text

from servicekit.database import Database
from services.policies.usecases.ports import GateKey

PURPOSE = "mid_execution"
_UNCHECKED = text("""
SELECT g.tenant_id, g.run_id
FROM policy_epochs e
JOIN gates g ON g.tenant_id = e.tenant_id AND g.state IN ('OPEN', 'PAUSED')
JOIN gate_checks c ON c.tenant_id = g.tenant_id AND c.run_id = g.run_id AND c.epoch < e.epoch
ORDER BY g.opened_at
LIMIT :limit
""")


class PostgresUncheckedRuns:
    """Implements the search on transactions of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, limit: int) -> Sequence[GateKey]:
        """Return some of them, those that began first."""
        async with self._database.transaction(purpose=PURPOSE, read_only=True) as connection:
            rows = await connection.execute(_UNCHECKED, {"limit": limit})
            return [(row.tenant_id, row.run_id) for row in rows]
