"""Who executes which managed run: leases with epochs, of all tenants."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identifiers import RunId, TenantId
from servicekit.database import Database
from services.orchestrator.domain.managed_run import LeasedRun
from services.orchestrator.store.rows import contract_of
from services.orchestrator.store.run_queue import leased_of

_PURPOSE = "run_queue"
# Gates of held runs are looked at so often.
_LOOK_SECONDS = 1.0
_MOST = 1000

# Whoever waits with what could not be kept may take its own again before its lease ends.
_TAKE = text(
    """
    UPDATE run_queue SET state = 'TAKEN', lease_epoch = lease_epoch + 1, lease_holder = :holder,
      lease_until = clock_timestamp() + make_interval(secs => :seconds)
    WHERE (tenant_id, run_id) IN (
      SELECT tenant_id, run_id FROM run_queue
      WHERE state IN ('QUEUED', 'TAKEN') AND due_at <= clock_timestamp()
        AND (lease_until <= clock_timestamp() OR (state = 'QUEUED' AND lease_holder = :holder))
      ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED
    )
    RETURNING *
    """
)
_RENEW = text(
    """
    UPDATE run_queue AS run SET lease_until = clock_timestamp() + make_interval(secs => :seconds)
    FROM unnest(CAST(:tenants AS text[]), CAST(:runs AS text[]), CAST(:epochs AS bigint[]))
      AS held (tenant_id, run_id, epoch)
    WHERE run.tenant_id = held.tenant_id AND run.run_id = held.run_id
      AND run.lease_epoch = held.epoch AND run.lease_holder = :holder AND run.state <> 'OVER'
    RETURNING run.run_id
    """
)
_LOOK = """
UPDATE run_queue SET {column} = clock_timestamp() + make_interval(secs => :seconds)
WHERE (tenant_id, run_id) IN (
  SELECT tenant_id, run_id FROM run_queue
  WHERE {which} AND {column} <= clock_timestamp()
  ORDER BY {column} LIMIT :limit FOR UPDATE SKIP LOCKED
)
RETURNING tenant_id, run_id
"""
_HELD = text(_LOOK.format(column="due_at", which="state = 'HELD'"))
_SILENT = text(_LOOK.format(column="beat_at", which="state <> 'OVER'"))
_WAKE = text(
    """
    UPDATE run_queue AS run SET state = 'QUEUED', due_at = clock_timestamp()
    FROM unnest(CAST(:tenants AS text[]), CAST(:runs AS text[])) AS moved (tenant_id, run_id)
    WHERE run.tenant_id = moved.tenant_id AND run.run_id = moved.run_id
      AND run.state IN ('HELD', 'QUEUED')
    """
)
_OF_RUNS = """
SELECT * FROM {table} WHERE (tenant_id, run_id) IN (
  SELECT * FROM unnest(CAST(:tenants AS text[]), CAST(:runs AS text[]))
)
"""
_CONTRACTS = text(_OF_RUNS.format(table="run_contracts"))
_RESULTS = text(_OF_RUNS.format(table="run_step_results") + "ORDER BY started_at, step_id")
_WAITS = text(_OF_RUNS.format(table="run_step_waits"))


class PostgresRunLeases:
    """Hands out managed runs that nobody executes."""

    def __init__(
        self, database: Database, *, holder: str, seconds: float, beat_seconds: float
    ) -> None:
        self._database = database
        self._holder = holder
        self._seconds = seconds
        self._beat_seconds = beat_seconds

    async def take(self, limit: int) -> Sequence[LeasedRun]:
        """Take runs that are due; each is this process's until its lease ends."""
        async with self._database.transaction(purpose=_PURPOSE) as connection:
            taken = await connection.execute(
                _TAKE, {"holder": self._holder, "seconds": self._seconds, "limit": limit}
            )
            rows = taken.mappings().all()
            leased = await _with_what_is_known(rows, connection) if rows else []
            await connection.commit()
        return leased

    async def renew(self, epochs: Mapping[tuple[TenantId, RunId], int]) -> set[RunId]:
        """Keep runs for longer; those that are somebody else's by now are left out."""
        values = {
            "tenants": [tenant_id for tenant_id, _ in epochs],
            "runs": [run_id for _, run_id in epochs],
            "epochs": list(epochs.values()),
            "holder": self._holder,
            "seconds": self._seconds,
        }
        async with self._database.transaction(purpose=_PURPOSE) as connection:
            kept = {RunId(row.run_id) for row in await connection.execute(_RENEW, values)}
            await connection.commit()
        return kept

    async def held(self) -> Mapping[TenantId, Sequence[RunId]]:
        """Return runs that wait at their gates and that nobody has looked at lately."""
        return await self._look(_HELD, _LOOK_SECONDS)

    async def silent(self) -> Mapping[TenantId, Sequence[RunId]]:
        """Return runs that nobody has given a sign of life for lately."""
        return await self._look(_SILENT, self._beat_seconds)

    async def wake(self, runs: Mapping[TenantId, Sequence[RunId]]) -> None:
        """Let runs be taken again that wait, for their gates or for a moment."""
        values = {
            "tenants": [tenant_id for tenant_id, run_ids in runs.items() for _ in run_ids],
            "runs": [run_id for run_ids in runs.values() for run_id in run_ids],
        }
        async with self._database.transaction(purpose=_PURPOSE) as connection:
            await connection.execute(_WAKE, values)
            await connection.commit()

    async def _look(self, statement: Any, seconds: float) -> Mapping[TenantId, Sequence[RunId]]:
        found: dict[TenantId, list[RunId]] = {}
        async with self._database.transaction(purpose=_PURPOSE) as connection:
            rows = await connection.execute(statement, {"seconds": seconds, "limit": _MOST})
            for row in rows:
                found.setdefault(TenantId(row.tenant_id), []).append(RunId(row.run_id))
            await connection.commit()
        return found


async def _with_what_is_known(rows: Sequence[Any], connection: AsyncConnection) -> list[LeasedRun]:
    named = {
        "tenants": [row["tenant_id"] for row in rows],
        "runs": [row["run_id"] for row in rows],
    }
    contracts = {
        row["run_id"]: contract_of(row)
        for row in (await connection.execute(_CONTRACTS, named)).mappings()
    }
    results = await _by_run(_RESULTS, named, connection)
    waits = await _by_run(_WAITS, named, connection)
    return [
        leased_of(
            row,
            contracts[row["run_id"]],
            results.get(row["run_id"], []),
            waits.get(row["run_id"], []),
        )
        for row in rows
    ]


async def _by_run(
    statement: Any, named: Mapping[str, Any], connection: AsyncConnection
) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in (await connection.execute(statement, named)).mappings():
        found.setdefault(row["run_id"], []).append(row)
    return found
