"""What is wrong around a service is said in its log, its health and its refusals; mended is enough."""

import random
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from grpc import StatusCode, aio

from aos.system.v1 import status_service_pb2, status_service_pb2_grpc
from aosctl.ports import free_port
from aosctl.zygote_client import ZygoteClient
from kernel.clock import utc_now
from kernel.errors import StorageUnavailable
from servicekit import status
from servicekit.database import Database
from servicekit.guard.boot_guard import BootGuard
from servicekit.migrations.expectation import expected_revision
from servicekit.process import EXIT_CONFIG
from servicekit.status import StatusService
from tests.support import specimen
from tests.support.bus_cluster import SERVERS, BusCluster
from tests.support.governed import Tenant, limit
from tests.support.mortals import Mortal, warm
from tests.support.orchestrated import SERVICES
from tests.support.plane import Plane
from tests.support.processes import serves
from tests.support.statuses import refusal
from tests.support.waiting import until

pytestmark = pytest.mark.invariant("I-32")
TIMEOUT = 10
SERVICE = "policies"
AHEAD, BEHIND = "9999_from_the_future", "0001_made_long_ago"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane) -> AsyncIterator[Plane]:
    """What a service stands on, beside stand-ins of accounts and logs."""
    await empty_plane.start_accounts_stand_in()
    # Nobody answers there, and nobody asks.
    for name in SERVICES:
        empty_plane.peers.setdefault(name, f"127.0.0.1:{free_port()}")
    yield empty_plane


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def zygote(plane: Plane) -> AsyncIterator[ZygoteClient]:
    client = warm(plane, ["accounts", "incidents", "logs", SERVICE])
    yield client
    await client.stop()


@pytest.fixture(scope="module")
def make(plane: Plane, zygote: ZygoteClient) -> Callable[..., Mortal]:
    """A process that is not started yet."""

    def made(name: str = SERVICE, **environment: str) -> Mortal:
        return Mortal(
            plane=plane,
            zygote=zygote,
            name=name,
            address=f"127.0.0.1:{free_port()}",
            points=(),
            chance=random.Random(0),
            environment=environment,
        )

    return made


@dataclass(slots=True, kw_only=True)
class Watched:
    """A service at work, and everything that it says of itself."""

    plane: Plane
    channel: aio.Channel
    # How much of its log earlier processes had written.
    skipped: int

    async def takes_runs(self) -> bool:
        return await serves(self.channel, "runs")

    async def problems(self) -> dict[str, str]:
        """What it tells operators."""
        stub: Any = status_service_pb2_grpc.StatusServiceStub(self.channel)
        metadata = self.plane.identities.service_metadata("operator", audience=SERVICE)
        request = status_service_pb2.GetStatusRequest()
        told = (await stub.GetStatus(request, timeout=TIMEOUT, metadata=metadata)).status
        return {check.name: check.problem for check in told.checks if not check.holds}

    def said(self) -> str:
        return (self.plane.folder / f"{SERVICE}.log").read_text()[self.skipped :]

    async def refuses(self, check: str, problem: str) -> None:
        """Wait until the check is named wherever somebody would look."""

        async def is_known() -> bool:
            return problem in (await self.problems()).get(check, "")

        await until(is_known, every=0.2)
        assert not await self.takes_runs()
        told = await refusal(Tenant(self.plane).open_run())
        assert (told.code, told.reason) == (StatusCode.UNAVAILABLE, "SPINE_BROKEN")
        assert check in told.metadata["checks"].split(",")
        assert problem in told.message
        assert any(f'"{check}"' in line and problem in line for line in self.said().splitlines())

    async def recovers(self) -> None:
        """Wait until runs begin again, without a restart."""
        await until(self.takes_runs, every=0.2)
        assert await self.problems() == {}
        tenant = Tenant(self.plane)
        await tenant.govern(limit("STEPS", 1_000))
        await tenant.open_run()


@asynccontextmanager
async def watched(mortal: Mortal) -> AsyncIterator[Watched]:
    """A service that says that it serves, whatever it thinks of runs."""
    log = mortal.plane.folder / f"{SERVICE}.log"
    skipped = len(log.read_text()) if log.exists() else 0
    process = await mortal.live()
    try:
        async with aio.insecure_channel(mortal.address) as channel:
            await until(lambda: serves(channel))
            mortal.plane.services[SERVICE] = SimpleNamespace(channel=channel)  # type: ignore[assignment]
            yield Watched(plane=mortal.plane, channel=channel, skipped=skipped)
            assert not process.exit_status.done()
    finally:
        await mortal.die()


