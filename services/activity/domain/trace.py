"""A trace: a run's recorded steps, numbered without gaps, sealed by a root over their hashes."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from kernel.identifiers import AgentId, ProjectId, RunId, TenantId, TraceId
from services.activity.domain.run import InspectionConstraints, Run


class TraceStatus(StrEnum):
    """Whether steps still become part of the trace."""

    OPEN = "open"
    SEALED = "sealed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """The recorded steps of a run."""

    id: TraceId
    run_id: RunId
    tenant_id: TenantId
    project_id: ProjectId
    agent_id: AgentId
    correlation_id: str
    started_at: datetime
    status: TraceStatus = TraceStatus.OPEN
    completed_at: datetime | None = None
    step_count: int = 0
    root_hash: str = ""
    incident_id: str | None = None
    synthetic_scenario_id: str = ""
    revision: int = 1

    @classmethod
    def of(cls, run: Run, trace_id: TraceId, correlation_id: str, *, at: datetime) -> "Trace":
        """The trace that begins for a run."""
        return cls(
            id=trace_id,
            run_id=run.id,
            tenant_id=run.tenant_id,
            project_id=run.project_id,
            agent_id=run.agent_id,
            correlation_id=correlation_id,
            started_at=at,
            synthetic_scenario_id=run.synthetic_scenario_id,
        )

    def sealed(self, root_hash: bytes, step_count: int, *, at: datetime) -> "Trace":
        """Close the trace over its steps."""
        return replace(
            self,
            status=TraceStatus.SEALED,
            completed_at=at,
            root_hash=root_hash.hex(),
            step_count=step_count,
            revision=self.revision + 1,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceHead:
    """Where recording stands, and under which constraints."""

    trace_id: TraceId
    tenant_id: TenantId
    run_id: RunId
    project_id: ProjectId
    next_index: int
    sealed: bool
    inspection: InspectionConstraints


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptStep:
    """A step as it is written: the bytes that are hashed, and what is searched by."""

    index: int
    content: bytes
    content_hash: bytes
    started_at: datetime
    duration_ms: int
    kind: str
    skill_name: str
    status: str
    model: str
    input_tokens: int
    output_tokens: int
    cost_micro_usd: int
    # Under which name it was asked for before it happened, if it was.
    step_id: str = ""
