"""What is kept of a run's calls, controls and retrievals; of texts the hashes alone."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kernel.errors import InvalidField
from kernel.identifiers import RunId, TenantId
from services.logs.domain.once import Key, digest_of


class ExecutionStatus(StrEnum):
    """How a model call ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    # Not a call, but the word that an earlier record counts no more.
    VOIDED = "voided"


class RecordSource(StrEnum):
    """Who made the call."""

    MANAGED = "managed"
    EXTERNAL = "external"
    OBSERVED = "observed"


class ControlEvent(StrEnum):
    """What happened near or at a control."""

    NEAR_THRESHOLD = "near_threshold"
    BREACH = "breach"
    OVERRIDE = "override"
    DEGRADED = "degraded"
    BYPASS = "bypass"


class RetrievalDecision(StrEnum):
    """Whether a retrieval was let through."""

    ALLOWED = "allowed"
    FILTERED = "filtered"
    DENIED = "denied"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """What every record of a run carries."""

    id: str
    tenant_id: TenantId
    run_id: RunId
    service: str
    synthetic_scenario_id: str

    @property
    def key(self) -> Key:
        """Its tenant and identifier."""
        return self.tenant_id, self.id

    @property
    def digest(self) -> bytes:
        """What it says."""
        return digest_of(self)

    @property
    def is_synthetic(self) -> bool:
        """Whether a scenario or simulation caused it."""
        return bool(self.synthetic_scenario_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class LlmRunRecord(RunRecord):
    """One model call of a run."""

    trace_id: str
    provider: str
    model: str
    prompt_hash: bytes
    response_hash: bytes
    input_tokens: int
    output_tokens: int
    cost_micro_usd: int
    status: ExecutionStatus
    source: RecordSource
    started_at: datetime
    completed_at: datetime
    # The record that this one voids; that one stays as it is.
    voids_record_id: str = ""

    def __post_init__(self) -> None:
        """Refuse a record that voids nothing although it says so, or the other way round."""
        if (self.status is ExecutionStatus.VOIDED) != bool(self.voids_record_id):
            raise InvalidField.named(
                "voids_record_id", "is to be set if, and only if, the status is VOIDED"
            )
        if self.voids_record_id == self.id:
            raise InvalidField.named("voids_record_id", "cannot be the record itself")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLogEvent(RunRecord):
    """What happened near or at a control of a run."""

    event: ControlEvent
    step_index: int | None
    policy_id: str
    summary: str
    details: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrievalEvidence(RunRecord):
    """What a run was given to read, and by which decision."""

    plane_id: str
    connector_id: str
    query_hash: bytes
    document_ids: tuple[str, ...]
    token_count: int
    policy_snapshot_id: str
    decision: RetrievalDecision
    occurred_at: datetime
