"""What a run asks before a step, and what it is told."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from services.policies.domain.action import Action
from services.policies.domain.counting import StepKind, amounts_of
from services.policies.domain.policy_body import BindAt, LimitType


class Reason(StrEnum):
    """Why a decision is what it is."""

    ALLOWED = "ALLOWED"
    BREACH = "BREACH"
    GATE = "GATE"
    FAULT = "FAULT"
    AWAITS_ACKNOWLEDGEMENT = "AWAITS_ACKNOWLEDGEMENT"


class SetAside(StrEnum):
    """Why a finding does not count."""

    OVERRIDDEN = "OVERRIDDEN"
    SHADOW = "SHADOW"
    BYPASSED = "BYPASSED"
    FAIL_OPEN = "FAIL_OPEN"
    # A person has seen the breach and lets this run go on.
    ACKNOWLEDGED = "ACKNOWLEDGED"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentFinding:
    """What a content rule has found: the kind, never the text."""

    policy_id: str
    rule_name: str
    detail: str
    # Which version of the policy; two of them may look at once. 0 where that was not noted.
    policy_version: int = 0


class Fault(NamedTuple):
    """A policy that could not be evaluated, and why."""

    policy_id: str
    name: str
    # Whether it was a version on trial, which decides nothing either way.
    shadow: bool = False


# Frozen dataclasses cost three times as much to make, and of these each step makes several
# (measured: 9 of 60 µs a decision); nobody changes one all the same.
@dataclass(slots=True, kw_only=True)
class Facts:
    """Everything about a step that a decision may depend on."""

    kind: StepKind
    input_tokens: int = 0
    output_tokens: int = 0
    cost_micro_usd: int = 0
    plane_id: str = ""
    moment: BindAt = BindAt.EACH_STEP
    content: tuple[ContentFinding, ...] = ()
    # Policies that could not be evaluated, each with the fault.
    faults: tuple[Fault, ...] = ()

    @property
    def amounts(self) -> tuple[int, ...]:
        """What the step may use, place by place."""
        return amounts_of(
            self.kind,
            given=self.input_tokens,
            received=self.output_tokens,
            cost=self.cost_micro_usd,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one limit or content rule says of a step."""

    policy_id: str
    policy_version: int
    limit_name: str
    action: Action
    breach: bool
    value: int = 0
    threshold: int = 0
    proximity_percent: int = 0
    tier: int = 0
    limit_type: LimitType | None = None
    requires_ack: bool = False
    set_aside: SetAside | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the rules say of a step, before anything is written."""

    action: Action
    reason: Reason
    winner: Finding | None = None
    others: tuple[Finding, ...] = ()
    requires_ack: bool = False
    bypassed: bool = False
    fault: str = ""


@dataclass(slots=True, kw_only=True)
class Decision:
    """A verdict with a name, a time and a place."""

    id: str
    run_id: str
    step_id: str
    tenant_id: str
    verdict: Verdict
    gate_epoch: int
    decided_at: datetime
    expires_at: datetime | None = None
