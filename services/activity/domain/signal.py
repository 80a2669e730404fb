"""A signal: something that deserves a person's attention, raised once for a cause."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from kernel.identifiers import ProjectId, RunId, SignalId, TenantId


class SignalKind(StrEnum):
    """What kind of thing deserves attention."""

    NEAR_THRESHOLD = "near_threshold"
    STALE_RUN = "stale_run"
    FAILING_AGENT = "failing_agent"
    COST_ANOMALY = "cost_anomaly"


class SignalState(StrEnum):
    """Whether somebody has looked at it."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    SUPPRESSED = "suppressed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """Something that deserves a person's attention."""

    id: SignalId
    tenant_id: TenantId
    kind: SignalKind
    subject_id: str
    run_id: RunId | None
    project_id: ProjectId
    detail: str
    created_at: datetime
    updated_at: datetime
    state: SignalState = SignalState.OPEN
    suppressed_until: datetime | None = None
    actor_id: str | None = None
    reason: str = ""
    revision: int = 1
    # Scenario that made the run it was noticed of; empty for real runs.
    synthetic_scenario_id: str = ""

    def acknowledged(self, *, by: str, at: datetime) -> "Signal":
        """Note that somebody has looked."""
        return replace(
            self,
            state=SignalState.ACKNOWLEDGED,
            suppressed_until=None,
            actor_id=by,
            updated_at=at,
            revision=self.revision + 1,
        )

    def suppressed(self, *, by: str, until: datetime, reason: str, at: datetime) -> "Signal":
        """Let nobody hear of this cause for a while."""
        return replace(
            self,
            state=SignalState.SUPPRESSED,
            suppressed_until=until,
            actor_id=by,
            reason=reason,
            updated_at=at,
            revision=self.revision + 1,
        )

    def holds_back_another(self, *, at: datetime) -> bool:
        """Whether the same cause must not raise a new signal at present."""
        if self.state is SignalState.SUPPRESSED:
            return self.suppressed_until is not None and at < self.suppressed_until
        return self.state is SignalState.OPEN
