"""Webhooks: one post to an address that a tenant has chosen."""

import asyncio
from datetime import timedelta

import httpx2

from kernel.errors import InvalidField
from servicekit.egress import Egress, EgressRefused
from servicekit.failpoints import failpoint
from servicekit.version import VERSION
from services.incidents.domain.alert_message import Post
from services.incidents.domain.delivery import Answer
from services.incidents.domain.destination import WebhookTarget

_SUCCESSES, _REDIRECTS = range(200, 300), range(300, 400)
# The receiver says that it will never want this again.
_GONE = 410
_READ_BYTES = 65_536


class HttpWebhooks:
    """Posts, and looks at where is to be posted to."""

    def __init__(self, *, egress: Egress, connect_seconds: float, seconds: float) -> None:
        self._egress = egress
        self._timeout = httpx2.Timeout(seconds, connect=connect_seconds)
        self._seconds = seconds

    async def inspect(self, target: WebhookTarget) -> None:
        """Refuse an address to which nothing may be sent.

        Raises:
            InvalidField: it is private, ambiguous, or no address.
        """
        for place, network in enumerate(target.allowed_networks):
            self._require_permitted(f"webhook.allowed_networks[{place}]", network)
        try:
            await self._egress.inspect(target.url, allowed=target.allowed_networks)
        except EgressRefused as error:
            raise InvalidField.named("webhook.url", str(error)) from None

    def _require_permitted(self, field: str, network: str) -> None:
        try:
            permitted = self._egress.permits(network)
        except ValueError:
            raise InvalidField.named(field, "is not a network like 10.1.0.0/16") from None
        if not permitted:
            raise InvalidField.named(field, "is not one that this installation lets be reached")

    async def __call__(self, post: Post) -> Answer:
        """Post once; whatever comes of it is an answer, and none of it quotes the receiver."""
        try:
            async with asyncio.timeout(self._seconds):
                return await self._post(post)
        except EgressRefused as error:
            return Answer(delivered=False, error=str(error))
        except (TimeoutError, httpx2.TimeoutException):
            return Answer(delivered=False, error="It did not answer in time.")
        except httpx2.ProtocolError:
            return Answer(delivered=False, error="What it answered is not HTTP.")
        except (httpx2.TransportError, OSError):
            return Answer(delivered=False, error="It could not be reached.")

    async def _post(self, post: Post) -> Answer:
        headers = {
            "content-type": "application/json",
            "user-agent": f"aos/{VERSION}",
            "accept-encoding": "identity",
            **post.headers,
        }
        async with (
            self._egress.client(
                post.url, allowed=post.allowed_networks, timeout=self._timeout
            ) as client,
            client.stream("POST", post.url, content=post.body, headers=headers) as response,
        ):
            await _read_some(response)
            failpoint("webhook.after_post")
            return _answer(response)


async def _read_some(response: httpx2.Response) -> None:
    """Let a receiver finish that says more than its status, as long as it is not too much."""
    read = 0
    async for part in response.aiter_raw():
        read += len(part)
        if read > _READ_BYTES:
            return


def _answer(response: httpx2.Response) -> Answer:
    status = response.status_code
    if status in _SUCCESSES:
        return Answer(delivered=True, status_code=status)
    followed = "; redirects are not followed" if status in _REDIRECTS else ""
    return Answer(
        delivered=False,
        status_code=status,
        error=f"It answered {status}{followed}.",
        is_final=status == _GONE,
        retry_after=_retry_after(response.headers.get("retry-after", "")),
    )


def _retry_after(text: str) -> timedelta:
    seconds = int(text) if text.isascii() and text.isdigit() and len(text) < len("1000000") else 0
    return timedelta(seconds=seconds)
