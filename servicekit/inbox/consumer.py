"""Handles events exactly once in effect: inbox row, effect and announcements in one commit.

Deliveries may repeat, arrive out of order, or be forged; the process may die anywhere. What was not
committed comes again, what was committed is recognised, and what can never succeed ends in the
dead-letter table with its body, where a person can look at it and replay it.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any, Generic

import nats
from nats.aio.msg import Msg
from opentelemetry import context
from sqlalchemy.dialects.postgresql import insert

from kernel.errors import ServiceError, Unavailable
from servicekit.events import Event, UndecodableEvent, parse
from servicekit.failpoints import failpoint
from servicekit.heartbeat import Heartbeat
from servicekit.inbox.order import Position, position_of
from servicekit.jetstream.connection import Bus
from servicekit.jetstream.pulling import pull
from servicekit.jetstream.topology import EVENTS_STREAM, ConsumerDeclaration
from servicekit.outbox.receipts import ReceiptSender
from servicekit.telemetry import metrics, tracing
from servicekit.telemetry.logging import get_logger
from servicekit.unit_of_work import UnitsOfWork, Work

_log = get_logger("inbox")

Handler = Callable[[Event, Work], Awaitable[None]]

MAXIMUM_DELIVERIES = 8
# Delay before the next try, by how often it was tried; grows so that a short outage costs little
# and a long one no stampede.
_DELAYS = (1.0, 2.0, 5.0, 15.0, 30.0, 60.0, 120.0)
# A predecessor is usually milliseconds behind, so a successor looks again soon.
_PREDECESSOR_DELAY_SECONDS = 0.2


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
            done: dict[str, list[str]] = {}
            for message in messages:
                event = await self.deliver(message)
                if event is not None:
                    done.setdefault(event.source, []).append(event.event_id)
            await self._receipts.send(done)

    async def deliver(self, message: Msg) -> Event | None:
        """Handle one delivery and answer the bus; return the event if its effect is committed."""
        deliveries = message.metadata.num_delivered
        try:
            event = parse(message.subject, message.headers, message.data)
            position = await self.handle(event)
        except UndecodableEvent as error:
            await self._bury(message, error, deliveries=deliveries)
            return None
        except Unavailable as error:
            # Not the event's fault: an outage must never turn events into dead letters.
            await self._retry_later(message, error, _DELAYS[min(deliveries, len(_DELAYS)) - 1])
            return None
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is this event's fate
            await self._fail(message, error, deliveries)
            return None
        if position is Position.EARLY:
            await self._wait_for_predecessor(message, event, deliveries)
            return None
        failpoint("inbox.before_ack")
        await _answer(message.ack())
        metrics.events_handled.add(1, {"consumer": self.declaration.name, "outcome": "done"})
        return event

    async def handle(self, event: Event) -> Position:
        """Take the event in, once: the inbox row decides, in the transaction of the effect."""
        token = context.attach(tracing.extract({"traceparent": event.traceparent}))
        try:
            async with self._units_of_work(event.tenant_id) as unit_of_work:
                position = Position.DUE
                if self.declaration.ordered:
                    position = await position_of(
                        unit_of_work.connection, self._tables, self.declaration.name, event
                    )
                if position is Position.EARLY:
                    return position
                is_new = await self._take_in(unit_of_work, event)
                if is_new and position is Position.DUE:
                    await self._handler(event, unit_of_work)
                failpoint("inbox.before_commit")
                await unit_of_work.commit()
                return position
        finally:
            context.detach(token)

    async def _take_in(self, unit_of_work: Work, event: Event) -> bool:
        inbox = self._tables.inbox
        statement = (
            insert(inbox)
            .values(
                consumer=self.declaration.name,
                event_id=event.event_id,
                tenant_id=event.tenant_id,
            )
            .on_conflict_do_nothing()
        )
        result = await unit_of_work.connection.execute(statement)
        return bool(result.rowcount)

    async def _wait_for_predecessor(self, message: Msg, event: Event, deliveries: int) -> None:
        # Waiting for another event is no failure, but it must end: after as many tries as the relay
        # of the producer needs to publish a straggler, somebody has to look.
        if deliveries >= MAXIMUM_DELIVERIES * 10:
            error = ServiceError(f"The event before number {event.sequence} never came.")
            await self._bury(message, error, deliveries=deliveries)
            return
        await _answer(message.nak(delay=_PREDECESSOR_DELAY_SECONDS))

    async def _fail(self, message: Msg, error: Exception, deliveries: int) -> None:
        if deliveries >= MAXIMUM_DELIVERIES:
            await self._bury(message, error, deliveries=deliveries)
            return
        await self._retry_later(message, error, _DELAYS[min(deliveries, len(_DELAYS)) - 1])

    async def _retry_later(self, message: Msg, error: Exception, delay: float) -> None:
        _log.warning(
            "an event will be tried again",
            consumer=self.declaration.name,
            subject=message.subject,
            deliveries=message.metadata.num_delivered,
            error=str(error) or type(error).__name__,
        )
        metrics.events_handled.add(1, {"consumer": self.declaration.name, "outcome": "retry"})
        await _answer(message.nak(delay=delay))

    async def _bury(self, message: Msg, error: Exception, *, deliveries: int) -> None:
        """Keep the event where a person finds it, then let the bus forget it."""
        headers = dict(message.headers or {})
        row = {
            "consumer": self.declaration.name,
            "event_id": headers.get("ce-id") or f"stream-{message.metadata.sequence.stream}",
            # A forged subject may hold what no tenant is called; the letter is kept all the same.
            "tenant_id": message.subject.split(".")[2].replace(",", "_"),
            "subject": message.subject,
            "headers": json.dumps(headers),
            "body": message.data,
            "error": (str(error) or type(error).__name__)[:2000],
            "deliveries": deliveries,
        }
        try:
            await self._write_dead_letter(row)
        except ServiceError as trouble:
            await self._retry_later(message, trouble, _DELAYS[-1])
            return
        failpoint("inbox.before_term")
        _log.error("an event is dead", **{name: row[name] for name in _LOGGED})
        metrics.events_handled.add(1, {"consumer": self.declaration.name, "outcome": "dead"})
        await _answer(message.term())
        await self._confirm_burial(headers)

    async def _write_dead_letter(self, row: dict[str, Any]) -> None:
        statement = insert(self._tables.dead_letters).values(row).on_conflict_do_nothing()
        async with self._units_of_work(row["tenant_id"]) as unit_of_work:
            await unit_of_work.connection.execute(statement)
            await unit_of_work.commit()

    async def _confirm_burial(self, headers: dict[str, str]) -> None:
        # The producer is told as well: the event is in safe keeping, sending it again helps nobody.
        producer = headers.get("ce-source", "").removeprefix("//aos/")
        if producer and headers.get("ce-id"):
            await self._receipts.send({producer: [headers["ce-id"]]})


_LOGGED = ("consumer", "event_id", "subject", "error", "deliveries")


async def _answer(answer: Awaitable[None]) -> None:
    try:
        await answer
    except (TimeoutError, nats.errors.Error):
        # Unanswered, the event is delivered again and the inbox recognises it.
        _log.info("the bus was away when it was to be answered")
