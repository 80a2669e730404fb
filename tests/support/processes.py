"""Services, and others, as processes of their own, so that they can be killed."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from grpc import aio
from grpc_health.v1 import health_pb2, health_pb2_grpc

from aosctl.ports import free_port
from tests.support.plane import Plane
from tests.support.waiting import until

ROOT = Path(__file__).parents[2]
Process = asyncio.subprocess.Process


async def launch(*arguments: str, environment: dict[str, str]) -> Process:
    """Run a module of ours."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        *arguments,
        cwd=ROOT,
        env={**os.environ, **environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )


async def end(process: Process) -> None:
    """Kill it unless it has ended by itself."""
    if process.returncode is None:
        process.kill()
    await process.wait()


async def launch_service(
    plane: Plane, name: str, address: str, *, failpoints: str = "", **environment: str
) -> Process:
    """Run a service, which a failpoint may kill before anybody sees that it serves."""
    settings = plane.environment(name, AOS_LISTEN=address, **environment)
    return await launch(f"services.{name}", environment={**settings, "FAILPOINTS": failpoints})


@asynccontextmanager
async def service_process(
    plane: Plane, name: str, *, address: str = ""
) -> AsyncIterator[tuple[Process, aio.Channel]]:
    """A service, serving, for as long as the block lasts."""
    address = address or f"127.0.0.1:{free_port()}"
    process = await launch_service(plane, name, address)
    try:
        async with aio.insecure_channel(address) as channel:
            await until(lambda: serves(channel))
            yield process, channel
    finally:
        await end(process)


async def serves(channel: aio.Channel, name: str = "") -> bool:
    """Whether the service says that it serves; by the name `runs`, whether runs may begin."""
    try:
        stub = health_pb2_grpc.HealthStub(channel)
        answer = await stub.Check(health_pb2.HealthCheckRequest(service=name), timeout=1)
    except aio.AioRpcError:
        return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


@dataclass(slots=True, kw_only=True)
class Replica:
    """One process of a service, which may be killed; another then comes in its place."""

    plane: Plane
    service: str
    environment: dict[str, str] = field(default_factory=dict)
    process: Process | None = None
    channel: aio.Channel | None = None

    async def start(self) -> None:
        # At another address: somebody may have been given the port meanwhile.
        address = f"127.0.0.1:{free_port()}"
        self.process = await launch_service(self.plane, self.service, address, **self.environment)
        if self.channel is not None:
            await self.channel.close()
        channel = self.channel = aio.insecure_channel(address)
        await until(lambda: serves(channel, "runs"))

    async def kill(self) -> None:
        assert self.process is not None
        await end(self.process)

    async def stop(self) -> None:
        await self.kill()
        if self.channel is not None:
            await self.channel.close()
