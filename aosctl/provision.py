"""Database, roles and schemas: each service reaches its own schema and nothing else."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterator, Mapping
from typing import TypeAlias
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import asyncpg

from aosctl.errors import OperatorError
from aosctl.services import DATABASE, MIGRATOR_ROLE, SERVICES, Service

MINIMUM_VERSION = 15
SCRAM_ITERATIONS = 4096
# Two installations must not create the same role at the same time: the server would refuse one.
PROVISIONING_LOCK = 7_400_001
# A login role that can do nothing by itself, whatever other roles it may be given.
CONFINED = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT NOREPLICATION NOBYPASSRLS"
LOOSE = (
    "rolsuper OR rolcreatedb OR rolcreaterole OR rolinherit OR rolreplication OR rolbypassrls"
    " AS loose"
)
SERVICE_SETTINGS = {
    "statement_timeout": "10s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "30s",
}

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


async def provision(
    admin_url: str, passwords: Mapping[str, str], *, database: str = DATABASE
) -> None:
    """Make what is missing and correct what differs; safe to run at any time, by many at once."""
    admin = await connect(admin_url)
    try:
        await admin.execute("SELECT pg_advisory_lock($1)", PROVISIONING_LOCK)
        await _require_version(admin)
        await _ensure_roles(admin, passwords)
        await _ensure_database(admin, database)
        await _ensure_schemas(admin_url, database)
    except asyncpg.InsufficientPrivilegeError as error:
        raise OperatorError(
            f"The administrator of PostgreSQL may not set AOS up ({error}): use a role with "
            "CREATEROLE and CREATEDB."
        ) from error
    finally:
        await admin.close()


async def connect(url: str) -> Connection:
    """A plain connection, or one sentence about why there is none."""
    try:
        return await _open(url)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        address = urlsplit(url).hostname or "an unnamed host"
        raise OperatorError(
            f"PostgreSQL at {address} cannot be reached ({error}): check AOS_POSTGRES_URL."
        ) from error


async def _open(url: str) -> Connection:
    if not any(name == "host" for name, _ in _query(urlsplit(url).query)):
        return await asyncpg.connect(url, timeout=10)
    # Imported here: only who names several servers has to wait for it.
    from servicekit.database_hosts import DatabaseHosts  # noqa: PLC0415

    connection: Connection = await DatabaseHosts(url).connect()
    return connection


def service_url(admin_url: str, role: str, password: str, *, database: str = DATABASE) -> str:
    """The address at which one role reaches the database, in SQLAlchemy's form."""
    parts = urlsplit(admin_url)
    host = parts.netloc.rpartition("@")[2]
    # The driver knows libpq's `sslmode` by the name `ssl` when it does not parse the URL itself.
    query = [("ssl" if name == "sslmode" else name, value) for name, value in _query(parts.query)]
    authority = f"{quote(role, safe='')}:{quote(password, safe='')}@{host}"
    return urlunsplit(("postgresql+asyncpg", authority, f"/{database}", urlencode(query), ""))


def database_url(admin_url: str, database: str) -> str:
    """The administrator's address with another database."""
    return urlunsplit(urlsplit(admin_url)._replace(path=f"/{database}"))


async def _require_version(admin: Connection) -> None:
    version = admin.get_server_version().major
    if version < MINIMUM_VERSION:
        raise OperatorError(
            f"PostgreSQL {version} is too old: AOS needs version {MINIMUM_VERSION} or newer."
        )


async def _ensure_roles(admin: Connection, passwords: Mapping[str, str]) -> None:
    rows = await admin.fetch(f"SELECT rolname, {LOOSE} FROM pg_roles")  # noqa: S608 - constant.
    confined = {row["rolname"] for row in rows if not row["loose"]}
    existing = {row["rolname"] for row in rows}
    statements = []
    for role, password in passwords.items():
        verb = "ALTER" if role in existing else "CREATE"
        # Only a superuser may name these attributes in ALTER, so they are named when needed.
        attributes = "LOGIN" if role in confined else CONFINED
        verifier = scram_verifier(password)
        statements.append(f"{verb} ROLE {role} {attributes} PASSWORD '{verifier}'")
    await admin.execute(";".join([*statements, *_role_settings()]))
    if not await admin.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user"):
        # An administrator short of superuser can give schemas only to roles it belongs to.
        await admin.execute(f"GRANT {MIGRATOR_ROLE} TO CURRENT_USER")


def _role_settings() -> Iterator[str]:
    for service in SERVICES:
        yield f"ALTER ROLE {service.role} SET search_path = {service.name}"
        for name, value in SERVICE_SETTINGS.items():
            yield f"ALTER ROLE {service.role} SET {name} = '{value}'"


async def _ensure_database(admin: Connection, database: str) -> None:
    query = "SELECT true FROM pg_database WHERE datname = $1"
    if not await admin.fetchval(query, database):
        await admin.execute(f'CREATE DATABASE "{database}"')


async def _ensure_schemas(admin_url: str, database: str) -> None:
    connection = await connect(database_url(admin_url, database))
    roles = ", ".join((MIGRATOR_ROLE, *(service.role for service in SERVICES)))
    try:
        await connection.execute(
            f'REVOKE ALL ON DATABASE "{database}" FROM PUBLIC;'
            f'GRANT CONNECT ON DATABASE "{database}" TO {roles};'
            "REVOKE ALL ON SCHEMA public FROM PUBLIC;"
            + "".join(_schema_statements(service) for service in SERVICES)
        )
    finally:
        await connection.close()


def _schema_statements(service: Service) -> str:
    return (
        f"CREATE SCHEMA IF NOT EXISTS {service.name} AUTHORIZATION {MIGRATOR_ROLE};"
        f"GRANT USAGE ON SCHEMA {service.name} TO {service.role};"
    )


def scram_verifier(password: str) -> str:
    """What the server stores of a password: sent instead of it, so that no log can hold it."""
    salt = secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, SCRAM_ITERATIONS)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    stored, server = (
        hashlib.sha256(client_key).digest(),
        hmac.digest(salted, b"Server Key", "sha256"),
    )
    return f"SCRAM-SHA-256${SCRAM_ITERATIONS}:{_base64(salt)}${_base64(stored)}:{_base64(server)}"


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _query(text: str) -> list[tuple[str, str]]:
    return parse_qsl(text, keep_blank_values=True)
