"""Who may submit runs, and what is known of those that nothing is enforced on."""

import pytest
import pytest_asyncio

from aos.accounts.v1 import person_pb2
from aos.orchestrator.v1 import run_pb2
from tests.support.orchestrated import Agent, Household
from tests.support.plane import Plane
from tests.support.statuses import refusal


@pytest_asyncio.fixture(loop_scope="session")
async def household(plane: Plane) -> Household:
    return await Household(plane).settle()


@pytest.mark.gap("GAP-069")
async def test_a_run_that_begins_while_the_switch_is_off_says_so_for_good(
    household: Household,
) -> None:
    switch = household.asks("policies")
    await switch.call("Disable", reason="An emergency.")
    spared = (await household.run()).run.run
    await switch.call("Enable", reason="Over.")
    governed = (await household.run()).run.run
    assert spared.governance_bypassed
    assert not governed.governance_bypassed
    await household.end(spared.id)
    assert (await household.completed(spared.id)).run.governance_bypassed


async def test_an_agents_key_drives_runs_and_holds_none_of_others(household: Household) -> None:
    others = (await household.run()).run.run.id
    household.metadata = await household.key_with(person_pb2.ROLE_AGENT)
    agent = await Agent(household).hello()
    run_id = (await agent.create()).run.run.id
    assert (await agent.ask(run_id, "one")).WhichOneof("message") == "decided"
    await agent.leave()
    orchestrator = household.asks("orchestrator")
    for method in ("KillRun", "StopRun", "PauseRun"):
        told = await refusal(orchestrator.call(method, run_id=others, reason="mine now"))
        assert told.reason == "PERMISSION_MISSING"
    view = (await orchestrator.call("GetRun", run_id=others)).run
    assert view.completion != run_pb2.COMPLETION_STATE_FINISHED
