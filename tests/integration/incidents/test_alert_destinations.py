"""Where alerts go: who may say so, what is refused, and what is secret."""

import base64
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from grpc import StatusCode
from standardwebhooks import WebhookVerificationError

from aos.incidents.v1 import alert_pb2, destination_pb2
from kernel.identifiers import new_id
from servicekit.sealing import Sealer
from tests.support.alerting import DEAD, HIGH, LOW, MEDIUM, AlertScene
from tests.support.plane import Plane
from tests.support.receivers import MailReceiver, WebReceiver
from tests.support.statuses import refusal
from tests.support.waiting import until

PUBLIC = "https://receiver.example.org/hook"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(telling_plane: Plane) -> Plane:
    """Incidents, and nobody else to be told of."""
    return telling_plane


@pytest_asyncio.fixture(loop_scope="session")
async def scene(plane: Plane) -> AlertScene:
    """A tenant that sends nothing anywhere yet."""
    return AlertScene(plane)


async def test_a_destination_is_made_read_changed_and_removed(
    plane: Plane, scene: AlertScene
) -> None:
    made, secret = await scene.webhook(PUBLIC, networks=())
    assert len(base64.b64decode(secret.removeprefix("whsec_"))) == 32
    read = (await scene.responder.call("GetDestination", destination_id=made.id)).destination
    assert read == made
    routing = destination_pb2.Routing(kinds=[alert_pb2.ALERT_KIND_INCIDENT], minimum_severity=HIGH)
    changed = (
        await scene.responder.call(
            "UpdateDestination",
            destination_id=made.id,
            name="another name",
            webhook=destination_pb2.WebhookTarget(url=f"{PUBLIC}/2"),
            routing=routing,
            disabled=True,
            etag=made.etag,
        )
    ).destination
    assert (changed.name, changed.disabled, changed.routing) == ("another name", True, routing)
    assert (changed.webhook.url, changed.secret_version) == (f"{PUBLIC}/2", 1)
    mailbox = await scene.mailbox("a@example.org", "b@example.org")
    listed = await scene.responder.every("ListDestinations", "destinations", size=1)
    assert listed == [mailbox, changed]
    told = await refusal(
        scene.responder.call("DeleteDestination", destination_id=made.id, etag=made.etag)
    )
    assert told.reason == "ETAG_MISMATCH"
    await scene.responder.call("DeleteDestination", destination_id=made.id, etag=changed.etag)
    listed = await scene.responder.every("ListDestinations", "destinations")
    assert listed == [mailbox]

    def entries() -> list[Any]:
        found = plane.logs.of(made.id)
        return found if len(found) == 3 else []

    types = {entry.event_type for entry in await until(entries)}
    assert types == {f"DESTINATION_{step}" for step in ("CREATED", "UPDATED", "DELETED")}
    kept = await plane.database.value(
        f"SELECT secret FROM incidents.alert_destinations WHERE id = '{made.id}'"
    )
    assert kept is None


async def test_a_secret_is_shown_once_and_kept_sealed(plane: Plane, scene: AlertScene) -> None:
    request_id = "11111111-2222-4333-8444-555555555555"
    target = destination_pb2.WebhookTarget(url=PUBLIC)
    fields: dict[str, Any] = {"name": "n", "webhook": target}
    made = await scene.responder.call("CreateDestination", request_id, **fields)
    again = await scene.responder.call("CreateDestination", request_id, **fields)
    assert (again.destination, again.secret) == (made.destination, "")
    raw = base64.b64decode(made.secret.removeprefix("whsec_"))
    tables = ("alert_destinations", "answers", "outbox", "log_intents")
    for table in tables:
        rows = await plane.database.fetch(f"SELECT t::text AS row FROM incidents.{table} t")
        assert rows
        for row in rows:
            assert made.secret not in row["row"]
            assert raw.hex() not in row["row"]
    (row,) = await plane.database.fetch(
        f"SELECT secret FROM incidents.alert_destinations WHERE id = '{made.destination.id}'"
    )
    sealer = _sealer(plane)
    place = (scene.tenant, made.destination.id, "1", "webhook")
    assert sealer.open(row["secret"], bound_to=place) == raw


