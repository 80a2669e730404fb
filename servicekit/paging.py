"""Page tokens on the wire: opaque, bound to their query and tenant, and signed.

The signature is what makes an invented or damaged token a clear error instead of a strange page.
Its key is made from the service's own identity key, so all replicas agree without another secret.
"""

import base64
import binascii
import hashlib
import hmac
import json
from typing import Any

from kernel.errors import InvalidPageToken
from kernel.pagination import PageRequest, effective_page_size

_SIGNATURE_BYTES = 12


class PageTokens:
    """Makes and reads the page tokens of one service."""

    def __init__(self, *, secret: bytes) -> None:
        self._key = hashlib.sha256(b"aos page tokens" + secret).digest()

    def read(self, request: Any, *, tenant: str) -> PageRequest:
        """What a list request asks for.

        Raises:
            InvalidPageToken: the token is damaged, or belongs to another query or tenant.
        """
        size = effective_page_size(request.page_size)
        if not request.page_token:
            return PageRequest(size=size)
        return PageRequest(size=size, after=self._after(request, tenant))

    def write(self, request: Any, after: tuple[str, ...] | None, *, tenant: str) -> str:
        """The token of the page that begins after this key; empty when there is none."""
        if after is None:
            return ""
        body = json.dumps(after, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(self._sign(request, tenant, body) + body).decode()

    def _after(self, request: Any, tenant: str) -> tuple[str, ...]:
        try:
            raw = base64.b64decode(request.page_token, altchars=b"-_", validate=True)
            signature, body = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
            if hmac.compare_digest(signature, self._sign(request, tenant, body)):
                return tuple(json.loads(body))
        except (binascii.Error, ValueError):
            pass
        raise InvalidPageToken(
            "The page_token does not belong to this query. Repeat the query of the page before "
            "with only the token changed, or start again without a token."
        )

    def _sign(self, request: Any, tenant: str, body: bytes) -> bytes:
        query = type(request)()
        query.CopyFrom(request)
        # The page size may change from page to page; everything else is the query.
        query.page_size = 0
        query.page_token = ""
        bound = query.SerializeToString(deterministic=True)
        text = b"\0".join((query.DESCRIPTOR.full_name.encode(), tenant.encode(), bound, body))
        return hmac.digest(self._key, text, "sha256")[:_SIGNATURE_BYTES]
