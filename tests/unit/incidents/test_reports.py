"""What other domains say, read as violations: every limit and every kind has its category."""

import pytest

from aos.policies.v1 import policy_pb2
from kernel.identifiers import TenantId
from kernel.inspection import PII_KINDS, SECRET_KINDS
from services.incidents.domain.kinds import Category, Severity, TriggerType
from services.incidents.domain.reports import Breach
from services.incidents.domain.severity import SeverityTable
from services.incidents.domain.suggestion import _BY_CATEGORY


def breach(**fields: object) -> Breach:
    plain: dict[str, object] = {
        "policy_id": "pol",
        "limit_name": "rule",
        "limit_type": "",
        "value": 0,
        "threshold": 0,
        "action": "STOP",
        "detail": "",
    }
    return Breach(**{**plain, **fields})  # type: ignore[arg-type]


def test_every_limit_that_policies_knows_has_a_category_and_a_unit() -> None:
    names = [name.removeprefix("LIMIT_TYPE_") for name in policy_pb2.LimitType.keys()]  # noqa: SIM118 - an enum is no mapping
    for name in names[1:]:
        found = breach(limit_type=name)
        assert found.unit
        assert found.category in (
            Category.TOKEN_LIMIT,
            Category.BUDGET_EXCEEDED,
            Category.RATE_LIMIT,
        )


@pytest.mark.parametrize("kind", PII_KINDS)
def test_what_identifies_people_is_personal_data(kind: str) -> None:
    assert breach(detail=kind).category is Category.PII_DETECTED


@pytest.mark.parametrize("kind", [*SECRET_KINDS, "word 3", "expression 12"])
def test_secrets_words_and_expressions_are_content(kind: str) -> None:
    assert breach(detail=kind).category is Category.CONTENT_POLICY


def test_what_a_classifier_names_is_safety_and_a_fault_is_a_failure() -> None:
    assert breach(detail="self_harm").category is Category.SAFETY_VIOLATION
    fault = breach(limit_name="", detail="SNAPSHOT_UNREADABLE")
    assert fault.category is Category.EXECUTION_FAILURE


def test_every_category_has_a_severity_and_suggestions_of_its_own() -> None:

    table = SeverityTable(tenant_id=TenantId("ten"))
    listed = {rule.category for rule, _ in table.rules()}
    assert listed == set(Category) == _BY_CATEGORY.keys()
    for category in Category:
        for trigger in TriggerType:
            assert table.severity_of(category, trigger) in Severity
