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


class RiskLevel(StrEnum):
    """How a run stands with its limits and policies."""

    NORMAL = "NORMAL"
    NEAR_THRESHOLD = "NEAR_THRESHOLD"
    AT_RISK = "AT_RISK"
    VIOLATED = "VIOLATED"


class TerminationReason(StrEnum):
    """Why a run is over."""

    COMPLETED = "COMPLETED"
    POLICY_BLOCK = "POLICY_BLOCK"
    BUDGET_EXCEEDED = "BUDGET_EXCEEDED"
    RATE_LIMITED = "RATE_LIMITED"
    TIMEOUT = "TIMEOUT"
    SYSTEM_FAILURE = "SYSTEM_FAILURE"
    USER_ABORT = "USER_ABORT"


class EvidenceHealth(StrEnum):
    """Whether everything that must be kept of a run is on disk."""

    COMPLETE = "COMPLETE"
    INCOMPLETE = "INCOMPLETE"


class IntegrityStatus(StrEnum):
    """Whether what is kept of a run matches its hashes."""

    VERIFIED = "VERIFIED"
    BROKEN = "BROKEN"


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionConstraints:
    """What may be kept of what steps say; nothing but hashes unless somebody allows more."""

    allow_prompt_logging: bool = False
    allow_response_logging: bool = False
    allow_pii_capture: bool = False
    allow_secret_access: bool = False


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
    heartbeat_at: datetime | None = None
    risk_level: RiskLevel = RiskLevel.NORMAL
    incident_count: int = 0
    policy_draft_count: int = 0
    policy_violation: bool = False
    violation_policy_id: str | None = None
    policy_snapshot_id: str | None = None
    scope_policy_ids: tuple[str, ...] = ()
    human_actor_id: str | None = None
    inspection: InspectionConstraints = InspectionConstraints()
    termination_reason: TerminationReason | None = None
    stopped_at_step: int | None = None
    evidence_health: EvidenceHealth | None = None
    integrity_status: IntegrityStatus | None = None
    provider_type: str = ""
    observability_error: str = ""
    governance_bypassed: bool = False
    synthetic_scenario_id: str = ""
    # What the agent of an observed run calls itself; its `agent_id` may then be empty.
    agent_name: str = ""
    revision: int = 1

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        if self.status not in ALLOWED_STATUSES[self.phase]:
            raise PhaseStatusInvariantError(
                f"A run in phase {self.phase} cannot be {self.status}.",
                metadata={"phase": self.phase, "status": self.status},
            )

    @property
    def is_over(self) -> bool:
        """Whether nothing but notes of others can change it any more."""
        return self.phase in (RunPhase.COMPLETED, RunPhase.FAILED)

    @property
    def is_synthetic(self) -> bool:
        """Whether a scenario or simulation made it."""
        return bool(self.synthetic_scenario_id)
