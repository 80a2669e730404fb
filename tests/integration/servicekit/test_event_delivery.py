"""Events take effect once, whatever happens to the bus and the processes."""

import asyncio
import os
import shutil
import signal
import sys
from pathlib import Path

import pytest

from aosctl.engines.nats import EmbeddedNats
from kernel.identifiers import new_id
from servicekit.database import Database
from tests.support import specimen
from tests.support.databases import TestDatabase
from tests.support.pipeline import (
    Pipeline,
    assemble,
    history,
    lost_and_doubled,
    quiet,
    running,
)
from tests.support.waiting import until

pytestmark = pytest.mark.usefixtures("empty_specimen")


ROOT = Path(__file__).parents[3]


async def test_an_event_makes_the_whole_way_round(
    specimen_database: TestDatabase, nats: EmbeddedNats
) -> None:
    async with running(specimen_database, nats.url) as pipeline:
        await pipeline.make_things(new_id("ten"), 50)
        await quiet(specimen_database)
    assert await lost_and_doubled(specimen_database) == (0, 0)


@pytest.mark.invariant("I-08")
@pytest.mark.parametrize("outage", ["killed", "paused", "stopped"])
async def test_an_outage_of_the_bus_loses_nothing_and_stalls_nobody(
    specimen_database: TestDatabase, nats: EmbeddedNats, outage: str
) -> None:
    async with running(specimen_database, nats.url) as pipeline:
        tenant = new_id("ten")
        await pipeline.make_things(tenant, 20)
        if outage == "paused":
            os.kill(nats.pid, signal.SIGSTOP)
        elif outage == "killed":
            os.kill(nats.pid, signal.SIGKILL)
        else:
            await nats.stop()
        # The change commits although nobody can hear of it: no call waits for the bus.
        await asyncio.wait_for(pipeline.make_things(tenant, 20), 10)
        if outage == "paused":
            os.kill(nats.pid, signal.SIGCONT)
        else:
            await nats.stop()
            await nats.start()
        await until(lambda: _taken(specimen_database, 40))
        # A receipt may have been lost with the bus; the reconciler asks for it again.
        await pipeline.republish_at_once()
        await quiet(specimen_database)
    assert await lost_and_doubled(specimen_database) == (0, 0)
    assert await specimen.count(specimen_database, "effects") == 40


async def _taken(database: TestDatabase, number: int) -> bool:
    return await specimen.count(database, "effects") == number


