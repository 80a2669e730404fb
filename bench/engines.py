"""The engines of one run: started when first needed, durable as in production, then kept."""

import itertools
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from aosctl.engines.nats import EmbeddedNats
from aosctl.engines.postgres import EmbeddedPostgres
from aosctl.provision import connect, database_url, provision, service_url
from aosctl.services import MIGRATOR_ROLE, SERVICES, role_names
from servicekit.migrations.runner import migrate

TEMPLATE = "bench_template"


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchDatabase:
    """A database of a measurement's own, with the schemas and roles of every service."""

    name: str
    server_url: str
    passwords: dict[str, str]

    @property
    def url(self) -> str:
        """The superuser's address; row security does not apply to it."""
        return database_url(self.server_url, self.name)

    def url_of(self, role: str) -> str:
        """A role's address, in SQLAlchemy's form."""
        return service_url(self.server_url, role, self.passwords[role], database=self.name)


class Engines:
    """PostgreSQL and NATS for measurements that need them without services around."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = AsyncExitStack()
        self._passwords = {role: secrets.token_hex(8) for role in role_names()}
        self._postgres: EmbeddedPostgres | None = None
        self._nats: EmbeddedNats | None = None
        self._numbers = itertools.count(1)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def nats(self) -> EmbeddedNats:
        """The one NATS server of the run."""
        if self._nats is None:
            self._nats = await self._stack.enter_async_context(EmbeddedNats(self._folder / "nats"))
        return self._nats

    @asynccontextmanager
    async def database(self) -> AsyncIterator[BenchDatabase]:
        """A fresh database for as long as the block lasts."""
        server_url = await self._server()
        name = f"bench_{next(self._numbers)}"
        await _execute(server_url, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        try:
            yield BenchDatabase(name=name, server_url=server_url, passwords=self._passwords)
        finally:
            await _execute(server_url, f"DROP DATABASE {name} WITH (FORCE)")

    async def _server(self) -> str:
        if self._postgres is None:
            self._postgres = await self._stack.enter_async_context(
                EmbeddedPostgres(self._folder / "postgres")
            )
            await self._make_template(self._postgres.url)
        return self._postgres.url

    async def _make_template(self, server_url: str) -> None:
        await provision(server_url, self._passwords, database=TEMPLATE)
        owner = service_url(
            server_url, MIGRATOR_ROLE, self._passwords[MIGRATOR_ROLE], database=TEMPLATE
        )
        for service in SERVICES:
            await migrate(service=service.name, url=owner)


async def _execute(url: str, statement: str) -> None:
    connection = await connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
