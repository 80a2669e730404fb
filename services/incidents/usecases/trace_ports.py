"""What the examination of sealed traces needs of the outer ring."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from kernel.identifiers import TenantId, TraceId
from services.incidents.domain.trace_examination import TraceExamination
from services.incidents.domain.trace_material import RecordedStep
from services.incidents.usecases.ports import FindingRepository


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenRun:
    """A run, as far as its outputs are to be understood, and what its steps say."""

    goal: str
    policy_ids: tuple[str, ...]
    keeps_responses: bool
    synthetic_scenario_id: str
    # By their index; fails with Unavailable when activity does not answer.
    steps: AsyncIterator[RecordedStep]


class TraceDirectory(Protocol):
    """Activity, which knows what runs said."""

    async def __call__(
        self, tenant_id: TenantId, run_id: str, trace_id: TraceId
    ) -> SpokenRun | None:
        """Return a run with its trace; None if there is no such run.

        Raises:
            Unavailable: activity does not answer.
        """
        ...


class ExaminationRepository(Protocol):
    """Keeps sealed traces until they are examined."""

    async def add(self, examination: TraceExamination) -> None:
        """Keep a trace that waits; one that is known stays what it is."""
        ...

    async def examined_by_others(self, examination: TraceExamination) -> frozenset[int]:
        """Return the steps of its run in which others have found something."""
        ...

    async def renew(self, examination: TraceExamination, *, seconds: float) -> bool:
        """Keep what was taken on for longer; False if somebody else has it by now."""
        ...

    async def update(self, examination: TraceExamination) -> bool:
        """Keep what became of what was taken on; False if somebody else has it by now."""
        ...


class TraceUnitOfWork(Protocol):
    """One transaction of incidents, as far as it is about traces."""

    @property
    def examinations(self) -> ExaminationRepository:
        """The traces, as this transaction sees them."""
        ...

    @property
    def findings(self) -> FindingRepository:
        """The findings, as this transaction sees them."""
        ...

    def warn_of(self, given_up: TraceExamination) -> None:
        """Let a system record about a trace leave with this transaction."""
        ...

    async def commit(self) -> None:
        """Make the changes durable, together with their announcements."""
        ...


class OpenTraceUnitOfWork(Protocol):
    """Opens a transaction for a tenant."""

    def __call__(self, *tenants: str) -> AbstractAsyncContextManager[TraceUnitOfWork]:
        """Open it; it rolls back unless committed."""
        ...


# Due traces, at most so many, of none of these tenants; nobody else has them meanwhile.
ClaimExaminations = Callable[[int, Sequence[TenantId]], Awaitable[Sequence[TraceExamination]]]