@pytest.mark.invariant("I-08")
async def test_mutant_a_client_that_gives_up_never_delivers_again(
    specimen_database: TestDatabase, nats: EmbeddedNats, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(specimen_database, nats.url) as pipeline:
        pipeline.bus.client.options["max_reconnect_attempts"] = 1
        await nats.stop()
        await until(lambda: pipeline.bus.client.is_closed)
        await nats.start()
        await pipeline.make_things(new_id("ten"), 1)
        await pipeline.relay.publish_batch()
        assert await specimen.count(specimen_database, "outbox", "published_at IS NULL") == 1


@pytest.mark.invariant("I-09")
async def test_the_whole_folder_of_the_bus_can_be_wiped(
    specimen_database: TestDatabase, nats: EmbeddedNats
) -> None:
    async with running(specimen_database, nats.url) as pipeline:
        await pipeline.make_things(new_id("ten"), 30)
        await quiet(specimen_database)
        await _publish_and_wipe(pipeline, nats)
        await pipeline.republish_at_once()
        await quiet(specimen_database)
    assert await lost_and_doubled(specimen_database) == (0, 0)
    assert await specimen.count(specimen_database, "effects") == 60


@pytest.mark.invariant("I-09")
async def test_mutant_without_receipts_what_the_bus_lost_is_lost(
    specimen_database: TestDatabase, nats: EmbeddedNats
) -> None:
    async with running(specimen_database, nats.url) as pipeline:
        await pipeline.make_things(new_id("ten"), 30)
        await quiet(specimen_database)
        await _publish_and_wipe(pipeline, nats)
        # Whoever trusts the bus's acknowledgement has nothing left to send again.
        await specimen_database.fetch_script("UPDATE specimen.outbox SET awaits = '{}'")
        await pipeline.republish_at_once()
        await quiet(specimen_database)
    lost, doubled = await lost_and_doubled(specimen_database)
    assert (lost, doubled) == (30, 0)


async def _publish_and_wipe(pipeline: Pipeline, nats: EmbeddedNats) -> None:
    """Let the bus acknowledge thirty events, and lose everything before anybody reads them."""
    await pipeline.background.stop()
    await pipeline.make_things(new_id("ten"), 30)
    while await pipeline.relay.publish_batch():
        pass
    await nats.stop()
    await asyncio.to_thread(shutil.rmtree, nats._folder / "jetstream")
    pipeline.bus.reconciled.clear()
    await nats.start()
    await asyncio.wait_for(pipeline.bus.reconciled.wait(), 20)
    for name, loop in (
        ("relay", pipeline.relay.run),
        ("consumer", pipeline.consumer.run),
        ("receipts", pipeline.receipts.run),
    ):
        pipeline.background.start(name, loop)


@pytest.mark.invariant("I-08")
@pytest.mark.usefixtures("impatient")
async def test_an_outage_of_the_database_makes_no_dead_letters(
    specimen_database: TestDatabase, nats: EmbeddedNats
) -> None:
    async with running(specimen_database, nats.url) as pipeline:
        await pipeline.make_things(new_id("ten"), 1)
        await quiet(specimen_database)
        await specimen_database.fetch_script(
            f"REVOKE CONNECT ON DATABASE {specimen_database.name} FROM aos_specimen"
        )
        try:
            await specimen_database.fetch_script(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE usename = 'aos_specimen'"
            )
            event = history(new_id("ten"), aggregates=1, length=1)[0]
            await pipeline.bus.jetstream.publish(event.subject, b"", headers=event.headers())
            info = await until(lambda: _redelivered(pipeline, 10))
            assert info
        finally:
            await specimen_database.fetch_script(
                f"GRANT CONNECT ON DATABASE {specimen_database.name} TO aos_specimen"
            )
        await until(lambda: specimen.count(specimen_database, "effects", "sequence = 1"))
    assert await specimen.count(specimen_database, "dead_letters") == 0


async def _redelivered(pipeline: Pipeline, times: int) -> bool:
    name = pipeline.consumer.declaration.name
    info = await pipeline.bus.jetstream.consumer_info("AOS_EVENTS", name)
    return bool(info.delivered and info.delivered.consumer_seq >= times)


CRASHES = ["relay.after_publish", "inbox.before_commit", "inbox.before_ack"]


@pytest.mark.resilience
@pytest.mark.invariant("I-07")
@pytest.mark.parametrize("failpoint", CRASHES)
async def test_a_crash_at_a_named_point_loses_nothing_and_doubles_nothing(
    specimen_database: TestDatabase, nats: EmbeddedNats, things: Database, failpoint: str
) -> None:
    bus = await specimen.connect(nats.url)
    maker = assemble(specimen_database, bus)
    await maker.make_things(new_id("ten"), 30)
    process = await _specimen_process(specimen_database, nats, FAILPOINTS=f"{failpoint}:1")
    assert await asyncio.wait_for(process.wait(), 30) == -signal.SIGKILL
    assert await specimen.count(specimen_database, "effects") < 30
    survivor = await _specimen_process(specimen_database, nats)
    try:
        await until(lambda: _all_done(specimen_database, maker))
    finally:
        survivor.terminate()
        await survivor.wait()
        await maker.background.stop()
        await maker.database.close()
        await bus.close()
    assert await lost_and_doubled(specimen_database) == (0, 0)


async def _all_done(database: TestDatabase, maker: Pipeline) -> bool:
    await maker.republish_at_once()
    return await specimen.count(database, "effects") == 30


async def _specimen_process(
    database: TestDatabase, nats: EmbeddedNats, **environment: str
) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.support.specimen_process",
        database.url_of("specimen"),
        nats.url,
        "relay,consumer,receipts",
        cwd=ROOT,
        env={**os.environ, **environment},
        stderr=asyncio.subprocess.DEVNULL,
    )
