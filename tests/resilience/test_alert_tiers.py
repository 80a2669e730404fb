"""However often it is told, by whatever is left of three replicas: one alert for each tier."""

import asyncio
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio

from aos.incidents.v1 import delivery_pb2
from aos.policies.v1 import policy_pb2
from aosctl.ports import free_port
from kernel.identifiers import new_id
from servicekit.events import Event
from servicekit.jetstream.connection import Bus
from services.incidents.workers.delivery_sender import DeliverySender
from tests.support.alerting import AlertScene, start_alerting
from tests.support.governed import GovernedRun, Tenant, limit
from tests.support.plane import Plane
from tests.support.processes import Replica, launch_service
from tests.support.receivers import WebReceiver
from tests.support.waiting import until

pytestmark = [pytest.mark.resilience, pytest.mark.gap("GAP-018")]
REPLICAS = 3
AT_ONCE = 8
TIERS = (50, 70, 80, 90)
IMPATIENT = {
    "AOS_WATCH_SECONDS": "3600",
    "AOS_DELIVERY_SECONDS": "1.5",
    "AOS_DELIVERY_LEASE_SECONDS": "8",
    "AOS_DELIVERY_RETRIES": "0.1,0.1,0.1,0.1,0.1,0.1,0.1,0.1",
    "AOS_DELIVERY_CHECK_SECONDS": "0.1",
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane) -> AsyncIterator[Plane]:
    """One of incidents in this process answers questions; it is none of those killed."""
    await start_alerting(empty_plane, **IMPATIENT)
    yield empty_plane


async def cross_every_tier(run: GovernedRun) -> None:
    """Use half of the limit, and then as much as it takes to the next tier, and a little more."""
    for cost in (50, 20, 10, 10, 1, 1):
        await run.ask(estimated_cost_micro_usd=cost)


async def tell_again(plane: Plane, bus: Bus, tenant: str) -> int:
    """Publish what policies said once more: as the same events, and as events of another name."""
    rows = await plane.database.fetch(
        "SELECT * FROM policies.outbox WHERE event_type = 'limit_near' AND tenant_id = $1", tenant
    )
    for row in rows:
        for event_id in (row["event_id"], new_id("evt")):
            event = Event(
                event_id=event_id,
                tenant_id=tenant,
                source="policies",
                event_type="limit_near",
                aggregate_id=row["aggregate_id"],
                sequence=row["aggregate_sequence"],
                time=row["created_at"],
                body=row["body"],
            )
            await bus.jetstream.publish(
                event.subject,
                event.body,
                headers={**event.headers(), "Nats-Msg-Id": new_id("evt")},
            )
    return len(rows)


async def is_quiet(plane: Plane) -> bool:
    """Whether everything that was told has been heard."""
    async with plane.whole_bus() as jetstream:
        info = await jetstream.consumer_info("AOS_EVENTS", "incidents-alert-on-limit-near")
    return not (info.num_pending or info.num_ack_pending)


async def count(plane: Plane, table: str, tenant: str, condition: str = "true") -> int:
    statement = f"SELECT count(*) FROM incidents.{table} WHERE tenant_id = $1 AND {condition}"
    return int(str(await plane.database.value(statement, tenant)))


@pytest.mark.invariant("C-6")
async def test_a_thousand_crossings_are_one_alert_for_each_tier_while_replicas_are_killed(
    plane: Plane, chance: random.Random, is_full: bool
) -> None:
    runs, least_kills = (250, 20) if is_full else (12, 2)
    expected = runs * len(TIERS)
    scene, receiver = AlertScene(plane), await WebReceiver().start()
    tenant = Tenant(plane, owner=scene.owner)
    await scene.settle(cool_down=0, threshold=100_000)
    await scene.webhook(receiver.url)
    channels = [policy_pb2.CHANNEL_UI, policy_pb2.CHANNEL_WEBHOOK]
    tiers = [policy_pb2.AlertTier(percent=percent, channels=channels) for percent in TIERS]
    await tenant.govern(limit("COST_MICRO_USD", 100), alert_tiers=tiers)
    bus = plane.services["policies"].foundation.bus
    replicas = [
        Replica(plane=plane, service="incidents", environment=IMPATIENT) for _ in range(REPLICAS)
    ]
    async with AsyncExitStack() as stack:
        stack.push_async_callback(receiver.stop)
        for replica in replicas:
            stack.push_async_callback(replica.stop)
        await asyncio.gather(*(replica.start() for replica in replicas))
        told = asyncio.create_task(_tell(plane, bus, tenant, runs))
        kills = 0
        while not told.done() or kills < least_kills:
            victim = chance.choice(replicas)
            await victim.kill()
            kills += 1
            assert await count(plane, "alerts", tenant.id) <= expected
            await victim.start()
        assert await told == expected
        await until(lambda: is_quiet(plane), seconds=120, every=0.2)
        await until(lambda: _all_delivered(plane, tenant.id, expected), seconds=120)
    await _require_one_of_each(plane, tenant.id, runs)
    await _require_each_delivered_once(plane, tenant.id, receiver)


