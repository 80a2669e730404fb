"""How alerts get to people: a real receiver and a real mail server, present, slow, broken, away."""

import asyncio
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from grpc import StatusCode

from aos.incidents.v1 import delivery_pb2, destination_pb2
from services.incidents.domain.delivery import Delivery
from services.incidents.usecases import deliver_alerts
from services.incidents.workers.delivery_sender import PLACES_OF_ONE, DeliverySender
from tests.support.alerting import (
    DEAD,
    DELIVERED,
    DIGEST,
    HIGH,
    PENDING,
    AlertScene,
)
from tests.support.plane import Plane
from tests.support.receivers import Received, WebReceiver, answer
from tests.support.statuses import refusal
from tests.support.waiting import until

pytestmark = [pytest.mark.gap("GAP-017"), pytest.mark.invariant("C-6")]
TRIES = 3


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(telling_plane: Plane) -> Plane:
    """Incidents, and nobody else to be told of."""
    return telling_plane


@pytest_asyncio.fixture(loop_scope="session")
async def scene(plane: Plane) -> AlertScene:
    """A tenant that sends nothing anywhere yet."""
    return AlertScene(plane)


async def test_a_webhook_arrives_once_and_somebody_elses_implementation_believes_it(
    scene: AlertScene, receiver: WebReceiver
) -> None:
    _, secret = await scene.webhook(receiver.url)
    alert = await scene.alert(title="Ein Lauf wartet 🔔", severity=HIGH, run_id="run_1")
    delivery = await scene.delivered(alert.id)
    (request,) = receiver.requests
    message = request.verified(secret)
    assert message["type"] == "alert.raised"
    data = message["data"]
    assert (data["id"], data["title"], data["run_id"]) == (alert.id, "Ein Lauf wartet 🔔", "run_1")
    assert data["headline"] == "[HIGH] Ein Lauf wartet 🔔"
    assert request.headers["webhook-id"] == delivery.id
    assert request.line == "POST /hook HTTP/1.1"
    (attempt,) = delivery.attempts
    assert (attempt.number, attempt.status_code, attempt.error) == (1, 200, "")
    assert attempt.outcome == delivery_pb2.ATTEMPT_OUTCOME_DELIVERED


async def test_what_a_receiver_does_not_take_is_tried_again_under_the_same_name(
    scene: AlertScene, receiver: WebReceiver
) -> None:
    async def third_time(_request: Received) -> bytes:
        taken = len(receiver.requests) == TRIES
        return answer() if taken else answer("503 Service Unavailable")

    receiver.respond = third_time
    _, secret = await scene.webhook(receiver.url)
    delivery = await scene.delivered((await scene.alert()).id)
    assert [one.status_code for one in delivery.attempts] == [503, 503, 200]
    assert [one.number for one in delivery.attempts] == [1, 2, 3]
    assert {one.headers["webhook-id"] for one in receiver.requests} == {delivery.id}
    for request in receiver.requests:
        request.verified(secret)


async def test_what_nobody_takes_is_dead_in_the_ledger_and_can_be_delivered_once_more(
    plane: Plane, scene: AlertScene, receiver: WebReceiver
) -> None:
    async def broken(_request: Received) -> bytes:
        return answer("500 Internal Server Error", body=b"secret of the receiver")

    receiver.respond = broken
    await scene.webhook(receiver.url)
    alert = await scene.alert()
    dead = await scene.delivered(alert.id, state=DEAD)
    assert len(dead.attempts) == len(receiver.requests) == TRIES
    assert dead.last_error == "It answered 500."
    (entry,) = await until(lambda: plane.logs.of(dead.id))
    assert entry.event_type == "DELIVERY_DEAD"
    receiver.respond = _accepting
    request_id = str(uuid.uuid4())
    for _ in range(2):
        again = await scene.responder.call("RedeliverDelivery", request_id, delivery_id=dead.id)
        assert again.delivery.state == PENDING
    delivered = await scene.delivered(alert.id)
    assert (delivered.id, len(delivered.attempts)) == (dead.id, TRIES + 1)
    assert len(receiver.requests) == TRIES + 1
    assert len({one.headers["webhook-id"] for one in receiver.requests}) == 1


async def _accepting(_request: Received) -> bytes:
    return answer()


