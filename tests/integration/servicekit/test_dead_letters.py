"""What can never succeed ends where a person finds it."""

from typing import Any

import pytest

from aosctl.engines.nats import EmbeddedNats
from kernel.identifiers import new_id
from servicekit.events import Event
from servicekit.inbox import burial, dead_letters
from servicekit.inbox import consumer as consumer_module
from servicekit.unit_of_work import UnitOfWork
from tests.support import specimen
from tests.support.databases import TestDatabase
from tests.support.pipeline import (
    Pipeline,
    history,
    lost_and_doubled,
    quiet,
    running,
    sequences,
)
from tests.support.waiting import until

pytestmark = pytest.mark.usefixtures("empty_specimen")


async def _always_fails(_event: Event, _unit_of_work: UnitOfWork) -> None:
    raise ValueError("this handler cannot do it")


@pytest.mark.invariant("I-12")
@pytest.mark.usefixtures("impatient")
async def test_a_poison_event_ends_in_the_dead_letters_and_can_be_replayed_once(
    specimen_database: TestDatabase, nats: EmbeddedNats
) -> None:
    tenant = new_id("ten")
    async with running(specimen_database, nats.url, handler=_always_fails) as pipeline:
        (thing,) = await pipeline.make_things(tenant, 1)
        # The producer rests as well: buried is safely kept.
        await quiet(specimen_database)
    letter = (await specimen_database.fetch("SELECT * FROM specimen.dead_letters"))[0]
    assert letter["deliveries"] == consumer_module.MAXIMUM_DELIVERIES
    assert letter["error"] == "this handler cannot do it"
    assert letter["body"] == b"1"
    async with running(specimen_database, nats.url) as pipeline:
        waiting = await dead_letters.waiting(pipeline.database, specimen.KIT)
        assert [entry.event_id for entry in waiting] == [letter["event_id"]]
        await _replay(pipeline, letter["event_id"])
        with pytest.raises(Exception, match="no dead letter"):
            await _replay(pipeline, letter["event_id"])
    assert await sequences(specimen_database, tenant) == {thing: [1]}


async def _replay(pipeline: Pipeline, event_id: str) -> None:
    await dead_letters.replay(
        pipeline.database, specimen.KIT, consumer=pipeline.consumer, event_id=event_id
    )


@pytest.mark.invariant("I-12")
@pytest.mark.usefixtures("impatient")
async def test_mutant_a_consumer_that_only_ends_the_delivery_loses_the_event(
    specimen_database: TestDatabase, nats: EmbeddedNats, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def keep_nothing(*_: Any) -> None:
        return

    monkeypatch.setattr(consumer_module, "bury", keep_nothing)
    async with running(specimen_database, nats.url, handler=_always_fails) as pipeline:
        await pipeline.make_things(new_id("ten"), 1)
        await quiet(specimen_database)
    assert burial.bury is not keep_nothing
    assert await specimen.count(specimen_database, "dead_letters") == 0
    assert await lost_and_doubled(specimen_database) == (1, 0)


@pytest.mark.invariant("I-12")
async def test_what_is_no_event_is_buried_at_once(
    specimen_database: TestDatabase, nats: EmbeddedNats
) -> None:
    async with running(specimen_database, nats.url) as pipeline:
        await pipeline.bus.jetstream.publish("aos.v1.ten_forged.specimen.thing_made", b"\xff")
        await until(lambda: specimen.count(specimen_database, "dead_letters"))
    letter = (await specimen_database.fetch("SELECT * FROM specimen.dead_letters"))[0]
    assert (letter["tenant_id"], letter["body"]) == ("ten_forged", b"\xff")


async def test_an_event_under_another_tenants_subject_is_refused(
    specimen_database: TestDatabase, nats: EmbeddedNats
) -> None:
    event = history("ten_victim", aggregates=1, length=1)[0]
    async with running(specimen_database, nats.url) as pipeline:
        await pipeline.bus.jetstream.publish(
            "aos.v1.ten_thief.specimen.thing_made", b"", headers=event.headers()
        )
        await until(lambda: specimen.count(specimen_database, "dead_letters"))
    assert await specimen.count(specimen_database, "effects") == 0
