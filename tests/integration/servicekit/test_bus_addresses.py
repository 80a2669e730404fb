"""One setting names the bus, whether that is one server, a cluster, or one behind TLS."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from aosctl.engines.nats import EmbeddedNats, binary
from aosctl.ports import free_port
from servicekit.config import ConfigError
from servicekit.jetstream.address import BusAddress
from servicekit.jetstream.connection import Bus
from servicekit.jetstream.reconciliation import drift
from servicekit.jetstream.topology import EVENTS_STREAM, Topology
from servicekit.settings import ROOT
from tests.support.certificates import Authority, CertificateFolder
from tests.support.waiting import until

FILE = ROOT / "deploy" / "nats" / "topology.yaml"
# A password with everything that means something in an address.
WORD, QUOTED = "p:a@s/s%", "p%3Aa%40s%2Fs%25"


def topology(*, replicas: int = 1) -> Topology:
    return Topology.read(FILE, replicas=replicas)


async def joined(bus: Bus) -> None:
    bus.start()
    await until(bus.reconciled.is_set)


async def publish(bus: Bus) -> None:
    await bus.jetstream.publish(
        "aos.v1.canary-own.specimen.made", b"", stream=EVENTS_STREAM, timeout=2
    )


async def publishes(bus: Bus) -> bool:
    try:
        await publish(bus)
    except Exception:  # noqa: BLE001 - whatever a lost server looks like, it is tried again
        return False
    return True


async def test_a_server_that_is_away_is_passed_over(tmp_path: Path) -> None:
    async with EmbeddedNats(tmp_path) as server:
        address = f"nats://127.0.0.1:{free_port()}, {server.url}"
        bus = Bus(url=address, service="specimen", topology=topology())
        await joined(bus)
        await publish(bus)
        await bus.close()


@pytest.mark.parametrize("text", ["", " , ", "nats://user:secret@", "nats://a:1,nats://"])
def test_what_is_no_address_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(ConfigError) as error:
        BusAddress.parse(text)
    assert "secret" not in str(error.value)


def test_a_password_is_read_from_whichever_server_names_one_and_shown_nowhere() -> None:
    address = BusAddress.parse(f"nats://a:1,nats://policies:{QUOTED}@b:2")
    assert (address.user, address.password) == ("policies", WORD)
    assert WORD not in repr(address.password) or "password" not in repr(address)


class Cluster:
    """Three servers that hold the streams together."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.ports = [free_port() for _ in range(3)]
        self._routes = [free_port() for _ in range(3)]
        self.processes: list[asyncio.subprocess.Process] = []

    async def start(self) -> None:
        for number in range(3):
            await self._start(number)

    async def _start(self, number: int) -> None:
        folder = self._folder / str(number)
        folder.mkdir()
        routes = ", ".join(f"nats://127.0.0.1:{port}" for port in self._routes)
        (folder / "conf").write_text(
            f"server_name: n{number}\nlisten: 127.0.0.1:{self.ports[number]}\n"
            f"jetstream {{ store_dir: {folder}/data }}\n"
            f"authorization {{ user: policies, password: {json.dumps(WORD)} }}\n"
            f"cluster {{ name: aos, listen: 127.0.0.1:{self._routes[number]}, "
            f"routes: [{routes}] }}\n"
        )
        self.processes.append(
            await asyncio.create_subprocess_exec(
                binary(), "-c", folder / "conf", stderr=asyncio.subprocess.DEVNULL
            )
        )

    async def kill(self, port: int) -> None:
        process = self.processes[self.ports.index(port)]
        process.kill()
        await process.wait()

    async def stop(self) -> None:
        for process in self.processes:
            if process.returncode is None:
                process.terminate()
                await process.wait()


@asynccontextmanager
async def cluster(folder: Path) -> AsyncIterator[Cluster]:
    made = Cluster(folder)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(made.stop)
        await made.start()
        yield made


async def test_a_stream_is_held_by_as_many_servers_as_asked_for_and_outlives_one_of_them(
    tmp_path: Path,
) -> None:
    async with cluster(tmp_path) as servers:
        # Only one is named: the servers tell of each other, without anybody's password.
        bus = Bus(
            url=f"nats://policies:{QUOTED}@127.0.0.1:{servers.ports[0]}",
            service="specimen",
            topology=topology(replicas=3),
        )
        await joined(bus)
        info: Any = await bus.jetstream.stream_info(EVENTS_STREAM)
        assert info.config.num_replicas == 3
        assert await drift(bus.jetstream, topology(replicas=3), service="specimen") == []
        await until(lambda: publishes(bus))
        connected: Any = bus.client.connected_url
        await servers.kill(connected.port)
        await until(lambda: publishes(bus))
        assert bus.client.connected_url.port != connected.port
        info = await bus.jetstream.stream_info(EVENTS_STREAM)
        assert info.state.messages >= 2
        await bus.close()


async def test_another_number_of_replicas_is_brought_in_line(tmp_path: Path) -> None:
    async with cluster(tmp_path) as servers:
        address = ",".join(f"nats://policies:{QUOTED}@127.0.0.1:{port}" for port in servers.ports)
        for replicas in (1, 3):
            bus = Bus(url=address, service="specimen", topology=topology(replicas=replicas))
            await joined(bus)
            info: Any = await bus.jetstream.stream_info(EVENTS_STREAM)
            assert info.config.num_replicas == replicas
            await bus.close()


@asynccontextmanager
async def encrypted(folder: Path, authority: Authority, *, tls: str) -> AsyncIterator[int]:
    files = CertificateFolder(folder).write(
        authority.issue("nats", addresses=["127.0.0.1"]), authority.certificate
    )
    port = free_port()
    part = (
        f"tls {{ cert_file: {files.certificate}, key_file: {files.key}, handshake_first: {tls} }}\n"
    )
    (folder / "conf").write_text(
        f"listen: 127.0.0.1:{port}\njetstream {{ store_dir: {folder}/data }}\n{part if tls else ''}"
    )
    process = await asyncio.create_subprocess_exec(
        binary(), "-c", folder / "conf", stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield port
    finally:
        process.terminate()
        await process.wait()


@pytest.mark.parametrize("first", ["true", "auto"])
async def test_a_bus_behind_tls_is_believed_by_its_authority(first: str, tmp_path: Path) -> None:
    ours = Authority("ours")
    async with encrypted(tmp_path, ours, tls=first) as port:
        bus = Bus(
            url=f"nats://127.0.0.1:{port}",
            service="specimen",
            topology=topology(),
            authorities_file=tmp_path / "ca.crt",
        )
        await joined(bus)
        await publish(bus)
        await bus.close()


@pytest.mark.parametrize("tls", ["true", ""], ids=["a foreign authority", "plain text"])
async def test_a_bus_that_does_not_prove_itself_is_told_nothing(tls: str, tmp_path: Path) -> None:
    (tmp_path / "believed").mkdir()
    believed = tmp_path / "believed" / "ca.crt"
    believed.write_bytes(Authority("believed").certificate)
    async with encrypted(tmp_path, Authority("foreign"), tls=tls) as port:
        bus = Bus(
            url=f"nats://policies:secret@127.0.0.1:{port}",
            service="specimen",
            topology=topology(),
            authorities_file=believed,
        )
        errors: list[str] = []

        async def note(error: Exception) -> None:
            errors.append(str(error) or type(error).__name__)

        bus._on_error = note  # type: ignore[method-assign]
        bus.start()
        await until(lambda: any("SSL" in error or "certificate" in error for error in errors))
        assert not bus.client.is_connected
        await bus.close()
