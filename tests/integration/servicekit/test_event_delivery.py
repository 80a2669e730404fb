"""Events take effect once, whatever happens to the bus, the processes and the order."""

import asyncio
import os
import random
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from aosctl.engines.nats import EmbeddedNats
from kernel.clock import utc_now
from kernel.identifiers import new_id
from servicekit.database import Database
from servicekit.events import Event
from servicekit.inbox import burial, consumer as consumer_module, dead_letters
from servicekit.inbox.consumer import EventConsumer
from servicekit.inbox.order import Position
from servicekit.unit_of_work import UnitOfWork, UnitsOfWork
from tests.support import specimen
from tests.support.databases import TestDatabase
from tests.support.pipeline import Pipeline, assemble, running
from tests.support.waiting import until

ROOT = Path(__file__).parents[3]


@pytest_asyncio.fixture(loop_scope="session")
async def nats(engine_folder: Path) -> AsyncIterator[EmbeddedNats]:
    folder = engine_folder / f"nats-{os.urandom(3).hex()}"
    async with EmbeddedNats(folder) as server:
        yield server


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def _empty(specimen_database: TestDatabase) -> None:
    await specimen_database.fetch_script(
        "ALTER TABLE specimen.effects DISABLE TRIGGER ALL;"
        "TRUNCATE specimen.outbox, specimen.things, specimen.effects, specimen.inbox,"
        " specimen.inbox_positions, specimen.dead_letters;"
        "ALTER TABLE specimen.effects ENABLE ALWAYS TRIGGER write_once_rows;"
        "ALTER TABLE specimen.effects ENABLE ALWAYS TRIGGER write_once_table"
    )


async def quiet(database: TestDatabase) -> None:
    """Wait until every event is published and confirmed."""
    await until(
        lambda: database.value(
            "SELECT NOT EXISTS (SELECT FROM specimen.outbox WHERE published_at IS NULL"
            " OR cardinality(awaits) > 0)"
        )
    )


async def lost_and_doubled(database: TestDatabase) -> tuple[int, int]:
    """Things without an effect, and effects beyond the first."""
    lost = await database.value(
        "SELECT count(*) FROM specimen.things t LEFT JOIN specimen.effects e "
        "ON e.aggregate_id = t.id WHERE e.number IS NULL"
    )
    doubled = await database.value(
        "SELECT count(*) - count(DISTINCT event_id) FROM specimen.effects"
    )
    return int(str(lost)), int(str(doubled))


async def test_an_event_makes_the_whole_way_round(
    specimen_database: TestDatabase, nats: EmbeddedNats
) -> None:
    async with running(specimen_database, nats.url) as pipeline:
        await pipeline.make_things(new_id("ten"), 50)
        await quiet(specimen_database)
    assert await lost_and_doubled(specimen_database) == (0, 0)


@pytest.mark.invariant("I-08")
@pytest.mark.parametrize("outage", ["killed", "paused", "stopped"])
async def test_an_outage_of_the_bus_loses_nothing_and_stalls_nobody(
    specimen_database: TestDatabase, nats: EmbeddedNats, outage: str
) -> None:
    async with running(specimen_database, nats.url) as pipeline:
        tenant = new_id("ten")
        await pipeline.make_things(tenant, 20)
        if outage == "paused":
            os.kill(nats.pid, signal.SIGSTOP)
        elif outage == "killed":
            os.kill(nats.pid, signal.SIGKILL)
        else:
            await nats.stop()
        # The change commits although nobody can hear of it: no call waits for the bus.
        await asyncio.wait_for(pipeline.make_things(tenant, 20), 10)
        if outage == "paused":
            os.kill(nats.pid, signal.SIGCONT)
        else:
            await nats.stop()
            await nats.start()
        await quiet(specimen_database)
    assert await lost_and_doubled(specimen_database) == (0, 0)
    assert await specimen.count(specimen_database, "effects") == 40


