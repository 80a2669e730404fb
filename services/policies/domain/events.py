"""What policies announces."""

from dataclasses import dataclass
from typing import ClassVar

from services.policies.domain.decision import Decision, Finding
from services.policies.domain.gate import Gate
from services.policies.domain.governance import GovernanceState, GovernanceSwitch
from services.policies.domain.lesson import Lesson
from services.policies.domain.override import Override
from services.policies.domain.policy import Policy
from services.policies.domain.policy_body import Channel
from services.policies.domain.proposal import Proposal, ReviewSettings
from services.policies.domain.rollout import Rollout
from services.policies.domain.suppression import Suppression


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyCreated:
    """A policy was created."""

    policy: Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyUpdated:
    """A policy says something else."""

    policy: Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyActivated:
    """A policy governs from now on."""

    policy: Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySuspended:
    """A policy governs nothing for a while."""

    policy: Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRetired:
    """A policy is over."""

    policy: Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class GateOpened:
    """The gate of a run was opened."""

    gate: Gate


@dataclass(frozen=True, slots=True, kw_only=True)
class GateChanged:
    """The gate of a run changed its state; `step` says how."""

    gate: Gate
    step: str

    @property
    def LEDGER_TYPE(self) -> str:  # noqa: N802 - what the ledger looks for
        """Each step is an entry of its own type."""
        return f"GATE_{self.step}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitNear:
    """A limit came near: once per tier, window and scope."""

    decision: Decision
    finding: Finding
    channels: tuple[Channel, ...]
    # Which of the events of this decision it is.
    place: int
    synthetic_scenario_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitBreached:
    """A limit was passed or a content rule matched, and something was done."""

    decision: Decision
    synthetic_scenario_id: str
    place: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetOverrun:
    """A step used more than was reserved for it; the budget is frozen."""

    tenant_id: str
    run_id: str
    step_id: str
    policy_id: str
    limit_name: str
    overage: int
    synthetic_scenario_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GovernanceChanged:
    """The governance switch of a tenant, or of the plane, was moved."""

    governance: GovernanceSwitch

    @property
    def LEDGER_TYPE(self) -> str:  # noqa: N802 - what the ledger looks for
        """Each position is an entry of its own type."""
        on = self.governance.state is GovernanceState.ACTIVE
        return f"GOVERNANCE_{'ENABLED' if on else self.governance.state.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideOpened:
    """An override was opened."""

    override: Override


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideEnded:
    """An override was ended before its time."""

    override: Override


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideExpired:
    """The time of an override is over."""

    override: Override


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionDecided:
    """It was decided whether an incident is to be made."""

    suppression: Suppression


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalCreated:
    """A rule was proposed."""

    proposal: Proposal


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalApproved:
    """A proposal has become a draft."""

    proposal: Proposal


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalRejected:
    """A proposal was rejected."""

    proposal: Proposal


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewSettingsChanged:
    """How a tenant decides proposals was changed."""

    LEDGER_TYPE: ClassVar[str] = "PROPOSAL_SETTINGS_UPDATED"

    settings: ReviewSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonRecorded:
    """A lesson was written down."""

    lesson: Lesson


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonConverted:
    """A lesson has become a draft."""

    lesson: Lesson


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutChanged:
    """A version on trial is further; `step` says how far."""

    rollout: Rollout
    step: str

    @property
    def LEDGER_TYPE(self) -> str:  # noqa: N802 - what the ledger looks for
        """Each step is an entry of its own type."""
        return f"ROLLOUT_{self.step}"


PolicyEvent = PolicyCreated | PolicyUpdated | PolicyActivated | PolicySuspended | PolicyRetired
GateEvent = GateOpened | GateChanged
StepEvent = LimitNear | LimitBreached | BudgetOverrun
OverrideEvent = OverrideOpened | OverrideEnded | OverrideExpired
ProposalEvent = ProposalCreated | ProposalApproved | ProposalRejected
LessonEvent = LessonRecorded | LessonConverted
PeopleEvent = (
    GovernanceChanged
    | OverrideEvent
    | SuppressionDecided
    | ProposalEvent
    | ReviewSettingsChanged
    | LessonEvent
    | RolloutChanged
)
PoliciesEvent = PolicyEvent | GateEvent | StepEvent | PeopleEvent