async def _tell(plane: Plane, bus: Bus, tenant: Tenant, runs: int) -> int:
    # One process answers all of them beside everything else here, each within a deadline.
    places = asyncio.Semaphore(AT_ONCE)

    async def go() -> None:
        async with places:
            await cross_every_tier(await tenant.open_run())

    await asyncio.gather(*(go() for _ in range(runs)))
    return await tell_again(plane, bus, tenant.id)


async def _all_delivered(plane: Plane, tenant: str, expected: int) -> bool:
    done = await count(plane, "notification_deliveries", tenant, "state = 'DELIVERED'")
    return done >= expected


async def _require_one_of_each(plane: Plane, tenant: str, runs: int) -> None:
    rows = await plane.database.fetch(
        "SELECT run_id, subject, held_back FROM incidents.alerts WHERE tenant_id = $1", tenant
    )
    counts = Counter((row["run_id"], row["subject"].rpartition("/")[2]) for row in rows)
    assert len(counts) == runs * len(TIERS)
    assert set(counts.values()) == {1}
    assert {name for _, name in counts} == {f"{percent} %" for percent in TIERS}
    assert {row["held_back"] for row in rows} == {""}


async def _require_each_delivered_once(plane: Plane, tenant: str, receiver: WebReceiver) -> None:
    """A receiver hears of each alert under one name; twice only where a sender was killed."""
    rows: list[Any] = await plane.database.fetch(
        "SELECT id, attempts FROM incidents.notification_deliveries WHERE tenant_id = $1", tenant
    )
    heard = Counter(request.headers["webhook-id"] for request in receiver.requests)
    assert heard.keys() == {row["id"] for row in rows}
    assert all(heard[row["id"]] <= row["attempts"] for row in rows)
    failed = await count(plane, "delivery_attempts", tenant, "outcome = 'FAILED'")
    unknown = await count(plane, "delivery_attempts", tenant, "outcome = 'UNKNOWN'")
    assert sum(heard.values()) - len(rows) <= failed + unknown


@pytest.mark.invariant("C-6")
async def test_a_sender_that_dies_after_sending_is_known_and_the_receiver_knows_the_message_again(
    plane: Plane,
) -> None:
    scene, receiver = AlertScene(plane), await WebReceiver().start()
    parts: Any = plane.services["incidents"].host._parts
    sender: DeliverySender = parts.on_stop.__self__.sender
    try:
        _, secret = await scene.webhook(receiver.url)
        # The one in this process sends nothing for now.
        sender._stopping = True
        alert = await scene.alert()
        address = f"127.0.0.1:{free_port()}"
        settings = {**IMPATIENT, "AOS_DELIVERY_LEASE_SECONDS": "4.5"}
        process = await launch_service(
            plane, "incidents", address, failpoints="webhook.after_post", **settings
        )
        assert await process.wait() == -signal.SIGKILL
        sender._stopping = False
        delivery = await scene.delivered(alert.id)
    finally:
        sender._stopping = False
        await receiver.stop()
    assert [one.outcome for one in delivery.attempts] == [
        delivery_pb2.ATTEMPT_OUTCOME_UNKNOWN,
        delivery_pb2.ATTEMPT_OUTCOME_DELIVERED,
    ]
    first, second = receiver.of(alert.id)
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == delivery.id
    assert first.verified(secret) == second.verified(secret)
