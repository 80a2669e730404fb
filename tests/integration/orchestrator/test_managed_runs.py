"""Runs that our own worker executes."""

import uuid

import pytest
from grpc import StatusCode

from aos.activity.v1 import run_pb2 as activity_run_pb2
from aos.activity.v1 import trace_pb2
from aos.orchestrator.v1 import run_pb2
from kernel.identifiers import new_id
from tests.support.governed import STOP, limit
from tests.support.managed import (
    MANAGED,
    ask,
    managed,
    names_of,
    output_of,
    queue_is,
    queue_row,
    step,
    steps_of,
)
from tests.support.orchestrated import Household
from tests.support.statuses import refusal


async def test_a_plan_is_executed_in_the_order_that_its_outputs_demand(
    household: Household,
) -> None:
    run_id = await managed(
        household,
        step("text", "transform", input=output_of("fields"), template="I am {name}."),
        step("fields", "transform", input={"name": "Ada", "age": 36}, pick=["name"]),
        ask("said", output_of("text")),
    )
    view = await household.completed(run_id)
    assert view.mode == run_pb2.RUN_MODE_MANAGED
    assert view.run.status == activity_run_pb2.RUN_STATUS_SUCCEEDED
    assert view.run.integrity_status == activity_run_pb2.INTEGRITY_STATUS_VERIFIED
    assert await names_of(household, run_id) == ["fields", "text", "said"]


async def test_what_a_run_has_produced_is_kept_where_responses_may_be(
    household: Household,
) -> None:
    run_id = await managed(household, ask("said", "hello"))
    assert (await household.completed(run_id)).output_json == ""
    row = await queue_row(household, run_id)
    assert (row["plan"], row["goal"]) == ("", "")


async def test_governance_of_a_model_call_stands_in_the_trace(household: Household) -> None:
    run_id = await managed(
        household,
        ask("said", "hi", max_output_tokens=9_999, temperature=1.5, options={"tools": []}),
    )
    await household.completed(run_id)
    (recorded,) = await steps_of(household, run_id)
    assert recorded.kind == trace_pb2.STEP_KIND_LLM_CALL
    assert recorded.model == "scripted/echo"
    assert (recorded.input_tokens, recorded.output_tokens) == (1, 1)
    assert recorded.cost_micro_usd == 5
    assert recorded.outcome_code == (
        "risk 40, clamped max_output_tokens, clamped temperature, blocked tools"
    )
    (record,) = (await household.asks("logs").call("ListRunRecords", run_id=run_id)).records
    assert record.provider == "scripted"


async def test_without_a_plan_a_planner_makes_one(household: Household) -> None:
    run_id = await managed(household, goal="say something")
    view = await household.completed(run_id)
    assert view.run.status == activity_run_pb2.RUN_STATUS_SUCCEEDED
    assert await names_of(household, run_id) == ["planner#1", "answer"]


@pytest.mark.gap("GAP-016")
@pytest.mark.gap("GAP-030")
async def test_a_violation_in_one_step_means_that_the_next_never_ran(household: Household) -> None:
    policy = await household.govern(limit("COST_MICRO_USD", 5_000), action=STOP)
    run_id = await managed(
        household,
        ask("cheap", "hi"),
        ask("dear", "hi", "cheap", max_output_tokens=4000),
        ask("never", "hi", "dear"),
    )
    view = await household.completed(run_id)
    assert view.run.status == activity_run_pb2.RUN_STATUS_FAILED_POLICY
    assert view.run.violation_policy_id == policy.id
    recorded = await steps_of(household, run_id)
    assert [(one.step_id, one.status) for one in recorded] == [
        ("cheap", trace_pb2.STEP_STATUS_SUCCEEDED),
        ("dear", trace_pb2.STEP_STATUS_BLOCKED),
    ]


