"""The database: one engine, transactions bound to a tenant, driver errors translated once.

The tenant is set by the first statement of each transaction and by nothing else. SQLAlchemy's pool
only rolls back between uses, so a session-level setting would leak to the next tenant; a
transaction-local one cannot.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from sqlalchemy import event, text
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError, InterfaceError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from kernel.errors import (
    Conflict,
    InternalError,
    InvalidRequest,
    ServiceError,
    StorageUnavailable,
)
from servicekit.database_hosts import DatabaseHosts
from servicekit.telemetry.logging import get_logger

_log = get_logger("database")

# Both settings in one statement: it stands in front of every transaction.
_BIND = text(
    "SELECT set_config('app.tenant_id', :tenants, true), set_config('app.purpose', :purpose, true)"
)
_AWAY = "The database cannot answer at the moment. Retry shortly."
_ONLY_READS = "The database takes no writes at the moment. Retry shortly."
_POOL_TIMEOUT_SECONDS = 5
# A statement that hangs on a dead network gives up after this; roles carry their own, lower limits.
_COMMAND_TIMEOUT_SECONDS = 30


class Database:
    """One service's own schema, seen through its own role."""

    def __init__(self, *, url: str, service: str, pool_size: int = 8) -> None:
        self.engine: AsyncEngine = create_async_engine(
            url,
            async_creator=DatabaseHosts(url).connect,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=_POOL_TIMEOUT_SECONDS,
            # The last connection used is the warmest; the others may be closed by a proxy.
            pool_use_lifo=True,
            connect_args={
                "command_timeout": _COMMAND_TIMEOUT_SECONDS,
                "server_settings": {"application_name": f"aos-{service}", "jit": "off"},
            },
        )
        event.listen(self.engine.sync_engine, "handle_error", leave_read_only)

    @asynccontextmanager
    async def transaction(
        self, *tenants: str, purpose: str = "", read_only: bool = False
    ) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that sees these tenants and no others; it rolls back unless committed.

        `purpose` opens the few machine tables and columns that a policy ties to it (see
        ``docs/decisions/0003-machine-purposes.md``); no request of a caller ever sets it.
        """
        _refuse_unbound(tenants, purpose)
        async with translated(), self._connected() as connection:
            if read_only:
                await connection.execution_options(postgresql_readonly=True)
            await connection.execute(_BIND, {"tenants": ",".join(tenants), "purpose": purpose})
            yield connection

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[AsyncConnection]:
        try:
            connection = await self.engine.connect()
        except (SQLAlchemyError, OSError, TimeoutError, asyncpg.PostgresError) as error:
            # Whatever keeps us out, a refused password included, is an outage to our callers.
            _log.warning("no connection to the database", error=type(error).__name__)
            raise StorageUnavailable(_AWAY) from error
        try:
            yield connection
        finally:
            # Also when cancelled: a connection that is not given back is lost to the pool.
            await asyncio.shield(connection.close())

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


def _refuse_unbound(tenants: Iterable[str], purpose: str) -> None:
    names = tuple(tenants)
    if not names and not purpose:
        raise InternalError("A transaction was opened without a tenant.")
    if any(not name or "," in name for name in names):
        raise InternalError("A transaction was opened for something that is no tenant.")


def leave_read_only(context: ExceptionContext) -> None:
    """Drop all connections to a server that takes no writes any more; the next go elsewhere."""
    if sqlstate(context.original_exception) == READ_ONLY:
        context.is_disconnect = True


@asynccontextmanager
async def translated() -> AsyncIterator[None]:
    """Turn driver errors into ours. Their text is logged and never sent: it may hold other rows."""
    try:
        yield
    except SQLAlchemyError as error:
        raise _translate(error) from error
    except _DRIVER_ERRORS as error:
        raise _translate(error) from error


# What the driver says of a connection that is lost or was broken off in the middle of something.
_LOST = (asyncpg.InterfaceError, asyncpg.InternalClientError)
_DRIVER_ERRORS = (OSError, asyncpg.PostgresError, *_LOST)
_CONFLICTS = ("40001", "40P01", "55P03")
_INVALID_TEXT = ("22021", "22P05")
_UNAVAILABLE_CLASSES = ("08", "53", "57", "58")
# A server that has become a standby, or is about to.
READ_ONLY = "25006"


def _translate(error: BaseException) -> ServiceError:
    state = sqlstate(error)
    if state in _CONFLICTS:
        return Conflict("Somebody else changed the same thing at the same time. Retry.")
    if state in _INVALID_TEXT:
        return InvalidRequest("A text holds a character that cannot be stored.")
    if _is_outage(error, state):
        _log.warning("database unavailable", state=state, error=type(error).__name__)
        return StorageUnavailable(_ONLY_READS if state == READ_ONLY else _AWAY)
    _log.error("database error", state=state, exc_info=error)
    return InternalError("Something went wrong on our side. It is in our log.")


def _is_outage(error: BaseException, state: str) -> bool:
    if state:
        return state[:2] in _UNAVAILABLE_CLASSES or state == READ_ONLY
    invalidated = isinstance(error, DBAPIError) and error.connection_invalidated
    kinds = (PoolTimeout, OSError, InterfaceError, *_LOST)
    cause = getattr(error, "orig", None)
    return invalidated or isinstance(error, kinds) or isinstance(cause, (OSError, TimeoutError))


def sqlstate(error: BaseException) -> str:
    """The SQLSTATE of a driver error, or an empty text."""
    for candidate in (error, getattr(error, "orig", None), getattr(error, "__cause__", None)):
        state = getattr(candidate, "sqlstate", None) or getattr(candidate, "pgcode", None)
        if state:
            return str(state)
    return ""


def violated_constraint(error: BaseException) -> str:
    """The name of the constraint that an integrity error is about, or an empty text."""
    seen: Any = error
    while seen is not None:
        name = getattr(seen, "constraint_name", None)
        if name:
            return str(name)
        seen = getattr(seen, "orig", None) or seen.__cause__
    return ""
