"""On the embedded bus too, each service is itself: what it needs works, the rest is refused."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from nats.js.errors import APIError

from aosctl.engines import nats as engine_module
from aosctl.engines.nats import EmbeddedNats
from servicekit.jetstream import permissions
from servicekit.jetstream.connection import Bus
from servicekit.jetstream.permissions import inbox_of, permissions_of
from servicekit.jetstream.topology import EVENTS_STREAM, Topology
from servicekit.settings import ROOT
from tests.support.waiting import until

TOPOLOGY = Topology.read(ROOT / "deploy" / "nats" / "topology.yaml")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedNats]:
    async with EmbeddedNats(tmp_path_factory.mktemp("bus")) as running:
        yield running


class Heard:
    """A service on the bus, and what the server refused it."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.refused: list[str] = []

    async def note(self, error: Exception) -> None:
        self.refused.append(str(error).lower())

    async def refusal(self) -> str:
        """What the server said; it tells after the fact, so the round trip is waited for."""
        await self.bus.client.flush()
        await until(lambda: self.refused)
        return self.refused.pop()


@asynccontextmanager
async def on_the_bus(server: EmbeddedNats, service: str) -> AsyncIterator[Heard]:
    bus = Bus(url=server.url_of(service), service=service, topology=TOPOLOGY)
    heard = Heard(bus)
    bus._on_error = heard.note  # type: ignore[method-assign]
    bus.start()
    try:
        await until(bus.reconciled.is_set)
        yield heard
        assert heard.refused == []
    finally:
        await bus.close()


FORBIDDEN = {
    "another's event": "aos.v1.canary-own.policies.gate_changed",
    "an event of nobody": "aos.v1.canary-own",
    "a receipt to one whose events it does not take": "aos.receipts.logs",
    "deleting a stream": "$JS.API.STREAM.DELETE.AOS_EVENTS",
    "purging a stream": "$JS.API.STREAM.PURGE.AOS_EVENTS",
    "a stream of its own": "$JS.API.STREAM.CREATE.MINE",
    "reading a stream past its consumers": "$JS.API.STREAM.MSG.GET.AOS_EVENTS",
    "deleting a consumer": "$JS.API.CONSUMER.DELETE.AOS_EVENTS.policies-canary",
    "taking from another's consumer": "$JS.API.CONSUMER.MSG.NEXT.AOS_EVENTS.policies-canary",
    "confirming for another": "$JS.ACK.AOS_EVENTS.policies-canary.1.1.1.1.1",
    "a consumer of another name": "$JS.API.CONSUMER.CREATE.AOS_EVENTS.activity-more",
    "its consumer with no filter": "$JS.API.CONSUMER.CREATE.AOS_EVENTS.activity-canary",
    "its consumer with another filter": (
        "$JS.API.CONSUMER.CREATE.AOS_EVENTS.activity-canary.aos.v1.*.policies.gate_changed"
    ),
    "its consumer in the old way": "$JS.API.CONSUMER.DURABLE.CREATE.AOS_EVENTS.activity-canary",
    "an answer to another": f"{inbox_of('policies')}.x",
}


@pytest.mark.parametrize("what", FORBIDDEN)
async def test_publishing_is_refused(what: str, server: EmbeddedNats) -> None:
    async with on_the_bus(server, "activity") as heard:
        await heard.bus.client.publish(FORBIDDEN[what], b"{}")
        assert "permissions violation for publish" in await heard.refusal()


@pytest.mark.parametrize(
    "subject",
    [">", "aos.v1.>", "aos.receipts.>", "_INBOX.>", f"{inbox_of('policies')}.>", "$SYS.>"],
)
async def test_listening_is_refused(subject: str, server: EmbeddedNats) -> None:
    async with on_the_bus(server, "activity") as heard:
        await heard.bus.client.subscribe(subject)
        assert "permissions violation for subscription" in await heard.refusal()


async def test_a_filter_in_the_request_that_is_not_the_one_in_its_subject_is_refused(
    server: EmbeddedNats,
) -> None:
    """The permission binds the subject; the server binds the request to it."""
    async with on_the_bus(server, "activity") as heard:
        (canary,) = TOPOLOGY.consumers_of("activity")
        config = canary.configuration().evolve(filter_subject="aos.v1.*.policies.gate_changed")
        request = {"stream_name": EVENTS_STREAM, "config": config.as_dict()}
        subject = f"$JS.API.CONSUMER.CREATE.{EVENTS_STREAM}.{canary.name}.{canary.subjects[0]}"
        with pytest.raises(APIError):
            await heard.bus.jetstream._jsm._api_request(subject, json.dumps(request).encode())


async def test_a_wrong_password_opens_nothing(server: EmbeddedNats) -> None:
    bus = Bus(
        url=server.url_of("logs").replace("logs:", "activity:"), service="x", topology=TOPOLOGY
    )
    errors: list[str] = []

    async def note(error: Exception) -> None:
        errors.append(str(error).lower())

    bus._on_error = note  # type: ignore[method-assign]
    bus.start()
    await until(lambda: any("authorization" in error for error in errors))
    assert not bus.reconciled.is_set()
    await bus.close()


async def test_mutant_with_more_permissions_than_declared_the_refusals_are_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def all_of_it(_service: str, _topology: Topology) -> permissions.BusPermissions:
        return permissions.BusPermissions(publish=(">",), subscribe=(">",))

    monkeypatch.setattr(permissions, "permissions_of", all_of_it)
    async with EmbeddedNats(tmp_path) as lax, on_the_bus(lax, "activity") as heard:
        answer: Any = await heard.bus.jetstream.publish(
            "aos.v1.canary-own.policies.gate_changed", b"forged", stream=EVENTS_STREAM
        )
        assert answer.seq == 1
        await heard.bus.client.subscribe("aos.v1.>")
        await heard.bus.client.flush()
        assert heard.refused == []


def test_the_embedded_server_knows_every_service_of_the_topology() -> None:
    services = {consumer.service for consumer in TOPOLOGY.consumers}
    assert engine_module.TOPOLOGY == ROOT / "deploy" / "nats" / "topology.yaml"
    for service in services:
        granted = permissions_of(service, TOPOLOGY)
        assert f"aos.v1.*.{service}.>" in granted.publish
        # Only what is declared is heard: the rest of the subjects of events belong to others.
        heard = [one for one in granted.subscribe if not one.startswith("_INBOX")]
        assert heard == list(TOPOLOGY.live.get(service, ()))
