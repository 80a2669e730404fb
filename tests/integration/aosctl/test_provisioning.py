import contextlib
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from aosctl.engines.postgres import EmbeddedPostgres
from aosctl.errors import OperatorError
from aosctl.provision import connect, database_url, provision, service_url
from aosctl.services import role_names

PASSWORDS = {role: secrets.token_urlsafe(12) for role in role_names()}
REFUSED = asyncpg.InsufficientPrivilegeError


def url_of(engine: EmbeddedPostgres, role: str, database: str = "aos") -> str:
    url = service_url(engine.url, role, PASSWORDS[role], database=database)
    return url.replace("+asyncpg", "")


@pytest.fixture(scope="module")
async def provisioned(postgres: EmbeddedPostgres) -> EmbeddedPostgres:
    await provision(postgres.url, PASSWORDS)
    return postgres


@contextlib.asynccontextmanager
async def session(
    engine: EmbeddedPostgres, role: str
) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connection = await asyncpg.connect(url_of(engine, role))
    try:
        yield connection
    finally:
        await connection.close()


@contextlib.asynccontextmanager
async def table_of(engine: EmbeddedPostgres, schema: str) -> AsyncIterator[None]:
    async with session(engine, "aos_migrator") as migrator:
        await migrator.execute(f"CREATE TABLE {schema}.secret AS SELECT 7 AS id")
        # Even a table opened to everybody stays behind the door of its schema.
        await migrator.execute(f"GRANT SELECT ON {schema}.secret TO PUBLIC")
        try:
            yield
        finally:
            await migrator.execute(f"DROP TABLE {schema}.secret")


async def can_read_foreign_table(engine: EmbeddedPostgres) -> bool:
    async with table_of(engine, "accounts"), session(engine, "aos_activity") as activity:
        try:
            return bool(await activity.fetchval("SELECT id FROM accounts.secret") == 7)
        except REFUSED:
            return False


async def catalogue(engine: EmbeddedPostgres) -> list[object]:
    connection = await connect(database_url(engine.url, "aos"))
    try:
        roles = await connection.fetch(
            "SELECT rolname, rolcanlogin, rolsuper, rolinherit, rolconfig::text FROM pg_roles"
            " WHERE rolname LIKE 'aos%' ORDER BY 1"
        )
        schemas = await connection.fetch("SELECT nspname, nspowner, nspacl::text FROM pg_namespace")
        return [*map(tuple, roles), *map(tuple, schemas)]
    finally:
        await connection.close()


async def test_provisioning_again_changes_nothing(provisioned: EmbeddedPostgres) -> None:
    before = await catalogue(provisioned)
    await provision(provisioned.url, PASSWORDS)
    assert await catalogue(provisioned) == before


async def test_a_service_reads_its_own_schema_without_naming_it(
    provisioned: EmbeddedPostgres,
) -> None:
    async with table_of(provisioned, "activity"), session(provisioned, "aos_activity") as activity:
        assert await activity.fetchval("SELECT id FROM secret") == 7


async def test_a_service_cannot_read_the_schema_of_another(provisioned: EmbeddedPostgres) -> None:
    assert not await can_read_foreign_table(provisioned)


async def test_mutant_without_the_closed_schema_the_same_read_succeeds(
    provisioned: EmbeddedPostgres,
) -> None:
    async with session(provisioned, "aos_migrator") as migrator:
        await migrator.execute("GRANT USAGE ON SCHEMA accounts TO aos_activity")
        try:
            assert await can_read_foreign_table(provisioned)
        finally:
            await migrator.execute("REVOKE USAGE ON SCHEMA accounts FROM aos_activity")


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id int)",
        "CREATE TABLE public.mine (id int)",
        "CREATE TEMPORARY TABLE mine (id int)",
        "CREATE SCHEMA mine",
        "CREATE ROLE mine",
        "CREATE DATABASE mine",
        "SET ROLE aos_migrator",
        "SET ROLE aos_accounts",
        "ALTER ROLE aos_activity BYPASSRLS",
        "ALTER SCHEMA activity OWNER TO aos_activity",
    ],
)
async def test_a_service_role_is_confined(provisioned: EmbeddedPostgres, statement: str) -> None:
    async with session(provisioned, "aos_activity") as activity:
        with pytest.raises(REFUSED):
            await activity.execute(statement)


