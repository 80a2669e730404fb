"""Handles events exactly once in effect: inbox row, effect and announcements in one commit.

Deliveries may repeat, arrive out of order, or be forged; the process may die anywhere. What was not
committed comes again, what was committed is recognised, and what can never succeed ends in the
dead-letter table with its body, where a person can look at it and replay it.

What has arrived together for one tenant is handled in one transaction; if that does not go through,
each is handled by itself, so that nobody fails for a neighbour.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Generic, TypeVar

import nats
from nats.aio.msg import Msg
from opentelemetry import context
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from kernel.errors import ServiceError, Unavailable
from servicekit.events import Event, UndecodableEvent, parse
from servicekit.failpoints import failpoint
from servicekit.heartbeat import Heartbeat
from servicekit.inbox.burial import bury
from servicekit.inbox.order import Position, position_of
from servicekit.jetstream.connection import Bus
from servicekit.jetstream.pulling import pull
from servicekit.jetstream.topology import EVENTS_STREAM, ConsumerDeclaration
from servicekit.outbox.receipts import ReceiptSender
from servicekit.telemetry import metrics, tracing
from servicekit.telemetry.logging import get_logger
from servicekit.unit_of_work import UnitOfWork, UnitsOfWork

_log = get_logger("inbox")

Work = TypeVar("Work", bound=UnitOfWork)
Handler = Callable[[Event, Work], Awaitable[None]]

MAXIMUM_DELIVERIES = 8
# Delay before the next try, by how often it was tried; grows so that a short outage costs little
# and a long one no stampede.
DELAYS = (1.0, 2.0, 5.0, 15.0, 30.0, 60.0, 120.0)
# A predecessor is usually milliseconds behind, so a successor looks again soon.
_PREDECESSOR_DELAY_SECONDS = 0.2
# Beyond this a transaction holds its locks for longer than another commit would cost.
_TOGETHER = 16
# Two replicas that hold what the other one wants part quickly, and go on one by one.
_PART_QUICKLY = text("SELECT set_config('lock_timeout', '200ms', true)")


class EventConsumer(Generic[Work]):
    """Runs one declared consumer of this service."""

    def __init__(
        self,
        *,
        declaration: ConsumerDeclaration,
        handler: Handler[Work],
        units_of_work: UnitsOfWork[Work],
        bus: Bus,
    ) -> None:
        self.declaration = declaration
        self._handler = handler
        self._units_of_work = units_of_work
        self._tables = units_of_work.tables
        self._bus = bus
        self._receipts = ReceiptSender(consumer=declaration.name, bus=bus)
        self.heartbeat = Heartbeat()

    async def run(self) -> None:
        """Handle events until cancelled."""
        name = self.declaration.name
        async for messages in pull(
            self._bus, stream=EVENTS_STREAM, consumer=name, heartbeat=self.heartbeat
        ):
            done = [
                event for group in _groups(messages) for event in await self.deliver_group(group)
            ]
            await self._receipts.send(done)

    async def deliver_group(self, messages: Sequence[Msg]) -> list[Event]:
        """Handle what arrived together for one tenant; return those whose producers may rest."""
        self.heartbeat.beat()
        if len(messages) > 1:
            together = await self._deliver_together(messages)
            if together is not None:
                return together
        handled = [await self._alive(message) for message in messages]
        return [event for event in handled if event is not None]

    async def _deliver_together(self, messages: Sequence[Msg]) -> list[Event] | None:
        """All in one transaction, or None: then nothing has happened yet."""
        try:
            events = [parse(each.subject, each.headers, each.data) for each in messages]
            if not await self._handle_together(events):
                return None
        except Exception as error:  # noqa: BLE001 - who is to blame is found one by one
            _log.info("handling one by one", consumer=self.declaration.name, error=_sentence(error))
            return None
        failpoint("inbox.before_ack")
        await asyncio.gather(*(_answer(message.ack()) for message in messages))
        for _ in messages:
            self._count("done")
        return events

    async def _handle_together(self, events: Sequence[Event]) -> bool:
        """Whether each was due, and all are taken in."""
        async with self._units_of_work(events[0].tenant_id) as unit_of_work:
            await unit_of_work.connection.execute(_PART_QUICKLY)
            if self.declaration.ordered:
                for event in events:
                    if await self._handle_in(unit_of_work, event) is Position.EARLY:
                        return False
            else:
                for event in await self._take_in(unit_of_work, events):
                    await self._run_handler(event, unit_of_work)
            failpoint("inbox.before_commit")
            await unit_of_work.commit()
        return True

    async def _alive(self, message: Msg) -> Event | None:
        # A sign of life for each: a batch of slow ones would otherwise look like silence.
        self.heartbeat.beat()
        return await self.deliver(message)

    async def deliver(self, message: Msg) -> Event | None:
        """Handle one delivery and answer the bus; return the event if its producer may rest."""
        event: Event | None = None
        try:
            event = parse(message.subject, message.headers, message.data)
            position = await self.handle(event)
        except UndecodableEvent as error:
            buried = await self._bury(message, error)
            return event if buried else None
        except Unavailable as error:
            # Not the event's fault: an outage must never turn events into dead letters.
            await self._retry_later(message, error)
            return None
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is this event's fate
            buried = await self._fail(message, error)
            return event if buried else None
        if position is Position.EARLY:
            buried = await self._wait_for_predecessor(message, event)
            return event if buried else None
        failpoint("inbox.before_ack")
        await _answer(message.ack())
        self._count("done")
        return event

    async def handle(self, event: Event) -> Position:
        """Take the event in, once: the inbox row decides, in the transaction of the effect."""
        async with self._units_of_work(event.tenant_id) as unit_of_work:
            position = await self._handle_in(unit_of_work, event)
            if position is not Position.EARLY:
                failpoint("inbox.before_commit")
                await unit_of_work.commit()
            return position

    async def _handle_in(self, unit_of_work: Work, event: Event) -> Position:
        """Take the event in as part of a transaction, unless another has to come first."""
        position = Position.DUE
        if self.declaration.ordered:
            position = await position_of(
                unit_of_work.connection, self._tables, self.declaration.name, event
            )
        if position is Position.EARLY:
            return position
        new = await self._take_in(unit_of_work, [event])
        if new and position is Position.DUE:
            await self._run_handler(event, unit_of_work)
        return position

    async def _run_handler(self, event: Event, unit_of_work: Work) -> None:
        token = context.attach(tracing.extract({"traceparent": event.traceparent}))
        try:
            await self._handler(event, unit_of_work)
        finally:
            context.detach(token)

    async def _take_in(self, unit_of_work: Work, events: Sequence[Event]) -> list[Event]:
        """Keep that we have them; return those that are new to us, each once."""
        inbox = self._tables.inbox
        rows = [
            {
                "consumer": self.declaration.name,
                "event_id": event.event_id,
                "tenant_id": event.tenant_id,
            }
            for event in events
        ]
        statement = insert(inbox).on_conflict_do_nothing().returning(inbox.c.event_id)
        taken = set((await unit_of_work.connection.execute(statement, rows)).scalars())
        by_id = {event.event_id: event for event in events}
        return [event for name, event in by_id.items() if name in taken]

    async def _wait_for_predecessor(self, message: Msg, event: Event) -> bool:
        # Waiting for another event is no failure, but it must end: after as many tries as a
        # straggler of the producer's relay could need, somebody has to look.
        if message.metadata.num_delivered >= MAXIMUM_DELIVERIES * 10:
            error = ServiceError(f"The event before number {event.sequence} never came.")
            return await self._bury(message, error)
        await _answer(message.nak(delay=_PREDECESSOR_DELAY_SECONDS))
        return False

    async def _fail(self, message: Msg, error: Exception) -> bool:
        if message.metadata.num_delivered >= MAXIMUM_DELIVERIES:
            return await self._bury(message, error)
        await self._retry_later(message, error)
        return False

    async def _retry_later(self, message: Msg, error: Exception) -> None:
        deliveries = message.metadata.num_delivered
        _log.warning(
            "an event will be tried again",
            consumer=self.declaration.name,
            subject=message.subject,
            deliveries=deliveries,
            error=_sentence(error),
        )
        self._count("retry")
        await _answer(message.nak(delay=DELAYS[min(deliveries, len(DELAYS)) - 1]))

    async def _bury(self, message: Msg, error: Exception) -> bool:
        """Keep the event where a person finds it, then let the bus forget it.

        Its producer is told as well: it is in safe keeping, and sending it again helps nobody.
        """
        try:
            await bury(self._units_of_work, self.declaration.name, message, _sentence(error))
        except ServiceError as trouble:
            await self._retry_later(message, trouble)
            return False
        failpoint("inbox.before_term")
        _log.error(
            "an event is dead",
            consumer=self.declaration.name,
            subject=message.subject,
            error=_sentence(error),
        )
        self._count("dead")
        await _answer(message.term())
        return True

    def _count(self, outcome: str) -> None:
        metrics.events_handled.add(1, {"consumer": self.declaration.name, "outcome": outcome})


def _groups(messages: Sequence[Msg]) -> Iterator[Sequence[Msg]]:
    """Messages of one tenant each, in their order, a handful at a time."""
    by_tenant: dict[str, list[Msg]] = {}
    for message in messages:
        by_tenant.setdefault(message.subject.split(".")[2], []).append(message)
    for own in by_tenant.values():
        for start in range(0, len(own), _TOGETHER):
            yield own[start : start + _TOGETHER]


def _sentence(error: Exception) -> str:
    return str(error) or type(error).__name__


async def _answer(answer: Awaitable[None]) -> None:
    try:
        await answer
    except (nats.errors.Error, TimeoutError):
        # Unanswered, the event is delivered again and the inbox recognises it.
        _log.info("the bus was away when it was to be answered")