async def test_what_is_on_its_way_is_not_delivered_once_more(
    scene: AlertScene, receiver: WebReceiver
) -> None:
    held = asyncio.Event()

    async def slow(_request: Received) -> bytes:
        await held.wait()
        return answer()

    receiver.respond = slow
    await scene.webhook(receiver.url)
    alert = await scene.alert()
    await until(lambda: receiver.requests)
    (delivery,) = await scene.deliveries(alert_id=alert.id)
    told = await refusal(scene.responder.call("RedeliverDelivery", delivery_id=delivery.id))
    assert (told.code, told.reason) == (
        StatusCode.FAILED_PRECONDITION,
        "ILLEGAL_DELIVERY_STEP",
    )
    held.set()
    await scene.delivered(alert.id)


async def test_a_try_that_would_outlast_its_lease_is_not_begun(
    plane: Plane, scene: AlertScene, receiver: WebReceiver
) -> None:
    """Or whoever takes it over would send what a process that is merely slow sends as well."""
    await scene.webhook(receiver.url)
    sender = _sender(plane)
    await sender.drain(seconds=30)
    try:
        alert = await scene.alert()

        async def claimed() -> Delivery | None:
            found = await sender._claim_items(100, ())
            return next((one for one in found if one.alert_id == alert.id), None)

        delivery = await until(claimed)
        nearly_over = delivery.due_at - timedelta(seconds=87)
        await sender._work(replace(delivery, due_at=nearly_over))
        assert receiver.requests == []
    finally:
        sender._stopping = False
    delivered = await scene.delivered(alert.id)
    assert [one.error for one in delivered.attempts] == [
        "It was begun too late, so nothing was sent.",
        "",
    ]
    assert len(receiver.requests) == 1


async def test_a_service_that_stops_lets_what_it_sends_arrive_and_begins_nothing_new(
    plane: Plane, scene: AlertScene, receiver: WebReceiver
) -> None:
    held = asyncio.Event()

    async def slow(_request: Received) -> bytes:
        await held.wait()
        return answer()

    receiver.respond = slow
    await scene.webhook(receiver.url)
    sender = _sender(plane)
    first = await scene.alert()
    await until(lambda: receiver.requests)
    draining = asyncio.create_task(sender.drain(seconds=30))
    try:
        await until(lambda: sender._stopping)
        second = await scene.alert()
        held.set()
        await draining
        delivery = await scene.delivered(first.id)
        assert len(delivery.attempts) == len(receiver.requests) == 1
        (waiting,) = await scene.deliveries(alert_id=second.id)
        assert (waiting.state, len(waiting.attempts)) == (PENDING, 0)
    finally:
        sender._stopping = False
    await scene.delivered(second.id)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary Redirect"])
async def test_a_redirect_is_a_failure_and_nobody_follows_it(
    scene: AlertScene, receiver: WebReceiver, status: str
) -> None:
    inside = await WebReceiver().start("127.0.0.3")

    async def away(_request: Received) -> bytes:
        return answer(status, f"location: http://127.0.0.3:{inside.port}/")

    receiver.respond = away
    try:
        await scene.webhook(receiver.url)
        dead = await scene.delivered((await scene.alert()).id, state=DEAD)
        assert dead.last_error == f"It answered {status[:3]}; redirects are not followed."
        assert inside.connections == 0
    finally:
        await inside.stop()


async def test_a_receiver_that_is_gone_is_not_tried_again(
    scene: AlertScene, receiver: WebReceiver
) -> None:
    async def gone(_request: Received) -> bytes:
        return answer("410 Gone")

    receiver.respond = gone
    await scene.webhook(receiver.url)
    dead = await scene.delivered((await scene.alert()).id, state=DEAD)
    assert [one.status_code for one in dead.attempts] == [410]


async def test_a_receiver_that_says_endlessly_more_is_not_listened_to_for_ever(
    scene: AlertScene, receiver: WebReceiver
) -> None:
    async def endless(_request: Received) -> bytes:
        return b"HTTP/1.1 200 OK\r\ncontent-length: 9000000\r\n\r\n" + b"x" * 8_000_000

    receiver.respond = endless
    await scene.webhook(receiver.url)
    delivery = await scene.delivered((await scene.alert()).id)
    assert len(delivery.attempts) == 1


@pytest.mark.parametrize("what", ["nonsense", "nothing", "closed"])
async def test_what_is_no_answer_is_recorded_as_a_failure(
    scene: AlertScene, receiver: WebReceiver, what: str
) -> None:
    async def odd(_request: Received) -> bytes:
        return b"SSH-2.0-nonsense\r\n\r\n" if what == "nonsense" else b""

    receiver.respond = odd
    await scene.webhook(receiver.url)
    if what == "closed":
        await receiver.stop()
    dead = await scene.delivered((await scene.alert()).id, state=DEAD)
    assert len(dead.attempts) == TRIES
    assert dead.last_error in ("What it answered is not HTTP.", "It could not be reached.")
    assert {one.outcome for one in dead.attempts} == {delivery_pb2.ATTEMPT_OUTCOME_FAILED}


