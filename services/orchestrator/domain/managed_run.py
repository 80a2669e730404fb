"""What the orchestrator keeps of a run that its own worker executes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from kernel.inspection import without_pii, without_secrets
from services.orchestrator.domain.json_text import write_json
from services.orchestrator.domain.plan import Plan
from services.orchestrator.domain.run_contract import RunContract


class QueueState(StrEnum):
    """Where a managed run stands with the workers."""

    # Whoever has a place may take it once it is due.
    QUEUED = "QUEUED"
    # A worker has it, until its lease ends.
    TAKEN = "TAKEN"
    # It is taken again when its gate has moved.
    HELD = "HELD"
    OVER = "OVER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What may be kept of what a run says."""

    prompts: bool = False
    responses: bool = False
    personal_data: bool = False
    secrets: bool = False

    def keepable(self, output: Any) -> str | None:
        """An output as it may be kept; None if it may not be, or not as it is.

        Half an output would let a run that is taken over go on with something else than it had.
        """
        return self._whole(output) if self.responses else None

    def keepable_params(self, params: Any) -> str | None:
        """What a step was given, as it may be kept; None if it may not be, or not as it is."""
        return self._whole(params) if self.prompts else None

    def _whole(self, value: Any) -> str | None:
        text = write_json(value)
        if not self.secrets and without_secrets(text) != text:
            return None
        if not self.personal_data and without_pii(text) != text:
            return None
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedRun:
    """A run that a worker is to take."""

    contract: RunContract
    goal: str
    # None until a planner has made one.
    plan: Plan | None
    inspection: Inspection


class StepStatus(StrEnum):
    """How a step of a managed run ended."""

    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    # Its output was not let through.
    BLOCKED = "BLOCKED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """What a step came to; kept once, before anybody is told, so that telling can be repeated."""

    step_id: str
    skill: str
    kind: str
    status: StepStatus
    started_at: datetime
    duration_ms: int
    # What governance made of it, or why it failed.
    category: str = ""
    code: str = ""
    model: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    cost_micro_usd: int = 0
    # Known only to whoever executed it where it may not be kept.
    output: Any = None
    output_known: bool = True
    params: Any = None

    @property
    def succeeded(self) -> bool:
        """Whether others may go on from it."""
        return self.status is StepStatus.SUCCEEDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """What a step waits for: a moment, or a person who moves the gate on from this epoch."""

    step_id: str
    started_at: datetime
    until: datetime | None = None
    gate_epoch: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeasedRun:
    """A run that is ours for a while, and what is known of it."""

    run: QueuedRun
    epoch: int
    attempts: int
    # Whether whoever had it before has told everybody of everything that is kept.
    told: bool
    results: Mapping[str, StepResult] = field(default_factory=dict)
    waits: Mapping[str, Wait] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parting:
    """How a worker lets go of a run that is not over."""

    state: QueueState
    # When it is due again; at once when unset.
    due_at: datetime | None = None
    told: bool = True
    failed: bool = False
    # Only whoever has what could not be kept may take it again while its lease lasts.
    keeps_lease: bool = False
    last_error: str = ""
