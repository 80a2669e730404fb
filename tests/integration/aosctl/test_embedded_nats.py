import asyncio
import os
import signal
import socket
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import nats
import pytest

from aosctl.engines.nats import EmbeddedNats
from aosctl.errors import OperatorError
from aosctl.processes import leftover

Host = Callable[..., AbstractAsyncContextManager[Any]]
Wait = Callable[[int], Awaitable[None]]
WaitForEngine = Callable[[EmbeddedNats], Awaitable[None]]


async def publish(url: str) -> None:
    client = await nats.connect(url)
    try:
        stream = client.jetstream()
        await stream.add_stream(name="kept", subjects=["kept"])
        await stream.publish("kept", b"7")
    finally:
        await client.close()


async def count(url: str) -> int:
    client = await nats.connect(url)
    try:
        state = (await client.jetstream().stream_info("kept")).state
        return int(state.messages)
    finally:
        await client.close()


async def test_messages_are_there_after_a_stop_and_a_start(tmp_path: Path) -> None:
    async with EmbeddedNats(tmp_path) as engine:
        await publish(engine.url)
    async with EmbeddedNats(tmp_path) as engine:
        assert await count(engine.url) == 1


async def test_messages_are_there_after_the_server_was_killed(
    tmp_path: Path, wait_until_ended: WaitForEngine
) -> None:
    async with EmbeddedNats(tmp_path) as engine:
        await publish(engine.url)
        os.kill(engine.pid, signal.SIGKILL)
        await wait_until_ended(engine)
        port = engine.port
        await engine.start()
        assert engine.port == port
        assert await count(engine.url) == 1


async def test_a_server_left_over_on_the_same_folder_is_ended_first(
    tmp_path: Path, wait_until_gone: Wait
) -> None:
    orphan = EmbeddedNats(tmp_path)
    await orphan.start()
    async with EmbeddedNats(tmp_path) as engine:
        await wait_until_gone(orphan.pid)
        assert not orphan.alive
        await publish(engine.url)


async def test_the_server_ends_when_its_parent_is_killed(
    tmp_path: Path, host_engine: Host, wait_until_gone: Wait
) -> None:
    async with host_engine("nats", tmp_path) as hosted:
        hosted.host.kill()
        await wait_until_gone(hosted.pid)


async def test_a_process_without_our_marks_is_not_taken_for_a_leftover(tmp_path: Path) -> None:
    async with EmbeddedNats(tmp_path) as engine:
        ours = tmp_path / "nats-server.conf"
        assert leftover(engine.pid, marks=["-c", ours]) is not None
        assert leftover(engine.pid, marks=["-c", tmp_path / "elsewhere.conf"]) is None
        assert leftover(os.getpid(), marks=["-c", ours]) is None


async def test_a_wiped_store_is_made_again(tmp_path: Path) -> None:
    async with EmbeddedNats(tmp_path) as engine:
        await publish(engine.url)
    for path in sorted((tmp_path / "jetstream").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    async with EmbeddedNats(tmp_path) as engine:
        await publish(engine.url)
        assert await count(engine.url) == 1


async def test_nobody_gets_in_without_the_password(tmp_path: Path) -> None:
    async with EmbeddedNats(tmp_path) as engine:
        reader, writer = await asyncio.open_connection("127.0.0.1", engine.port)
        writer.write(b'CONNECT {"user": "aos", "pass": "guess"}\r\nPING\r\n')
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        assert b"-ERR 'Authorization Violation'" in answer
        assert b"PONG" not in answer


async def test_messages_are_synced_before_they_are_acknowledged(tmp_path: Path) -> None:
    async with EmbeddedNats(tmp_path):
        assert "sync_interval: always" in (tmp_path / "nats-server.conf").read_text()
        assert (tmp_path / "nats-server.conf").stat().st_mode & 0o777 == 0o600


async def test_a_port_in_use_is_refused_by_name(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OperatorError, match=f"Port {port} for NATS is in use"):
            await EmbeddedNats(tmp_path, port=port).start()


async def test_a_server_that_cannot_start_says_what_its_log_says(tmp_path: Path) -> None:
    (tmp_path / "jetstream").write_text("a file where a folder belongs")
    with pytest.raises(OperatorError, match=r"NATS did not start \(.*JetStream"):
        await EmbeddedNats(tmp_path).start()
