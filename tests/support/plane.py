"""A plane for tests: real Postgres, real NATS, real gRPC, services inside this process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import nats
from grpc import aio
from nats.js import JetStreamContext

from aosctl.engines.nats import EmbeddedNats
from aosctl.ports import free_port
from servicekit.background import Background
from servicekit.config import load
from servicekit.foundation import Foundation, lay
from servicekit.hosting import Host
from tests.support.accounts_stand_in import AccountsStandIn
from tests.support.databases import TestDatabase
from tests.support.identities import Identities
from tests.support.logs_stand_in import LogsStandIn

NAMES = (
    "accounts",
    "activity",
    "incidents",
    "logs",
    "policies",
    "specimen",
    "operator",
    "orchestrator",
    "stranger",
)


@dataclass(slots=True, kw_only=True)
class RunningService:
    """One service at work, and a channel to it."""

    name: str
    foundation: Foundation
    host: Host
    channel: aio.Channel
    address: str


@dataclass(slots=True, kw_only=True)
class Plane:
    """Engines, identities and the services that a test module asked for."""

    folder: Path
    database: TestDatabase
    nats: EmbeddedNats
    identities: Identities
    stack: AsyncExitStack
    # Takes the place of logs until the module starts the real one.
    logs: LogsStandIn
    # Takes the place of accounts, for modules that ask for it.
    accounts: AccountsStandIn | None = None
    peers: dict[str, str] = field(default_factory=dict)
    services: dict[str, RunningService] = field(default_factory=dict)

    def environment(self, name: str, **more: str) -> dict[str, str]:
        """What a service process would find in its environment."""
        return {
            "AOS_SERVICE": name,
            "AOS_DATABASE_URL": self.database.url_of(name),
            "AOS_NATS_URL": self.nats.url_of(name),
            "AOS_IDENTITY_KEY_FILE": str(self.identities.key_file(name)),
            "AOS_IDENTITIES_FILE": str(self.identities.identities_file),
            "AOS_PEERS": ",".join(f"{peer}={address}" for peer, address in self.peers.items()),
            "AOS_ENVIRONMENT": "development",
            "AOS_TOKEN_SIGNING_KEY_FILE": str(self.identities.signing_key_file),
            "AOS_KEY_PEPPER_FILE": str(self.identities.pepper_file),
            "AOS_CHECKPOINT_KEY_FILE": str(self.identities.checkpoint_key_file),
            "AOS_SEALING_KEY_FILE": str(self.identities.sealing_key_file),
            "AOS_NOTICE_SECONDS": "0",
            "AOS_DRAIN_SECONDS": "1",
            **more,
        }

    async def start_accounts_stand_in(self) -> AccountsStandIn:
        """Serve accounts' token contract with the test's own signing key."""
        self.accounts = AccountsStandIn(self.identities)
        self.peers["accounts"] = await self.accounts.start()
        self.stack.push_async_callback(self.accounts.stop)
        return self.accounts

    async def start_all(self, *names: str) -> None:
        """Run services that call each other, none of them a stand-in."""
        addresses = {name: f"127.0.0.1:{free_port()}" for name in names}
        self.peers.update(addresses)
        for name in names:
            await self.start(name, listen=addresses[name])

    async def start(
        self, name: str, *, listen: str | None = None, **environment: str
    ) -> RunningService:
        """Run a service of ours inside this process."""
        listen = listen or f"127.0.0.1:{free_port()}"
        # A stand-in keeps its place: the service is then one that nobody else calls.
        self.peers.setdefault(name, listen)
        if name == "logs":
            self.peers[name] = listen
        settings_type = import_module(f"services.{name}.config").Settings
        build: Any = import_module(f"services.{name}.wiring").build
        settings = load(settings_type, self.environment(name, AOS_LISTEN=listen, **environment))
        foundation = lay(settings)
        parts = build(foundation, settings)
        host = Host(foundation=foundation, parts=parts, background=Background())
        await host.start()
        self.stack.push_async_callback(host.stop)
        address = f"127.0.0.1:{host.server.port}"
        channel = aio.insecure_channel(address)
        self.stack.push_async_callback(channel.close)
        service = RunningService(
            name=name, foundation=foundation, host=host, channel=channel, address=address
        )
        self.services[name] = service
        return service

    @asynccontextmanager
    async def whole_bus(self) -> AsyncIterator[JetStreamContext]:
        """The bus as its administrator sees it, who may read and say anything."""
        client = await nats.connect(self.nats.url)
        try:
            yield client.jetstream()
        finally:
            await client.close()

    async def accepts_runs(self, name: str) -> bool:
        """Whether the service's boot guard holds."""
        return not self.services[name].foundation.guard.problems()


@asynccontextmanager
async def plane(folder: Path, database: TestDatabase) -> AsyncIterator[Plane]:
    """Start the bus and make the identities; services are started by whoever needs them."""
    identities = Identities(folder / "keys", NAMES)
    await asyncio.to_thread(identities.write)
    async with AsyncExitStack() as stack:
        nats = await stack.enter_async_context(EmbeddedNats(folder / "nats"))
        logs = LogsStandIn()
        address = await logs.start()
        stack.push_async_callback(logs.stop)
        yield Plane(
            folder=folder,
            database=database,
            nats=nats,
            identities=identities,
            stack=stack,
            logs=logs,
            peers={"logs": address},
        )
