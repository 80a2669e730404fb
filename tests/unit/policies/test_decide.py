"""What a step is told, decided without a database."""

from datetime import UTC, datetime

import pytest

from services.policies.domain.action import Action
from services.policies.domain.counting import StepKind
from services.policies.domain.decide import decide
from services.policies.domain.decision import Facts, Fault, Reason, SetAside
from services.policies.domain.governance import GovernanceState, in_force
from services.policies.domain.policy_body import (
    BindAt,
    FailureMode,
    Limit,
    LimitType,
    LimitWindow,
    Precedence,
)
from services.policies.domain.program import RunContext
from services.policies.domain.snapshot import Mode, content_of, thresholds_hash
from tests.support.policy_samples import applied, body, program, steps

FACTS = Facts(kind=StepKind.MODEL_CALL, input_tokens=90, output_tokens=10, cost_micro_usd=50)
ACTIVE, DEGRADED, DISABLED = (
    GovernanceState.ACTIVE,
    GovernanceState.DEGRADED,
    GovernanceState.DISABLED,
)


def test_a_limit_is_passed_by_the_first_unit_beyond_it() -> None:
    table = program(applied(body(steps(3)))).at[BindAt.EACH_STEP]
    assert decide(table, [2], FACTS, FACTS.amounts).action is Action.CONTINUE
    verdict = decide(table, [3], FACTS, FACTS.amounts)
    assert (verdict.action, verdict.reason) == (Action.STOP, Reason.BREACH)


@pytest.mark.parametrize("cap", [0, 1, 999, 10**12 - 1, 10**15])
def test_the_edge_is_exact_whatever_the_size_of_the_cap(cap: int) -> None:
    table = program(applied(body(steps(cap)))).at[BindAt.EACH_STEP]
    assert decide(table, [cap - 1], FACTS, FACTS.amounts).action is Action.CONTINUE
    assert decide(table, [cap], FACTS, FACTS.amounts).action is Action.STOP


def test_a_milder_action_never_beats_a_harsher_one() -> None:
    mild, harsh = body(steps(1), action=Action.PAUSE), body(steps(1), action=Action.KILL)
    table = program(applied(mild, 1), applied(harsh, 2)).at[BindAt.EACH_STEP]
    verdict = decide(table, [5, 5], FACTS, FACTS.amounts)
    assert verdict.action is Action.KILL
    assert [finding.action for finding in verdict.others] == [Action.PAUSE]


def test_a_policy_that_binds_at_the_start_says_nothing_about_a_step() -> None:
    daily = Limit(
        name="cost", type=LimitType.COST_MICRO_USD, maximum=1, window=LimitWindow.CALENDAR_DAY
    )
    made = program(applied(body(daily, bind_at=BindAt.RUN_START)))
    assert made.at[BindAt.EACH_STEP].rules == ()
    assert len(made.at[BindAt.RUN_START].rules) == 1


@pytest.mark.gap("GAP-034")
def test_what_is_set_aside_is_evaluated_and_not_enforced() -> None:
    policy = applied(body(steps(1)))
    table = program(policy).at[BindAt.EACH_STEP]
    aside = {policy.policy_id: SetAside.OVERRIDDEN}
    verdict = decide(table, [5], FACTS, FACTS.amounts, set_aside=aside)
    assert verdict.action is Action.CONTINUE
    assert [finding.set_aside for finding in verdict.others] == [SetAside.OVERRIDDEN]


def test_a_version_on_trial_is_evaluated_and_not_enforced() -> None:
    table = program(applied(body(steps(1)), mode=Mode.SHADOW)).at[BindAt.EACH_STEP]
    verdict = decide(table, [5], FACTS, FACTS.amounts)
    assert verdict.action is Action.CONTINUE
    assert [finding.set_aside for finding in verdict.others] == [SetAside.SHADOW]


