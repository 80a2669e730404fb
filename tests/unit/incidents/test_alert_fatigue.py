"""How much is too much, by the rules alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kernel.identifiers import TenantId
from services.incidents.domain.alert import Alert, AlertChannel, AlertKind, HeldBackReason
from services.incidents.domain.alert_fatigue import (
    AlertSettings,
    HeldBackGroup,
    Storm,
    Told,
    begins_storm,
    digest_of,
)
from services.incidents.domain.kinds import Severity

AT = datetime(2031, 5, 6, tzinfo=UTC)
TENANT = TenantId("ten")
SETTINGS = AlertSettings(tenant_id=TENANT, cool_down_seconds=60, digest_seconds=30)


def alert(**fields: object) -> Alert:
    plain: dict[str, object] = {
        "id": "alt_1",
        "tenant_id": TENANT,
        "dedupe_key": "key",
        "kind": AlertKind.INCIDENT,
        "severity": Severity.MEDIUM,
        "subject": "it",
        "title": "It went wrong",
        "occurred_at": AT,
        "created_at": AT,
    }
    return Alert(**{**plain, **fields})  # type: ignore[arg-type]


def told(**fields: object) -> Told:
    return Told(tenant_id=TENANT, kind=AlertKind.INCIDENT, subject="it", **fields)  # type: ignore[arg-type]


def test_the_first_one_is_news_and_the_same_again_is_not_until_it_has_cooled_down() -> None:
    first = told()
    assert not first.cools_down(Severity.LOW, SETTINGS, at=AT)
    after = first.with_alert(alert())
    assert after.cools_down(Severity.MEDIUM, SETTINGS, at=AT + timedelta(seconds=59))
    assert after.cools_down(Severity.LOW, SETTINGS, at=AT + timedelta(seconds=59))
    assert not after.cools_down(Severity.MEDIUM, SETTINGS, at=AT + timedelta(seconds=60))


def test_what_is_worse_is_news_at_any_time() -> None:
    after = told().with_alert(alert())
    assert not after.cools_down(Severity.HIGH, SETTINGS, at=AT)


def test_without_a_cool_down_everything_is_news() -> None:
    after = told().with_alert(alert())
    assert not after.cools_down(Severity.LOW, replace(SETTINGS, cool_down_seconds=0), at=AT)


def test_what_was_held_back_is_counted_until_something_goes_out() -> None:
    held = alert(held_back=HeldBackReason.COOL_DOWN)
    after = told().with_alert(alert()).with_alert(held).with_alert(held)
    assert after.held_back == 2
    assert after.with_alert(alert(held_back=HeldBackReason.STORM)) == after
    assert after.with_alert(alert(id="alt_2")).held_back == 0


@pytest.mark.parametrize("kind", AlertKind)
def test_what_is_critical_may_never_be_held_back(kind: AlertKind) -> None:
    assert not alert(kind=kind, severity=Severity.CRITICAL).may_be_held_back
    assert alert(kind=kind).may_be_held_back == (kind not in (AlertKind.DIGEST, AlertKind.TEST))


def test_a_storm_begins_with_the_first_one_too_many_and_stays_on_until_it_is_told_of() -> None:
    settings = replace(SETTINGS, storm_threshold_per_minute=3)
    assert [begins_storm(count, settings) for count in (0, 2, 3, 4)] == [False, False, True, True]
    storm = Storm(tenant_id=TENANT).begun(settings, at=AT)
    assert storm.is_on
    assert not storm.is_over(at=AT + timedelta(seconds=29))
    assert storm.is_over(at=AT + timedelta(seconds=30))
    assert storm.is_on
    assert not storm.calmed().is_on


def test_a_digest_tells_of_everything_the_worst_first_and_is_as_bad_as_that() -> None:
    storm = Storm(tenant_id=TENANT).begun(SETTINGS, at=AT)

    def group(severity: Severity, count: int, *channels: AlertChannel) -> HeldBackGroup:
        kind = AlertKind.INCIDENT
        return HeldBackGroup(kind=kind, severity=severity, channels=channels, count=count)

    groups = [
        group(Severity.LOW, 5),
        group(Severity.HIGH, 2, AlertChannel.UI),
        group(Severity.HIGH, 9_000),
    ]
    digest = digest_of(storm, groups, at=AT + timedelta(minutes=1))
    assert [(line.severity, line.count) for line in digest.lines] == [
        (Severity.HIGH, 9_002),
        (Severity.LOW, 5),
    ]
    assert digest.severity is Severity.HIGH
    assert digest.held_back_count == 9_007
    assert digest.title == "9,007 alerts were held back in a storm"
    assert digest.occurred_at == AT
