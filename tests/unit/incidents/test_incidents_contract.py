"""Code, contract and schema of incidents agree."""

import re
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any, get_args

import pytest

from aos.errors.v1.error_reason_pb2 import ErrorReason
from aos.incidents.v1 import events_pb2, finding_pb2, incident_pb2
from kernel.errors import ServiceError
from kernel.identifiers import IncidentId, TenantId, ViolationId, new_id
from services.incidents.api.event_messages import encode
from services.incidents.api.incident_messages import number_of, word_of
from services.incidents.domain import errors, events
from services.incidents.domain.hallucination.finding import FindingType
from services.incidents.domain.incident import Incident
from services.incidents.domain.kept_finding import DetectorSettings
from services.incidents.domain.kinds import (
    Category,
    Conclusion,
    IncidentStatus,
    Severity,
    TriggerType,
)
from services.incidents.domain.severity import SeverityTable
from services.incidents.domain.violation import Case, Measurement, Violation

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TENANT = TenantId(new_id("ten"))
VIOLATION = Violation(
    id=ViolationId(new_id("vio")),
    tenant_id=TENANT,
    source_id="s",
    run_id=new_id("run"),
    subject="",
    policy_id="",
    trigger_type=TriggerType.RUN_OUTCOME,
    category=Category.EXECUTION_FAILURE,
    blocking=False,
    detail="it broke",
    measured=Measurement(occurred_at=NOW),
    recorded_by="service:activity",
    created_at=NOW,
)
CASE = Case(
    key=VIOLATION.key,
    incident_id=IncidentId(new_id("inc")),
    signature=VIOLATION.signature,
    category=VIOLATION.category,
    conclusion=Conclusion.INCIDENT,
    prevention_id="",
    synthetic_scenario_id="",
    created_at=NOW,
)
INCIDENT = Incident.of(CASE, VIOLATION, severity=Severity.LOW, run=None)


@pytest.mark.parametrize("kind", [Category, TriggerType, Severity, IncidentStatus, Conclusion])
def test_words_are_the_same_in_code_and_contract(kind: type[Any]) -> None:
    enum: Any = getattr(incident_pb2, kind.__name__)
    numbers = [number for number in enum.values() if number]
    assert [word_of(kind, number) for number in numbers] == list(kind)
    assert [number_of(word) for word in kind] == numbers
    assert word_of(kind, 0) is None


def test_types_of_findings_are_the_same_in_code_and_contract() -> None:
    names = list(finding_pb2.FindingType.DESCRIPTOR.values_by_name)
    assert names == [f"FINDING_TYPE_{word}" for word in ("UNSPECIFIED", *FindingType)]


def test_every_reason_of_incidents_has_exactly_one_error() -> None:
    declared = {
        value.name.removeprefix("ERROR_REASON_")
        for value in ErrorReason.DESCRIPTOR.values
        if 500 <= value.number < 600
    }
    raised = [
        kind.reason
        for kind in vars(errors).values()
        if isinstance(kind, type)
        and issubclass(kind, ServiceError)
        and kind.__module__ == errors.__name__
    ]
    assert sorted(raised) == sorted(declared)


def event_of(kind: type[Any]) -> Any:
    made: dict[str, Any] = {
        "violation": VIOLATION,
        "case": CASE,
        "incident": INCIDENT,
        "escalated": True,
        "severities": SeverityTable(tenant_id=TENANT, revision=1),
        "detector": DetectorSettings(tenant_id=TENANT, revision=1),
    }
    return kind(**{name: made[name] for name in (item.name for item in fields(kind))})


# The alerts' own events are looked at beside the alerts.
OWN = [kind for kind in get_args(events.IncidentsEvent) if "Alert" not in kind.__module__]


@pytest.mark.parametrize("kind", OWN)
def test_every_event_leaves_under_the_name_of_its_message(kind: type[Any]) -> None:
    sent = encode(event_of(kind))
    name = kind.__name__.replace("DetectorSettings", "Detector")
    assert sent.event_type == re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
    getattr(events_pb2, name).FromString(sent.body)
    assert sent.tenant_id == TENANT
    assert sent.sequence >= 1


def test_the_signature_is_of_what_happened_and_not_of_to_whom_or_how_often() -> None:
    first = replace(VIOLATION, detail="run run_01k9zj3v6q8m2x4t5w7y9abcde failed after 31 s")
    again = replace(
        first,
        id=ViolationId(new_id("vio")),
        run_id=new_id("run"),
        detail="run run_01k9zj3v6q8m2x4t5w7y9zzzzz failed after 4 s",
    )
    assert again.signature == first.signature
    others = [
        replace(first, policy_id="pol_1"),
        replace(first, category=Category.RATE_LIMIT),
        replace(first, detail="another thing failed"),
        replace(first, measured=Measurement(occurred_at=NOW, limit_name="other")),
    ]
    assert len({first.signature, *(one.signature for one in others)}) == 5