@pytest.mark.gap("GAP-069")
def test_governance_that_is_off_lets_everything_pass_and_says_so() -> None:
    table = program(applied(body(steps(1)))).at[BindAt.EACH_STEP]
    verdict = decide(table, [5], FACTS, FACTS.amounts, governance=DISABLED)
    assert (verdict.action, verdict.bypassed) == (Action.CONTINUE, True)
    assert [finding.set_aside for finding in verdict.others] == [SetAside.BYPASSED]


@pytest.mark.gap("GAP-070")
def test_degraded_governance_warns_at_most() -> None:
    table = program(applied(body(steps(1), action=Action.KILL))).at[BindAt.EACH_STEP]
    verdict = decide(table, [5], FACTS, FACTS.amounts, governance=DEGRADED)
    assert verdict.action is Action.WARN


@pytest.mark.parametrize(
    ("tenant", "plane", "counts"),
    [
        (ACTIVE, ACTIVE, ACTIVE),
        (DISABLED, ACTIVE, DISABLED),
        (ACTIVE, DISABLED, DISABLED),
        (DISABLED, DEGRADED, DEGRADED),
        (DEGRADED, DISABLED, DEGRADED),
    ],
)
def test_the_most_careful_of_tenant_and_plane_counts(
    tenant: GovernanceState, plane: GovernanceState, counts: GovernanceState
) -> None:
    assert in_force(tenant, plane) is counts


@pytest.mark.gap("GAP-035")
@pytest.mark.invariant("I-18")
@pytest.mark.parametrize("mode", list(FailureMode))
def test_a_policy_that_cannot_be_evaluated_does_what_its_failure_mode_says(
    mode: FailureMode,
) -> None:
    content = body(steps(100))
    opening = type(content)(
        **{
            **{name: getattr(content, name) for name in content.__slots__},
            "precedence": Precedence(failure_mode=mode),
        }
    )
    policy = applied(opening)
    facts = Facts(kind=StepKind.OTHER, faults=(Fault(policy.policy_id, "DETECTOR_TIMEOUT"),))
    verdict = decide(program(policy).at[BindAt.EACH_STEP], [0], facts, facts.amounts)
    assert verdict.fault == "DETECTOR_TIMEOUT"
    expected = Action.STOP if mode is FailureMode.FAIL_CLOSED else Action.CONTINUE
    assert verdict.action is expected


@pytest.mark.gap("GAP-022")
def test_the_hash_of_thresholds_changes_with_a_number_and_with_nothing_else() -> None:
    before = [applied(body(steps(3)))]
    renamed = [applied(body(steps(3), action=Action.KILL))]
    raised = [applied(body(steps(4)))]
    assert thresholds_hash(before) == thresholds_hash(renamed) != thresholds_hash(raised)
    assert content_of(before) != content_of(renamed)


def test_a_snapshot_has_one_form_whatever_order_its_policies_come_in() -> None:
    policies = [applied(body(steps(number)), number) for number in range(5)]
    assert content_of(policies) == content_of(policies[::-1])


@pytest.mark.gap("GAP-011")
def test_windows_are_told_apart_by_their_counters() -> None:
    now = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
    context = RunContext(tenant_id="t", run_id="run_1", project_id="prj_1", session_id="s-1")
    names = set()
    for window, seconds in [
        (LimitWindow.PER_RUN, 0),
        (LimitWindow.PER_SESSION, 0),
        (LimitWindow.SLIDING, 60),
        (LimitWindow.SLIDING, 61),
        (LimitWindow.CALENDAR_DAY, 0),
        (LimitWindow.CALENDAR_MONTH, 0),
    ]:
        limit = Limit(
            name="cost",
            type=LimitType.COST_MICRO_USD,
            maximum=1,
            window=window,
            window_seconds=seconds,
        )
        (rule,) = program(applied(body(limit))).at[BindAt.EACH_STEP].rules
        names.add(rule.counter_key(context, now).id)
    assert len(names) == 6
