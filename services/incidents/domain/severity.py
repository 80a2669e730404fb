"""How bad each kind of thing is held to be, by the plane and by a tenant."""

from collections.abc import Iterable
from dataclasses import dataclass

from kernel.errors import InvalidField
from kernel.identifiers import TenantId
from services.incidents.domain.kinds import Category, Severity, TriggerType


@dataclass(frozen=True, slots=True, kw_only=True)
class SeverityRule:
    """How bad one kind of thing is."""

    category: Category
    severity: Severity
    # Whatever noticed it, if None.
    trigger_type: TriggerType | None = None


def _rule(
    category: Category, severity: Severity, trigger_type: TriggerType | None = None
) -> SeverityRule:
    return SeverityRule(category=category, severity=severity, trigger_type=trigger_type)


DEFAULTS = (
    _rule(Category.EXECUTION_FAILURE, Severity.MEDIUM),
    _rule(Category.BUDGET_EXCEEDED, Severity.HIGH),
    # More was spent than anybody allowed: that is past preventing, and the budget is frozen.
    _rule(Category.BUDGET_EXCEEDED, Severity.CRITICAL, TriggerType.BUDGET_OVERRUN),
    _rule(Category.RATE_LIMIT, Severity.LOW),
    _rule(Category.TOKEN_LIMIT, Severity.MEDIUM),
    _rule(Category.TOKEN_LIMIT, Severity.CRITICAL, TriggerType.BUDGET_OVERRUN),
    _rule(Category.CONTENT_POLICY, Severity.MEDIUM),
    _rule(Category.PII_DETECTED, Severity.HIGH),
    _rule(Category.SAFETY_VIOLATION, Severity.HIGH),
    # A guess, however sure: somebody should look, nobody is got out of bed.
    _rule(Category.HALLUCINATION, Severity.MEDIUM),
    _rule(Category.EXECUTION_SUCCESS, Severity.LOW),
    _rule(Category.COST_ANOMALY, Severity.MEDIUM),
    # What is not known to be audited is not known to have been governed.
    _rule(Category.AUDIT_GAP, Severity.CRITICAL),
    _rule(Category.INTEGRITY, Severity.CRITICAL),
    _rule(Category.LIVENESS, Severity.CRITICAL),
    _rule(Category.ACCESS_VIOLATION, Severity.HIGH),
    _rule(Category.CONNECTOR_CHANGE, Severity.HIGH),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeverityTable:
    """What a tenant has set, over what comes with the plane."""

    tenant_id: TenantId
    overrides: tuple[SeverityRule, ...] = ()
    revision: int = 0

    @property
    def id(self) -> str:
        """What the ledger calls it."""
        return f"{self.tenant_id}/severities"

    def severity_of(self, category: Category, trigger_type: TriggerType) -> Severity:
        """How bad it is: the tenant's word before the plane's, the exact one before the general.

        A tenant that sets a category without naming what notices it means all of it.
        """
        for rules in (self.overrides, DEFAULTS):
            known = {(rule.category, rule.trigger_type): rule.severity for rule in rules}
            for wanted in (trigger_type, None):
                if (category, wanted) in known:
                    return known[category, wanted]
        return Severity.CRITICAL

    def rules(self) -> tuple[tuple[SeverityRule, bool], ...]:
        """The whole table, and of each rule whether the tenant has set it."""
        own = {(rule.category, rule.trigger_type): rule for rule in self.overrides}
        rest = [rule for rule in DEFAULTS if (rule.category, rule.trigger_type) not in own]
        return (*((rule, True) for rule in own.values()), *((rule, False) for rule in rest))


def require_distinct(rules: Iterable[SeverityRule]) -> None:
    """Refuse a table that says two things about one.

    Raises:
        InvalidField: it does.
    """
    seen: set[tuple[Category, TriggerType | None]] = set()
    for place, rule in enumerate(rules):
        key = (rule.category, rule.trigger_type)
        if key in seen:
            raise InvalidField.named(
                f"rules[{place}]", f"{rule.category} is there twice; name each kind once"
            )
        seen.add(key)
