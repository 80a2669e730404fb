"""Signatures of webhooks, verified by an implementation that is not ours."""

from datetime import timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from kernel.clock import utc_now
from services.incidents.domain.webhook_signature import new_secret, signed_headers, written

pytestmark = pytest.mark.invariant("C-6")
BODY = '{"type":"alert.raised","data":{"title":"Über alles 🔔"}}'.encode()


def headers_of(*secrets: bytes, age: timedelta = timedelta()) -> dict[str, str]:
    return signed_headers("dlv_1", BODY, secret_keys=secrets, at=utc_now() - age)


def test_somebody_elses_implementation_believes_it() -> None:
    secret = new_secret()
    message = Webhook(written(secret)).verify(BODY, headers_of(secret))
    assert message["data"]["title"] == "Über alles 🔔"
    assert written(secret).startswith("whsec_")
    assert len(secret) == 32


def test_while_both_count_either_secret_verifies() -> None:
    old, new = new_secret(), new_secret()
    headers = headers_of(new, old)
    assert len(headers["webhook-signature"].split(" ")) == 2
    for secret in (old, new):
        Webhook(written(secret)).verify(BODY, headers)


@pytest.mark.parametrize("what", ["body", "id", "timestamp", "secret", "signature"])
def test_whatever_is_changed_is_noticed(what: str) -> None:
    secret = new_secret()
    headers, body, key = headers_of(secret), BODY, secret
    if what == "body":
        body = BODY.replace(b"alert", b"alarm")
    elif what == "id":
        headers["webhook-id"] = "dlv_2"
    elif what == "timestamp":
        headers["webhook-timestamp"] = str(int(headers["webhook-timestamp"]) + 1)
    elif what == "secret":
        key = new_secret()
    else:
        headers["webhook-signature"] = headers_of(new_secret())["webhook-signature"]
    with pytest.raises(WebhookVerificationError):
        Webhook(written(key)).verify(body, headers)


def test_an_old_message_is_refused_when_it_is_played_again() -> None:
    secret = new_secret()
    headers = headers_of(secret, age=timedelta(minutes=6))
    with pytest.raises(WebhookVerificationError, match="too old"):
        Webhook(written(secret)).verify(BODY, headers)
