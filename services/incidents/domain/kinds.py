"""The words that incidents are sorted by."""

from enum import StrEnum


class Category(StrEnum):
    """What kind of thing went wrong."""

    EXECUTION_FAILURE = "EXECUTION_FAILURE"
    BUDGET_EXCEEDED = "BUDGET_EXCEEDED"
    RATE_LIMIT = "RATE_LIMIT"
    TOKEN_LIMIT = "TOKEN_LIMIT"  # noqa: S105 - a kind of limit
    CONTENT_POLICY = "CONTENT_POLICY"
    PII_DETECTED = "PII_DETECTED"
    SAFETY_VIOLATION = "SAFETY_VIOLATION"
    HALLUCINATION = "HALLUCINATION"
    # A run that ended well; kept apart from everything that a responder sees.
    EXECUTION_SUCCESS = "EXECUTION_SUCCESS"
    COST_ANOMALY = "COST_ANOMALY"
    AUDIT_GAP = "AUDIT_GAP"
    INTEGRITY = "INTEGRITY"
    LIVENESS = "LIVENESS"
    ACCESS_VIOLATION = "ACCESS_VIOLATION"
    CONNECTOR_CHANGE = "CONNECTOR_CHANGE"

    @property
    def is_outcome(self) -> bool:
        """Whether it is no incident at all, but what became of a run."""
        return self is Category.EXECUTION_SUCCESS


class TriggerType(StrEnum):
    """What noticed it."""

    RUN_OUTCOME = "RUN_OUTCOME"
    POLICY_VIOLATION = "POLICY_VIOLATION"
    BUDGET_OVERRUN = "BUDGET_OVERRUN"
    HALLUCINATION_FINDING = "HALLUCINATION_FINDING"
    COST_ANOMALY = "COST_ANOMALY"
    MISSING_ACKNOWLEDGEMENT = "MISSING_ACKNOWLEDGEMENT"
    AUDIT_FAILURE = "AUDIT_FAILURE"
    RECONCILIATION_GAP = "RECONCILIATION_GAP"
    DANGLING_REFERENCE = "DANGLING_REFERENCE"
    LIVENESS_VIOLATION = "LIVENESS_VIOLATION"
    CROSS_TENANT_ATTEMPT = "CROSS_TENANT_ATTEMPT"
    CONNECTOR_CHANGE = "CONNECTOR_CHANGE"
    PARKED_SAGA = "PARKED_SAGA"


class Severity(StrEnum):
    """How bad it is."""

    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"
    CRITICAL = "CRITICAL"

    @property
    def rank(self) -> int:
        """Where it stands among the others; the worst is the highest."""
        return _RANKS[self]


_RANKS = {severity: rank for rank, severity in enumerate(Severity, start=1)}
WORST_FIRST = tuple(sorted(Severity, key=lambda severity: severity.rank, reverse=True))


class IncidentStatus(StrEnum):
    """Where an incident is in its life."""

    OPEN = "OPEN"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    RESOLVED = "RESOLVED"


class Conclusion(StrEnum):
    """What became of a violation."""

    # Who has to be asked first has not answered yet.
    PENDING = "PENDING"
    INCIDENT = "INCIDENT"
    # A learned rule covers it.
    PREVENTED = "PREVENTED"
