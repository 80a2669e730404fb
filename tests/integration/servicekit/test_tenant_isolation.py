"""One pooled connection, many tenants: nothing is left behind for the next, however it ends."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy import func, insert, select, text, update

from kernel.errors import InternalError, ServiceError, StorageUnavailable
from kernel.identifiers import new_id
from servicekit import database as database_module
from servicekit.database import Database
from tests.support import specimen
from tests.support.databases import TestDatabase
from tests.support.specimen import THINGS

pytestmark = pytest.mark.invariant("I-31")


@pytest_asyncio.fixture(loop_scope="session")
async def one_connection(specimen_database: TestDatabase) -> AsyncIterator[Database]:
    database = specimen.open_database(specimen_database, pool_size=1)
    yield database
    await database.close()


async def put(database: Database, tenant: str) -> None:
    async with database.transaction(tenant) as connection:
        await connection.execute(
            insert(THINGS), {"tenant_id": tenant, "id": new_id("run"), "note": tenant}
        )
        await connection.commit()


async def notes(database: Database, *tenants: str, purpose: str = "") -> set[str]:
    async with database.transaction(*tenants, purpose=purpose) as connection:
        return set((await connection.execute(select(THINGS.c.note))).scalars())


async def end_by_success(database: Database, tenant: str) -> None:
    await put(database, tenant)


async def end_by_error(database: Database, tenant: str) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.transaction(tenant) as connection:
            await connection.execute(select(THINGS))
            raise ZeroDivisionError


async def end_by_database_error(database: Database, tenant: str) -> None:
    with pytest.raises(ServiceError):
        async with database.transaction(tenant) as connection:
            await connection.execute(text("SELECT 1 / 0"))


async def end_by_cancel(database: Database, tenant: str) -> None:
    entered = asyncio.Event()

    async def sleep() -> None:
        async with database.transaction(tenant) as connection:
            entered.set()
            await connection.execute(text("SELECT pg_sleep(30)"))

    task = asyncio.create_task(sleep())
    await entered.wait()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def end_by_killed_backend(database: Database, tenant: str) -> None:
    with pytest.raises(StorageUnavailable):
        async with database.transaction(tenant) as connection:
            await connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))


ENDINGS = [
    end_by_success,
    end_by_error,
    end_by_database_error,
    end_by_cancel,
    end_by_killed_backend,
]


async def leaks_after(ending: object, database: Database) -> set[str]:
    """What strangers and the unbound see of a tenant whose transaction ended this way."""
    tenant, stranger = new_id("ten"), new_id("ten")
    await put(database, tenant)
    await ending(database, tenant)  # type: ignore[operator]
    seen = await notes(database, purpose="nothing")
    return (seen | await notes(database, stranger)) & {tenant}


@pytest.mark.parametrize("ending", ENDINGS)
async def test_nothing_of_a_tenant_is_seen_after_its_transaction(
    one_connection: Database, ending: object
) -> None:
    assert await leaks_after(ending, one_connection) == set()


async def test_mutant_a_session_wide_setting_leaks_to_the_next_transaction(
    one_connection: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = new_id("ten")
    await put(one_connection, tenant)
    monkeypatch.setattr(
        database_module,
        "_BIND",
        text(
            "SELECT set_config('app.tenant_id', :tenants, false), "
            "set_config('app.purpose', :purpose, false)"
        ),
    )
    async with one_connection.transaction(tenant) as connection:
        await connection.commit()
    monkeypatch.setattr(database_module, "_BIND", text("SELECT CAST(:tenants || :purpose AS text)"))
    assert await notes(one_connection, new_id("ten")) == {tenant}


async def test_a_row_of_another_tenant_can_be_neither_written_nor_changed(
    one_connection: Database,
) -> None:
    mine, theirs = new_id("ten"), new_id("ten")
    await put(one_connection, theirs)
    with pytest.raises(ServiceError):
        async with one_connection.transaction(mine) as connection:
            await connection.execute(
                insert(THINGS), {"tenant_id": theirs, "id": new_id("run"), "note": "forged"}
            )
    async with one_connection.transaction(mine) as connection:
        changed = await connection.execute(update(THINGS).values(note="stolen"))
        await connection.commit()
    assert changed.rowcount == 0
    assert await notes(one_connection, theirs) == {theirs}


async def test_a_batch_for_several_tenants_sees_exactly_those(one_connection: Database) -> None:
    first, second, third = (new_id("ten") for _ in range(3))
    for tenant in (first, second, third):
        await put(one_connection, tenant)
    assert await notes(one_connection, first, second) == {first, second}


@pytest.mark.parametrize("tenants", [(), ("",), ("ten_a,ten_b",)])
async def test_a_transaction_without_a_proper_tenant_is_never_opened(
    one_connection: Database, tenants: tuple[str, ...]
) -> None:
    with pytest.raises(InternalError):
        async with one_connection.transaction(*tenants):
            pass


async def test_a_read_only_transaction_cannot_write(one_connection: Database) -> None:
    tenant = new_id("ten")
    with pytest.raises(StorageUnavailable):
        async with one_connection.transaction(tenant, read_only=True) as connection:
            await connection.execute(
                insert(THINGS), {"tenant_id": tenant, "id": new_id("run"), "note": "no"}
            )


async def test_the_next_transaction_after_a_read_only_one_can_write(
    one_connection: Database,
) -> None:
    tenant = new_id("ten")
    async with one_connection.transaction(tenant, read_only=True) as connection:
        await connection.execute(select(func.count()).select_from(THINGS))
    await put(one_connection, tenant)
    assert await notes(one_connection, tenant) == {tenant}


async def test_what_is_not_committed_is_rolled_back(one_connection: Database) -> None:
    tenant = new_id("ten")
    async with one_connection.transaction(tenant) as connection:
        await connection.execute(
            insert(THINGS), {"tenant_id": tenant, "id": new_id("run"), "note": "forgotten"}
        )
    assert await notes(one_connection, tenant) == set()
