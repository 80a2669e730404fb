"""A periodic job runs on one replica at a time, and its outcome is visible."""

import asyncio

import pytest

from servicekit.database import Database
from servicekit.jobs import Job, JobRunner
from tests.support import specimen
from tests.support.databases import TestDatabase


def runner(things: Database, job: Job) -> JobRunner:
    return JobRunner(service="specimen", database=things, tables=specimen.KIT, jobs=[job])


async def row_of(database: TestDatabase, name: str) -> tuple[int, str]:
    rows = await database.fetch(
        "SELECT failures, last_error FROM specimen.jobs WHERE name = $1", name
    )
    return rows[0]["failures"], rows[0]["last_error"]


async def test_of_several_replicas_one_runs_a_job_at_a_time(things: Database) -> None:
    running, most, runs = 0, 0, 0

    async def work() -> None:
        nonlocal running, most, runs
        running += 1
        most, runs = max(most, running), runs + 1
        await asyncio.sleep(0.05)
        running -= 1

    job = Job(name="alone", every_seconds=0.0, work=work)
    replicas = [runner(things, job) for _ in range(3)]
    await asyncio.gather(*(replica.run_once(job) for replica in replicas))
    assert (most, runs) == (1, 1)


async def test_a_job_done_lately_by_another_replica_is_not_done_again(things: Database) -> None:
    runs = 0

    async def work() -> None:
        nonlocal runs
        runs += 1

    job = Job(name="hourly", every_seconds=3600.0, work=work)
    assert await runner(things, job).run_once(job)
    assert not await runner(things, job).run_once(job)
    assert runs == 1


async def test_failures_are_counted_told_and_forgotten_after_success(
    things: Database, specimen_database: TestDatabase
) -> None:
    fails = True

    async def work() -> None:
        if fails:
            raise ValueError("no paper in the printer")

    job = Job(name="flaky", every_seconds=0.0, work=work)
    for _ in range(2):
        await runner(things, job).run_once(job)
    assert await row_of(specimen_database, "flaky") == (2, "no paper in the printer")
    fails = False
    await runner(things, job).run_once(job)
    assert await row_of(specimen_database, "flaky") == (0, "")


async def test_a_job_that_fails_does_not_end_the_others(things: Database) -> None:
    done = asyncio.Event()

    async def fail() -> None:
        raise ValueError

    async def succeed() -> None:
        done.set()

    jobs = [
        Job(name="bad", every_seconds=0.01, work=fail),
        Job(name="good", every_seconds=0.01, work=succeed),
    ]
    both = JobRunner(service="specimen", database=things, tables=specimen.KIT, jobs=jobs)
    task = asyncio.create_task(both.run())
    try:
        await asyncio.wait_for(done.wait(), 10)
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
