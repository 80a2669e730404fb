"""Periodic jobs: one replica at a time runs each, and everybody can see how it went."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.errors import ServiceError
from kernel.identifiers import PLANE_TENANT
from servicekit.audit.intents import system_intent
from servicekit.database import Database
from servicekit.heartbeat import Heartbeat
from servicekit.tables import KitTables
from servicekit.telemetry import metrics
from servicekit.telemetry.logging import get_logger

_log = get_logger("jobs")
# Replicas started together should not ask for the same lock in the same millisecond for ever.
_JITTER = 0.1
_PURPOSE = "jobs"
# The lock is held by an idle transaction while the job works elsewhere, so that it ends with the
# process; the role's usual patience with idle transactions is too short for that.
_TRY_LOCK = text(
    "SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0)), "
    "set_config('idle_in_transaction_session_timeout', '10min', true)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something to be done every so often."""

    name: str
    every_seconds: float
    work: Callable[[], Awaitable[object]]


class JobRunner:
    """Runs a service's jobs, each under an advisory lock of its own."""

    def __init__(
        self, *, service: str, database: Database, tables: KitTables, jobs: Sequence[Job]
    ) -> None:
        self._service = service
        self._database = database
        self._jobs_table = tables.jobs
        self._intents_table = tables.log_intents
        self.jobs = tuple(jobs)
        self.heartbeats = {job.name: Heartbeat() for job in jobs}

    async def run(self) -> None:
        """Run every job in its rhythm until cancelled."""
        async with asyncio.TaskGroup() as group:
            for job in self.jobs:
                group.create_task(self._repeat(job), name=f"job-{job.name}")

    async def _repeat(self, job: Job) -> None:
        while True:
            await self.run_once(job)
            self.heartbeats[job.name].beat()
            jitter = 1 + random.uniform(-_JITTER, _JITTER)  # noqa: S311 - no secret depends on it
            await asyncio.sleep(job.every_seconds * jitter)

    async def run_once(self, job: Job) -> bool:
        """Run the job now unless another replica is at it or did it within half its period."""
        try:
            async with self._database.transaction(PLANE_TENANT, purpose=_PURPOSE) as connection:
                name = f"aos-job-{self._service}-{job.name}"
                if not (await connection.execute(_TRY_LOCK, {"name": name})).scalar_one():
                    return False
                if await self._is_recent(connection, job):
                    return False
                await self._run_and_note(connection, job)
                await connection.commit()
        except ServiceError as error:
            _log.warning("a job could not run", job=job.name, error=error.message)
            return False
        return True

    async def _is_recent(self, connection: AsyncConnection, job: Job) -> bool:
        jobs = self._jobs_table
        age = func.extract("epoch", func.clock_timestamp() - jobs.c.last_run_at)
        statement = select(age).where(jobs.c.name == job.name)
        seconds = (await connection.execute(statement)).scalar_one_or_none()
        return seconds is not None and float(seconds) < job.every_seconds / 2

    async def _run_and_note(self, connection: AsyncConnection, job: Job) -> None:
        started, problem = time.monotonic(), ""
        try:
            await job.work()
        except Exception as error:  # noqa: BLE001 - a failing job must not end the others
            problem = str(error) or type(error).__name__
            _log.error("a job failed", job=job.name, exc_info=error)
        seconds = time.monotonic() - started
        outcome = "failed" if problem else "done"
        metrics.job_duration.record(seconds, {"job": job.name, "outcome": outcome})
        jobs = self._jobs_table
        values = {
            "last_run_at": func.clock_timestamp(),
            "last_duration_ms": round(seconds * 1000),
            "last_error": problem[:500],
        }
        statement = insert(jobs).values(name=job.name, failures=int(bool(problem)), **values)
        statement = statement.on_conflict_do_update(
            index_elements=[jobs.c.name],
            set_={**values, "failures": jobs.c.failures + 1 if problem else 0},
        )
        await connection.execute(statement)
        if problem:
            # The record of a failure must not depend on the log file of one replica.
            intent = system_intent(
                component="SCHEDULER",
                event_type="JOB_FAILURE",
                severity="WARN",
                summary=f"The job {job.name} failed: {problem}",
            )
            await connection.execute(insert(self._intents_table), intent.row())
