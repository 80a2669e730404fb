"""What a policy cannot say, and which field is to blame."""

from dataclasses import replace

import pytest

from services.policies.domain.action import Action
from services.policies.domain.body_rules import violations
from services.policies.domain.policy_body import (
    AlertTier,
    BindAt,
    BreachAction,
    ContentRule,
    Detector,
    Limit,
    LimitType,
    LimitWindow,
    Monitor,
    MonitorConfig,
    PolicyBody,
    Scope,
    ScopeType,
)
from tests.support.policy_samples import body, steps

TENANT = "ten_1"


def blamed(content: PolicyBody) -> list[str]:
    return [violation.field for violation in violations(content, tenant_id=TENANT)]


def limited(kind: LimitType, window: LimitWindow, *, seconds: int = 0, maximum: int = 5) -> Limit:
    return Limit(
        name=kind.lower(), type=kind, maximum=maximum, window=window, window_seconds=seconds
    )


def test_a_sound_policy_is_blamed_for_nothing() -> None:
    assert blamed(body(steps(3))) == []


@pytest.mark.gap("GAP-008")
@pytest.mark.gap("GAP-005")
@pytest.mark.parametrize("kind", list(LimitType))
def test_what_is_not_watched_cannot_be_limited(kind: LimitType) -> None:
    content = replace(body(limited(kind, LimitWindow.PER_RUN)), monitors=MonitorConfig(watched=()))
    assert "body.limits[0].type" in blamed(content)


@pytest.mark.parametrize("kind", [kind for kind in ScopeType if kind is not ScopeType.ALL_RUNS])
def test_a_scope_names_somebody_of_its_kind(kind: ScopeType) -> None:
    nobody = replace(body(), scope=Scope(type=kind))
    stranger = replace(body(), scope=Scope(type=kind, ids=("xyz_1",)))
    assert blamed(nobody) == ["body.scope.ids"]
    assert blamed(stranger) == ["body.scope.ids[0]"]


def test_all_runs_names_nobody() -> None:
    content = replace(body(), scope=Scope(type=ScopeType.ALL_RUNS, ids=("prj_1",)))
    assert blamed(content) == ["body.scope.ids"]


def test_a_tenant_governs_itself_alone() -> None:
    content = replace(body(), scope=Scope(type=ScopeType.TENANT, ids=("ten_2",)))
    assert blamed(content) == ["body.scope.ids[0]"]


@pytest.mark.gap("GAP-010")
@pytest.mark.parametrize(
    ("limit", "field"),
    [
        (limited(LimitType.CALLS, LimitWindow.PER_RUN), "window"),
        (limited(LimitType.DATABASE_QUERIES, LimitWindow.PER_SESSION), "window"),
        (limited(LimitType.DURATION_MS, LimitWindow.CALENDAR_DAY), "window"),
        (
            limited(LimitType.BURN_RATE_MICRO_USD_PER_MINUTE, LimitWindow.CALENDAR_DAY),
            "window",
        ),
        (limited(LimitType.CALLS, LimitWindow.SLIDING), "window_seconds"),
        (limited(LimitType.STEPS, LimitWindow.PER_RUN, seconds=5), "window_seconds"),
        (limited(LimitType.RAG_ACCESS, LimitWindow.PER_RUN, maximum=1), "maximum"),
    ],
)
def test_a_limit_counts_over_a_window_that_makes_sense(limit: Limit, field: str) -> None:
    assert blamed(body(limit)) == [f"body.limits[0].{field}"]


def test_limits_do_not_contradict_each_other() -> None:
    twice = body(steps(3), steps(5, "more_steps"))
    assert blamed(twice) == ["body.limits[1]"]
    total = limited(LimitType.TOTAL_TOKENS, LimitWindow.PER_RUN, maximum=10)
    part = limited(LimitType.INPUT_TOKENS, LimitWindow.PER_RUN, maximum=11)
    assert blamed(body(total, part)) == ["body.limits[1].maximum"]
    assert blamed(body(steps(3), steps(5))) == ["body.limits", "body.limits[1]"]


def test_a_limit_on_one_run_cannot_bind_at_its_start() -> None:
    assert blamed(body(steps(3), bind_at=BindAt.RUN_START)) == ["body.limits[0].window"]


def test_nobody_acknowledges_what_is_over() -> None:
    content = replace(body(steps(3)), on_breach=BreachAction(action=Action.KILL, requires_ack=True))
    assert blamed(content) == ["body.on_breach.requires_ack"]


def test_tiers_ascend() -> None:
    tiers = (AlertTier(percent=80), AlertTier(percent=50))
    assert blamed(body(steps(3), tiers=tiers)) == ["body.alert_tiers"]


def test_planes_are_named_only_where_access_is_watched() -> None:
    content = replace(body(), monitors=MonitorConfig(watched=(), allowed_plane_ids=("pln_1",)))
    assert blamed(content) == ["body.monitors.allowed_plane_ids"]


def test_content_is_looked_at_only_where_it_is_watched() -> None:
    rule = ContentRule(name="cards", detector=Detector.PII)
    content = replace(
        body(), content_rules=(rule,), monitors=MonitorConfig(watched=(Monitor.CONTENT,))
    )
    assert blamed(content) == ["body.content_rules[0].detector"]
