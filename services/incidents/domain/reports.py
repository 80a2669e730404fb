"""What other domains say about runs, read as violations."""

from dataclasses import dataclass
from datetime import datetime

from kernel.identifiers import TenantId, ViolationId, new_id
from kernel.inspection import PII_KINDS, SECRET_KINDS
from services.incidents.domain.kinds import Category, TriggerType
from services.incidents.domain.violation import Measurement, Violation

# Limits by what they count, and the unit in which a person reads them.
_LIMITS: dict[str, tuple[Category, str]] = {
    "INPUT_TOKENS": (Category.TOKEN_LIMIT, "tokens"),
    "OUTPUT_TOKENS": (Category.TOKEN_LIMIT, "tokens"),
    "TOTAL_TOKENS": (Category.TOKEN_LIMIT, "tokens"),
    "COST_MICRO_USD": (Category.BUDGET_EXCEEDED, "micro_usd"),
    "BURN_RATE_MICRO_USD_PER_MINUTE": (Category.BUDGET_EXCEEDED, "micro_usd/minute"),
    "CALLS": (Category.RATE_LIMIT, "calls"),
    "STEPS": (Category.RATE_LIMIT, "steps"),
    "DURATION_MS": (Category.RATE_LIMIT, "ms"),
    "RAG_ACCESS": (Category.RATE_LIMIT, "retrievals"),
    "DATABASE_QUERIES": (Category.RATE_LIMIT, "queries"),
}
# What word lists and expressions find is named by its place in the rule: `word 3`.
_PLACED = ("word ", "expression ")
_HARMLESS_ACTIONS = frozenset({"CONTINUE", "WARN"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """One limit or rule of one policy that a step broke."""

    policy_id: str
    limit_name: str
    # Empty for a content rule.
    limit_type: str
    value: int
    threshold: int
    action: str
    # Kind of what a content rule found, or the fault; never the text.
    detail: str

    @property
    def category(self) -> Category:
        """What kind of thing went wrong."""
        if self.limit_type:
            return _LIMITS[self.limit_type][0]
        if not self.limit_name:
            # A policy that could not be evaluated, and closes.
            return Category.EXECUTION_FAILURE
        if self.detail in PII_KINDS:
            return Category.PII_DETECTED
        if self.detail in SECRET_KINDS or self.detail.startswith(_PLACED):
            return Category.CONTENT_POLICY
        return Category.SAFETY_VIOLATION

    @property
    def unit(self) -> str:
        """What value and threshold are counted in."""
        return _LIMITS[self.limit_type][1] if self.limit_type else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Which event told of it, in which run of whom, and when."""

    source_id: str
    tenant_id: TenantId
    run_id: str
    occurred_at: datetime
    recorded_by: str
    at: datetime
    synthetic_scenario_id: str = ""
    step_id: str = ""
    step_index: int | None = None
    decision_id: str = ""


def breach_violation(report: Report, breach: Breach) -> Violation:
    """A broken limit or rule as a violation."""
    return Violation(
        id=ViolationId(new_id("vio")),
        tenant_id=report.tenant_id,
        source_id=f"{report.source_id}/{breach.policy_id}",
        run_id=report.run_id,
        subject="",
        policy_id=breach.policy_id,
        trigger_type=TriggerType.POLICY_VIOLATION,
        category=breach.category,
        blocking=breach.action not in _HARMLESS_ACTIONS,
        detail=breach.detail,
        measured=Measurement(
            occurred_at=report.occurred_at,
            step_id=report.step_id,
            step_index=report.step_index,
            limit_name=breach.limit_name,
            value=breach.value,
            threshold=breach.threshold,
            unit=breach.unit,
            decision_id=report.decision_id,
            action=breach.action,
        ),
        recorded_by=report.recorded_by,
        created_at=report.at,
        synthetic_scenario_id=report.synthetic_scenario_id,
    )


def overrun_violation(
    report: Report, *, policy_id: str, limit_name: str, overage: int
) -> Violation:
    """More than was reserved: the budget is frozen, which holds whatever shares it."""
    return Violation(
        id=ViolationId(new_id("vio")),
        tenant_id=report.tenant_id,
        source_id=report.source_id,
        run_id=report.run_id,
        subject="",
        policy_id=policy_id,
        trigger_type=TriggerType.BUDGET_OVERRUN,
        category=Category.BUDGET_EXCEEDED,
        blocking=True,
        detail=f"{overage:,} more was used than reserved; the budget is frozen",
        measured=Measurement(
            occurred_at=report.occurred_at,
            step_id=report.step_id,
            limit_name=limit_name,
            value=overage,
        ),
        recorded_by=report.recorded_by,
        created_at=report.at,
        synthetic_scenario_id=report.synthetic_scenario_id,
    )


# How a run that failed says why, and what kind of thing that is.
_REASONS: dict[str, Category] = {
    "POLICY_BLOCK": Category.CONTENT_POLICY,
    "BUDGET_EXCEEDED": Category.BUDGET_EXCEEDED,
    "RATE_LIMITED": Category.RATE_LIMIT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a run ended."""

    status: str
    termination_reason: str
    # The policy that ended it; empty when none did.
    policy_id: str


def ending_violation(report: Report, ending: Ending) -> Violation | None:
    """A run's end as a violation or as an outcome; nothing when somebody cancelled it."""
    if ending.status not in ("SUCCEEDED", "FAILED", "FAILED_POLICY"):
        return None
    succeeded = ending.status == "SUCCEEDED"
    failure = _REASONS.get(ending.termination_reason, Category.EXECUTION_FAILURE)
    category = Category.EXECUTION_SUCCESS if succeeded else failure
    return Violation(
        id=ViolationId(new_id("vio")),
        tenant_id=report.tenant_id,
        # A run ends once, whoever tells of it: the saga and the event are one report.
        source_id=f"end/{report.run_id}",
        run_id=report.run_id,
        subject="",
        policy_id="" if succeeded else ending.policy_id,
        trigger_type=TriggerType.RUN_OUTCOME,
        category=category,
        blocking=ending.status == "FAILED_POLICY",
        detail="" if succeeded else ending.termination_reason.lower() or "failed",
        measured=Measurement(occurred_at=report.occurred_at, step_index=report.step_index),
        recorded_by=report.recorded_by,
        created_at=report.at,
        synthetic_scenario_id=report.synthetic_scenario_id,
    )
