"""Pulls messages from a durable consumer as they come, and survives whatever happens to the bus.

The client's own ``fetch`` waits out its timeout to fill a batch, and has been seen to fall silent
after a server restart. Here a request asks for up to a hundred messages for two seconds; what has
arrived is handed out at once, and the server's word that the request is over (or its silence) leads
to the next one.
"""

import asyncio
import json
from collections.abc import AsyncIterator

import nats
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from servicekit.heartbeat import Heartbeat
from servicekit.jetstream.connection import Bus
from servicekit.telemetry.logging import get_logger

_log = get_logger("pull")
_BATCH = 100
_REQUEST_SECONDS = 2.0
# The server answers within the request's time; beyond this it is not listening any more.
_SILENCE_SECONDS = _REQUEST_SECONDS + 1.0
_RETRY_SECONDS = 0.5
_NO_RESPONDERS = "503"


class Pull:
    """One durable consumer on one stream, read in batches."""

    def __init__(self, *, bus: Bus, stream: str, consumer: str, heartbeat: Heartbeat) -> None:
        self._bus = bus
        self._api = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}"
        self._consumer = consumer
        self._heartbeat = heartbeat
        # Messages that the request under way may still bring.
        self._outstanding = 0

    async def batches(self) -> AsyncIterator[list[Msg]]:
        """Yield what has arrived, for ever; the heartbeat beats whenever the server answered."""
        while True:
            try:
                await self._bus.reconciled.wait()
                subscription = await self._bus.client.subscribe(self._bus.client.new_inbox())
                try:
                    async for messages in self._read(subscription):
                        yield messages
                finally:
                    await _forget(subscription)
            except (nats.errors.Error, OSError) as error:
                _log.info("pulling anew", consumer=self._consumer, error=str(error))
                await asyncio.sleep(_RETRY_SECONDS)

    async def _read(self, subscription: Subscription) -> AsyncIterator[list[Msg]]:
        self._outstanding = 0
        while True:
            if self._outstanding <= 0:
                await self._request(subscription)
            try:
                arrived = [await subscription.next_msg(timeout=_SILENCE_SECONDS)]
            except nats.errors.TimeoutError:
                self._outstanding = 0
                continue
            while subscription.pending_msgs:
                arrived.append(await subscription.next_msg())
            self._heartbeat.beat()
            messages = [message for message in arrived if not self._is_status(message)]
            if messages:
                yield messages

    async def _request(self, subscription: Subscription) -> None:
        request = {"batch": _BATCH, "expires": int(_REQUEST_SECONDS * 1_000_000_000)}
        await self._bus.client.publish(
            self._api, json.dumps(request).encode(), reply=subscription.subject
        )
        self._outstanding = _BATCH

    def _is_status(self, message: Msg) -> bool:
        """Whether the server speaks for itself; then the request is over."""
        status = (message.headers or {}).get("Status")
        if status is None:
            self._outstanding -= 1
            return False
        if status == _NO_RESPONDERS:
            raise nats.errors.Error("the consumer does not exist at the moment")
        self._outstanding = 0
        return True


async def _forget(subscription: Subscription) -> None:
    try:
        await subscription.unsubscribe()
    except nats.errors.Error:
        # The connection is gone, and the subscription with it.
        return


def pull(bus: Bus, *, stream: str, consumer: str, heartbeat: Heartbeat) -> AsyncIterator[list[Msg]]:
    """Read a durable consumer that exists already."""
    return Pull(bus=bus, stream=stream, consumer=consumer, heartbeat=heartbeat).batches()
