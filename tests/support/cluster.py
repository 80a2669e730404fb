"""The plane as it is deployed across machines, on this one: three of everything that can be lost.

Processes are forked from one warm parent. Services call each other with certificates and find each
other's replicas by themselves; agents come to the edge; the bus has three servers, and PostgreSQL
a standby that has everything that was acknowledged.
"""

import asyncio
import os
import secrets
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import grpc
from grpc import aio

from aosctl.ports import free_port
from aosctl.provision import database_url
from aosctl.zygote_client import ServiceProcess, ZygoteClient
from tests.support.bus_cluster import SERVERS, BusCluster
from tests.support.cluster_certificates import ClusterCertificates
from tests.support.databases import TEMPLATE, Server, TestDatabase, make_template
from tests.support.identities import Identities
from tests.support.mortals import warm
from tests.support.orchestrated import SERVICES
from tests.support.plane import NAMES, Plane
from tests.support.processes import serves
from tests.support.standby import PostgresPair, postgres_pair
from tests.support.waiting import until

REPLICAS = 3
_RECONNECT = [
    ("grpc.lb_policy_name", "round_robin"),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 500),
]
# What a replica that was killed held is somebody else's soon; the machine is a slow one.
_HASTE = {"orchestrator": {"AOS_SAGA_LEASE_SECONDS": "6", "AOS_SAGA_TASK_SECONDS": "2.5"}}


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedDatabase(TestDatabase):
    """A database on two servers, of which one takes writes."""

    pair: PostgresPair

    @property
    def admin_url(self) -> str:
        """The superuser's address on the server that takes writes."""
        primary, standby = self.pair.primary, self.pair.standby
        return database_url((primary if primary.alive else standby).url, self.name)

    def url_of(self, service: str) -> str:
        """A service's own address, on whichever server takes writes."""
        return self.pair.of_both(TestDatabase.url_of(self, service))


def _loopback() -> str:
    return f"127.0.0.1:{free_port()}"


@dataclass(slots=True, kw_only=True)
class ClusterReplica:
    """One of the processes of a service; it comes back at its addresses."""

    service: str
    number: int
    log: Path
    address: str = field(default_factory=_loopback)
    edge: str = field(default_factory=_loopback)
    health: str = field(default_factory=_loopback)
    process: ServiceProcess | None = None
    channel: aio.Channel | None = None

    @property
    def name(self) -> str:
        """Which of the processes it is."""
        return f"{self.service}-{self.number}"

    async def accepts_runs(self) -> bool:
        """Whether it says, in plain text, that runs may begin."""
        if self.channel is None:
            self.channel = aio.insecure_channel(self.health, options=_RECONNECT)
        return await serves(self.channel, "runs")

    def said(self) -> str:
        """What it wrote."""
        return self.log.read_text() if self.log.exists() else ""


