"""activity as a process of its own: its settings, its start, its end."""

import asyncio
import os
import signal
import socket
import sys
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from grpc import aio
from grpc_health.v1 import health_pb2, health_pb2_grpc

from aos.activity.v1 import run_pb2, run_service_pb2, run_service_pb2_grpc
from aosctl.ports import free_port
from kernel.identifiers import new_id
from servicekit.process import EXIT_CONFIG
from tests.support.identities import somebody
from tests.support.plane import Plane
from tests.support.waiting import until

ROOT = Path(__file__).parents[3]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane) -> AsyncIterator[Plane]:
    await empty_plane.start_accounts_stand_in()
    yield empty_plane


async def start(plane: Plane, *arguments: str, **environment: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.activity",
        *arguments,
        cwd=ROOT,
        env={**os.environ, **plane.environment("activity", **environment)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def output(process: asyncio.subprocess.Process) -> tuple[int | None, str]:
    out, err = await asyncio.wait_for(process.communicate(), 30)
    return process.returncode, (out + err).decode()


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("AOS_DATABASE_POOL", "many", "AOS_DATABASE_POOL: 'many' is not a whole number."),
        ("AOS_DATABASE_URL", "", "AOS_DATABASE_URL: must be set"),
        ("AOS_IDENTITY_KEY_FILE", "/no/such/file", "there is no file '/no/such/file'"),
        ("AOS_PEERS", "nobody=127.0.0.1:1", "AOS_PEERS does not say where"),
        ("AOS_ENVIRONMENT", "production", "In production services speak TLS to each other"),
        ("AOS_TLS_KEY_FILE", "README.md", "set all three or none"),
        ("AOS_EDGE_LISTEN", "127.0.0.1:0", "AOS_EDGE_LISTEN is served with TLS"),
        ("AOS_IDENTITIES_FILE", "README.md", "is not a JSON object of names and public keys"),
    ],
)
async def test_a_broken_setting_ends_it_with_one_sentence(
    plane: Plane, variable: str, value: str, sentence: str
) -> None:
    process = await start(plane, **{"AOS_LISTEN": "127.0.0.1:0", variable: value})
    code, text = await output(process)
    assert code == EXIT_CONFIG
    assert sentence in text
    assert "Traceback" not in text


async def test_a_port_in_use_is_one_sentence(plane: Plane) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        code, text = await output(await start(plane, AOS_LISTEN=address))
    assert code == EXIT_CONFIG
    assert f"{address} cannot be listened on" in text


async def test_its_settings_can_be_printed_without_their_secrets(plane: Plane) -> None:
    code, text = await output(await start(plane, "--print-config", AOS_LISTEN="127.0.0.1:0"))
    assert code == 0
    assert "AOS_DATABASE_URL=********" in text
    assert plane.database.server.passwords["aos_activity"] not in text


async def _serves(address: str) -> bool:
    async with aio.insecure_channel(address) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        try:
            answer = await stub.Check(health_pb2.HealthCheckRequest(service="runs"), timeout=1)
        except aio.AioRpcError:
            return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


async def test_every_call_that_has_arrived_before_the_end_is_answered(plane: Plane) -> None:
    address = f"127.0.0.1:{free_port()}"
    process = await start(plane, AOS_LISTEN=address, AOS_NOTICE_SECONDS="2")
    await until(lambda: _serves(address))
    async with aio.insecure_channel(address) as channel:
        stub = run_service_pb2_grpc.RunServiceStub(channel)
        metadata = plane.identities.metadata(somebody())

        def create() -> object:
            request = run_service_pb2.CreateRunRequest(
                request_id=str(uuid.uuid4()),
                project_id=new_id("prj"),
                agent_id=new_id("agt"),
                goal="anything",
                source=run_pb2.RUN_SOURCE_EXTERNAL,
            )
            return stub.CreateRun(request, timeout=10, metadata=metadata)

        calls = [create() for _ in range(50)]
        await calls[0]
        process.send_signal(signal.SIGTERM)
        answers = await asyncio.gather(*calls)
        code, text = await output(process)
    assert code == 0
    assert '"stopping"' in text
    kept = await plane.database.fetch("SELECT id FROM activity.runs")
    assert {answer.run.id for answer in answers} == {row["id"] for row in kept}
