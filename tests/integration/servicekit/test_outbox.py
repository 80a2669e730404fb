"""An event exists if and only if its change committed, and the relay forgets none."""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import func, select, update

from aosctl.engines.nats import EmbeddedNats
from kernel.identifiers import new_id
from servicekit.database import Database
from servicekit.jetstream.connection import Bus
from servicekit.outbox.receipts import republish_unconfirmed
from servicekit.outbox.relay import PURPOSE, Relay, lag_seconds, prune
from servicekit.outbox.wakeup import Wakeup
from servicekit.unit_of_work import UnitOfWork, UnitsOfWork
from tests.support import specimen
from tests.support.databases import TestDatabase


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def nats(engine_folder: Any) -> AsyncIterator[EmbeddedNats]:
    async with EmbeddedNats(engine_folder / "outbox-nats") as server:
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def bus(nats: EmbeddedNats) -> AsyncIterator[Bus]:
    made = await specimen.connect(nats.url)
    yield made
    await made.close()


@pytest.fixture
def relay(things: Database, bus: Bus, specimen_database: TestDatabase) -> Relay:
    wakeup = Wakeup(url=specimen_database.url_of("specimen"), channel="specimen_outbox")
    return Relay(
        service="specimen", database=things, tables=specimen.KIT, bus=bus, hint=wakeup.hint()
    )


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def _empty(specimen_database: TestDatabase) -> None:
    await specimen_database.fetch_script("TRUNCATE specimen.outbox, specimen.things")


async def drain(relay: Relay) -> int:
    published = 0
    while count := await relay.publish_batch():
        published += count
    return published


@pytest.mark.invariant("I-07")
async def test_events_exist_exactly_for_the_changes_that_committed(
    units: UnitsOfWork[UnitOfWork], specimen_database: TestDatabase
) -> None:
    seed = random.randrange(2**32)
    dice = random.Random(seed)
    tenant = new_id("ten")

    async def change() -> None:
        async with units(tenant) as unit_of_work:
            await specimen.make_thing(unit_of_work, tenant)
            await unit_of_work.flush()
            if dice.random() > 0.3:
                await unit_of_work.commit()

    for _ in range(20):
        await asyncio.gather(*(change() for _ in range(20)))
    orphans = await specimen_database.value(
        "SELECT count(*) FROM specimen.things t FULL JOIN specimen.outbox o "
        "ON o.aggregate_id = t.id WHERE o.event_id IS NULL OR t.id IS NULL"
    )
    assert orphans == 0, f"seed {seed}"
    assert 200 < await specimen.count(specimen_database, "things") < 400


@pytest.mark.invariant("I-07")
async def test_mutant_an_event_written_in_a_transaction_of_its_own_outlives_its_change(
    units: UnitsOfWork[UnitOfWork], specimen_database: TestDatabase
) -> None:
    tenant = new_id("ten")
    async with units(tenant) as unit_of_work, units(tenant) as other:
        await specimen.make_thing(unit_of_work, tenant)
        other._events, unit_of_work._events = unit_of_work._events, []
        await other.commit()
    assert await specimen.count(specimen_database, "things") == 0
    assert await specimen.count(specimen_database, "outbox") == 1


async def _commit_in_the_other_order(
    units: UnitsOfWork[UnitOfWork], relay: Relay, tenant: str
) -> None:
    """Take positions 1 and 2, commit 2, let the relay publish it, then commit 1."""
    async with units(tenant) as early:
        await specimen.make_thing(early, tenant)
        await early.flush()
        async with units(tenant) as late:
            await specimen.make_thing(late, tenant)
            await late.commit()
        assert await drain(relay) == 1
        await early.commit()
    await drain(relay)


@pytest.mark.invariant("I-11")
async def test_the_relay_publishes_what_commits_behind_what_it_has_seen(
    units: UnitsOfWork[UnitOfWork], relay: Relay, specimen_database: TestDatabase
) -> None:
    await _commit_in_the_other_order(units, relay, new_id("ten"))
    assert await specimen.count(specimen_database, "outbox", "published_at IS NULL") == 0


