"""What arrives together is handled together, and nobody fails for a neighbour."""

import pytest

from aosctl.engines.nats import EmbeddedNats
from kernel.identifiers import new_id
from servicekit.events import Event
from servicekit.inbox.consumer import EventConsumer
from servicekit.unit_of_work import UnitOfWork
from tests.support import specimen
from tests.support.databases import TestDatabase
from tests.support.pipeline import Pipeline, lost_and_doubled, quiet, running
from tests.support.waiting import until

pytestmark = pytest.mark.usefixtures("empty_specimen")
THINGS = 40


class PoisonedOnce:
    """Takes every event in, except that it fails for one as long as it is poisoned."""

    def __init__(self) -> None:
        self.poisoned = True
        self.victim = ""

    async def __call__(self, event: Event, unit_of_work: UnitOfWork) -> None:
        await specimen.note_effect(event, unit_of_work)
        self.victim = self.victim or event.aggregate_id
        if self.poisoned and event.aggregate_id == self.victim:
            raise ValueError("this one cannot be handled yet")


async def _publish_at_once(pipeline: Pipeline) -> None:
    """Let everything arrive before anybody reads it."""
    await pipeline.background.stop()
    await pipeline.make_things(new_id("ten"), THINGS)
    while await pipeline.relay.publish_batch():
        pass
    for name, loop in (
        ("relay", pipeline.relay.run),
        ("consumer", pipeline.consumer.run),
        ("receipts", pipeline.receipts.run),
    ):
        pipeline.background.start(name, loop)


async def _transactions(database: TestDatabase) -> int:
    return int(str(await database.value("SELECT count(DISTINCT xmin::text) FROM specimen.effects")))


async def test_a_handful_of_events_is_one_transaction(
    specimen_database: TestDatabase, nats: EmbeddedNats
) -> None:
    async with running(specimen_database, nats.url) as pipeline:
        await _publish_at_once(pipeline)
        await quiet(specimen_database)
    assert await lost_and_doubled(specimen_database) == (0, 0)
    assert await _transactions(specimen_database) < THINGS


async def test_one_that_fails_keeps_none_of_its_neighbours_waiting(
    specimen_database: TestDatabase, nats: EmbeddedNats
) -> None:
    handler = PoisonedOnce()
    async with running(specimen_database, nats.url, handler=handler) as pipeline:
        await _publish_at_once(pipeline)
        await until(lambda: _has(specimen_database, THINGS - 1))
        handler.poisoned = False
        await quiet(specimen_database)
    assert await lost_and_doubled(specimen_database) == (0, 0)


async def test_mutant_without_going_on_one_by_one_neighbours_wait_for_the_poisoned(
    specimen_database: TestDatabase, nats: EmbeddedNats, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []
    together = EventConsumer._deliver_together

    async def only_together(
        self: EventConsumer[UnitOfWork], messages: list[object]
    ) -> list[Event] | None:
        done = await together(self, messages)  # type: ignore[arg-type]
        tried.append(len(messages))
        return done or []

    monkeypatch.setattr(EventConsumer, "_deliver_together", only_together)
    async with running(specimen_database, nats.url, handler=PoisonedOnce()) as pipeline:
        await _publish_at_once(pipeline)
        await until(lambda: _everything_was_tried(tried))
        # The neighbours of the one that fails have no effect yet: they failed with it.
        assert await specimen.count(specimen_database, "effects") < THINGS - 1


async def _everything_was_tried(tried: list[int]) -> bool:
    return sum(tried) >= THINGS


async def _has(database: TestDatabase, number: int) -> bool:
    return await specimen.count(database, "effects") == number
