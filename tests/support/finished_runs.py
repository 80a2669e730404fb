"""Runs that are over, in every way that evidence tells apart."""

from dataclasses import dataclass
from typing import Any

from aos.activity.v1 import trace_pb2
from aos.policies.v1 import decision_pb2
from tests.support.governed import STOP, limit
from tests.support.orchestrated import Agent, Household
from tests.support.waiting import until

# Entries of these types reach the ledger by themselves, soon after the run is complete.
_AWAITED = {"RUN_COMPLETED", "GATE_OPENED", "TRACE_SEALED"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoppedRun:
    """A run that a policy has stopped."""

    run_id: str
    policy_id: str


async def succeeded_run(household: Household, agent: Agent, *, steps: int = 3) -> str:
    """A run that took so many steps and ended well, complete and in the ledger."""
    run_id: str = (await agent.create()).run.run.id
    for number in range(steps):
        name = f"s{number}"
        await agent.ask(run_id, name, kind=decision_pb2.STEP_KIND_MODEL_CALL)
        await agent.report(
            run_id,
            name,
            kind=trace_pb2.STEP_KIND_LLM_CALL,
            model="scripted/one",
            params_json='"in"',
            outcome_json='"out"',
        )
    await agent.end(run_id)
    await household.completed(run_id)
    await in_the_ledger(household, run_id)
    return run_id


async def stopped_run(household: Household, agent: Agent) -> StoppedRun:
    """A run that was stopped at its second step, since that would have cost too much."""
    policy = await household.govern(limit("COST_MICRO_USD", 100), action=STOP)
    run_id: str = (await agent.create()).run.run.id
    await agent.ask(run_id, "cheap", estimated_cost_micro_usd=60)
    await agent.report(run_id, "cheap", cost_micro_usd=60)
    await agent.ask(run_id, "dear", estimated_cost_micro_usd=60)
    await agent.end(run_id)
    await household.completed(run_id)
    await in_the_ledger(household, run_id)
    return StoppedRun(run_id=run_id, policy_id=policy.id)


async def in_the_ledger(household: Household, run_id: str) -> None:
    """Wait until what a proof relies on has reached the ledger."""

    async def arrived() -> bool:
        entries: list[Any] = await household.asks("logs").every(
            "ListEntries", "entries", size=500, filter={"run_id": run_id}
        )
        return {entry.draft.event_type for entry in entries} >= _AWAITED

    await until(arrived)