@pytest.mark.invariant("I-08")
async def test_mutant_a_client_that_gives_up_never_delivers_again(
    specimen_database: TestDatabase, nats: EmbeddedNats, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(specimen_database, nats.url) as pipeline:
        pipeline.bus.client.options["max_reconnect_attempts"] = 1
        await nats.stop()
        await until(lambda: pipeline.bus.client.is_closed)
        await nats.start()
        await pipeline.make_things(new_id("ten"), 1)
        await pipeline.relay.publish_batch()
        assert await specimen.count(specimen_database, "outbox", "published_at IS NULL") == 1


@pytest.mark.invariant("I-09")
async def test_the_whole_folder_of_the_bus_can_be_wiped(
    specimen_database: TestDatabase, nats: EmbeddedNats
) -> None:
    async with running(specimen_database, nats.url) as pipeline:
        await pipeline.make_things(new_id("ten"), 30)
        await quiet(specimen_database)
        await _publish_and_wipe(pipeline, nats)
        await pipeline.republish_at_once()
        await quiet(specimen_database)
    assert await lost_and_doubled(specimen_database) == (0, 0)
    assert await specimen.count(specimen_database, "effects") == 60


@pytest.mark.invariant("I-09")
async def test_mutant_without_receipts_what_the_bus_lost_is_lost(
    specimen_database: TestDatabase, nats: EmbeddedNats
) -> None:
    async with running(specimen_database, nats.url) as pipeline:
        await pipeline.make_things(new_id("ten"), 30)
        await quiet(specimen_database)
        await _publish_and_wipe(pipeline, nats)
        # Whoever trusts the bus's acknowledgement has nothing left to send again.
        await specimen_database.fetch_script("UPDATE specimen.outbox SET awaits = '{}'")
        await pipeline.republish_at_once()
        await quiet(specimen_database)
    lost, doubled = await lost_and_doubled(specimen_database)
    assert (lost, doubled) == (30, 0)


async def _publish_and_wipe(pipeline: Pipeline, nats: EmbeddedNats) -> None:
    """Let the bus acknowledge thirty events, and lose everything before anybody reads them."""
    await pipeline.background.stop()
    await pipeline.make_things(new_id("ten"), 30)
    while await pipeline.relay.publish_batch():
        pass
    await nats.stop()
    await asyncio.to_thread(shutil.rmtree, nats._folder / "jetstream")
    pipeline.bus.reconciled.clear()
    await nats.start()
    await asyncio.wait_for(pipeline.bus.reconciled.wait(), 20)
    for name, loop in (
        ("relay", pipeline.relay.run),
        ("consumer", pipeline.consumer.run),
        ("receipts", pipeline.receipts.run),
    ):
        pipeline.background.start(name, loop)


def history(tenant: str, *, aggregates: int, length: int) -> list[Event]:
    """The events of several aggregates, in order."""
    return [
        Event(
            event_id=new_id("evt"),
            tenant_id=tenant,
            source="specimen",
            event_type="thing_made",
            aggregate_id=f"thing-{number}",
            sequence=sequence,
            time=utc_now(),
            body=b"",
        )
        for sequence in range(1, length + 1)
        for number in range(aggregates)
    ]


def unbound_consumer(units: UnitsOfWork[UnitOfWork], *, ordered: bool) -> EventConsumer[UnitOfWork]:
    """A consumer whose deliveries the test makes by hand."""
    topology = specimen.topology(ordered=ordered)
    bus: Any = None
    return EventConsumer(
        declaration=topology.consumers[0],
        handler=specimen.note_effect,
        units_of_work=units,
        bus=bus,
    )


async def deliver_shuffled(
    consumer: EventConsumer[UnitOfWork], events: list[Event], seed: int
) -> None:
    """Deliver each event one to five times, in disorder; what is early comes again later."""
    dice = random.Random(seed)
    waiting = [event for event in events for _ in range(dice.randint(1, 5))]
    while waiting:
        dice.shuffle(waiting)
        waiting = [event for event in waiting if await consumer.handle(event) is Position.EARLY]


async def sequences(database: TestDatabase, tenant: str) -> dict[str, list[int]]:
    """The order in which each aggregate's events took effect."""
    rows = await database.fetch(
        "SELECT aggregate_id, array_agg(sequence ORDER BY number) AS seen "
        "FROM specimen.effects WHERE tenant_id = $1 GROUP BY aggregate_id",
        tenant,
    )
    return {row["aggregate_id"]: list(row["seen"]) for row in rows}


@pytest.mark.invariant("I-10")
async def test_duplicates_and_disorder_change_nothing(
    units: UnitsOfWork[UnitOfWork], specimen_database: TestDatabase
) -> None:
    seed = random.randrange(2**32)
    tenant = new_id("ten")
    events = history(tenant, aggregates=4, length=6)
    await deliver_shuffled(unbound_consumer(units, ordered=True), events, seed)
    expected = {f"thing-{number}": list(range(1, 7)) for number in range(4)}
    assert await sequences(specimen_database, tenant) == expected, f"seed {seed}"


@pytest.mark.invariant("I-10")
async def test_mutant_without_the_inbox_a_duplicate_takes_effect_again(
    units: UnitsOfWork[UnitOfWork],
    specimen_database: TestDatabase,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def always_new(*_: Any) -> bool:
        return True

    monkeypatch.setattr(EventConsumer, "_take_in", always_new)
    tenant = new_id("ten")
    events = history(tenant, aggregates=2, length=4)
    await deliver_shuffled(unbound_consumer(units, ordered=False), events, seed=7)
    seen = await sequences(specimen_database, tenant)
    assert sum(map(len, seen.values())) > len(events)


@pytest.mark.invariant("I-10")
async def test_mutant_without_the_order_check_disorder_shows(
    units: UnitsOfWork[UnitOfWork], specimen_database: TestDatabase
) -> None:
    tenant = new_id("ten")
    events = history(tenant, aggregates=2, length=6)
    await deliver_shuffled(unbound_consumer(units, ordered=False), events, seed=7)
    seen = await sequences(specimen_database, tenant)
    assert any(order != sorted(order) for order in seen.values())


async def test_two_replicas_taking_one_event_at_once_make_one_effect(
    units: UnitsOfWork[UnitOfWork], specimen_database: TestDatabase
) -> None:
    tenant = new_id("ten")
    event = history(tenant, aggregates=1, length=1)[0]
    consumers = [unbound_consumer(units, ordered=True) for _ in range(4)]
    await asyncio.gather(*(consumer.handle(event) for consumer in consumers))
    assert await sequences(specimen_database, tenant) == {"thing-0": [1]}


async def _always_fails(_event: Event, _unit_of_work: UnitOfWork) -> None:
    raise ValueError("this handler cannot do it")


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumer_module, "DELAYS", (0.01,))


@pytest.mark.invariant("I-12")
@pytest.mark.usefixtures("_impatient")
async def test_a_poison_event_ends_in_the_dead_letters_and_can_be_replayed_once(
    specimen_database: TestDatabase, nats: EmbeddedNats
) -> None:
    tenant = new_id("ten")
    async with running(specimen_database, nats.url, handler=_always_fails) as pipeline:
        (thing,) = await pipeline.make_things(tenant, 1)
        # The producer rests as well: buried is safely kept.
        await quiet(specimen_database)
    letter = (await specimen_database.fetch("SELECT * FROM specimen.dead_letters"))[0]
    assert letter["deliveries"] == consumer_module.MAXIMUM_DELIVERIES
    assert letter["error"] == "this handler cannot do it"
    assert letter["body"] == b"1"
    async with running(specimen_database, nats.url) as pipeline:
        waiting = await dead_letters.waiting(pipeline.database, specimen.KIT)
        assert [entry.event_id for entry in waiting] == [letter["event_id"]]
        await _replay(pipeline, letter["event_id"])
        with pytest.raises(Exception, match="no dead letter"):
            await _replay(pipeline, letter["event_id"])
    assert await sequences(specimen_database, tenant) == {thing: [1]}


async def _replay(pipeline: Pipeline, event_id: str) -> None:
    await dead_letters.replay(
        pipeline.database, specimen.KIT, consumer=pipeline.consumer, event_id=event_id
    )


@pytest.mark.invariant("I-12")
@pytest.mark.usefixtures("_impatient")
async def test_mutant_a_consumer_that_only_ends_the_delivery_loses_the_event(
    specimen_database: TestDatabase, nats: EmbeddedNats, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def keep_nothing(*_: Any) -> None:
        return

    monkeypatch.setattr(consumer_module, "bury", keep_nothing)
    async with running(specimen_database, nats.url, handler=_always_fails) as pipeline:
        await pipeline.make_things(new_id("ten"), 1)
        await quiet(specimen_database)
    assert burial.bury is not keep_nothing
    assert await specimen.count(specimen_database, "dead_letters") == 0
    assert await lost_and_doubled(specimen_database) == (1, 0)


@pytest.mark.invariant("I-12")
async def test_what_is_no_event_is_buried_at_once(
    specimen_database: TestDatabase, nats: EmbeddedNats
) -> None:
    async with running(specimen_database, nats.url) as pipeline:
        await pipeline.bus.jetstream.publish("aos.v1.ten_forged.specimen.thing_made", b"\xff")
        await until(lambda: specimen.count(specimen_database, "dead_letters"))
    letter = (await specimen_database.fetch("SELECT * FROM specimen.dead_letters"))[0]
    assert (letter["tenant_id"], letter["body"]) == ("ten_forged", b"\xff")


async def test_an_event_under_another_tenants_subject_is_refused(
    specimen_database: TestDatabase, nats: EmbeddedNats
) -> None:
    event = history("ten_victim", aggregates=1, length=1)[0]
    async with running(specimen_database, nats.url) as pipeline:
        await pipeline.bus.jetstream.publish(
            "aos.v1.ten_thief.specimen.thing_made", b"", headers=event.headers()
        )
        await until(lambda: specimen.count(specimen_database, "dead_letters"))
    assert await specimen.count(specimen_database, "effects") == 0


@pytest.mark.invariant("I-08")
@pytest.mark.usefixtures("_impatient")
async def test_an_outage_of_the_database_makes_no_dead_letters(
    specimen_database: TestDatabase, nats: EmbeddedNats
) -> None:
    async with running(specimen_database, nats.url) as pipeline:
        await pipeline.make_things(new_id("ten"), 1)
        await quiet(specimen_database)
        await specimen_database.fetch_script(
            f"REVOKE CONNECT ON DATABASE {specimen_database.name} FROM aos_specimen"
        )
        try:
            await specimen_database.fetch_script(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE usename = 'aos_specimen'"
            )
            event = history(new_id("ten"), aggregates=1, length=1)[0]
            await pipeline.bus.jetstream.publish(event.subject, b"", headers=event.headers())
            info = await until(lambda: _redelivered(pipeline, 10))
            assert info
        finally:
            await specimen_database.fetch_script(
                f"GRANT CONNECT ON DATABASE {specimen_database.name} TO aos_specimen"
            )
        await until(lambda: specimen.count(specimen_database, "effects", "sequence = 1"))
    assert await specimen.count(specimen_database, "dead_letters") == 0


async def _redelivered(pipeline: Pipeline, times: int) -> bool:
    name = pipeline.consumer.declaration.name
    info = await pipeline.bus.jetstream.consumer_info("AOS_EVENTS", name)
    return bool(info.delivered and info.delivered.consumer_seq >= times)


CRASHES = ["relay.after_publish", "inbox.before_commit", "inbox.before_ack"]


@pytest.mark.resilience
@pytest.mark.invariant("I-07")
@pytest.mark.parametrize("failpoint", CRASHES)
async def test_a_crash_at_a_named_point_loses_nothing_and_doubles_nothing(
    specimen_database: TestDatabase, nats: EmbeddedNats, things: Database, failpoint: str
) -> None:
    bus = await specimen.connect(nats.url)
    maker = assemble(specimen_database, bus)
    await maker.make_things(new_id("ten"), 30)
    process = await _specimen_process(specimen_database, nats, FAILPOINTS=f"{failpoint}:1")
    assert await asyncio.wait_for(process.wait(), 30) == -signal.SIGKILL
    assert await specimen.count(specimen_database, "effects") < 30
    survivor = await _specimen_process(specimen_database, nats)
    try:
        await until(lambda: _all_done(specimen_database, maker))
    finally:
        survivor.terminate()
        await survivor.wait()
        await maker.background.stop()
        await maker.database.close()
        await bus.close()
    assert await lost_and_doubled(specimen_database) == (0, 0)


async def _all_done(database: TestDatabase, maker: Pipeline) -> bool:
    await maker.republish_at_once()
    return await specimen.count(database, "effects") == 30


async def _specimen_process(
    database: TestDatabase, nats: EmbeddedNats, **environment: str
) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.support.specimen_process",
        database.url_of("specimen"),
        nats.url,
        "relay,consumer,receipts",
        cwd=ROOT,
        env={**os.environ, **environment},
        stderr=asyncio.subprocess.DEVNULL,
    )
