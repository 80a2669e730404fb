"""Whether a run spends unlike its agent's runs before it."""

import pytest

from kernel.identifiers import AgentId, TenantId
from services.incidents.domain.burn_rate import ENOUGH, KEPT, BurnHistory, Spending

DOLLAR = 1_000_000


def history(*rates: int) -> BurnHistory:
    return BurnHistory(tenant_id=TenantId("ten"), agent_id=AgentId("agt"), rates=rates)


def spending(rate: int, seconds: float = 60.0) -> Spending:
    return Spending(cost_micro_usd=round(rate * seconds / 60), seconds=seconds)


def test_twice_the_usual_of_a_steady_agent_is_not_yet_unusual_and_more_is() -> None:
    steady = history(*[DOLLAR] * 20)
    assert steady.anomaly(spending(2 * DOLLAR)) is None
    found = steady.anomaly(spending(2 * DOLLAR + 1))
    assert found is not None
    assert found.threshold == 2 * DOLLAR
    assert "last 20 runs spent 1.0000 USD (median)" in found.explanation
    assert "2.0 times the usual" in found.explanation


def test_an_agent_that_spends_very_differently_is_given_more_room() -> None:
    wild = history(*[DOLLAR * factor for factor in range(1, 21)])
    assert wild.anomaly(spending(50 * DOLLAR)) is None
    assert wild.anomaly(spending(60 * DOLLAR)) is not None


def test_one_run_that_went_wild_does_not_make_the_next_one_usual() -> None:
    once = history(*[DOLLAR] * 19).with_run(spending(500 * DOLLAR))
    assert once.anomaly(spending(500 * DOLLAR)) is not None


@pytest.mark.parametrize("known", range(ENOUGH))
def test_before_there_is_a_history_nothing_is_unusual(known: int) -> None:
    assert history(*[DOLLAR] * known).anomaly(spending(1000 * DOLLAR)) is None


def test_less_than_a_cent_is_worth_nobodys_time() -> None:
    tiny = history(*[10] * 20)
    assert tiny.anomaly(Spending(cost_micro_usd=9_999, seconds=1)) is None
    assert tiny.anomaly(Spending(cost_micro_usd=10_000, seconds=1)) is not None


def test_runs_that_cost_nothing_say_nothing_and_the_oldest_are_forgotten() -> None:
    assert history(1).with_run(Spending(cost_micro_usd=0, seconds=5)) == history(1)
    many = history()
    for rate in range(1, KEPT + 11):
        many = many.with_run(spending(rate * 60, 1.0))
    assert len(many.rates) == KEPT
    assert many.rates[0] == 11 * 60


def test_a_run_of_no_time_counts_as_one_of_a_second() -> None:
    assert Spending(cost_micro_usd=100, seconds=0.0).rate == 6000