@pytest.mark.invariant("I-11")
async def test_mutant_a_relay_that_reads_after_the_last_position_skips_one(
    units: UnitsOfWork[UnitOfWork],
    relay: Relay,
    specimen_database: TestDatabase,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    honest = relay._next_rows

    def after_the_last() -> Any:
        outbox = specimen.KIT.outbox
        seen = outbox.alias()
        last = select(func.max(seen.c.position)).where(seen.c.published_at.is_not(None))
        return honest().where(outbox.c.position > func.coalesce(last.scalar_subquery(), 0))

    monkeypatch.setattr(relay, "_next_rows", after_the_last)
    await _commit_in_the_other_order(units, relay, new_id("ten"))
    assert await specimen.count(specimen_database, "outbox", "published_at IS NULL") == 1


@pytest.mark.invariant("I-11")
async def test_many_writers_and_two_relays_lose_nothing_and_publish_nothing_twice(
    units: UnitsOfWork[UnitOfWork], relay: Relay, bus: Bus, specimen_database: TestDatabase
) -> None:
    tenant = new_id("ten")
    before = (await bus.jetstream.stream_info("AOS_EVENTS")).state.messages

    async def write() -> None:
        for _ in range(25):
            async with units(tenant) as unit_of_work:
                await specimen.make_thing(unit_of_work, tenant)
                await unit_of_work.flush()
                await asyncio.sleep(random.random() / 200)
                await unit_of_work.commit()

    async def keep_publishing(writers: "asyncio.Future[Any]") -> None:
        while not writers.done():
            await relay.publish_batch()

    writers = asyncio.gather(*(write() for _ in range(8)))
    await asyncio.gather(writers, keep_publishing(writers), keep_publishing(writers))
    await drain(relay)
    after = (await bus.jetstream.stream_info("AOS_EVENTS")).state.messages
    assert after - before == 200
    assert await specimen.count(specimen_database, "outbox", "published_at IS NULL") == 0


async def test_an_event_the_bus_will_never_take_does_not_hold_up_the_others(
    units: UnitsOfWork[UnitOfWork], relay: Relay, specimen_database: TestDatabase
) -> None:
    tenant = new_id("ten")
    async with units(tenant) as unit_of_work:
        giant = await specimen.make_thing(unit_of_work, tenant)
        event, trace = unit_of_work._events[0]
        unit_of_work._events[0] = (_with_body(event, b"x" * 300_000), trace)
        await specimen.make_thing(unit_of_work, tenant)
        await unit_of_work.commit()
    assert await drain(relay) == 1
    rows = await specimen_database.fetch(
        "SELECT aggregate_id, attempts, last_error FROM specimen.outbox WHERE published_at IS NULL"
    )
    assert [row["aggregate_id"] for row in rows] == [giant]
    assert rows[0]["attempts"] == 1
    assert rows[0]["last_error"]


def _with_body(event: Any, body: bytes) -> Any:
    return type(event)(
        tenant_id=event.tenant_id,
        event_type=event.event_type,
        aggregate_id=event.aggregate_id,
        sequence=event.sequence,
        body=body,
    )


async def test_a_change_announced_twice_under_one_number_is_refused(
    units: UnitsOfWork[UnitOfWork], specimen_database: TestDatabase
) -> None:
    tenant = new_id("ten")
    with pytest.raises(Exception, match="wrong on our side"):
        async with units(tenant) as unit_of_work:
            thing = await specimen.make_thing(unit_of_work, tenant)
            await unit_of_work.flush()
            unit_of_work.send(
                specimen.OutgoingEvent(
                    tenant_id=tenant,
                    event_type="thing_made",
                    aggregate_id=thing,
                    sequence=1,
                    body=b"",
                )
            )
            await unit_of_work.commit()
    assert await specimen.count(specimen_database, "things") == 0


async def test_lag_is_the_age_of_the_oldest_unpublished_event(
    units: UnitsOfWork[UnitOfWork], relay: Relay, things: Database
) -> None:
    tenant = new_id("ten")
    assert await lag_seconds(things, specimen.KIT) is None
    async with units(tenant) as unit_of_work:
        await specimen.make_thing(unit_of_work, tenant)
        await unit_of_work.commit()
    lag = await lag_seconds(things, specimen.KIT)
    assert lag is not None
    assert lag > 0
    await drain(relay)
    assert await lag_seconds(things, specimen.KIT) is None


async def test_only_confirmed_events_older_than_the_retention_are_forgotten(
    units: UnitsOfWork[UnitOfWork],
    relay: Relay,
    things: Database,
    specimen_database: TestDatabase,
) -> None:
    tenant = new_id("ten")
    for _ in range(3):
        async with units(tenant) as unit_of_work:
            await specimen.make_thing(unit_of_work, tenant)
            await unit_of_work.commit()
    await drain(relay)
    await specimen_database.fetch_script(
        "UPDATE specimen.outbox SET published_at = published_at - interval '8 days';"
        "UPDATE specimen.outbox SET awaits = '{}' WHERE position % 3 = 0;"
        "UPDATE specimen.outbox SET awaits = '{}', published_at = now() WHERE position % 3 = 1"
    )
    assert await prune(things, specimen.KIT) == 1
    assert await specimen.count(specimen_database, "outbox") == 2


async def test_what_nobody_confirmed_is_handed_back_to_the_relay(
    units: UnitsOfWork[UnitOfWork],
    relay: Relay,
    things: Database,
    specimen_database: TestDatabase,
) -> None:
    tenant = new_id("ten")
    async with units(tenant) as unit_of_work:
        await specimen.make_thing(unit_of_work, tenant)
        await unit_of_work.commit()
    await drain(relay)
    assert await republish_unconfirmed(things, specimen.KIT) == 0
    await specimen_database.fetch_script(
        "UPDATE specimen.outbox SET published_at = published_at - interval '61 seconds'"
    )
    assert await republish_unconfirmed(things, specimen.KIT) == 1
    assert await drain(relay) == 1


async def test_only_the_relay_sees_the_events_of_all_tenants(things: Database) -> None:
    outbox = specimen.KIT.outbox
    units = specimen.units_of_work(things)
    for tenant in (new_id("ten"), new_id("ten")):
        async with units(tenant) as unit_of_work:
            await specimen.make_thing(unit_of_work, tenant)
            await unit_of_work.commit()
    seen = {}
    for purpose in (PURPOSE, "retention", "nothing"):
        async with things.transaction(purpose=purpose) as connection:
            seen[purpose] = len((await connection.execute(select(outbox))).all())
    assert seen == {PURPOSE: 2, "retention": 0, "nothing": 0}
    async with things.transaction(purpose="retention") as connection:
        touched = await connection.execute(update(outbox).values(last_error="x"))
    assert touched.rowcount == 0
