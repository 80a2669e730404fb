"""The two stores of accounts, opened the same way."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
import pytest_asyncio

from servicekit.database import Database
from servicekit.unit_of_work import UnitsOfWork
from services.accounts.api.event_messages import encode
from services.accounts.store.tables import KIT
from services.accounts.store.unit_of_work import AccountsUnitOfWork
from tests.support.databases import TestDatabase
from tests.unit.accounts.in_memory import InMemory

# Opens a transaction bound to these tenants, or to a purpose.
Open = Callable[..., AbstractAsyncContextManager[Any]]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def units(database: TestDatabase) -> AsyncIterator[UnitsOfWork[AccountsUnitOfWork]]:
    """Transactions of accounts as its own role."""
    opened = Database(url=database.url_of("accounts"), service="accounts", pool_size=4)
    yield UnitsOfWork(
        database=opened,
        make=lambda connection: AccountsUnitOfWork(connection, encode=encode),
        tables=KIT,
    )
    await opened.close()


@pytest.fixture(params=["memory", "postgres"])
def opened(request: pytest.FixtureRequest) -> Open:
    """Each test runs over the fake and over the real store."""
    if request.param == "memory":
        return InMemory().opened
    units: Open = request.getfixturevalue("units")
    return units
