"""The specimen's event loops as a process of their own, so that failpoints can kill it.

``python -m tests.support.specimen_process DATABASE_URL NATS_URL relay,consumer,receipts``
"""

import asyncio
import sys

from servicekit import failpoints
from servicekit.background import Background
from servicekit.database import Database
from servicekit.inbox.consumer import EventConsumer
from servicekit.outbox.receipts import ReceiptListener
from servicekit.outbox.relay import Relay
from servicekit.outbox.wakeup import Wakeup
from tests.support import specimen


async def _run(database_url: str, nats_url: str, wanted: set[str]) -> None:
    bus = await specimen.connect(nats_url)
    database = Database(url=database_url, service="specimen", pool_size=4)
    units = specimen.units_of_work(database)
    wakeup = Wakeup(url=database_url, channel="specimen_outbox")
    parts = {
        "relay": Relay(
            service="specimen", database=database, tables=specimen.KIT, bus=bus, hint=wakeup.hint()
        ).run,
        "consumer": EventConsumer(
            declaration=bus.topology.consumers[0],
            handler=specimen.note_effect,
            units_of_work=units,
            bus=bus,
        ).run,
        "receipts": ReceiptListener(
            service="specimen", database=database, tables=specimen.KIT, bus=bus
        ).run,
    }
    background = Background()
    for name in wanted:
        background.start(name, parts[name])
    await asyncio.Event().wait()


if __name__ == "__main__":
    failpoints.reload()
    asyncio.run(_run(sys.argv[1], sys.argv[2], set(sys.argv[3].split(","))))
