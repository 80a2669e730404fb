"""Severities as messages."""

from typing import Any

from aos.incidents.v1 import severity_pb2
from services.incidents.api.incident_messages import number_of, word_of
from services.incidents.domain.kinds import Category, Severity, TriggerType
from services.incidents.domain.severity import SeverityRule, SeverityTable


def to_rule(message: Any) -> SeverityRule:
    """Read how bad a kind of thing is."""
    return SeverityRule(
        category=word_of(Category, message.category),
        severity=word_of(Severity, message.severity),
        trigger_type=word_of(TriggerType, message.trigger_type),
    )


def from_rules(table: SeverityTable) -> list[severity_pb2.SeverityRule]:
    """Write the whole table."""
    return [from_rule(rule, overridden=own) for rule, own in table.rules()]


def from_rule(rule: SeverityRule, *, overridden: bool) -> severity_pb2.SeverityRule:
    """Write how bad a kind of thing is."""
    return severity_pb2.SeverityRule(
        category=number_of(rule.category),
        trigger_type=None if rule.trigger_type is None else number_of(rule.trigger_type),
        severity=number_of(rule.severity),
        overridden=overridden,
    )
