"""Managed runs: plans as a caller gives them, and what became of them."""

import json
from typing import Any

from sqlalchemy import text

from aos.orchestrator.v1 import run_pb2
from aos.policies.v1 import policy_pb2
from tests.support.orchestrated import Household
from tests.support.plane import Plane
from tests.support.waiting import until

MANAGED = run_pb2.RUN_MODE_MANAGED
ECHO = "scripted/echo"


def step(name: str, skill: str, *after: str, **arguments: Any) -> run_pb2.PlanStep:
    """One step of a plan."""
    said = json.dumps({key.removesuffix("_"): value for key, value in arguments.items()})
    return run_pb2.PlanStep(name=name, skill=skill, arguments_json=said, after=after)


def ask(name: str, prompt: Any, *after: str, **more: Any) -> run_pb2.PlanStep:
    """A step that asks a model."""
    return step(name, "llm_governed", *after, **{"model": ECHO, "prompt": prompt, **more})


def slow(name: str, *after: str, ms: int = 60_000) -> run_pb2.PlanStep:
    """A step whose model thinks for longer than any test."""
    return ask(name, "think", *after, script=[{"answer": "done", "after_ms": ms}])


def output_of(name: str) -> dict[str, str]:
    """What stands for what another step says."""
    return {"from": name}


async def managed(household: Household, *steps: run_pb2.PlanStep, **more: Any) -> str:
    """A managed run with a plan; its identifier."""
    plan = {"plan": run_pb2.Plan(steps=steps)} if steps else {}
    started = await household.run(mode=MANAGED, **plan, **more)
    run_id: str = started.run.run.id
    return run_id


async def steps_of(household: Household, run_id: str) -> list[Any]:
    """The steps of a run as its trace has them."""
    asks = household.asks("activity")
    view = (await household.asks("orchestrator").call("GetRun", run_id=run_id)).run
    recorded = await asks.every("ListSteps", "steps", trace_id=view.trace_id)
    return [one.step for one in recorded]


async def names_of(household: Household, run_id: str) -> list[str]:
    """The names of its steps."""
    return [one.step_id for one in await steps_of(household, run_id)]


async def gate_is(household: Household, run_id: str, state: Any) -> Any:
    """The gate once it stands so."""

    async def look() -> Any:
        gate = (await household.asks("policies").call("GetGate", run_id=run_id)).gate
        return gate if gate.state == state else None

    return await until(look)


async def queue_row(household: Household, run_id: str) -> Any:
    """How the run stands in the queue."""
    database = household.plane.services["orchestrator"].foundation.database
    async with database.transaction(household.tenant) as connection:
        found = await connection.execute(
            text("SELECT * FROM run_queue WHERE run_id = :run_id"), {"run_id": run_id}
        )
        return found.mappings().first()


async def queue_is(household: Household, run_id: str, state: str) -> Any:
    """The row of the queue once it stands so."""

    async def look() -> Any:
        row = await queue_row(household, run_id)
        return row if row is not None and row["state"] == state else None

    return await until(look)


async def talkative_household(plane: Plane) -> Household:
    """A tenant of whose runs everything may be kept."""
    made = await Household(plane).settle()
    owner = made.asks("policies")

    async def pack() -> Any:
        return (await owner.call("ListPolicies", state=policy_pb2.POLICY_STATE_ACTIVE)).policies

    # What a new tenant begins with keeps nothing of what runs say.
    for policy in await until(pack):
        await owner.call("SuspendPolicy", policy_id=policy.id, etag=policy.etag)
    monitors = policy_pb2.MonitorConfig(
        watched=[policy_pb2.MONITOR_STEPS],
        inspection=policy_pb2.Inspection(
            allow_prompt_logging=True,
            allow_response_logging=True,
            allow_pii_capture=True,
            allow_secret_access=True,
        ),
    )
    await made.govern(monitors=monitors)
    return made
