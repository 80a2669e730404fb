"""Violations: facts, kept before anything is made of them."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime

from kernel.identifiers import IncidentId, TenantId, ViolationId
from services.incidents.domain.kinds import Category, Conclusion, TriggerType

# What differs from one time to the next although the same thing happened: identifiers and numbers.
_VARYING = re.compile(r"\b[a-z]{3}_[0-9a-z]{26}\b|\b[0-9a-f]{16,}\b|\d+")
_SIGNATURE_CHARACTERS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """What was measured and what fell because of it, at one moment of a run."""

    occurred_at: datetime
    # None when it concerns the run as a whole.
    step_index: int | None = None
    step_id: str = ""
    limit_name: str = ""
    value: int = 0
    threshold: int = 0
    unit: str = ""
    decision_id: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseKey:
    """What there is at most one incident for: a run and a policy, or a subject without a run."""

    tenant_id: TenantId
    run_id: str
    subject: str
    policy_id: str
    # What became of a run is no incident, and must not take the place of one.
    is_outcome: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One thing that went wrong, as it was reported."""

    id: ViolationId
    tenant_id: TenantId
    # The request or event that brought it; the same one again is the same violation.
    source_id: str
    run_id: str
    subject: str
    policy_id: str
    trigger_type: TriggerType
    category: Category
    blocking: bool
    detail: str
    measured: Measurement
    recorded_by: str
    created_at: datetime
    synthetic_scenario_id: str = ""

    @property
    def key(self) -> CaseKey:
        """The case that it belongs to."""
        return CaseKey(
            tenant_id=self.tenant_id,
            run_id=self.run_id,
            subject=self.subject,
            policy_id=self.policy_id,
            is_outcome=self.category.is_outcome,
        )

    @property
    def signature(self) -> str:
        """What it has in common with others that are the same thing again.

        Neither the run nor the agent is part of it, and nothing that is counted: a rule that was
        learned from one time covers the next, whoever it happens to.
        """
        parts = (
            self.category,
            self.trigger_type,
            self.policy_id,
            self.measured.limit_name,
            self.subject,
            _VARYING.sub("#", self.detail.lower()),
        )
        digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()
        return digest[:_SIGNATURE_CHARACTERS]

    def is_same_report(self, other: "Violation") -> bool:
        """Whether the other one says the same; who brings it twice repeats it word for word."""
        return (self.key, self.trigger_type, self.category, self.blocking, self.detail) == (
            other.key,
            other.trigger_type,
            other.category,
            other.blocking,
            other.detail,
        ) and _without_time(self.measured) == _without_time(other.measured)


def _without_time(measured: Measurement) -> tuple[object, ...]:
    # A reporter that names no moment gets that of its call, which differs from try to try.
    return tuple(getattr(measured, name) for name in Measurement.__slots__ if name != "occurred_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What became of all violations of one pair, decided once."""

    key: CaseKey
    incident_id: IncidentId
    # The first violation's; suppression is asked about it, and about no other.
    signature: str
    category: Category
    conclusion: Conclusion
    prevention_id: str
    synthetic_scenario_id: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcludedViolation:
    """A violation and what became of it."""

    violation: Violation
    case: Case
