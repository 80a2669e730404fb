"""What a policy would have done to the past, counted from nothing, compared with a naive count."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from services.policies.domain.action import Action
from services.policies.domain.backtest import (
    Backtest,
    RecordedRun,
    RecordedStep,
    backtest,
    names,
)
from services.policies.domain.counting import StepKind
from services.policies.domain.decision import Facts
from services.policies.domain.policy_body import (
    BindAt,
    Limit,
    LimitType,
    LimitWindow,
    PolicyBody,
    Scope,
    ScopeType,
)
from services.policies.domain.program import RunContext
from tests.support.policy_samples import body, steps

DAWN = datetime(2026, 3, 1, tzinfo=UTC)


def step(number: int, *, seconds: float, cost: int = 0, used: int | None = None) -> RecordedStep:
    facts = Facts(kind=StepKind.MODEL_CALL, cost_micro_usd=cost)
    fact = Facts(kind=StepKind.MODEL_CALL, cost_micro_usd=cost if used is None else used)
    return RecordedStep(
        step_id=f"step-{number}",
        decided_at=DAWN + timedelta(seconds=seconds),
        facts=facts,
        used=fact.amounts,
        cost_micro_usd=fact.cost_micro_usd,
    )


def run(
    number: int, *taken: RecordedStep, project: str = "prj_1", begins: float = 0
) -> RecordedRun:
    context = RunContext(tenant_id="ten_1", run_id=f"run_{number}", project_id=project)
    return RecordedRun(context=context, opened_at=DAWN + timedelta(seconds=begins), steps=taken)


def spending(maximum: int, window: LimitWindow, *, seconds: int = 0) -> Limit:
    return Limit(
        name="cost",
        type=LimitType.COST_MICRO_USD,
        maximum=maximum,
        window=window,
        window_seconds=seconds,
    )


def tried(content: PolicyBody, *runs: RecordedRun) -> Backtest:
    return backtest(content, runs, truncated=False)


def test_a_run_within_the_limit_is_not_touched() -> None:
    told = tried(body(steps(2)), run(1, step(1, seconds=1), step(2, seconds=2)))
    assert (told.run_count, told.runs_in_scope, told.step_count, told.touched) == (1, 1, 2, ())


def test_after_a_halt_the_rest_of_the_run_would_not_have_been() -> None:
    long = run(1, *(step(n, seconds=n, cost=10) for n in range(5)))
    (touched,) = tried(body(steps(2)), long).touched
    assert (touched.action, touched.step_id) == (Action.STOP, "step-2")
    assert (touched.steps_prevented, touched.cost_prevented) == (3, 30)


def test_after_a_warning_it_goes_on() -> None:
    long = run(1, *(step(n, seconds=n, cost=10) for n in range(5)))
    (touched,) = tried(body(steps(2), action=Action.WARN), long).touched
    assert (touched.action, touched.step_id) == (Action.WARN, "step-2")
    assert (touched.steps_prevented, touched.cost_prevented) == (0, 0)


def test_what_a_halted_run_did_afterwards_burdens_nobody_else() -> None:
    greedy = run(1, step(1, seconds=1, cost=60), step(2, seconds=2, cost=60))
    modest = run(2, step(1, seconds=3, cost=40))
    told = tried(body(spending(100, LimitWindow.CALENDAR_DAY)), greedy, modest)
    assert [touched.run_id for touched in told.touched] == ["run_1"]


def test_a_step_is_judged_by_its_estimate_and_counted_by_its_use() -> None:
    frugal = run(1, step(1, seconds=1, cost=90, used=10), step(2, seconds=2, cost=90, used=10))
    assert tried(body(spending(100, LimitWindow.PER_RUN)), frugal).touched == ()
    wasteful = run(1, step(1, seconds=1, cost=10, used=90), step(2, seconds=2, cost=20))
    (touched,) = tried(body(spending(100, LimitWindow.PER_RUN)), wasteful).touched
    assert touched.finding.value == 110


def test_windows_end() -> None:
    day = 86_400.0
    over_midnight = run(1, step(1, seconds=day - 1, cost=80), step(2, seconds=day + 1, cost=80))
    assert tried(body(spending(100, LimitWindow.CALENDAR_DAY)), over_midnight).touched == ()
    sliding = body(spending(100, LimitWindow.SLIDING, seconds=60))
    assert tried(sliding, over_midnight).touched != ()
    apart = run(1, step(1, seconds=0, cost=80), step(2, seconds=120, cost=80))
    assert tried(sliding, apart).touched == ()


def test_time_is_measured_from_the_beginning_of_the_run() -> None:
    minute = Limit(
        name="duration",
        type=LimitType.DURATION_MS,
        maximum=60_000,
        window=LimitWindow.PER_RUN,
    )
    late = run(1, step(1, seconds=100), step(2, seconds=170), begins=90)
    (touched,) = tried(body(minute), late).touched
    assert (touched.step_id, touched.finding.value) == ("step-2", 80_000)


def test_what_binds_at_the_start_lets_a_run_begin_or_not() -> None:
    daily = Limit(name="steps", type=LimitType.STEPS, maximum=3, window=LimitWindow.CALENDAR_DAY)
    first = run(1, *(step(n, seconds=n + 1) for n in range(5)))
    second = run(2, step(1, seconds=20), step(2, seconds=21), begins=19)
    (touched,) = tried(body(daily, bind_at=BindAt.RUN_START), first, second).touched
    assert (touched.run_id, touched.step_id, touched.steps_prevented) == ("run_2", "start", 2)


@pytest.mark.parametrize(
    ("kind", "link"),
    [
        (ScopeType.PROJECT, "project_id"),
        (ScopeType.AGENT, "agent_id"),
        (ScopeType.API_KEY, "api_key_id"),
        (ScopeType.HUMAN_ACTOR, "human_actor_id"),
    ],
)
def test_a_scope_is_for_whom_it_names(kind: ScopeType, link: str) -> None:
    named = Scope(type=kind, ids=("x", "y"))
    usual = {"tenant_id": "ten_1", "run_id": "run_1", "project_id": ""}
    assert names(named, RunContext(**{**usual, link: "y"}))
    assert not names(named, RunContext(**{**usual, link: "z"}))
    assert not names(named, RunContext(**usual))
    assert names(Scope(type=ScopeType.ALL_RUNS), RunContext(**usual))


def test_shared_budgets_come_out_as_counted_by_hand_whatever_the_runs() -> None:
    chance = random.Random(7)
    for _ in range(200):
        runs, cap = _random_runs(chance), chance.randint(1, 200)
        told = tried(body(spending(cap, LimitWindow.CALENDAR_DAY)), *runs)
        assert {one.run_id: one.step_id for one in told.touched} == _by_hand(runs, cap)


def _random_runs(chance: random.Random) -> list[RecordedRun]:
    moments = iter(chance.sample(range(1, 86_000), 40))
    return [
        run(
            number,
            *sorted(
                (
                    step(n, seconds=next(moments), cost=chance.randint(0, 40))
                    for n in range(chance.randint(0, 6))
                ),
                key=lambda one: one.decided_at,
            ),
        )
        for number in range(chance.randint(1, 5))
    ]


def _by_hand(runs: list[RecordedRun], cap: int) -> dict[str, str]:
    """Where each run would have been halted, by one sum over all steps in their order."""
    everything = sorted(
        ((one.decided_at, each.context.run_id, one) for each in runs for one in each.steps),
        key=lambda item: item[0],
    )
    total, halted = 0, dict[str, str]()
    for _, name, one in everything:
        if name in halted:
            continue
        if total + one.cost_micro_usd > cap:
            halted[name] = one.step_id
        else:
            total += one.cost_micro_usd
    return halted