async def test_a_service_role_gives_up_in_time(provisioned: EmbeddedPostgres) -> None:
    async with session(provisioned, "aos_activity") as activity:
        settings = {
            name: await activity.fetchval("SELECT current_setting($1)", name)
            for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
        }
    assert list(settings.values()) == ["10s", "5s", "30s"]


async def test_strangers_cannot_even_connect(provisioned: EmbeddedPostgres) -> None:
    admin = await connect(provisioned.url)
    try:
        await admin.execute("CREATE ROLE stranger LOGIN PASSWORD 'stranger'")
        url = f"postgresql://stranger:stranger@127.0.0.1:{provisioned.port}/aos"
        with pytest.raises(REFUSED):
            await asyncpg.connect(url)
    finally:
        await admin.execute("DROP ROLE stranger")
        await admin.close()


async def test_a_role_that_was_loosened_is_confined_again(provisioned: EmbeddedPostgres) -> None:
    admin = await connect(provisioned.url)
    try:
        await admin.execute("ALTER ROLE aos_activity BYPASSRLS CREATEROLE INHERIT")
        await provision(provisioned.url, PASSWORDS)
        loose = await admin.fetchrow(
            "SELECT rolbypassrls, rolcreaterole, rolinherit FROM pg_roles"
            " WHERE rolname = 'aos_activity'"
        )
    finally:
        await admin.close()
    assert loose is not None
    assert tuple(loose) == (False, False, False)


async def test_a_changed_password_opens_and_the_old_one_does_not(
    provisioned: EmbeddedPostgres,
) -> None:
    await provision(provisioned.url, PASSWORDS | {"aos_activity": "another"})
    try:
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(url_of(provisioned, "aos_activity"))
    finally:
        await provision(provisioned.url, PASSWORDS)
    async with session(provisioned, "aos_activity") as activity:
        assert await activity.fetchval("SELECT 1") == 1


async def test_no_password_is_sent_to_the_server(
    provisioned: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    execute = asyncpg.Connection.execute

    async def listen(self: Any, query: str, *arguments: Any) -> str:
        sent.append(query)
        return await execute(self, query, *arguments)

    monkeypatch.setattr(asyncpg.Connection, "execute", listen)
    await provision(provisioned.url, PASSWORDS)
    assert any("SCRAM-SHA-256$" in query for query in sent)
    assert not any(password in query for query in sent for password in PASSWORDS.values())


async def test_an_administrator_short_of_superuser_is_enough(tmp_path: Path) -> None:
    async with EmbeddedPostgres(tmp_path) as engine:
        admin = await connect(engine.url)
        await admin.execute("CREATE ROLE cloud LOGIN CREATEDB CREATEROLE PASSWORD 'cloud'")
        await admin.close()
        url = f"postgresql://cloud:cloud@127.0.0.1:{engine.port}/postgres"
        for _ in range(2):
            await provision(url, PASSWORDS)
        async with session(engine, "aos_activity") as activity:
            with pytest.raises(REFUSED):
                await activity.execute("CREATE TABLE mine (id int)")


async def test_an_administrator_without_rights_is_told_which(
    provisioned: EmbeddedPostgres,
) -> None:
    with pytest.raises(OperatorError, match="use a role with CREATEROLE and CREATEDB"):
        await provision(url_of(provisioned, "aos_activity"), PASSWORDS)


async def test_a_server_that_cannot_be_reached_is_named() -> None:
    with pytest.raises(OperatorError, match=r"at 127\.0\.0\.1 cannot be reached"):
        await connect("postgresql://a:b@127.0.0.1:1/postgres")
