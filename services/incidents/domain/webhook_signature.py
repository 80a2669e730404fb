"""Standard Webhooks 1.0: how a receiver knows that a message is ours, and not an old one again."""

import base64
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime

_PREFIX = "whsec_"
_SECRET_BYTES = 32


def new_secret() -> bytes:
    """A secret that nobody knows yet."""
    return secrets.token_bytes(_SECRET_BYTES)


def written(secret: bytes) -> str:
    """A secret in the form in which receivers get it."""
    return _PREFIX + base64.b64encode(secret).decode()


def signed_headers(
    message_id: str, payload: bytes, *, secret_keys: Sequence[bytes], at: datetime
) -> dict[str, str]:
    """The headers of a message, signed with every secret that counts."""
    timestamp = str(int(at.timestamp()))
    content = b".".join((message_id.encode(), timestamp.encode(), payload))
    signatures = [_signature(secret, content) for secret in secret_keys]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(signatures),
    }


def _signature(secret: bytes, content: bytes) -> str:
    return "v1," + base64.b64encode(hmac.digest(secret, content, "sha256")).decode()
