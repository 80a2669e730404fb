"""From a wish to a run that may take its first step."""

import uuid

from aos.activity.v1 import run_pb2 as activity_run_pb2
from aos.policies.v1 import gate_pb2
from tests.support.orchestrated import Household


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
