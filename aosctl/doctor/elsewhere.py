"""Engines that others run: reachable, recent, and with the rights AOS needs."""

import os
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import asyncpg
import nats
import nats.errors

from aosctl.doctor.finding import Finding, fine, wrong
from aosctl.engine_room import NATS_VARIABLE, POSTGRES_VARIABLE
from aosctl.errors import OperatorError
from aosctl.provision import MINIMUM_VERSION, Connection, connect

RIGHTS = (
    "SELECT rolsuper OR (rolcreaterole AND rolcreatedb) FROM pg_roles WHERE rolname = current_user"
)


async def look_elsewhere() -> AsyncIterator[Finding]:
    """The engines that the environment names, if any."""
    postgres_url, nats_url = os.environ.get(POSTGRES_VARIABLE), os.environ.get(NATS_VARIABLE)
    if postgres_url:
        yield await _postgres(postgres_url)
    if nats_url:
        yield await _nats(nats_url)


async def _postgres(url: str) -> Finding:
    try:
        connection = await connect(url)
    except OperatorError as error:
        return wrong(POSTGRES_VARIABLE, str(error))
    try:
        return await _judge(connection)
    except asyncpg.PostgresError as error:
        return wrong(POSTGRES_VARIABLE, f"PostgreSQL does not answer questions ({error}).")
    finally:
        await connection.close()


async def _judge(connection: Connection) -> Finding:
    version = connection.get_server_version().major
    if version < MINIMUM_VERSION:
        sentence = f"PostgreSQL {version} is too old: AOS needs {MINIMUM_VERSION} or newer."
        return wrong(POSTGRES_VARIABLE, sentence)
    if not await connection.fetchval(RIGHTS):
        sentence = "Its role may not set AOS up: give it CREATEROLE and CREATEDB."
        return wrong(POSTGRES_VARIABLE, sentence)
    if await connection.fetchval("SHOW fsync") != "on":
        sentence = "fsync is off, so a crash loses what was promised to be kept: turn it on."
        return wrong(POSTGRES_VARIABLE, sentence)
    return fine(POSTGRES_VARIABLE, f"PostgreSQL {version} can be reached and set up.")


async def _nats(url: str) -> Finding:
    host = urlsplit(url).netloc.rpartition("@")[2]
    try:
        client = await nats.connect(
            url, connect_timeout=5, allow_reconnect=False, error_cb=_say_nothing
        )
    except (TimeoutError, OSError, nats.errors.Error) as error:
        return wrong(NATS_VARIABLE, f"NATS at {host} cannot be reached ({error}): check it.")
    try:
        await client.jetstream().account_info()
    except nats.errors.Error as error:
        sentence = f"NATS at {host} has no JetStream ({error}): start it with jetstream enabled."
        return wrong(NATS_VARIABLE, sentence)
    finally:
        await client.close()
    return fine(NATS_VARIABLE, f"NATS at {host} can be reached and has JetStream.")


async def _say_nothing(_: Exception) -> None:
    """The finding says it."""
