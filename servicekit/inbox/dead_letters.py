"""Dead letters: list them, and hand one to its consumer again."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update

from kernel.errors import NotFound
from servicekit.database import Database
from servicekit.events import parse
from servicekit.inbox.consumer import EventConsumer
from servicekit.tables import KitTables

_PURPOSE = "dead_letters"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """An event that could not be handled."""

    consumer: str
    event_id: str
    tenant_id: str
    subject: str
    headers: dict[str, str]
    body: bytes
    error: str
    deliveries: int
    died_at: datetime


async def waiting(database: Database, tables: KitTables, *, limit: int = 100) -> list[DeadLetter]:
    """The oldest dead letters that nobody has replayed."""
    letters = tables.dead_letters
    statement = (
        select(letters)
        .where(letters.c.replayed_at.is_(None))
        .order_by(letters.c.died_at)
        .limit(limit)
    )
    async with database.transaction(purpose=_PURPOSE, read_only=True) as connection:
        return [_letter(row) for row in await connection.execute(statement)]


async def replay(
    database: Database, tables: KitTables, *, consumer: EventConsumer[Any], event_id: str
) -> None:
    """Handle a dead letter as if it had just come; its inbox row still makes that once.

    Raises:
        NotFound: there is no such letter, or it was replayed already.
    """
    letters = tables.dead_letters
    this = (letters.c.consumer == consumer.declaration.name, letters.c.event_id == event_id)
    async with database.transaction(purpose=_PURPOSE) as connection:
        statement = select(letters).where(*this, letters.c.replayed_at.is_(None)).with_for_update()
        row = (await connection.execute(statement)).first()
        if row is None:
            raise NotFound(f"There is no dead letter {event_id} of {consumer.declaration.name}.")
        letter = _letter(row)
        await consumer.handle(parse(letter.subject, letter.headers, letter.body))
        await connection.execute(
            update(letters).where(*this).values(replayed_at=func.clock_timestamp())
        )
        await connection.commit()


def _letter(row: Any) -> DeadLetter:
    return DeadLetter(
        consumer=row.consumer,
        event_id=row.event_id,
        tenant_id=row.tenant_id,
        subject=row.subject,
        headers=json.loads(row.headers),
        body=row.body,
        error=row.error,
        deliveries=row.deliveries,
        died_at=row.died_at,
    )