class Cluster:
    """The services, and what they stand on."""

    def __init__(self, plane: Plane, bus: BusCluster, pair: PostgresPair) -> None:
        # As agents and people see it; the operator comes with a certificate of its own.
        self.plane = plane
        self.bus, self.pair = bus, pair
        self.certificates = ClusterCertificates(plane.folder / "tls", (*SERVICES, "operator"))
        self.replicas = {
            name: [
                ClusterReplica(
                    service=name, number=number, log=plane.folder / f"{name}-{number}.log"
                )
                for number in range(REPLICAS)
            ]
            for name in SERVICES
        }
        self.operators = SimpleNamespace(identities=plane.identities, services={})
        self._zygote: ZygoteClient = warm(plane, SERVICES)

    def everyone(self) -> Iterator[ClusterReplica]:
        """Every process of every service."""
        for replicas in self.replicas.values():
            yield from replicas

    async def start(self) -> None:
        """Start every service, and return when all replicas let runs begin."""
        self.certificates.issue()
        self.plane.peers.update(
            {name: "+".join(one.address for one in self.replicas[name]) for name in SERVICES}
        )
        for replica in self.everyone():
            await self.live(replica)
        self._open_channels()
        await self.at_peace()

    async def stop(self) -> None:
        """Kill whoever lives."""
        for replica in self.everyone():
            await self.die(replica)
            if replica.channel is not None:
                await replica.channel.close()
        await self._zygote.stop()

    async def live(self, replica: ClusterReplica, **environment: str) -> None:
        """Start a replica at its addresses."""
        settings = self.plane.environment(
            replica.service,
            AOS_ENVIRONMENT="production",
            AOS_LISTEN=replica.address,
            AOS_EDGE_LISTEN=replica.edge,
            AOS_HEALTH_LISTEN=replica.health,
            AOS_NATS_REPLICAS=str(SERVERS),
            AOS_NATS_AUTHORITIES_FILE=str(self.bus.authorities_file),
            # The servers take two hundred connections together.
            AOS_DATABASE_POOL="5",
            **self.certificates.environment(replica.service),
            **_HASTE.get(replica.service, {}),
            **environment,
        )
        replica.process = await self._zygote.spawn(
            module=f"services.{replica.service}.__main__",
            environment={**os.environ, **settings},
            log=replica.log,
        )

    async def die(self, replica: ClusterReplica) -> None:
        """Kill a replica, wherever it is."""
        if replica.process is not None and not replica.process.exit_status.done():
            self._zygote.signal(replica.process, signal.SIGKILL)
            await replica.process.exit_status

    async def certified(self) -> None:
        """Wait until every replica uses what was issued last."""
        for replica in self.everyone():
            end = self.certificates.end_of(replica.service)
            await until(lambda replica=replica, end=end: end in replica.said(), every=0.1)

    async def at_peace(self, *, seconds: float = 90) -> None:
        """Wait until every replica lets runs begin."""
        for replica in self.everyone():
            await until(partial(self._accepts_runs, replica), seconds=seconds, every=0.1)

    async def _accepts_runs(self, replica: ClusterReplica) -> bool:
        assert replica.process is not None
        assert not replica.process.exit_status.done(), replica.said()[-2000:]
        return await replica.accepts_runs()

    def _open_channels(self) -> None:
        people = self.certificates.believed()
        operator = self.certificates.credentials("operator")
        for name in SERVICES:
            edges = [replica.edge for replica in self.replicas[name]]
            mains = [replica.address for replica in self.replicas[name]]
            self.plane.services[name] = self._reached(name, edges, people)
            self.operators.services[name] = self._reached(name, mains, operator)

    def _reached(self, name: str, places: list[str], credentials: grpc.ChannelCredentials) -> Any:
        options = [*_RECONNECT, ("grpc.ssl_target_name_override", name)]
        target = f"ipv4:{','.join(places)}"
        channel = aio.secure_channel(target, credentials, options=options)
        self.plane.stack.push_async_callback(channel.close)
        return SimpleNamespace(channel=channel)


async def _installed(pair: PostgresPair) -> Server:
    """Roles and schemas, on both servers."""
    server = await make_template(pair.primary.url)
    await pair.follow()
    return server


@asynccontextmanager
async def cluster(folder: Path) -> AsyncIterator[Cluster]:
    """The whole of it, for as long as the block lasts."""
    identities = Identities(folder / "keys", NAMES)
    await asyncio.to_thread(identities.write)
    bus = BusCluster(folder, {name: f"p{secrets.token_hex(8)}" for name in SERVICES})
    async with AsyncExitStack() as stack:
        stack.push_async_callback(bus.stop)
        pair = await stack.enter_async_context(postgres_pair(folder))
        _, server = await asyncio.gather(bus.start(), _installed(pair))
        plane = Plane(
            folder=folder,
            database=PairedDatabase(server=server, name=TEMPLATE, pair=pair),
            nats=bus,  # type: ignore[arg-type]
            identities=identities,
            stack=stack,
            logs=None,  # type: ignore[arg-type]
        )
        made = Cluster(plane, bus, pair)
        stack.push_async_callback(made.stop)
        await made.start()
        yield made
