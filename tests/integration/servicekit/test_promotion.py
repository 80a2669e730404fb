"""A standby takes the place of the primary: services follow, and nothing acknowledged is lost."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from aosctl.provision import database_url
from kernel.errors import ServiceError, StorageUnavailable
from kernel.identifiers import new_id
from servicekit import database as database_module
from servicekit import database_hosts
from servicekit.database import Database
from servicekit.database_hosts import DatabaseHosts
from servicekit.direct import DirectDatabase
from servicekit.migrations.runner import head_revision, migrate
from servicekit.outbox.wakeup import Wakeup
from tests.support import specimen
from tests.support.databases import TEMPLATE, TestDatabase, make_template
from tests.support.standby import PostgresPair, postgres_pair
from tests.support.waiting import until

SILENT = "10.255.255.1"


@dataclass(slots=True, kw_only=True)
class Installation:
    """The two servers, and the database that services have on them."""

    pair: PostgresPair
    database: TestDatabase

    @property
    def url(self) -> str:
        return self.pair.of_both(self.database.url_of("specimen"))


@asynccontextmanager
async def installed(folder: Path) -> AsyncIterator[Installation]:
    async with postgres_pair(folder) as pair:
        # The servers are this test's own, so there is nobody to keep the template for.
        server = await make_template(pair.primary.url, migrated=["logs"])
        database = TestDatabase(server=server, name=TEMPLATE)
        await specimen.install(database)
        await pair.follow()
        yield Installation(pair=pair, database=database)


@pytest_asyncio.fixture(loop_scope="session")
async def installation(engine_folder: Path) -> AsyncIterator[Installation]:
    folder = engine_folder / f"pair-{new_id('run')[-8:]}"
    folder.mkdir()
    async with installed(folder) as made:
        yield made
    shutil.rmtree(folder, ignore_errors=True)


class Writer:
    """Writes without a pause, and remembers what it was told is kept."""

    def __init__(self) -> None:
        self._over = False
        self.kept: list[str] = []
        self.refusals: list[ServiceError] = []

    async def write(self, thing: str) -> None:
        raise NotImplementedError

    async def run(self) -> None:
        while not self._over:
            thing = new_id("run")
            try:
                await self.write(thing)
                self.kept.append(thing)
            except ServiceError as error:
                self.refusals.append(error)
                # As any caller that is refused for a while; it keeps the loop from spinning.
                await asyncio.sleep(0.01)

    async def keeps(self, more: int) -> None:
        wanted = len(self.kept) + more
        await until(lambda: len(self.kept) >= wanted)

    def end(self) -> None:
        self._over = True


class ToolkitWriter(Writer):
    def __init__(self, url: str) -> None:
        super().__init__()
        self.database = Database(url=url, service="specimen", pool_size=4)
        self._units = specimen.units_of_work(self.database)
        self.tenant = new_id("ten")

    async def write(self, thing: str) -> None:
        async with self._units(self.tenant) as unit_of_work:
            await specimen.make_thing(unit_of_work, self.tenant, thing=thing)
            await unit_of_work.commit()

    async def close(self) -> None:
        await self.database.close()


class DirectWriter(Writer):
    def __init__(self, url: str) -> None:
        super().__init__()
        self.database = DirectDatabase(url=url, service="specimen", pool_size=4)
        self.tenant = new_id("ten")

    async def write(self, thing: str) -> None:
        async with self.database.transaction(self.tenant) as transaction:
            await transaction.connection.execute(
                "INSERT INTO things (tenant_id, id, note) VALUES ($1, $2, '')", self.tenant, thing
            )
            await transaction.commit()

    async def close(self) -> None:
        await self.database.close()


@asynccontextmanager
async def writing(url: str) -> AsyncIterator[list[Any]]:
    """Both ways to the database, three loops each."""
    writers: list[Any] = [ToolkitWriter(url), DirectWriter(url)]
    loops = [asyncio.create_task(writer.run()) for writer in writers for _ in range(3)]
    try:
        yield writers
    finally:
        for writer in writers:
            writer.end()
        await asyncio.gather(*loops)
        for writer in writers:
            await writer.close()


async def found(installation: Installation) -> set[str]:
    """Everything that is on the server which took over."""
    url = database_url(installation.pair.standby.url, installation.database.name)
    connection = await asyncpg.connect(url)
    try:
        return {row["id"] for row in await connection.fetch("SELECT id FROM specimen.things")}
    finally:
        await connection.close()


async def keep(writers: list[Any], more: int) -> None:
    for writer in writers:
        await writer.keeps(more)


@pytest.mark.resilience
async def test_nothing_acknowledged_is_lost_when_the_primary_dies(
    installation: Installation,
) -> None:
    pair = installation.pair
    wakeup = Wakeup(url=installation.url, channel="specimen_outbox")
    hint = wakeup.hint()
    listening = asyncio.create_task(wakeup.run())
    async with writing(installation.url) as writers:
        await keep(writers, 50)
        await pair.kill_primary()
        await until(lambda: all(writer.refusals for writer in writers))
        await pair.promote()
        await keep(writers, 50)
        hint._heard.clear()
        await until(hint._heard.is_set)
    listening.cancel()
    kept = {thing for writer in writers for thing in writer.kept}
    assert kept - await found(installation) == set()
    # Callers are told of an outage that passes, and of nothing else.
    kinds = {type(error) for writer in writers for error in writer.refusals}
    assert kinds == {StorageUnavailable}
    # Migrations find the server that takes writes as well.
    report = await migrate(service="logs", url=pair.of_both(installation.database.migrator_url))
    assert (report.revision, report.applied) == (head_revision("logs"), 0)


async def moved_away(installation: Installation) -> None:
    """Two writers on a server that stops taking writes while it keeps its connections."""
    async with writing(installation.url) as writers:
        await keep(writers, 20)
        await installation.pair.refuse_writes()
        await until(lambda: all(writer.refusals for writer in writers))
        await installation.pair.promote()
        before = [len(writer.kept) for writer in writers]
        await until(
            lambda: all(
                len(writer.kept) > count + 100
                for writer, count in zip(writers, before, strict=True)
            ),
            seconds=10,
        )


@pytest.mark.resilience
async def test_a_server_that_only_reads_any_more_is_left_by_all_connections(
    installation: Installation,
) -> None:
    await moved_away(installation)


@pytest.mark.resilience
async def test_mutant_a_pool_that_keeps_its_connections_stays_with_the_server_that_only_reads(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "leave_read_only", lambda _context: None)
    with pytest.raises(AssertionError):
        await moved_away(installation)


async def test_a_server_that_swallows_everything_does_not_keep_the_other_from_being_asked(
    database: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    real = database_hosts.asyncpg.connect

    async def connect(**options: Any) -> Any:
        asked.append(options["host"])
        if options["host"] == SILENT:
            # What a connection to a machine without power comes to, without waiting for it.
            raise TimeoutError
        return await real(**options)

    monkeypatch.setattr(database_hosts.asyncpg, "connect", connect)
    url = database.url_of("policies")
    login, _, rest = url.partition("@")
    place, _, name = rest.partition("/")
    several = f"{login}@/{name}?host={SILENT}:5432&host={place}"
    hosts = DatabaseHosts(several)
    for _ in range(2):
        await (await hosts.connect()).close()
    # The second time the one that answered is asked at once.
    assert asked == [SILENT, "127.0.0.1", "127.0.0.1"]
    opened = Database(url=several, service="policies")
    async with opened.transaction(new_id("ten")):
        pass
    await opened.close()


async def test_no_server_at_all_is_an_outage_of_storage() -> None:
    nowhere = "postgresql+asyncpg://u:p@/d?host=127.0.0.1:1&host=127.0.0.1:2"
    opened = Database(url=nowhere, service="policies")
    with pytest.raises(StorageUnavailable):
        async with opened.transaction(new_id("ten")):
            pass
    await opened.close()
    direct = DirectDatabase(url=nowhere, service="policies")
    with pytest.raises(StorageUnavailable):
        async with direct.transaction(new_id("ten")):
            pass
    await direct.close()