async def test_one_that_hangs_holds_up_nobody_else(
    plane: Plane, scene: AlertScene, receiver: WebReceiver
) -> None:
    hanging = await WebReceiver().start()
    hold = asyncio.Event()

    async def hang(_request: Received) -> bytes:
        await hold.wait()
        return b""

    hanging.respond = hang
    try:
        await scene.webhook(hanging.url)
        stuck = await asyncio.gather(*(scene.alert() for _ in range(20)))
        await until(lambda: hanging.connections >= PLACES_OF_ONE)
        other = AlertScene(plane)
        await other.webhook(receiver.url)
        alert = await other.alert()
        await other.delivered(alert.id)
        # All that hangs has still been neither delivered nor given up.
        states = {one.state for one in await scene.deliveries()}
        assert states == {PENDING}
        assert len(stuck) == 20
        sender = _sender(plane)
        counts = list(sender._under_way.values())
        assert max(map(counts.count, counts), default=0) < 2 * PLACES_OF_ONE
        (first, *_) = [one for one in await scene.tried() if one.attempts]
        assert first.attempts[0].error == "It did not answer in time."
    finally:
        hold.set()
        await hanging.stop()


def _sender(plane: Plane) -> DeliverySender:
    parts: Any = plane.services["incidents"].host._parts
    sender: DeliverySender = parts.on_stop.__self__.sender
    return sender


async def test_what_was_under_way_to_a_destination_that_is_removed_is_dead_and_says_so(
    scene: AlertScene, receiver: WebReceiver
) -> None:
    async def broken(_request: Received) -> bytes:
        return answer("503 Busy", "retry-after: 2")

    receiver.respond = broken
    made, _ = await scene.webhook(receiver.url)
    alert = await scene.alert()
    await until(lambda: receiver.requests)
    await scene.responder.call("DeleteDestination", destination_id=made.id, etag=made.etag)
    dead = await scene.delivered(alert.id, state=DEAD)
    assert dead.last_error == "The destination was removed."
    assert len(receiver.requests) == 1
    later = await scene.alert()
    assert await scene.deliveries(alert_id=later.id) == []


async def test_a_digest_is_delivered_once_to_whoever_would_have_been_told(
    scene: AlertScene, receiver: WebReceiver
) -> None:
    await scene.settle(threshold=2, digest=3600)
    _, secret = await scene.webhook(receiver.url)
    high = destination_pb2.Routing(minimum_severity=HIGH)
    untouched, _ = await scene.webhook(receiver.url, routing=high)
    await asyncio.gather(*(scene.alert() for _ in range(12)))
    await scene.end_storm()
    (digest,) = await until(lambda: scene.alerts(kind=DIGEST))
    await scene.delivered(digest.id)
    (request,) = receiver.of(digest.id)
    data = request.verified(secret)["data"]
    assert data["lines"] == [{"kind": "PARKED_SAGA", "severity": "MEDIUM", "count": 10}]
    assert await scene.deliveries(destination_id=untouched.id) == []

    async def all_delivered() -> list[delivery_pb2.Delivery]:
        found = await scene.deliveries(state=DELIVERED)
        return found if len(found) == 3 else []

    await until(all_delivered)
    assert len(receiver.requests) == 3


async def test_attempts_are_written_once(plane: Plane, scene: AlertScene) -> None:
    receiver = await WebReceiver().start()
    try:
        await scene.webhook(receiver.url)
        delivery = await scene.delivered((await scene.alert()).id)
    finally:
        await receiver.stop()
    with pytest.raises(Exception, match="write-once"):
        await plane.database.fetch(
            f"UPDATE incidents.delivery_attempts SET error = 'x' WHERE delivery_id = '{delivery.id}'"
        )


async def test_mutant_without_the_signature_the_receiver_does_not_believe_it(
    scene: AlertScene, receiver: WebReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed = deliver_alerts.signed_headers

    def unsigned(message_id: str, payload: bytes, **options: Any) -> dict[str, str]:
        return {**signed(message_id, payload, **options), "webhook-signature": "v1,AAAA"}

    monkeypatch.setattr(deliver_alerts, "signed_headers", unsigned)
    _, secret = await scene.webhook(receiver.url)
    alert = await scene.alert()
    await scene.delivered(alert.id)
    (request,) = receiver.of(alert.id)
    with pytest.raises(Exception, match="signature"):
        request.verified(secret)
