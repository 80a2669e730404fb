"""Whether what went wrong is an incident, or covered by what was learned from one like it."""

from dataclasses import dataclass
from datetime import datetime

from kernel.identifiers import PolicyId, RunId, TenantId, new_id

SUPPRESSED = "SUPPRESSED"
# A signature is a fingerprint: it is the same or another one.
_CERTAIN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Mishap:
    """Something that went wrong in a run, before anybody calls it an incident."""

    tenant_id: TenantId
    run_id: RunId
    # Empty when no policy was violated.
    policy_id: str
    pattern_id: str
    signature: str
    # The identifier that the incident would get.
    incident_id: str
    synthetic_scenario_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedSignature:
    """A signature that a learned policy covers, and the incident that it was learned from."""

    tenant_id: TenantId
    policy_id: PolicyId
    signature: str
    pattern_id: str
    incident_id: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PreventionRecord:
    """What stands in the place of an incident that was not made."""

    id: str
    tenant_id: TenantId
    policy_id: PolicyId
    pattern_id: str
    run_id: RunId
    signature: str
    original_incident_id: str
    blocked_incident_id: str
    created_at: datetime
    outcome: str = SUPPRESSED
    signature_match_confidence: int = _CERTAIN
    synthetic_scenario_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """What was decided about a mishap, once and for good."""

    id: str
    tenant_id: TenantId
    run_id: RunId
    policy_id: str
    signature: str
    incident_id: str
    decided_at: datetime
    # None: the incident is to be made.
    prevention: PreventionRecord | None = None


def decided(mishap: Mishap, covered_by: LearnedSignature | None, *, at: datetime) -> Suppression:
    """An incident, or a prevention record in its place."""
    return Suppression(
        id=new_id("sup"),
        tenant_id=mishap.tenant_id,
        run_id=mishap.run_id,
        policy_id=mishap.policy_id,
        signature=mishap.signature,
        incident_id=mishap.incident_id,
        decided_at=at,
        prevention=None if covered_by is None else _prevented(mishap, covered_by, at),
    )


def _prevented(mishap: Mishap, covered_by: LearnedSignature, at: datetime) -> PreventionRecord:
    return PreventionRecord(
        id=new_id("prv"),
        tenant_id=mishap.tenant_id,
        policy_id=covered_by.policy_id,
        pattern_id=mishap.pattern_id or covered_by.pattern_id,
        run_id=mishap.run_id,
        signature=mishap.signature,
        original_incident_id=covered_by.incident_id,
        blocked_incident_id=mishap.incident_id,
        created_at=at,
        synthetic_scenario_id=mishap.synthetic_scenario_id,
    )
