"""Which alerts go where, and how they are written there."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kernel.errors import InvalidField
from kernel.identifiers import DestinationId, TenantId
from services.incidents.domain.alert import Alert, AlertChannel, AlertKind
from services.incidents.domain.alert_fatigue import HeldBackGroup
from services.incidents.domain.alert_sources import (
    LimitReport,
    breach_alert,
    near_threshold_alert,
)
from services.incidents.domain.alert_template import FIELDS, AlertTemplate
from services.incidents.domain.destination import (
    Destination,
    EmailTarget,
    Routing,
    Target,
    WebhookTarget,
)
from services.incidents.domain.errors import IllegalDestinationStep
from services.incidents.domain.kinds import Severity

AT = datetime(2031, 5, 6, tzinfo=UTC)
WEBHOOK = WebhookTarget(url="https://example.org")
EMAIL = EmailTarget(recipients=("a@example.org",))


def destination(target: Target = WEBHOOK, **fields: Any) -> Destination:
    plain: dict[str, Any] = {
        "id": DestinationId("dst_1"),
        "tenant_id": TenantId("ten"),
        "name": "there",
        "target": target,
        "routing": Routing(),
        "template": AlertTemplate(),
        "created_at": AT,
        "updated_at": AT,
    }
    return Destination(**{**plain, **fields})


def limit(**fields: Any) -> LimitReport:
    plain: dict[str, Any] = {
        "tenant_id": TenantId("ten"),
        "decision_id": "dec_1",
        "run_id": "run_1",
        "policy_id": "pol_1",
        "limit_name": "cost",
        "value": 90,
        "threshold": 100,
        "tier": 90,
        "action": "STOP",
        "detail": "",
        "occurred_at": AT,
        "at": AT,
    }
    return LimitReport(**{**plain, **fields})


def near(**fields: Any) -> Alert:
    return near_threshold_alert(limit(**fields))


@pytest.mark.gap("GAP-017")
def test_by_kind_by_severity_and_by_channel() -> None:
    kinds, floor = (AlertKind.NEAR_THRESHOLD,), Severity.HIGH
    wants = destination(routing=Routing(kinds=kinds, minimum_severity=floor)).wants
    assert wants(near(tier=90))
    assert not wants(near(tier=50))
    assert not wants(breach_alert(limit()))
    ui = (AlertChannel.UI,)
    assert not destination().wants(near(channels=ui))
    assert destination().wants(near(channels=(AlertChannel.UI, AlertChannel.WEBHOOK)))
    assert not destination(EMAIL).wants(near(channels=(AlertChannel.WEBHOOK,)))
    assert not destination(disabled=True).wants(near())
    assert not destination(deleted=True).wants(near())


def test_a_digest_goes_wherever_something_of_it_would_have_gone() -> None:
    group = HeldBackGroup(
        kind=AlertKind.INCIDENT,
        severity=Severity.MEDIUM,
        channels=(AlertChannel.EMAIL,),
        count=3,
    )
    assert destination(EMAIL).wants_digest_of((group,))
    assert not destination(WEBHOOK).wants_digest_of((group,))
    only_worse = Routing(minimum_severity=Severity.HIGH)
    assert not destination(EMAIL, routing=only_worse).wants_digest_of((group,))


@pytest.mark.gap("GAP-018")
def test_every_tier_is_a_subject_of_its_own_and_worse_than_those_below() -> None:
    alerts = [near(tier=tier) for tier in (50, 70, 80, 90)]
    assert len({alert.subject for alert in alerts}) == 4
    assert [alert.severity for alert in alerts] == [
        Severity.LOW,
        Severity.LOW,
        Severity.MEDIUM,
        Severity.HIGH,
    ]
    assert near().dedupe_key == near(value=91).dedupe_key
    assert near().dedupe_key != near(decision_id="dec_2").dedupe_key


def test_a_webhook_stays_one_and_e_mail_has_no_secret() -> None:
    same: dict[str, Any] = {
        "name": "there",
        "routing": Routing(),
        "template": AlertTemplate(),
        "disabled": False,
        "at": AT,
    }
    with pytest.raises(IllegalDestinationStep):
        destination().updated(target=EMAIL, **same)
    with pytest.raises(IllegalDestinationStep):
        destination(EMAIL).rotated(overlap=timedelta(), at=AT)
    rotated = destination(secret_version=1).rotated(overlap=timedelta(hours=1), at=AT)
    assert (rotated.secret_version, rotated.previous_secret_until) == (2, AT + timedelta(hours=1))
    assert destination().rotated(overlap=timedelta(), at=AT).previous_secret_until is None


def test_a_template_is_filled_with_what_the_alert_says_and_never_with_more() -> None:
    text = "{{{severity}}} {title} at {time}: {held_back} before, {run_id}"
    template = AlertTemplate(subject=text, body=text)
    template.check()
    filled = template.body_of(near(limit_name="{id.__class__}"))
    assert filled == (
        "{HIGH} {id.__class__} is at 90 % of its limit at 2031-05-06T00:00:00+00:00: 0 before, run_1"
    )
    every = AlertTemplate(body="".join(f"{{{name}}}" for name in FIELDS))
    every.check()
    assert "{" not in every.body_of(near())


@pytest.mark.parametrize(
    "text",
    [
        "{unknown}",
        "{}",
        "{0}",
        "{title.__class__}",
        "{title[0]}",
        "{title!r}",
        "{title:>10}",
        "{title:{run_id}}",
        "{",
        "}",
        "{title",
        "a } b",
    ],
)
def test_a_template_that_cannot_be_filled_is_refused_with_its_field(text: str) -> None:
    for name in ("subject", "body"):
        with pytest.raises(InvalidField) as refused:
            AlertTemplate(**{name: text}).check()
        assert [violation.field for violation in refused.value.violations] == [f"template.{name}"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x00", "\u2028", "\x0b", "\x85"])
def test_a_subject_is_one_line_wherever_its_words_come_from(end: str) -> None:
    alert = near(limit_name=f"cost{end}Bcc: everybody@example.org")
    subject = AlertTemplate().subject_of(alert)
    assert subject.startswith("[HIGH] cost Bcc: everybody@example.org")
    assert len(subject.splitlines()) == 1