def _sealer(plane: Plane) -> Sealer:
    found: Any = plane.services["incidents"].host._parts.on_stop
    sealer: Sealer = found.__self__.keep_destinations._seal
    return sealer


@pytest.mark.invariant("C-1")
@pytest.mark.parametrize(
    ("url", "networks", "field"),
    [
        ("http://169.254.169.254/latest", (), "webhook.url"),
        ("http://169.254.169.254/latest", ("169.254.0.0/16",), "webhook.allowed_networks[0]"),
        ("https://127.0.0.1/", (), "webhook.url"),
        ("https://10.0.0.1/", (), "webhook.url"),
        ("https://10.0.0.1/", ("10.1.0.0/16",), "webhook.url"),
        ("http://93.184.216.34/", (), "webhook.url"),
        ("http://93.184.216.34/", ("10.0.0.0/8",), "webhook.url"),
        ("https://[::1]/", (), "webhook.url"),
        ("https://localhost/", (), "webhook.url"),
        ("https://user:secret@example.org/", (), "webhook.url"),
        ("https://2130706433/", (), "webhook.url"),
        ("ftp://example.org/", (), "webhook.url"),
        ("nonsense", (), "webhook.url"),
        ("https://example.org/", ("10.0.0.0/8", "nonsense"), "webhook.allowed_networks[1]"),
        ("https://example.org/", ("0.0.0.0/0",), "webhook.allowed_networks[0]"),
        ("https://example.org/", ("10.0.0.1/8",), "webhook.allowed_networks[0]"),
    ],
)
async def test_an_address_that_leads_inside_is_refused_with_its_field(
    scene: AlertScene, url: str, networks: tuple[str, ...], field: str
) -> None:
    told = await refusal(scene.webhook(url, networks=networks))
    assert (told.code, [*told.fields]) == (StatusCode.INVALID_ARGUMENT, [field])
    made, _ = await scene.webhook(PUBLIC, networks=())
    told = await refusal(
        scene.responder.call(
            "UpdateDestination",
            destination_id=made.id,
            name="n",
            webhook=destination_pb2.WebhookTarget(url=url, allowed_networks=networks),
            etag=made.etag,
        )
    )
    assert [*told.fields] == [field]


@pytest.mark.parametrize(
    "recipient",
    [
        "nobody",
        "a@b@c",
        "a b@example.org",
        "a@example.org\r\nBcc: x@example.org",
        "a@example.org,b@example.org",
        "Anna <a@example.org>",
        "<a@example.org>",
        "a@exämple.org",
        "@example.org",
        "a@-example.org",
    ],
)
async def test_a_recipient_that_is_no_plain_address_is_refused(
    scene: AlertScene, recipient: str
) -> None:
    told = await refusal(scene.mailbox("fine@example.org", recipient))
    assert [*told.fields] == ["email.recipients[1]"]


async def test_a_template_with_a_field_that_there_is_not_is_refused(scene: AlertScene) -> None:
    template = destination_pb2.AlertTemplate(subject="{title}", body="{tenant.secrets}")
    told = await refusal(scene.mailbox("a@example.org", template=template))
    assert (told.code, [*told.fields]) == (StatusCode.INVALID_ARGUMENT, ["template.body"])
    assert "{tenant.secrets}" in told.message


