"""Waits until somebody else has migrated: what stands before a service that is deployed."""

import asyncio
from collections.abc import Callable

import asyncpg

from servicekit.database_hosts import DatabaseHosts
from servicekit.migrations.expectation import expected_revision

LOOK_SECONDS = 1.0


async def until_migrated(
    *, service: str, url: str, say: Callable[[str], object], look_seconds: float = LOOK_SECONDS
) -> None:
    """Return once the schema is at the version of this code; say what is missing until then.

    It only looks, as the service's own role. A schema of a newer version is waited out as well: the
    boot guard of the service would refuse it.
    """
    expected, told = expected_revision(service), ""
    while True:
        found = await _look(url)
        if found == expected:
            say(f"The schema of {service} is at {expected}.")
            return
        if found != told:
            say(f"Waiting for the schema of {service} to be at {expected}: it is at {found}.")
            told = found
        await asyncio.sleep(look_seconds)


async def _look(url: str) -> str:
    """The revision, or in brackets why it is not known."""
    try:
        connection = await DatabaseHosts(url).connect()
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        return f"(no connection: {type(error).__name__})"
    try:
        return str(await connection.fetchval("SELECT version_num FROM alembic_version"))
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        return f"(no answer: {type(error).__name__})"
    finally:
        await connection.close()
