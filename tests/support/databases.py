"""Databases for tests: one migrated template a session, a clone for whoever asks."""

import itertools
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg

from aosctl.provision import database_url, provision, service_url
from aosctl.services import MIGRATOR_ROLE, SERVICES
from servicekit.migrations.runner import ROOT, migrate

TEMPLATE = "aos_template"
# No test's own business: a role of the harness for a schema of the harness.
SPECIMEN_ROLE = "aos_specimen"
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A PostgreSQL server with the roles of AOS and a migrated template."""

    admin_url: str
    passwords: dict[str, str]

    def admin(self, database: str) -> str:
        """The superuser's address of a database; row security does not apply to it."""
        return database_url(self.admin_url, database)

    def role(self, role: str, database: str) -> str:
        """A role's address of a database, in SQLAlchemy's form."""
        return service_url(self.admin_url, role, self.passwords[role], database=database)


@dataclass(frozen=True, slots=True, kw_only=True)
class TestDatabase:
    """One database, cloned from the template."""

    __test__ = False
    server: Server
    name: str

    @property
    def admin_url(self) -> str:
        """The superuser's address, for asyncpg."""
        return self.server.admin(self.name)

    def url_of(self, service: str) -> str:
        """A service's own address, in SQLAlchemy's form."""
        return self.server.role(f"aos_{service}", self.name)

    @property
    def migrator_url(self) -> str:
        """The schema owner's address, in SQLAlchemy's form."""
        return self.server.role(MIGRATOR_ROLE, self.name)

    async def fetch(self, query: str, *arguments: object) -> list[asyncpg.Record]:
        """Ask as superuser, seeing everything."""
        connection = await asyncpg.connect(self.admin_url)
        try:
            return await connection.fetch(query, *arguments)
        finally:
            await connection.close()

    async def fetch_script(self, script: str) -> None:
        """Run several statements as superuser."""
        connection = await asyncpg.connect(self.admin_url)
        try:
            await connection.execute(script)
        finally:
            await connection.close()

    async def value(self, query: str, *arguments: object) -> object:
        """The first value of the first row, as superuser."""
        rows = await self.fetch(query, *arguments)
        return rows[0][0] if rows else None


def migrated_services() -> list[str]:
    """The services that have a schema."""
    folder = ROOT / "services"
    return [
        service.name
        for service in SERVICES
        if any((folder / service.name / "store" / "migrations").glob("[0-9]*.py"))
    ]


async def make_template(admin_url: str, *, migrated: Sequence[str] | None = None) -> Server:
    """Provision roles and schemas, and migrate every service, or those that are named, once."""
    passwords = {MIGRATOR_ROLE: secrets.token_hex(8), SPECIMEN_ROLE: secrets.token_hex(8)}
    passwords |= {service.role: secrets.token_hex(8) for service in SERVICES}
    await provision(admin_url, passwords, database=TEMPLATE)
    server = Server(admin_url=admin_url, passwords=passwords)
    connection = await asyncpg.connect(server.admin(TEMPLATE))
    await connection.execute(
        f"CREATE SCHEMA specimen AUTHORIZATION {MIGRATOR_ROLE};"
        f"GRANT USAGE ON SCHEMA specimen TO {SPECIMEN_ROLE};"
        f"ALTER ROLE {SPECIMEN_ROLE} SET search_path = specimen;"
        f"GRANT CONNECT ON DATABASE {TEMPLATE} TO {SPECIMEN_ROLE}"
    )
    await connection.close()
    for name in migrated_services() if migrated is None else migrated:
        await migrate(service=name, url=server.role(MIGRATOR_ROLE, TEMPLATE))
    return server


@asynccontextmanager
async def cloned(server: Server) -> AsyncIterator[TestDatabase]:
    """A database of one's own for as long as the block lasts."""
    name = f"test_{next(_numbers)}_{secrets.token_hex(3)}"
    connection = await asyncpg.connect(server.admin_url)
    try:
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        # A clone starts with everybody's right to connect; it needs none but the roles'.
        roles = ", ".join(server.passwords)
        await connection.execute(
            f"REVOKE ALL ON DATABASE {name} FROM PUBLIC; GRANT CONNECT ON DATABASE {name} TO {roles}"
        )
        try:
            yield TestDatabase(server=server, name=name)
        finally:
            await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await connection.close()
