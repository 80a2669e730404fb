"""What sessions need of the outside.

Questions, decisions and steps are handed through as they came: they are the hottest path there is,
and nothing here looks into them but for what is named.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from kernel.identifiers import RunId, TenantId, TraceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Obeyed:
    """What the holder of a run last said it obeyed."""

    epoch: int
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """A session's wish to go on executing a run."""

    tenant_id: TenantId
    run_id: RunId
    session_id: str
    lasting: timedelta


class HolderRepository(Protocol):
    """Keeps who executes which run."""

    async def take(
        self, tenant_id: TenantId, run_id: RunId, session_id: str, lasting: timedelta
    ) -> bool:
        """Hold a run that nobody else holds; False if somebody does."""
        ...

    async def renew(
        self, tenant_id: TenantId, run_ids: Sequence[RunId], session_id: str, lasting: timedelta
    ) -> set[RunId]:
        """Hold runs for longer; those that are somebody else's by now are left out."""
        ...

    async def release(self, tenant_id: TenantId, run_ids: Sequence[RunId], session_id: str) -> None:
        """Let go of runs, so that another session may hold them at once."""
        ...

    async def obey(self, tenant_id: TenantId, run_id: RunId, session_id: str, epoch: int) -> None:
        """Keep that the holder has obeyed what the gate says since this epoch."""
        ...

    async def obeyed(self, tenant_id: TenantId, run_id: RunId) -> Obeyed | None:
        """Return what the run's holder last said it obeyed; None if nobody ever held it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision, on disk."""

    lets_step_happen: bool
    # Whether the run is over by it.
    ends_run: bool
    epoch: int
    message: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a recorded step stands."""

    index: int
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GateNow:
    """How a gate stands."""

    run_id: RunId
    state: str
    epoch: int
    reason: str
    changed_at: datetime
    message: Any
    # Who or what moved it last.
    changed_by: str = ""

    @property
    def is_open(self) -> bool:
        """Whether the run may take steps."""
        return self.state == "OPEN"


class StepDesk(Protocol):
    """Policies and activity, as steps ask them."""

    async def admit(self, tenant_id: TenantId, question: Any) -> Decided:
        """Ask whether a step may happen."""
        ...

    async def was_admitted(self, tenant_id: TenantId, run_id: RunId, step_id: str) -> bool:
        """Say whether a step was ever admitted."""
        ...

    async def record(self, tenant_id: TenantId, trace_id: TraceId, step: Any) -> Place:
        """Keep what a step came to."""
        ...

    async def record_blocked(self, tenant_id: TenantId, trace_id: TraceId, question: Any) -> None:
        """Keep that a step was asked for and did not happen."""
        ...

    async def settle(self, tenant_id: TenantId, run_id: RunId, step: Any) -> bool:
        """Book what a step has used; say whether it came too late to change anything else."""
        ...

    async def gates(self, tenant_id: TenantId, run_ids: Sequence[RunId]) -> Mapping[RunId, GateNow]:
        """Return how gates stand; unknown ones are left out."""
        ...

    async def beat(self, tenant_id: TenantId, run_ids: Sequence[RunId]) -> None:
        """Pass on signs of life."""
        ...
