"""A run: one execution of an agent towards a goal."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kernel.identifiers import AgentId, ApiKeyId, ProjectId, RunId, TenantId
from services.activity.domain.errors import PhaseStatusInvariantError


class RunPhase(StrEnum):
    """Where a run is in its life."""

    CREATED = "CREATED"
    AUTHORIZED = "AUTHORIZED"
    EXECUTING = "EXECUTING"
    FINALIZING = "FINALIZING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


class RunStatus(StrEnum):
    """How a run is doing."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    RETRY = "retry"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    FAILED_POLICY = "failed_policy"
    CANCELLED = "cancelled"


class RunSource(StrEnum):
    """Who executes the steps of a run."""

    MANAGED = "managed"
    EXTERNAL = "external"
    OBSERVED = "observed"


# The database holds the same table as a CHECK; a test keeps the two equal.
ALLOWED_STATUSES: dict[RunPhase, frozenset[RunStatus]] = {
    RunPhase.CREATED: frozenset({RunStatus.QUEUED}),
    RunPhase.AUTHORIZED: frozenset({RunStatus.QUEUED, RunStatus.RETRY}),
    RunPhase.EXECUTING: frozenset({RunStatus.RUNNING, RunStatus.PAUSED}),
    RunPhase.FINALIZING: frozenset({RunStatus.RUNNING, RunStatus.PAUSED}),
    RunPhase.COMPLETED: frozenset({RunStatus.SUCCEEDED}),
    RunPhase.FAILED: frozenset({RunStatus.FAILED, RunStatus.FAILED_POLICY, RunStatus.CANCELLED}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One execution of an agent. It cannot be made with a status that its phase forbids."""

    id: RunId
    tenant_id: TenantId
    project_id: ProjectId
    agent_id: AgentId
    api_key_id: ApiKeyId | None
    actor_id: str
    session_id: str
    goal: str
    source: RunSource
    created_at: datetime
    updated_at: datetime
    phase: RunPhase = RunPhase.CREATED
    status: RunStatus = RunStatus.QUEUED
    started_at: datetime | None = None
    completed_at: datetime | None = None
    synthetic_scenario_id: str = ""
    revision: int = 1

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        if self.status not in ALLOWED_STATUSES[self.phase]:
            raise PhaseStatusInvariantError(
                f"A run in phase {self.phase} cannot be {self.status}.",
                metadata={"phase": self.phase, "status": self.status},
            )

    @property
    def is_synthetic(self) -> bool:
        """Whether a scenario or simulation made it."""
        return bool(self.synthetic_scenario_id)
