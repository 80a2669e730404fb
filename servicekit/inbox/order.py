"""Order within an aggregate, checked by the consumer: neither the relay nor redelivery keeps it."""

from enum import Enum, auto

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.events import Event
from servicekit.tables import KitTables


class Position(Enum):
    """Where an event stands in the history of its aggregate."""

    DUE = auto()
    EARLY = auto()
    PAST = auto()


async def position_of(
    connection: AsyncConnection, tables: KitTables, consumer: str, event: Event
) -> Position:
    """Say whether the event is the next one of its aggregate, and if so, count it.

    The row is locked until the transaction ends, so two replicas cannot both take an event as due.
    """
    positions = tables.inbox_positions
    key = {
        "tenant_id": event.tenant_id,
        "consumer": consumer,
        "aggregate_id": event.aggregate_id,
    }
    await connection.execute(insert(positions).values(**key, sequence=0).on_conflict_do_nothing())
    conditions = [positions.c[name] == value for name, value in key.items()]
    current = (
        await connection.execute(select(positions.c.sequence).where(*conditions).with_for_update())
    ).scalar_one()
    if event.sequence <= current:
        return Position.PAST
    if event.sequence > current + 1:
        return Position.EARLY
    await connection.execute(update(positions).where(*conditions).values(sequence=event.sequence))
    return Position.DUE
