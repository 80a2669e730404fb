"""What may be used and what would happen, without anything happening."""

import json
from typing import Any

import pytest
from sqlalchemy import text

from aos.orchestrator.v1 import run_pb2
from aos.policies.v1 import decision_pb2, policy_pb2
from kernel.identifiers import new_id
from tests.support.governed import CONTINUE, KILL, limit, scope
from tests.support.managed import ask, output_of, step
from tests.support.orchestrated import Household
from tests.support.waiting import until

_COUNTED = (
    ("activity", "runs"),
    ("policies", "gates"),
    ("policies", "decisions"),
    ("policies", "policy_snapshots"),
    ("policies", "counters"),
    ("orchestrator", "run_contracts"),
    ("orchestrator", "run_queue"),
)


async def rows_of(household: Household) -> dict[str, int]:
    """How many rows of the tenant there are of everything that a start writes."""
    counted = {}
    for service, table in _COUNTED:
        database = household.plane.services[service].foundation.database
        async with database.transaction(household.tenant) as connection:
            found = await connection.execute(text(f"SELECT count(*) FROM {table}"))
            counted[table] = int(found.scalar_one())
    return counted


async def simulate(household: Household, *steps: run_pb2.PlanStep, **more: Any) -> Any:
    plan = {"plan": run_pb2.Plan(steps=steps)} if steps else {}
    wanted = {"agent_id": household.agent, "goal": "anything", **plan, **more}
    return await household.asks("orchestrator").call("Simulate", **wanted)


async def test_a_simulation_says_what_a_start_would_and_leaves_only_an_entry(
    household: Household,
) -> None:
    policy = await household.govern(
        limit("CALLS", 0), action=KILL, bind_at=policy_pb2.BIND_AT_RUN_START
    )
    before = await rows_of(household)
    told = await simulate(household, ask("a", "hi", max_output_tokens=10), ask("b", output_of("a")))
    assert told.refusal == ""
    assert told.start_decision.action == KILL
    assert policy.id in told.policy_ids
    assert list(told.policy_ids) == sorted(told.policy_ids)
    # One token in, ten out, and what is usual for the second, of which nothing is known yet.
    assert told.estimated_cost_micro_usd == 1 + 4 * 10 + 4 * 1024
    assert await rows_of(household) == before
    logs = household.asks("logs")

    async def entries() -> list[Any]:
        every = await logs.every("ListEntries", "entries", size=100)
        return [one for one in every if one.draft.event_type == "RUN_SIMULATED"]

    (entry,) = await until(entries)
    assert entry.draft.entity_id == household.agent
    assert json.loads(entry.draft.after_json)["policy_ids"] == list(told.policy_ids)
    started = await household.run()
    assert started.start_decision.action == told.start_decision.action


async def test_it_decides_as_policies_do_where_nothing_forbids(household: Household) -> None:
    told = await simulate(household)
    assert told.start_decision.action == CONTINUE
    assert told.start_decision.reason == decision_pb2.DECISION_REASON_ALLOWED
    assert told.estimated_cost_micro_usd == 0


@pytest.mark.parametrize(
    ("steps", "more", "said"),
    [
        ([step("a", "conjure")], {}, "'conjure' is no skill"),
        ([ask("a", "x", model="nobody/x")], {}, "has no provider"),
        ([], {"agent_id": new_id("agt")}, "There is no agent"),
    ],
)
async def test_what_would_be_refused_is_said_and_not_raised(
    household: Household, steps: list[Any], more: dict[str, Any], said: str
) -> None:
    told = await simulate(household, *steps, **more)
    assert said in told.refusal
    assert not told.HasField("start_decision")


@pytest.mark.gap("GAP-070")
async def test_that_governance_is_degraded_is_a_refusal(household: Household) -> None:
    await household.asks("policies").call("Degrade", reason="an exercise")
    told = await simulate(household)
    assert "Governance is degraded" in told.refusal


async def test_capabilities_name_skills_and_what_applies_to_every_run(
    household: Household,
) -> None:
    everybody = await household.govern()
    mine = await household.govern(scope=scope("AGENT", household.agent))
    told = await household.asks("orchestrator").call("GetCapabilities")
    assert [skill.name for skill in told.skills] == [
        "llm_governed",
        "transform",
        "wait",
        "ask_person",
    ]
    schema = json.loads(told.skills[0].arguments_schema_json)
    assert schema["required"] == ["model", "prompt"]
    assert told.skills[0].kind == decision_pb2.STEP_KIND_MODEL_CALL
    assert everybody.id in told.policy_ids
    assert mine.id not in told.policy_ids
    assert told.profile == "STANDARD"
    assert told.accepts_runs
    assert list(told.plane_ids) == []