SECRETS = {
    SERVICE: "AOS_IDENTITY_KEY_FILE",
    "accounts": "AOS_KEY_PEPPER_FILE",
    "logs": "AOS_CHECKPOINT_KEY_FILE",
    "incidents": "AOS_SEALING_KEY_FILE",
}


@pytest.mark.parametrize("name", SECRETS)
async def test_without_its_secret_a_service_ends_with_one_sentence(
    name: str, plane: Plane, make: Callable[..., Mortal]
) -> None:
    mortal = make(name, **{SECRETS[name]: "/run/aos/keys/forgotten"})
    log = plane.folder / f"{name}.log"
    skipped = len(log.read_text()) if log.exists() else 0
    process = await mortal.live()
    assert await process.exit_status == EXIT_CONFIG
    (sentence,) = log.read_text()[skipped:].splitlines()
    assert "/run/aos/keys/forgotten" in sentence


async def at_revision(plane: Plane, revision: str) -> None:
    await plane.database.fetch_script(
        f"UPDATE {SERVICE}.alembic_version SET version_num = '{revision}'"
    )


@pytest.mark.parametrize("revision", [AHEAD, BEHIND])
async def test_a_schema_of_another_version_is_named(
    revision: str, plane: Plane, make: Callable[..., Mortal]
) -> None:
    expected = expected_revision(SERVICE)
    await at_revision(plane, revision)
    try:
        async with watched(make()) as service:
            sentence = f"The schema is at {revision}, this code expects {expected}."
            await service.refuses("migrations", sentence)
            await at_revision(plane, expected)
            await service.recovers()
    finally:
        await at_revision(plane, expected)


async def alter_database(plane: Plane, change: str) -> None:
    """Change the database for new connections, and end those that there are."""
    name = plane.database.name
    # From beside it: in the database itself even the superuser would be bound by the change.
    connection = await asyncpg.connect(plane.database.server.admin_url)
    try:
        await connection.execute(f"ALTER DATABASE {name} {change}")
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            f"WHERE usename = 'aos_{SERVICE}' AND datname = '{name}'"
        )
    finally:
        await connection.close()


@pytest.mark.parametrize(
    ("broken", "mended", "problem"),
    [
        (
            "SET default_transaction_read_only = on",
            "RESET default_transaction_read_only",
            "The database takes no writes at the moment.",
        ),
        (
            "WITH ALLOW_CONNECTIONS false",
            "WITH ALLOW_CONNECTIONS true",
            "The database cannot answer at the moment.",
        ),
    ],
    ids=["it only reads", "it lets nobody in"],
)
async def test_a_database_in_trouble_is_named(
    broken: str, mended: str, problem: str, plane: Plane, make: Callable[..., Mortal]
) -> None:
    async with watched(make()) as service:
        await service.recovers()
        await alter_database(plane, broken)
        try:
            await service.refuses("write_once", problem)
        finally:
            await alter_database(plane, mended)
        await service.recovers()


async def test_mutant_a_status_that_needs_the_database_cannot_say_that_it_is_away(
    plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard = BootGuard()
    database = Database(url="postgresql+asyncpg://u:p@127.0.0.1:1/d", service=SERVICE)
    service = StatusService(
        service=SERVICE,
        version="",
        started=utc_now(),
        guard=guard,
        database=database,
        tables=specimen.KIT,
    )
    assert not (await service.GetStatus(None, None)).status.accepts_runs
    monkeypatch.setattr(status, "suppress", lambda *_: nullcontext())
    with pytest.raises(StorageUnavailable):
        await service.GetStatus(None, None)
    await database.close()


@pytest_asyncio.fixture(loop_scope="session")
async def bus(tmp_path: Path) -> AsyncIterator[BusCluster]:
    """Three servers that hold everything together."""
    cluster = BusCluster(tmp_path, {name: f"p{secrets.token_hex(8)}" for name in SERVICES})
    try:
        await cluster.start()
        yield cluster
    finally:
        await cluster.stop()


async def test_a_bus_without_its_majority_is_named(
    bus: BusCluster, make: Callable[..., Mortal]
) -> None:
    mortal = make(
        AOS_NATS_URL=bus.url_of(SERVICE),
        AOS_NATS_AUTHORITIES_FILE=str(bus.authorities_file),
        AOS_NATS_REPLICAS=str(SERVERS),
    )
    async with watched(mortal) as service:
        await service.recovers()
        for server in bus.servers[1:]:
            await server.kill()
        await service.refuses("event_round_trip", "No event has made the whole way round")
        for server in bus.servers[1:]:
            await bus.bring_back(server)
        await service.recovers()
