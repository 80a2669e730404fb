"""Somebody who changes things and has them audited, as a process that failpoints can kill.

``python -m tests.integration.logs.audited_process DATABASE_URL LOGS KEY_FILE TENANT write,bring``

It makes a thing a transaction and gives up every third; it brings the entries to logs meanwhile, until
it is killed. A mutant named among its parts does without one of the protections.
"""

import asyncio
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from aos.logs.v1 import ledger_pb2, ledger_service_pb2, system_record_service_pb2
from kernel.clock import SystemClock
from kernel.identifiers import TenantId, new_id
from kernel.ledger import LedgerEntry
from kernel.principal import Actor, ActorType
from servicekit import failpoints
from servicekit.audit.courier import Courier
from servicekit.audit.gate import AuditGate
from servicekit.auth.keys import read_private_key
from servicekit.auth.service_tokens import ServiceTokenSigner
from servicekit.background import Background
from servicekit.channel import open_channel
from servicekit.database import Database
from servicekit.failpoints import failpoint
from servicekit.outbox.wakeup import Hint
from servicekit.unit_of_work import UnitOfWork, UnitsOfWork
from tests.support import specimen

NEW_KEYS, APART = "new_keys", "apart"
_CONTRACTS = [
    module.DESCRIPTOR.services_by_name[name]
    for module, name in (
        (ledger_service_pb2, "LedgerService"),
        (system_record_service_pb2, "SystemRecordService"),
    )
]


class ForgetfulCourier(Courier):
    """A mutant: gives an entry a new identifier each time it is brought."""

    async def _append_entries(self, rows: Any) -> None:
        drafts = [renamed(row.body) for row in rows]
        request = ledger_service_pb2.AppendEntriesRequest(drafts=drafts)
        await self._ledger.AppendEntries(request, timeout=10)


def renamed(body: bytes) -> ledger_pb2.LedgerDraft:
    draft = ledger_pb2.LedgerDraft.FromString(body)
    draft.entry_id = new_id("led")
    return draft


class Writer:
    """Changes one thing after the other, each with its entry."""

    def __init__(self, *, units: UnitsOfWork[UnitOfWork], tenant: str, apart: bool) -> None:
        self._units = units
        self._tenant = tenant
        self._apart = apart

    async def run(self) -> None:
        number = 0
        while True:
            number += 1
            await self._change(gives_up=number % 3 == 0)

    async def _change(self, *, gives_up: bool) -> None:
        thing = new_id("run")
        if self._apart:
            async with self._units(self._tenant) as other:
                other.record(self._entry(thing))
                await other.commit()
        async with self._units(self._tenant) as unit_of_work:
            row = {"tenant_id": self._tenant, "id": thing, "note": "changed"}
            await unit_of_work.connection.execute(insert(specimen.THINGS), row)
            if not self._apart:
                unit_of_work.record(self._entry(thing))
            await unit_of_work.flush()
            failpoint("writer.before_commit")
            if not gives_up:
                await unit_of_work.commit()
        failpoint("writer.after_commit")

    def _entry(self, thing: str) -> LedgerEntry:
        return LedgerEntry(
            tenant_id=TenantId(self._tenant),
            event_type="THING_MADE",
            entity_type="thing",
            entity_id=thing,
            actor=Actor(type=ActorType.PERSON, id="per_1"),
            after={"note": "changed"},
        )


async def _run(url: str, logs: str, key_file: str, tenant: str, wanted: str) -> None:
    parts = set(wanted.split(","))
    database = Database(url=url, service="specimen", pool_size=4)
    signer = ServiceTokenSigner(
        # By the name of a service that may write into the ledger.
        service="activity",
        key=read_private_key(Path(key_file)),
        clock=SystemClock(),
    )
    kind = ForgetfulCourier if NEW_KEYS in parts else Courier
    courier = kind(
        database=database,
        tables=specimen.KIT,
        channel=open_channel(logs, audience="logs", signer=signer, services=_CONTRACTS),
        gate=AuditGate(),
        hint=Hint(),
    )
    units = specimen.units_of_work(database)
    writer = Writer(units=units, tenant=tenant, apart=APART in parts)
    loops = {"bring": courier.run, "write": writer.run}
    background = Background()
    for name in loops.keys() & parts:
        background.start(name, loops[name])
    await asyncio.Event().wait()


if __name__ == "__main__":
    failpoints.reload()
    asyncio.run(_run(*sys.argv[1:]))
