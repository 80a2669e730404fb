"""Transactions straight on the driver, for the few paths that agents wait for at every step.

The toolkit costs four round trips and most of the time of a small call (measured: with the
first two folded and without the toolkit, a read takes 0.58 of the time). Whoever uses this writes
SQL with arrays, one statement for a whole batch; everything else uses ``UnitsOfWork``.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from kernel.errors import InternalError, ServiceError, StorageUnavailable
from kernel.identifiers import is_id
from servicekit.database import READ_ONLY, sqlstate, translated
from servicekit.database_hosts import DatabaseHosts
from servicekit.departures import Departures
from servicekit.telemetry.logging import get_logger

_log = get_logger("database")
_AWAY = "The database cannot answer at the moment. Retry shortly."
_ACQUIRE_SECONDS = 5.0
_COMMAND_SECONDS = 30.0

_INTENTS = """
INSERT INTO log_intents (tenant_id, intent_id, kind, body)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[])
"""
_OUTBOX = """
INSERT INTO outbox (event_id, tenant_id, event_type, aggregate_id, aggregate_sequence, body,
                    traceparent)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bytea[],
                     $7::text[])
"""


class DirectTransaction(Departures):
    """One transaction on the driver; it rolls back unless committed."""

    def __init__(self, connection: Any) -> None:
        super().__init__()
        self.connection = connection

    async def flush(self) -> None:
        """Write what leaves with the transaction, without committing yet."""
        for statement, rows in ((_INTENTS, self.take_intents()), (_OUTBOX, self.take_events())):
            if rows:
                columns = [
                    list(column) for column in zip(*(row.values() for row in rows), strict=True)
                ]
                await self.connection.execute(statement, *columns)

    async def commit(self) -> None:
        """Make everything durable."""
        await self.flush()
        await self.connection.execute("COMMIT")


class DirectDatabase:
    """The same database as ``Database``, seen through the same role, without the toolkit."""

    def __init__(self, *, url: str, service: str, pool_size: int = 4) -> None:
        self._hosts = DatabaseHosts(url)
        self._service = service
        self._pool_size = pool_size
        self._pool: Any = None
        self._opening = asyncio.Lock()

    @asynccontextmanager
    async def transaction(self, *tenants: str) -> AsyncIterator[DirectTransaction]:
        """Open a transaction that sees these tenants and no others."""
        begin = _begin(tenants)
        async with translated():
            connection, is_whole = await self._acquire(), True
            try:
                await connection.execute(begin)
                yield DirectTransaction(connection)
            except ServiceError:
                raise
            except BaseException as error:
                if sqlstate(error) == READ_ONLY:
                    # The others lead to the same server: none is used again.
                    await self._pool.expire_connections()
                # Broken off in the middle of a statement, or by the server: what is still under
                # way on it must not meet its next user.
                is_whole = False
                connection.terminate()
                raise
            finally:
                # One that is broken off is the pool's no more; looking at it would hide why.
                if is_whole:
                    await asyncio.shield(self._give_back(connection))

    async def close(self) -> None:
        """Close every connection."""
        if self._pool is not None:
            await self._pool.close()

    async def _acquire(self) -> Any:
        try:
            pool = self._pool or await self._open()
            return await pool.acquire(timeout=_ACQUIRE_SECONDS)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            _log.warning("no connection to the database", error=type(error).__name__)
            raise StorageUnavailable(_AWAY) from error

    async def _open(self) -> Any:
        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    connect=self._hosts.connect,
                    min_size=0,
                    max_size=self._pool_size,
                    command_timeout=_COMMAND_SECONDS,
                    reset=_leave_as_it_is,
                    server_settings={
                        "application_name": f"aos-{self._service}-direct",
                        "jit": "off",
                        # Plans are kept, also those that were made while a table was small. Every
                        # statement here goes by keys, so one index lookup for each is what is
                        # wanted whatever the size; a kept merge join read whole tables instead.
                        "enable_seqscan": "off",
                        "enable_hashjoin": "off",
                        "enable_mergejoin": "off",
                    },
                )
        return self._pool

    async def _give_back(self, connection: Any) -> None:
        try:
            if connection.is_in_transaction():
                await connection.execute("ROLLBACK")
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            connection.terminate()
        await self._pool.release(connection)


async def _leave_as_it_is(_connection: Any) -> None:
    """Every setting of a transaction ends with it, so there is nothing to put right."""


def _begin(tenants: tuple[str, ...]) -> str:
    """Begin, and bind the tenants, in one round trip; identifiers are checked, so they are safe."""
    if not tenants or not all(is_id(tenant, "ten") for tenant in tenants):
        raise InternalError("A transaction was opened for something that is no tenant.")
    names = ",".join(tenants)
    return (
        f"BEGIN; SELECT set_config('app.tenant_id', '{names}', true), "
        "set_config('app.purpose', '', true)"
    )