@pytest.mark.gap("GAP-017")
async def test_alerts_go_where_their_kind_and_severity_are_wanted(
    scene: AlertScene, receiver: WebReceiver
) -> None:
    saga, breach = alert_pb2.ALERT_KIND_PARKED_SAGA, alert_pb2.ALERT_KIND_BREACH
    everything, _ = await scene.webhook(receiver.url)
    only_bad, _ = await scene.webhook(
        receiver.url, routing=destination_pb2.Routing(minimum_severity=HIGH)
    )
    only_breaches, _ = await scene.webhook(
        receiver.url, routing=destination_pb2.Routing(kinds=[breach])
    )
    mailbox = await scene.mailbox("a@example.org")

    async def goes_to(**fields: Any) -> set[str]:
        alert = await scene.alert(**fields)
        return {one.destination_id for one in await scene.deliveries(alert_id=alert.id)}

    assert await goes_to(kind=saga, severity=LOW) == {everything.id, mailbox.id}
    assert await goes_to(kind=saga, severity=HIGH) == {everything.id, only_bad.id, mailbox.id}
    assert await goes_to(kind=breach, severity=MEDIUM) == {
        everything.id,
        only_breaches.id,
        mailbox.id,
    }
    assert await goes_to(channels=[alert_pb2.ALERT_CHANNEL_EMAIL]) == {mailbox.id}
    assert await goes_to(channels=[alert_pb2.ALERT_CHANNEL_UI]) == set()


async def test_a_new_secret_counts_beside_the_old_one_for_as_long_as_is_asked_for(
    plane: Plane, scene: AlertScene, receiver: WebReceiver
) -> None:
    made, old = await scene.webhook(receiver.url)
    rotated = await scene.responder.call(
        "RotateDestinationSecret", destination_id=made.id, overlap_seconds=3600, etag=made.etag
    )
    new, after = rotated.secret, rotated.destination
    assert after.secret_version == 2
    assert after.previous_secret_expire_time.ToDatetime() - after.update_time.ToDatetime() == (
        timedelta(hours=1)
    )
    alert = await scene.alert()
    await scene.delivered(alert.id)
    (request,) = receiver.of(alert.id)
    assert request.verified(old) == request.verified(new)
    await plane.database.fetch(
        "UPDATE incidents.alert_destinations SET previous_secret_until = now() "
        f"WHERE id = '{made.id}'"
    )
    alert = await scene.alert()
    await scene.delivered(alert.id)
    (request,) = receiver.of(alert.id)
    request.verified(new)
    with pytest.raises(WebhookVerificationError):
        request.verified(old)


async def test_a_secret_that_others_know_counts_no_longer_at_once(
    scene: AlertScene, receiver: WebReceiver
) -> None:
    made, old = await scene.webhook(receiver.url)
    rotated = await scene.responder.call(
        "RotateDestinationSecret", destination_id=made.id, etag=made.etag
    )
    alert = await scene.alert()
    await scene.delivered(alert.id)
    (request,) = receiver.of(alert.id)
    request.verified(rotated.secret)
    with pytest.raises(WebhookVerificationError):
        request.verified(old)
    mailbox = await scene.mailbox("a@example.org")
    told = await refusal(
        scene.responder.call(
            "RotateDestinationSecret", destination_id=mailbox.id, etag=mailbox.etag
        )
    )
    assert told.reason == "ILLEGAL_DESTINATION_STEP"


@pytest.mark.invariant("C-4")
async def test_a_secret_in_another_row_does_not_open_and_nothing_is_sent(
    plane: Plane, scene: AlertScene, receiver: WebReceiver
) -> None:
    mine, _ = await scene.webhook(receiver.url)
    theirs, _ = await AlertScene(plane).webhook(receiver.url)
    await plane.database.fetch(
        "UPDATE incidents.alert_destinations SET secret = (SELECT secret FROM "
        f"incidents.alert_destinations WHERE id = '{theirs.id}') WHERE id = '{mine.id}'"
    )
    alert = await scene.alert()
    delivery = await scene.delivered(alert.id, state=DEAD)
    assert delivery.last_error == "A sealed secret does not open where it is kept."
    assert receiver.of(alert.id) == []


