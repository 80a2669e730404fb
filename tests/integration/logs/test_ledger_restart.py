"""A crash in the middle of appending: what was acknowledged is there, and the log goes on."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from kernel.principal import Principal
from tests.integration.logs.clients import Client, all_entries, draft
from tests.support.plane import Plane
from tests.support.processes import service_process
from tests.support.waiting import until


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane) -> AsyncIterator[Plane]:
    await empty_plane.start_accounts_stand_in()
    yield empty_plane


@pytest.mark.resilience
@pytest.mark.gap("GAP-050")
async def test_after_a_kill_nothing_acknowledged_is_lost_and_nothing_is_written_twice(
    plane: Plane, auditor: Principal
) -> None:
    drafts = [draft(auditor.tenant_id) for _ in range(400)]
    acknowledged: dict[str, int] = {}
    metadata = plane.identities.service_metadata("activity", audience="logs")

    async def send(client: Client, start: int) -> None:
        answer = await client.AppendEntries(drafts=drafts[start : start + 4])
        acknowledged.update({one.entry_id: one.sequence for one in answer.positions})

    async with service_process(plane, "logs") as (process, channel):
        client = Client(channel, metadata)
        calls = [asyncio.create_task(send(client, start)) for start in range(0, 400, 4)]
        await until(lambda: len(acknowledged) > 40)
        process.kill()
        await asyncio.gather(*calls, return_exceptions=True)
        await process.wait()
    before = dict(acknowledged)
    async with service_process(plane, "logs") as (_, channel):
        client = Client(channel, metadata)
        await asyncio.gather(*(send(client, start) for start in range(0, 400, 4)))
        reader = Client(channel, plane.identities.metadata(auditor))
        entries = await all_entries(reader)
        assert (await reader.CreateCheckpoint()).checkpoint.tree_size == 400
    assert [entry.sequence for entry in entries] == list(range(400))
    assert before.items() <= acknowledged.items()
    assert acknowledged == {entry.draft.entry_id: entry.sequence for entry in entries}
