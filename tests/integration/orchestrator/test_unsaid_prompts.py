"""An agent that reports a model call without what it asked is completed like any other."""

import hashlib

import pytest

from aos.activity.v1 import trace_pb2
from aos.orchestrator.v1 import run_pb2
from aos.policies.v1 import decision_pb2
from services.orchestrator.clients import logs_desk
from tests.support.orchestrated import Agent, Household
from tests.support.waiting import until

PARKED = run_pb2.COMPLETION_STATE_PARKED


async def unsaid(agent: Agent) -> str:
    """A run with a model call of which nothing is said but the model."""
    run_id: str = (await agent.create()).run.run.id
    await agent.ask(run_id, "s1", kind=decision_pb2.STEP_KIND_MODEL_CALL)
    await agent.report(run_id, "s1", kind=trace_pb2.STEP_KIND_LLM_CALL, model="scripted/one")
    await agent.end(run_id)
    return run_id


async def test_its_record_has_the_hash_of_nothing(household: Household, agent: Agent) -> None:
    run_id = await unsaid(agent)
    await household.completed(run_id)
    (record,) = (await household.asks("logs").call("ListRunRecords", run_id=run_id)).records
    assert record.prompt_hash == hashlib.sha256(b"").digest()
    assert record.response_hash == b""


async def test_mutant_without_it_the_completion_waits_for_a_person(
    household: Household, agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs_desk, "_NOTHING_SAID", b"")
    run_id = await unsaid(agent)

    async def parked() -> bool:
        view = (await household.asks("orchestrator").call("GetRun", run_id=run_id)).run
        return bool(view.completion == PARKED)

    assert await until(parked)
