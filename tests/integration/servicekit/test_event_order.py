"""Duplicates and disorder change nothing."""

import asyncio
import random
from typing import Any

import pytest

from kernel.identifiers import new_id
from servicekit.events import Event
from servicekit.inbox.consumer import EventConsumer
from servicekit.inbox.order import Position
from servicekit.unit_of_work import UnitOfWork, UnitsOfWork
from tests.support import specimen
from tests.support.databases import TestDatabase
from tests.support.pipeline import (
    history,
    sequences,
)

pytestmark = pytest.mark.usefixtures("empty_specimen")


def unbound_consumer(units: UnitsOfWork[UnitOfWork], *, ordered: bool) -> EventConsumer[UnitOfWork]:
    """A consumer whose deliveries the test makes by hand."""
    topology = specimen.topology(ordered=ordered)
    bus: Any = None
    return EventConsumer(
        declaration=topology.consumers[0],
        handler=specimen.note_effect,
        units_of_work=units,
        bus=bus,
    )


async def deliver_shuffled(
    consumer: EventConsumer[UnitOfWork], events: list[Event], seed: int
) -> None:
    """Deliver each event one to five times, in disorder; what is early comes again later."""
    dice = random.Random(seed)
    waiting = [event for event in events for _ in range(dice.randint(1, 5))]
    while waiting:
        dice.shuffle(waiting)
        waiting = [event for event in waiting if await consumer.handle(event) is Position.EARLY]


@pytest.mark.invariant("I-10")
async def test_duplicates_and_disorder_change_nothing(
    units: UnitsOfWork[UnitOfWork], specimen_database: TestDatabase
) -> None:
    seed = random.randrange(2**32)
    tenant = new_id("ten")
    events = history(tenant, aggregates=4, length=6)
    await deliver_shuffled(unbound_consumer(units, ordered=True), events, seed)
    expected = {f"thing-{number}": list(range(1, 7)) for number in range(4)}
    assert await sequences(specimen_database, tenant) == expected, f"seed {seed}"


@pytest.mark.invariant("I-10")
async def test_mutant_without_the_inbox_a_duplicate_takes_effect_again(
    units: UnitsOfWork[UnitOfWork],
    specimen_database: TestDatabase,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def always_new(*_: Any) -> bool:
        return True

    monkeypatch.setattr(EventConsumer, "_take_in", always_new)
    tenant = new_id("ten")
    events = history(tenant, aggregates=2, length=4)
    await deliver_shuffled(unbound_consumer(units, ordered=False), events, seed=7)
    seen = await sequences(specimen_database, tenant)
    assert sum(map(len, seen.values())) > len(events)


@pytest.mark.invariant("I-10")
async def test_mutant_without_the_order_check_disorder_shows(
    units: UnitsOfWork[UnitOfWork], specimen_database: TestDatabase
) -> None:
    tenant = new_id("ten")
    events = history(tenant, aggregates=2, length=6)
    await deliver_shuffled(unbound_consumer(units, ordered=False), events, seed=7)
    seen = await sequences(specimen_database, tenant)
    assert any(order != sorted(order) for order in seen.values())


async def test_two_replicas_taking_one_event_at_once_make_one_effect(
    units: UnitsOfWork[UnitOfWork], specimen_database: TestDatabase
) -> None:
    tenant = new_id("ten")
    event = history(tenant, aggregates=1, length=1)[0]
    consumers = [unbound_consumer(units, ordered=True) for _ in range(4)]
    await asyncio.gather(*(consumer.handle(event) for consumer in consumers))
    assert await sequences(specimen_database, tenant) == {"thing-0": [1]}
