"""What a run of a scenario causes is marked, also where it is told by an event or from afar."""

import uuid
from typing import Any

import pytest

from aos.activity.v1 import signal_pb2
from services.incidents.workers import on_signal_alert
from tests.support.calling import Caller
from tests.support.governed import limit
from tests.support.orchestrated import Agent, Household
from tests.support.waiting import until

SCENARIO = "a-scenario"


async def raised(household: Household, run_id: str) -> signal_pb2.Signal:
    """A signal about a run, as the plane itself raises it."""
    machine = Caller(
        household.plane,
        "activity",
        household.plane.identities.service_metadata(
            "orchestrator", audience="activity", tenant=household.tenant
        ),
    )
    answer = await machine.call(
        "RaiseSignal",
        run_id=run_id,
        kind=signal_pb2.SIGNAL_KIND_STALE_RUN,
        detail=f"It is silent, {uuid.uuid4()}.",
    )
    signal: signal_pb2.Signal = answer.signal
    return signal


async def alert_of(household: Household, run_id: str) -> Any:
    async def alerts() -> Any:
        listed = await household.asks("incidents").call("ListAlerts", run_id=run_id, page_size=10)
        return listed.alerts

    return (await until(alerts))[0]


async def test_a_signal_of_a_synthetic_run_and_its_alert_are_marked(household: Household) -> None:
    run_id = (await household.run(synthetic_scenario_id=SCENARIO)).run.run.id
    signal = await raised(household, run_id)
    assert (signal.is_synthetic, signal.synthetic_scenario_id) == (True, SCENARIO)
    alert = await alert_of(household, run_id)
    assert (alert.is_synthetic, alert.synthetic_scenario_id) == (True, SCENARIO)


async def test_those_of_a_real_run_are_not(household: Household) -> None:
    run_id = (await household.run()).run.run.id
    signal = await raised(household, run_id)
    alert = await alert_of(household, run_id)
    assert {signal.is_synthetic, alert.is_synthetic} == {False}
    assert {signal.synthetic_scenario_id, alert.synthetic_scenario_id} == {""}


async def test_mutant_an_alert_that_forgets_whose_signal_it_is_looks_real(
    household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = on_signal_alert.SignalReport
    monkeypatch.setattr(
        on_signal_alert,
        "SignalReport",
        lambda **said: real(**{**said, "synthetic_scenario_id": ""}),
    )
    run_id = (await household.run(synthetic_scenario_id=SCENARIO)).run.run.id
    await raised(household, run_id)
    assert not (await alert_of(household, run_id)).is_synthetic


async def test_an_alert_of_a_tier_is_marked(household: Household, agent: Agent) -> None:
    await household.govern(limit("STEPS", 2))
    run_id = (await agent.create(synthetic_scenario_id=SCENARIO)).run.run.id
    await agent.ask(run_id, "s1")
    alert = await alert_of(household, run_id)
    assert (alert.is_synthetic, alert.synthetic_scenario_id) == (True, SCENARIO)
