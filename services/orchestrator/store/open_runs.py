"""Runs of all tenants that are not complete, in Postgres."""

from collections.abc import Mapping, Sequence

from sqlalchemy import text

from kernel.identifiers import RunId, TenantId
from servicekit.database import Database

_PURPOSE = "sagas"
_MOST = 5000
_UNCOMPLETED = text(
    """
    SELECT tenant_id, run_id FROM run_contracts AS contract
    WHERE closed_at IS NULL AND NOT EXISTS (
      SELECT FROM sagas
      WHERE sagas.tenant_id = contract.tenant_id AND sagas.run_id = contract.run_id
    )
    ORDER BY created_at LIMIT :most
    """
)
# Tenants that have had a run lately; a start that broke off may have left no contract.
_TENANTS = text("SELECT DISTINCT tenant_id FROM run_contracts")


class PostgresOpenRuns:
    """Finds them for the jobs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def uncompleted(self) -> Mapping[TenantId, Sequence[RunId]]:
        """Return runs whose completion nobody has begun, the oldest first, by tenant."""
        found: dict[TenantId, list[RunId]] = {}
        async with self._database.transaction(purpose=_PURPOSE, read_only=True) as connection:
            for row in await connection.execute(_UNCOMPLETED, {"most": _MOST}):
                found.setdefault(TenantId(row.tenant_id), []).append(RunId(row.run_id))
        return found

    async def tenants(self) -> Sequence[TenantId]:
        """Return tenants that the orchestrator has ever driven a run for."""
        async with self._database.transaction(purpose=_PURPOSE, read_only=True) as connection:
            return [TenantId(row.tenant_id) for row in await connection.execute(_TENANTS)]
