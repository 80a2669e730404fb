"""What happened near and at the controls of a run, as it goes into the run's log."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from kernel.identifiers import TenantId


class RunLogType(StrEnum):
    """What happened near or at a control."""

    NEAR_THRESHOLD = "NEAR_THRESHOLD"
    BREACH = "BREACH"
    OVERRIDE = "OVERRIDE"
    DEGRADED = "DEGRADED"
    BYPASS = "BYPASS"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLogEntry:
    """One line of a run's log, written in the transaction of what it tells of."""

    tenant_id: TenantId
    run_id: str
    type: RunLogType
    policy_id: str
    summary: str
    details: Mapping[str, Any]
    occurred_at: datetime
    synthetic_scenario_id: str = ""
