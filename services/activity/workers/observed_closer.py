"""Closes observed traces in the rhythm of a job."""

from kernel.clock import Clock
from kernel.errors import ServiceError
from servicekit.audit.gate import AuditGate
from servicekit.jobs import Job
from servicekit.telemetry.logging import get_logger
from servicekit.unit_of_work import UnitsOfWork
from services.activity.usecases.close_observed import close_observed, find_due
from services.activity.usecases.ports import UnitOfWork

_log = get_logger("observed")
_EVERY_SECONDS = 5.0
# What one replica closes in a few seconds; the rest is still due at the next turn.
_TRACES_AT_ONCE = 1000


class ObservedCloser:
    """The job that seals traces after their grace and ends runs whose root never came."""

    def __init__(
        self,
        *,
        units_of_work: UnitsOfWork[UnitOfWork],
        gate: AuditGate,
        clock: Clock,
        grace_seconds: float,
    ) -> None:
        self._units_of_work = units_of_work
        self._gate = gate
        self._clock = clock
        self._grace_seconds = grace_seconds

    @property
    def job(self) -> Job:
        """Closes what is due."""
        return Job(name="close_observed_traces", every_seconds=_EVERY_SECONDS, work=self.tick)

    async def tick(self) -> None:
        """Close what is due, each by itself: one that cannot be closed keeps none from it."""
        if self._gate.problem() is not None:
            return
        for key in await find_due(units_of_work=self._units_of_work, limit=_TRACES_AT_ONCE):
            try:
                await close_observed(
                    key,
                    units_of_work=self._units_of_work,
                    clock=self._clock,
                    grace_seconds=self._grace_seconds,
                )
            except ServiceError as error:
                _log.warning("a trace stays open", otel_trace=key[1].hex(), error=error.message)
