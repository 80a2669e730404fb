"""The configuration of the event bus that is deployed, on a real server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from nats.aio.client import Client

from aosctl.engines.nats import binary
from aosctl.keys import Keys
from aosctl.services import SERVICES
from servicekit.heartbeat import Heartbeat
from servicekit.jetstream.connection import Bus
from servicekit.jetstream.pulling import pull
from servicekit.jetstream.reconciliation import drift
from servicekit.jetstream.topology import EVENTS_STREAM, RECEIPTS_STREAM, Topology
from tests.support.certificates import Authority, CertificateFolder
from tests.support.deployed_bus import configure, deployed_bus, environment
from tests.support.waiting import until
from tools.nats_permissions import TOPOLOGY

NAMES = [service.name for service in SERVICES]


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator["Server"]:
    folder = tmp_path_factory.mktemp("bus")
    port, passwords = configure(folder), Keys(folder / "keys").bus_passwords()
    async with deployed_bus(folder, port, passwords):
        yield Server(port, passwords)


class Server:
    def __init__(self, port: int, passwords: dict[str, str]) -> None:
        self.port = port
        self.passwords = passwords

    def url(self, name: str) -> str:
        return f"nats://{name}:{self.passwords[name]}@127.0.0.1:{self.port}"

    @asynccontextmanager
    async def bus(self, name: str) -> AsyncIterator[tuple[Bus, list[str]]]:
        """A service's own connection, and what the server refused it."""
        refused: list[str] = []
        bus = Bus(url=self.url(name), service=name, topology=Topology.read(TOPOLOGY))

        async def note(error: Exception) -> None:
            refused.append(str(error))

        bus._on_error = note  # type: ignore[method-assign]
        bus.start()
        try:
            await until(bus.reconciled.is_set)
            yield bus, refused
        finally:
            await bus.close()


async def taken(bus: Bus, stream: str, consumer: str) -> None:
    """Take one message from a consumer, and confirm it."""
    batches = pull(bus, stream=stream, consumer=consumer, heartbeat=Heartbeat())
    async for messages in batches:
        for message in messages:
            await message.ack_sync()
        break
    await batches.aclose()  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", NAMES)
async def test_every_service_may_do_what_it_does(server: Server, name: str) -> None:
    async with server.bus(name) as (bus, refused):
        for subject in bus.topology.live.get(name, ()):
            await bus.client.subscribe(subject)
        await bus.jetstream.publish(f"aos.v1.canary-own.{name}.canary", b"", stream=EVENTS_STREAM)
        await taken(bus, EVENTS_STREAM, f"{name}-canary")
        await bus.client.publish(f"aos.receipts.{name}", b"")
        await taken(bus, RECEIPTS_STREAM, f"{name}-receipts")
        assert await drift(bus.jetstream, bus.topology, service=name) == []
        assert refused == []


async def refusal(client: Client, refused: list[str]) -> str:
    """What the server said; it tells after the fact, so the round trip behind it is waited for."""
    await client.flush()
    await until(lambda: refused)
    return refused[0].lower()


async def test_nobody_speaks_for_another(server: Server) -> None:
    async with server.bus("activity") as (bus, refused):
        await bus.client.publish("aos.v1.canary-own.policies.gate_changed", b"forged")
        said = await refusal(bus.client, refused)
        assert "permissions violation for publish" in said


async def test_nobody_reads_what_is_for_another(server: Server) -> None:
    async with server.bus("activity") as (bus, refused):
        await bus.client.subscribe("aos.v1.>")
        assert "permissions violation for subscription" in await refusal(bus.client, refused)


async def test_nobody_removes_a_stream_or_takes_over_a_consumer(server: Server) -> None:
    async with server.bus("logs") as (bus, refused):
        for subject in (
            "$JS.API.STREAM.DELETE.AOS_EVENTS",
            "$JS.API.STREAM.PURGE.AOS_EVENTS",
            "$JS.API.CONSUMER.DELETE.AOS_EVENTS.policies-canary",
            "$JS.API.CONSUMER.MSG.NEXT.AOS_EVENTS.policies-canary",
        ):
            refused.clear()
            await bus.client.publish(subject, b"{}")
            assert "permissions violation" in await refusal(bus.client, refused), subject


async def test_mutant_without_permissions_everybody_may_speak_for_another(
    tmp_path: Path,
) -> None:
    """The refusals above come from the permissions, and from nothing else on the way."""
    port, passwords = configure(tmp_path), {name: name for name in NAMES}
    users = [f"{{user: {name}, password: {name}}}" for name in NAMES]
    (tmp_path / "permissions.conf").write_text(f"authorization {{ users: [{', '.join(users)}] }}")
    async with (
        deployed_bus(tmp_path, port, passwords),
        Server(port, passwords).bus("activity") as (bus, refused),
    ):
        await bus.jetstream.publish("aos.v1.canary-own.policies.gate_changed", b"forged")
        assert refused == []


@pytest.mark.parametrize("file", ["cluster.conf", "secure.conf"])
async def test_the_configuration_of_the_cluster_is_understood(tmp_path: Path, file: str) -> None:
    configure(tmp_path)
    authority = Authority("services")
    CertificateFolder(tmp_path / "tls").write(authority.issue("nats"), authority.certificate)
    process = await asyncio.create_subprocess_exec(
        binary(),
        "-t",
        "-c",
        str(tmp_path / file),
        env=environment(dict.fromkeys(NAMES, "p")),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said = (await process.communicate())[0].decode()
    assert process.returncode == 0, said
