"""The kit's own jobs: send again what nobody confirmed, forget what is no longer needed."""

from datetime import timedelta

from sqlalchemy import delete, func

from servicekit.audit.courier import PURPOSE as COURIER
from servicekit.database import Database
from servicekit.jobs import Job
from servicekit.outbox import receipts, relay
from servicekit.tables import KitTables
from servicekit.telemetry import metrics

# Longer than any retry of a caller, and than the horizon within which events are sent again.
_REMEMBER = timedelta(days=35)
_PURPOSE = "retention"
_HOUR_SECONDS = 3600.0


def kit_jobs(database: Database, tables: KitTables) -> list[Job]:
    """The jobs that every service has."""

    async def republish() -> None:
        await receipts.republish_unconfirmed(database, tables)
        metrics.outbox_lag.set(await relay.lag_seconds(database, tables) or 0.0)

    async def forget() -> None:
        await relay.prune(database, tables)
        await _forget(database, tables)

    return [
        Job(name="republish_unconfirmed", every_seconds=15.0, work=republish),
        Job(name="forget_old_records", every_seconds=_HOUR_SECONDS, work=forget),
    ]


async def _forget(database: Database, tables: KitTables) -> None:
    limit = func.clock_timestamp() - _REMEMBER
    async with database.transaction(purpose=COURIER) as connection:
        acknowledged = tables.log_intents.c.acknowledged_at
        await connection.execute(delete(tables.log_intents).where(acknowledged < limit))
        await connection.commit()
    async with database.transaction(purpose=_PURPOSE) as connection:
        await connection.execute(delete(tables.answers).where(tables.answers.c.created_at < limit))
        await connection.execute(delete(tables.inbox).where(tables.inbox.c.handled_at < limit))
        await connection.commit()
