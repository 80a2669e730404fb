"""What the domains know of a run, as far as an explanation tells it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFact:
    """The run itself."""

    id: str
    status: str
    # Why it is over; empty until then.
    reason: str
    agent_id: str
    created_at: datetime
    completed_at: datetime | None = None
    step_count: int = 0
    stopped_at_step: int | None = None
    violation_policy_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateFact:
    """How its gate stands."""

    state: str
    opened_at: datetime
    changed_at: datetime
    changed_by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFact:
    """A step that was taken, or was not let happen."""

    id: str
    index: int
    # Under which name it was asked for, if it was.
    step_id: str
    skill: str
    status: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingFact:
    """What a limit or rule said."""

    policy_id: str
    # What the limit counts; empty for a rule about contents.
    limit_type: str
    value: int
    threshold: int
    # What was found, for a rule about contents.
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionFact:
    """What was decided about a step."""

    id: str
    step_id: str
    action: str
    reason: str
    at: datetime
    finding: FindingFact | None = None

    @property
    def is_at_gate(self) -> bool:
        """Whether it only repeats how the gate stood."""
        return self.reason == "GATE"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnforcementFact:
    """What a policy did."""

    id: str
    step_id: str
    policy_id: str
    action: str
    decision_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentFact:
    """What went wrong."""

    id: str
    severity: str
    category: str
    title: str
    policy_id: str
    decision_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PreventionFact:
    """What went wrong, and was covered by what had been learned."""

    id: str
    policy_id: str
    original_incident_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalFact:
    """A rule that somebody may want because of it."""

    id: str
    incident_id: str
    state: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLogFact:
    """What happened near a control: an override, a breach, a bypass."""

    id: str
    type: str
    policy_id: str
    summary: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletedStepFact:
    """A step of the completion."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionFact:
    """The completion of the run."""

    id: str
    state: str
    cause: str
    said_by: str
    last_error: str
    created_at: datetime
    steps: Sequence[CompletedStepFact] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFact:
    """An entry in the ledger."""

    id: str
    sequence: int
    event_type: str
    entity_id: str
    actor_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainFacts:
    """All of it."""

    run: RunFact
    gate: GateFact | None = None
    completion: CompletionFact | None = None
    steps: Sequence[StepFact] = ()
    decisions: Sequence[DecisionFact] = ()
    enforcements: Sequence[EnforcementFact] = ()
    incidents: Sequence[IncidentFact] = ()
    preventions: Sequence[PreventionFact] = ()
    proposals: Sequence[ProposalFact] = ()
    run_log: Sequence[RunLogFact] = ()
    entries: Sequence[EntryFact] = ()
    policy_names: Mapping[str, str] = field(default_factory=dict)
    # Kinds of which there are more than are told here.
    truncated: Sequence[str] = ()

    def policy(self, policy_id: str) -> str:
        """A policy by the name that it had when the run began, or by its identifier."""
        name = self.policy_names.get(policy_id)
        return f"policy '{name}'" if name else f"policy {policy_id}"