async def test_a_destination_is_tried_past_its_routing_and_past_everything_that_is_too_much(
    scene: AlertScene, receiver: WebReceiver, mail: MailReceiver
) -> None:
    await scene.settle(threshold=1, digest=3600)
    routing = destination_pb2.Routing(minimum_severity=HIGH)
    hook, secret = await scene.webhook(receiver.url, routing=routing)
    mailbox = await scene.mailbox("a@example.org", routing=routing)
    for _ in range(2):
        tried = await scene.responder.call("SendTestAlert", destination_id=hook.id)
        await scene.delivered(tried.alert.id)
        (request,) = receiver.of(tried.alert.id)
        assert request.verified(secret)["data"]["kind"] == "TEST"
    tried = await scene.responder.call("SendTestAlert", destination_id=mailbox.id)
    await scene.delivered(tried.alert.id)
    assert len(mail.about(tried.alert.id)) == 1
    # Tests are no weather.
    assert (await scene.alert()).held_back == 0


@pytest.mark.invariant("I-31")
async def test_destinations_and_deliveries_of_others_are_not_there(
    plane: Plane, scene: AlertScene, receiver: WebReceiver
) -> None:
    made, _ = await scene.webhook(receiver.url)
    alert = await scene.alert()
    delivery = await scene.delivered(alert.id)
    stranger = AlertScene(plane)
    target = destination_pb2.WebhookTarget(url=PUBLIC)
    calls: list[tuple[str, dict[str, Any]]] = [
        ("GetDestination", {}),
        ("UpdateDestination", {"name": "mine", "webhook": target, "etag": made.etag}),
        ("DeleteDestination", {"etag": made.etag}),
        ("RotateDestinationSecret", {"etag": made.etag}),
        ("SendTestAlert", {}),
    ]
    for method, fields in calls:
        for destination_id in (made.id, new_id("dst")):
            told = await refusal(
                stranger.responder.call(method, destination_id=destination_id, **fields)
            )
            assert (told.code, told.reason) == (StatusCode.NOT_FOUND, "DESTINATION_NOT_FOUND")
    for delivery_id in (delivery.id, new_id("dlv")):
        told = await refusal(stranger.responder.call("RedeliverDelivery", delivery_id=delivery_id))
        assert (told.code, told.reason) == (StatusCode.NOT_FOUND, "DELIVERY_NOT_FOUND")
    assert await stranger.deliveries(alert_id=alert.id) == []
    assert await stranger.deliveries(destination_id=made.id) == []
    await stranger.alert()
    assert len(receiver.requests) == 1


@pytest.mark.parametrize(
    ("method", "fields"),
    [
        ("ListDestinations", {}),
        ("GetDestination", {"destination_id": new_id("dst")}),
        ("SendTestAlert", {"destination_id": new_id("dst")}),
        ("DeleteDestination", {"destination_id": new_id("dst"), "etag": "1"}),
        ("CreateDestination", {"name": "n", "email": {"recipients": ["a@example.org"]}}),
        ("ListDeliveries", {}),
        ("RedeliverDelivery", {"delivery_id": new_id("dlv")}),
    ],
)
async def test_who_is_bound_to_a_project_sees_none(
    scene: AlertScene, method: str, fields: dict[str, Any]
) -> None:
    bound = scene.person("owner", project=new_id("prj"))
    told = await refusal(bound.call(method, **fields))
    assert told.reason == "PERMISSION_MISSING"


async def test_without_a_mail_server_nobody_is_promised_e_mail(
    plane: Plane, scene: AlertScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep: Any = plane.services["incidents"].host._parts.on_stop
    monkeypatch.setattr(keep.__self__.keep_destinations._mail, "_server", None)
    told = await refusal(scene.mailbox("a@example.org"))
    assert (told.code, told.reason) == (StatusCode.FAILED_PRECONDITION, "MAIL_NOT_CONFIGURED")
