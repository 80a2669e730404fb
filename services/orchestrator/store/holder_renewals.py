"""Who goes on executing which run: heartbeats of all sessions of a replica, in one statement."""

from collections.abc import Sequence

from servicekit.direct import DirectDatabase
from services.orchestrator.usecases.session_ports import Renewal

_RENEW = """
UPDATE run_holders AS holder
SET held_until = clock_timestamp() + make_interval(secs => wanted.seconds)
FROM unnest($1::text[], $2::text[], $3::text[], $4::float8[])
  AS wanted (tenant_id, run_id, session_id, seconds)
WHERE holder.tenant_id = wanted.tenant_id AND holder.run_id = wanted.run_id
  AND holder.session_id = wanted.session_id
RETURNING holder.tenant_id, holder.run_id, holder.session_id
"""


class PostgresRenewals:
    """Holds runs for longer, many at once."""

    def __init__(self, database: DirectDatabase) -> None:
        self._database = database

    async def __call__(self, renewals: Sequence[Renewal]) -> list[bool]:
        """Say of each whether the run is still its session's."""
        tenants = sorted({one.tenant_id for one in renewals})
        columns = [
            [one.tenant_id for one in renewals],
            [one.run_id for one in renewals],
            [one.session_id for one in renewals],
            [one.lasting.total_seconds() for one in renewals],
        ]
        async with self._database.transaction(*tenants) as transaction:
            rows = await transaction.connection.fetch(_RENEW, *columns)
            await transaction.commit()
        kept = {(row["tenant_id"], row["run_id"], row["session_id"]) for row in rows}
        return [(one.tenant_id, one.run_id, one.session_id) in kept for one in renewals]
