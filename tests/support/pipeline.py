"""The whole way of an event, from outbox to receipt, with parts that a test can stop and break."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from kernel.clock import utc_now
from kernel.identifiers import new_id
from servicekit.background import Background
from servicekit.database import Database
from servicekit.events import Event
from servicekit.inbox.consumer import EventConsumer, Handler
from servicekit.jetstream.connection import Bus
from servicekit.outbox.receipts import ReceiptListener, republish_unconfirmed
from servicekit.outbox.relay import Relay
from servicekit.outbox.wakeup import Wakeup
from servicekit.unit_of_work import UnitOfWork, UnitsOfWork
from tests.support import specimen
from tests.support.databases import TestDatabase
from tests.support.waiting import until


@dataclass(slots=True, kw_only=True)
class Pipeline:
    """Relay, consumer and receipts of the specimen, at work."""

    database: Database
    units: UnitsOfWork[UnitOfWork]
    bus: Bus
    relay: Relay
    receipts: ReceiptListener
    consumer: EventConsumer[UnitOfWork]
    background: Background

    async def make_things(self, tenant: str, number: int) -> list[str]:
        """Make and announce things, one transaction each."""
        made = []
        for _ in range(number):
            async with self.units(tenant) as unit_of_work:
                made.append(await specimen.make_thing(unit_of_work, tenant))
                await unit_of_work.commit()
        return made

    async def republish_at_once(self) -> None:
        """What the reconciler does after a minute of silence."""
        await republish_unconfirmed(self.database, specimen.KIT, after=timedelta(0))


def assemble(
    database: TestDatabase,
    bus: Bus,
    *,
    handler: Handler[UnitOfWork] = specimen.note_effect,
    pool_size: int = 6,
) -> Pipeline:
    """Construct every part; nothing runs yet."""
    own = specimen.open_database(database, pool_size=pool_size)
    units = specimen.units_of_work(own)
    wakeup = Wakeup(url=database.url_of("specimen"), channel="specimen_outbox")
    background = Background()
    background.start("wakeup", wakeup.run)
    return Pipeline(
        database=own,
        units=units,
        bus=bus,
        relay=Relay(
            service="specimen", database=own, tables=specimen.KIT, bus=bus, hint=wakeup.hint()
        ),
        receipts=ReceiptListener(service="specimen", database=own, tables=specimen.KIT, bus=bus),
        consumer=EventConsumer(
            declaration=bus.topology.consumers[0], handler=handler, units_of_work=units, bus=bus
        ),
        background=background,
    )


@asynccontextmanager
async def running(
    database: TestDatabase,
    nats_url: str,
    *,
    handler: Handler[UnitOfWork] = specimen.note_effect,
    ordered: bool = False,
) -> AsyncIterator[Pipeline]:
    """Every part at work for as long as the block lasts."""
    bus = await specimen.connect(nats_url, ordered=ordered)
    pipeline = assemble(database, bus, handler=handler)
    loops = {
        "relay": pipeline.relay.run,
        "consumer": pipeline.consumer.run,
        "receipts": pipeline.receipts.run,
    }
    for name, loop in loops.items():
        pipeline.background.start(name, loop)
    try:
        yield pipeline
    finally:
        await pipeline.background.stop()
        await asyncio.wait_for(bus.close(), 10)
        await pipeline.database.close()


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


async def sequences(database: TestDatabase, tenant: str) -> dict[str, list[int]]:
    """The order in which each aggregate's events took effect."""
    rows = await database.fetch(
        "SELECT aggregate_id, array_agg(sequence ORDER BY number) AS seen "
        "FROM specimen.effects WHERE tenant_id = $1 GROUP BY aggregate_id",
        tenant,
    )
    return {row["aggregate_id"]: list(row["seen"]) for row in rows}


async def empty(database: TestDatabase) -> None:
    """Forget every thing, event and effect."""
    await database.fetch_script(
        "ALTER TABLE specimen.effects DISABLE TRIGGER ALL;"
        "TRUNCATE specimen.outbox, specimen.things, specimen.effects, specimen.inbox,"
        " specimen.inbox_positions, specimen.dead_letters;"
        "ALTER TABLE specimen.effects ENABLE ALWAYS TRIGGER write_once_rows;"
        "ALTER TABLE specimen.effects ENABLE ALWAYS TRIGGER write_once_table"
    )
