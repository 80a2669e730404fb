"""Serves StatusService: how this service is doing, for operators and their tools."""

from contextlib import suppress
from datetime import datetime
from typing import Any

from google.protobuf.duration_pb2 import Duration
from sqlalchemy import select

from aos.system.v1 import status_pb2, status_service_pb2, status_service_pb2_grpc
from kernel.errors import Unavailable
from servicekit.database import Database
from servicekit.guard.boot_guard import BootGuard
from servicekit.guard.database_checks import OWN
from servicekit.outbox.relay import lag_seconds
from servicekit.tables import KitTables


class StatusService(status_service_pb2_grpc.StatusServiceServicer):
    """Answers from the guard's last verdict and the job table."""

    def __init__(
        self,
        *,
        service: str,
        version: str,
        started: datetime,
        guard: BootGuard,
        database: Database,
        tables: KitTables,
    ) -> None:
        self._service = service
        self._version = version
        self._started = started
        self._guard = guard
        self._database = database
        self._tables = tables

    async def GetStatus(self, _request: Any, _context: Any) -> Any:  # noqa: N802 - the contract's
        """Tell everything an operator asks first."""
        problems = self._guard.problems()
        status = status_pb2.ServiceStatus(
            service=self._service, version=self._version, accepts_runs=not problems
        )
        status.start_time.FromDatetime(self._started)
        for name in sorted({check.name for check in self._guard.checks} | problems.keys()):
            problem = problems.get(name, "")
            status.checks.add(name=name, holds=not problem, problem=problem)
        # An outage of the database must not keep anybody from reading which check names it.
        with suppress(Unavailable):
            await self._add_what_is_stored(status)
        return status_service_pb2.GetStatusResponse(status=status)

    async def _add_what_is_stored(self, status: status_pb2.ServiceStatus) -> None:
        await self._add_jobs(status)
        lag = await lag_seconds(self._database, self._tables)
        if lag is not None:
            status.outbox_lag.FromMilliseconds(round(lag * 1000))

    async def _add_jobs(self, status: status_pb2.ServiceStatus) -> None:
        jobs = self._tables.jobs
        async with self._database.transaction(OWN, read_only=True) as connection:
            rows = (await connection.execute(select(jobs).order_by(jobs.c.name))).all()
        for row in rows:
            duration = Duration()
            duration.FromMilliseconds(row.last_duration_ms)
            job = status.jobs.add(
                name=row.name,
                last_duration=duration,
                consecutive_failures=row.failures,
                last_error=row.last_error,
            )
            if row.last_run_at is not None:
                job.last_run_time.FromDatetime(row.last_run_at)
