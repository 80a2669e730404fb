"""Puts an event into the dead-letter table, whole, so that it can be looked at and replayed."""

import json
from typing import Any

from nats.aio.msg import Msg
from sqlalchemy.dialects.postgresql import insert

from servicekit.unit_of_work import UnitsOfWork

_ERROR_CHARACTERS = 2000


async def bury(units_of_work: UnitsOfWork[Any], consumer: str, message: Msg, error: str) -> None:
    """Write the dead letter; writing it twice leaves one."""
    headers = dict(message.headers or {})
    # A forged subject may hold what no tenant is called; the letter is kept all the same.
    tenant = message.subject.split(".")[2].replace(",", "_")
    letter = {
        "tenant_id": tenant,
        "consumer": consumer,
        "event_id": headers.get("ce-id") or f"stream-{message.metadata.sequence.stream}",
        "subject": message.subject,
        "headers": json.dumps(headers),
        "body": message.data,
        "error": error[:_ERROR_CHARACTERS],
        "deliveries": message.metadata.num_delivered,
    }
    statement = insert(units_of_work.tables.dead_letters).values(letter).on_conflict_do_nothing()
    async with units_of_work(tenant) as unit_of_work:
        await unit_of_work.connection.execute(statement)
        await unit_of_work.commit()