async def test_a_step_that_fails_ends_the_run_and_says_why(household: Household) -> None:
    run_id = await managed(
        household,
        step("bad", "transform", input={}, pick=["name"]),
        ask("never", "hi", "bad"),
    )
    view = await household.completed(run_id)
    assert view.run.status == activity_run_pb2.RUN_STATUS_FAILED
    (recorded,) = await steps_of(household, run_id)
    assert recorded.status == trace_pb2.STEP_STATUS_FAILED
    assert recorded.outcome_code == "NO_SUCH_FIELD"


@pytest.mark.parametrize(
    ("steps", "field"),
    [
        ([step("a", "conjure")], "plan.steps[0].skill"),
        ([ask("a", output_of("b")), ask("b", output_of("a"))], "plan.steps"),
        ([ask("a", "x"), ask("a", "y")], "plan.steps[1].name"),
        ([ask("a", output_of("b"))], "plan.steps[0].arguments_json"),
        ([step("a", "wait", seconds=-1)], "plan.steps[0].arguments_json.seconds"),
        ([step("a", "llm_invoke", model="scripted/echo", prompt="x")], "plan.steps[0].skill"),
    ],
)
async def test_a_plan_that_nobody_can_execute_makes_no_run(
    household: Household, steps: list[run_pb2.PlanStep], field: str
) -> None:
    told = await refusal(managed(household, *steps))
    assert told.code is StatusCode.INVALID_ARGUMENT
    assert field in told.message
    runs = (await household.asks("activity").call("ListRuns")).runs
    assert list(runs) == []


async def test_a_run_for_an_unknown_agent_is_refused(household: Household) -> None:
    told = await refusal(managed(household, ask("a", "x"), agent_id=new_id("agt")))
    assert told.code is StatusCode.NOT_FOUND


async def test_asked_for_twice_it_is_executed_once_and_another_plan_is_refused(
    household: Household,
) -> None:
    wanted = {"request_id": str(uuid.uuid4()), "mode": MANAGED, "goal": "g"}
    plan = run_pb2.Plan(steps=[ask("a", "x")])
    first, again = (
        await household.run(plan=plan, **wanted),
        await household.run(plan=plan, **wanted),
    )
    assert first.run.run.id == again.run.run.id
    await household.completed(first.run.run.id)
    await household.run(plan=plan, **wanted)
    assert await names_of(household, first.run.run.id) == ["a"]
    other = run_pb2.Plan(steps=[ask("a", "y")])
    assert (await refusal(household.run(plan=other, **wanted))).reason == "REQUEST_ID_REUSED"


async def test_steps_that_do_not_depend_on_each_other_all_run(household: Household) -> None:
    width = 9
    run_id = await managed(
        household,
        *(ask(f"s{place}", f"p{place}") for place in range(width)),
        step(
            "all", "transform", input=[output_of(f"s{place}") for place in range(width)], pointer=""
        ),
    )
    view = await household.completed(run_id)
    assert view.run.status == activity_run_pb2.RUN_STATUS_SUCCEEDED
    names = await names_of(household, run_id)
    assert (sorted(names[:-1]), names[-1]) == ([f"s{place}" for place in range(width)], "all")


async def test_a_run_given_up_while_it_waits_is_out_of_the_queue(household: Household) -> None:
    run_id = await managed(household, step("long", "wait", seconds=3600))
    row = await queue_is(household, run_id, "QUEUED")
    assert row is not None
    await household.asks("orchestrator").call("CancelRun", run_id=run_id, reason="enough")
    view = await household.completed(run_id)
    assert view.run.status == activity_run_pb2.RUN_STATUS_CANCELLED
    await queue_is(household, run_id, "OVER")


async def test_outputs_that_grow_without_end_end_the_run(household: Household) -> None:
    doubled = [
        step(
            f"s{place}",
            "transform",
            input=[output_of(f"s{place - 1}")] * 2 if place else ["x" * 100],
            pointer="",
        )
        for place in range(25)
    ]
    run_id = await managed(household, *doubled)
    view = await household.completed(run_id)
    assert view.run.status == activity_run_pb2.RUN_STATUS_FAILED
    assert (await steps_of(household, run_id))[-1].outcome_code == "ARGUMENTS_TOO_LARGE"
