"""A service that exists only in tests: it makes things, announces them, and counts what it hears.

It lets the kit be tested by itself, without any domain.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import BigInteger, Column, Connection, MetaData, Table, Text, insert, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from kernel.identifiers import new_id
from servicekit.database import Database
from servicekit.events import Event
from servicekit.jetstream.connection import Bus
from servicekit.jetstream.topology import ConsumerDeclaration, Topology
from servicekit.migrations import kit_schema
from servicekit.migrations.protection import tenant_table, write_once
from servicekit.settings import ROOT
from servicekit.tables import IDENTIFIER, KitTables, tenant_info
from servicekit.unit_of_work import OutgoingEvent, UnitOfWork, UnitsOfWork
from tests.support.databases import SPECIMEN_ROLE, TestDatabase

METADATA = MetaData()
KIT = KitTables(METADATA)
THINGS = Table(
    "things",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("id", IDENTIFIER, primary_key=True),
    Column("note", Text, nullable=False),
    info=tenant_info(),
)
# What a consumer's handler did: one row an event, none if it did nothing.
EFFECTS = Table(
    "effects",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=True),
    Column("event_id", IDENTIFIER, nullable=False),
    Column("aggregate_id", IDENTIFIER, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    info=tenant_info(),
)


async def install(database: TestDatabase) -> None:
    """Make the specimen's schema, by the same means as every service's."""
    engine = create_async_engine(database.migrator_url)
    async with engine.begin() as connection:
        await connection.run_sync(_create)
    await engine.dispose()


def _create(connection: Connection) -> None:
    connection.execute(text("SET LOCAL search_path = specimen"))
    connection.execute(text("CREATE TABLE alembic_version (version_num text PRIMARY KEY)"))
    with Operations.context(MigrationContext.configure(connection)):
        kit_schema.create_version_1(role=SPECIMEN_ROLE)
        kit_schema.extend_to_version_2()
        connection.execute(
            text(
                'CREATE TABLE things (tenant_id text COLLATE "C", id text COLLATE "C", '
                "note text NOT NULL, PRIMARY KEY (tenant_id, id))"
            )
        )
        tenant_table("things", role=SPECIMEN_ROLE)
        connection.execute(
            text(
                'CREATE TABLE effects (tenant_id text COLLATE "C", number bigint GENERATED ALWAYS '
                'AS IDENTITY, event_id text COLLATE "C" NOT NULL, aggregate_id text COLLATE "C" '
                "NOT NULL, sequence bigint NOT NULL, PRIMARY KEY (tenant_id, number))"
            )
        )
        tenant_table("effects", role=SPECIMEN_ROLE, grants="SELECT, INSERT")
        write_once("effects", role=SPECIMEN_ROLE)


def open_database(database: TestDatabase, *, pool_size: int = 4) -> Database:
    """The specimen's own view of the database."""
    return Database(url=database.url_of("specimen"), service="specimen", pool_size=pool_size)


def units_of_work(database: Database) -> UnitsOfWork[UnitOfWork]:
    """The specimen's transactions."""
    return UnitsOfWork(
        database=database, make=lambda connection: UnitOfWork(connection, KIT), tables=KIT
    )


async def make_thing(
    unit_of_work: UnitOfWork, tenant: str, *, thing: str | None = None, sequence: int = 1
) -> str:
    """Make a thing and announce it; the caller commits."""
    made = thing or new_id("run")
    if sequence == 1:
        row = {"tenant_id": tenant, "id": made, "note": "new"}
        await unit_of_work.connection.execute(insert(THINGS), row)
    unit_of_work.send(
        OutgoingEvent(
            tenant_id=tenant,
            event_type="thing_made",
            aggregate_id=made,
            sequence=sequence,
            body=str(sequence).encode(),
        )
    )
    return made


async def note_effect(event: Event, unit_of_work: UnitOfWork) -> None:
    """The usual handler: one row an event."""
    row = {
        "tenant_id": event.tenant_id,
        "event_id": event.event_id,
        "aggregate_id": event.aggregate_id,
        "sequence": event.sequence,
    }
    await unit_of_work.connection.execute(insert(EFFECTS), row)


def topology(*, ordered: bool = False) -> Topology:
    """The declared streams, with one consumer of the specimen's own events."""
    declared = Topology.read(ROOT / "deploy" / "nats" / "topology.yaml")
    consumer = ConsumerDeclaration(
        name="specimen-on-thing-made",
        service="specimen",
        subjects=("aos.v1.*.specimen.thing_made",),
        ordered=ordered,
    )
    return Topology(streams=declared.streams, consumers=(consumer,))


async def connect(url: str, *, ordered: bool = False) -> Bus:
    """A connected bus with the specimen's consumer declared."""
    bus = Bus(url=url, service="specimen", topology=topology(ordered=ordered))
    bus.start()
    await asyncio.wait_for(bus.reconciled.wait(), 20)
    return bus


Transaction = Callable[..., AbstractAsyncContextManager[AsyncConnection]]


async def count(database: TestDatabase, table: str, condition: str = "true") -> Any:
    """How many rows of a specimen table there are, seen by the superuser."""
    return await database.value(f"SELECT count(*) FROM specimen.{table} WHERE {condition}")
