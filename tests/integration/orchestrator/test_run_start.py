"""From a wish to a run that may take its first step."""

import uuid
from typing import Any

import pytest

from aos.activity.v1 import run_pb2 as activity_run_pb2
from aos.policies.v1 import gate_pb2, policy_pb2
from tests.support.orchestrated import Agent, Household
from tests.support.plane import Plane
from tests.support.waiting import until


async def test_a_run_begins_under_its_snapshot_with_a_gate_and_a_contract(
    household: Household,
) -> None:
    started = await household.run()
    run = started.run.run
    assert run.status == activity_run_pb2.RUN_STATUS_RUNNING
    assert run.policy_snapshot_id == started.run.gate.snapshot_id
    assert started.run.gate.state == gate_pb2.GATE_STATE_OPEN
    assert started.run.trace_id.startswith("trc_")


async def test_asked_for_twice_it_is_one_run(household: Household) -> None:
    request_id = str(uuid.uuid4())
    first, again = [
        await household.asks("orchestrator").call(
            "CreateRun", request_id=request_id, agent_id=household.agent, goal="one"
        )
        for _ in range(2)
    ]
    assert first.run.run.id == again.run.run.id


@pytest.mark.gap("GAP-033")
@pytest.mark.parametrize("allowed", [True, False])
async def test_what_its_policies_allow_to_be_kept_of_its_texts_is_kept_and_no_more(
    plane: Plane, allowed: bool
) -> None:
    household = await Household(plane).settle()
    kept = policy_pb2.Inspection(allow_prompt_logging=allowed, allow_response_logging=allowed)
    monitors = policy_pb2.MonitorConfig(watched=[policy_pb2.MONITOR_STEPS], inspection=kept)

    async def guardrails() -> Any:
        return (await household.asks("policies").call("ListPolicies")).policies

    for policy in await until(guardrails):
        await household.asks("policies").call(
            "SuspendPolicy", policy_id=policy.id, etag=policy.etag
        )
    await household.govern(monitors=monitors)
    agent = await Agent(household).hello()
    held = (await agent.create()).run
    await agent.ask(held.run.id, "one")
    await agent.report(held.run.id, "one", params_json='"asked"', outcome_json='"answered"')
    activity = household.asks("activity")
    (step,) = (await activity.call("ListSteps", trace_id=held.trace_id)).steps
    texts = (step.step.params_json, step.step.outcome_json)
    assert texts == (('"asked"', '"answered"') if allowed else ("", ""))
