"""A crash in the middle of appending: what was acknowledged is there, and the log goes on."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from grpc import aio
from grpc_health.v1 import health_pb2, health_pb2_grpc

from aosctl.ports import free_port
from kernel.principal import Principal
from tests.integration.logs.clients import Client, all_entries, draft
from tests.support.plane import Plane
from tests.support.waiting import until

ROOT = Path(__file__).parents[3]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane) -> AsyncIterator[Plane]:
    await empty_plane.start_accounts_stand_in()
    yield empty_plane


@asynccontextmanager
async def logs_process(
    plane: Plane,
) -> AsyncIterator[tuple[asyncio.subprocess.Process, aio.Channel]]:
    address = f"127.0.0.1:{free_port()}"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.logs",
        cwd=ROOT,
        env={**os.environ, **plane.environment("logs", AOS_LISTEN=address)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with aio.insecure_channel(address) as channel:
            await until(lambda: _serves(channel))
            yield process, channel
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _serves(channel: aio.Channel) -> bool:
    try:
        stub = health_pb2_grpc.HealthStub(channel)
        answer = await stub.Check(health_pb2.HealthCheckRequest(), timeout=1)
    except aio.AioRpcError:
        return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


@pytest.mark.resilience
async def test_after_a_kill_nothing_acknowledged_is_lost_and_nothing_is_written_twice(
    plane: Plane, auditor: Principal
) -> None:
    drafts = [draft(auditor.tenant_id) for _ in range(400)]
    acknowledged: dict[str, int] = {}
    metadata = plane.identities.service_metadata("activity", audience="logs")

    async def send(client: Client, start: int) -> None:
        answer = await client.AppendEntries(drafts=drafts[start : start + 4])
        acknowledged.update({one.entry_id: one.sequence for one in answer.positions})

    async with logs_process(plane) as (process, channel):
        client = Client(channel, metadata)
        calls = [asyncio.create_task(send(client, start)) for start in range(0, 400, 4)]
        await until(lambda: len(acknowledged) > 40)
        process.kill()
        await asyncio.gather(*calls, return_exceptions=True)
        await process.wait()
    before = dict(acknowledged)
    async with logs_process(plane) as (_, channel):
        client = Client(channel, metadata)
        await asyncio.gather(*(send(client, start) for start in range(0, 400, 4)))
        reader = Client(channel, plane.identities.metadata(auditor))
        entries = await all_entries(reader)
        assert (await reader.CreateCheckpoint()).checkpoint.tree_size == 400
    assert [entry.sequence for entry in entries] == list(range(400))
    assert before.items() <= acknowledged.items()
    assert acknowledged == {entry.draft.entry_id: entry.sequence for entry in entries}
