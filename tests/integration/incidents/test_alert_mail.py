"""E-mail, handed over to a real mail server: present, slow, refusing."""

import pytest
import pytest_asyncio

from aos.incidents.v1 import destination_pb2
from tests.support.alerting import DEAD, HIGH, AlertScene
from tests.support.plane import Plane
from tests.support.receivers import MailReceiver

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


async def test_an_e_mail_arrives_once_for_all_recipients(
    scene: AlertScene, mail: MailReceiver
) -> None:
    await scene.mailbox("a@example.org", "b@example.org")
    alert = await scene.alert(title="Ein Lauf wartet: Größe 7", severity=HIGH)
    delivery = await scene.delivered(alert.id)
    (message,) = mail.about(alert.id)
    assert message["Subject"] == "[HIGH] Ein Lauf wartet: Größe 7"
    assert (message["From"], message["To"]) == (
        "aos@plane.example",
        "a@example.org, b@example.org",
    )
    assert message["X-Envelope-To"] == "a@example.org,b@example.org"
    assert message["Message-ID"] == f"<{delivery.id}@plane.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert "PARKED_SAGA, HIGH" in message.get_content()


async def test_a_template_writes_it_and_nothing_ends_its_subject_early(
    scene: AlertScene, mail: MailReceiver
) -> None:
    template = destination_pb2.AlertTemplate(subject="AOS {severity}: {title}", body="See {id}")
    await scene.mailbox("a@example.org", template=template)
    alert = await scene.alert(title="It\r\nBcc: everybody@example.org\r\n\r\nIt", severity=HIGH)
    await scene.delivered(alert.id)
    (message,) = mail.about(alert.id)
    assert message["Subject"] == "AOS HIGH: It Bcc: everybody@example.org It"
    assert message["Bcc"] is None
    assert message["X-Envelope-To"] == "a@example.org"
    assert message.get_content().strip() == f"See {alert.id}"


async def test_a_mail_server_that_hangs_is_a_recorded_failure_and_nothing_is_sent_twice(
    scene: AlertScene, mail: MailReceiver
) -> None:
    await scene.mailbox("a@example.org")
    mail.open.clear()
    try:
        alert = await scene.alert()
        (delivery, *_) = await scene.tried()
        assert delivery.attempts[0].error == "The mail server did not answer in time."
    finally:
        mail.open.set()
    await scene.delivered(alert.id)
    assert len(mail.about(alert.id)) == 1


async def test_a_mail_server_that_refuses_some_has_delivered_and_one_that_refuses_all_has_not(
    scene: AlertScene, mail: MailReceiver
) -> None:
    mail.refuses = {"no@example.org": "550 no such user", "later@example.org": "450 busy"}
    await scene.mailbox("a@example.org", "no@example.org")
    alert = await scene.alert()
    delivery = await scene.delivered(alert.id)
    assert delivery.attempts[0].error == "It does not take 1 of the recipients."
    assert len(mail.about(alert.id)) == 1
    nobody = AlertScene(scene.plane)
    await nobody.mailbox("no@example.org")
    dead = await nobody.delivered((await nobody.alert()).id, state=DEAD)
    assert [one.status_code for one in dead.attempts] == [550]
    busy = AlertScene(scene.plane)
    await busy.mailbox("later@example.org")
    dead = await busy.delivered((await busy.alert()).id, state=DEAD)
    assert [one.status_code for one in dead.attempts] == [450] * TRIES
