"""Events as they pass, for whoever looks on. Nothing is kept and nothing is promised.

What the relay publishes reaches plain subscribers as well as streams. A watcher that cannot keep
up, or that lost the bus in between, is told so and starts again from what is stored.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING

from nats.aio.msg import Msg

from kernel.errors import Exhausted, Unavailable
from servicekit.events import Event, UndecodableEvent, parse
from servicekit.jetstream.connection import Bus

if TYPE_CHECKING:
    from collections.abc import Iterator

# About a second of a very busy tenant.
_QUEUE_EVENTS = 1000


class Watcher:
    """One onlooker of one tenant's events."""

    def __init__(self, tenant_id: str) -> None:
        self.tenant_id = tenant_id
        self._events: asyncio.Queue[Event] = asyncio.Queue(_QUEUE_EVENTS)
        self._ended: Exhausted | Unavailable | None = None

    def give(self, event: Event) -> None:
        """Hand an event over, or end a watcher that is too slow."""
        try:
            self._events.put_nowait(event)
        except asyncio.QueueFull:
            self.end(Exhausted("This watcher is too slow. List again, then watch on."))

    def end(self, why: Exhausted | Unavailable) -> None:
        """Let the watcher end after what it has already."""
        self._ended = why

    async def next(self, *, seconds: float) -> Event | None:
        """The next event, or None after this time.

        Raises:
            Exhausted: the watcher was too slow.
            Unavailable: the bus was lost, and with it perhaps events.
        """
        if self._ended is not None and self._events.empty():
            raise self._ended
        try:
            return await asyncio.wait_for(self._events.get(), seconds)
        except TimeoutError:
            return None


class LiveEvents:
    """One service's own events, handed to the watchers of their tenants."""

    def __init__(self, *, bus: Bus, source: str) -> None:
        self._bus = bus
        self._subject = f"aos.v1.*.{source}.*"
        self._watchers: dict[str, set[Watcher]] = {}
        bus.on_lost(self._end_all)

    async def run(self) -> None:
        """Listen until cancelled."""
        await listen(self._bus, self._subject, self._hand_over)

    @contextmanager
    def watching(self, tenant_id: str) -> "Iterator[Watcher]":
        """A watcher for as long as the block lasts.

        Raises:
            Unavailable: without the bus there is nothing to see.
        """
        if not self._bus.client.is_connected:
            raise Unavailable("Changes cannot be watched at the moment. Retry shortly.")
        watcher = Watcher(tenant_id)
        self._watchers.setdefault(tenant_id, set()).add(watcher)
        try:
            yield watcher
        finally:
            mine = self._watchers[tenant_id]
            mine.discard(watcher)
            if not mine:
                del self._watchers[tenant_id]

    def _hand_over(self, event: Event) -> None:
        for watcher in self._watchers.get(event.tenant_id, ()):
            watcher.give(event)

    def _end_all(self) -> None:
        for watchers in self._watchers.values():
            for watcher in watchers:
                watcher.end(Unavailable("The event bus was lost. List again, then watch on."))


async def listen(bus: Bus, subject: str, hand_over: Callable[[Event], None]) -> None:
    """Hand over what passes until cancelled; the client subscribes again after each loss."""
    await bus.reconciled.wait()
    subscription = await bus.client.subscribe(subject)
    try:
        async for message in _messages(subscription):
            try:
                hand_over(parse(message.subject, message.headers, message.data))
            except UndecodableEvent:
                # Consumers find it in their stream, and bury it there.
                continue
    finally:
        await subscription.unsubscribe()


async def _messages(subscription: object) -> AsyncIterator[Msg]:
    async for message in subscription.messages:  # type: ignore[attr-defined]
        yield message
