"""What a policy did to a run, as it is read back."""

from dataclasses import dataclass
from datetime import datetime

from services.policies.domain.action import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class Enforcement:
    """Something that a policy did to a run."""

    id: str
    run_id: str
    step_id: str
    policy_id: str
    rule_id: str
    action: Action
    value: int
    threshold: int
    detail: str
    decision_id: str
    triggered_at: datetime
    synthetic_scenario_id: str
    # Empty while no incident has come of it.
    incident_id: str
