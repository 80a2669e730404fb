"""What reaches a managed run from outside: pause, stop, kill, people, time."""

import uuid
from typing import Any

import pytest
import pytest_asyncio
from grpc import StatusCode
from sqlalchemy import text

from aos.accounts.v1 import person_pb2
from aos.activity.v1 import run_pb2 as activity_run_pb2
from aos.activity.v1 import trace_pb2
from aos.orchestrator.v1 import run_service_pb2
from aos.orchestrator.v1 import session_service_pb2 as session
from aos.policies.v1 import gate_pb2
from kernel.errors import Unavailable
from services.orchestrator.clients.scripted_models import ScriptedModels
from services.orchestrator.clients.step_desk import StepCalls
from services.orchestrator.usecases import execute_run
from services.orchestrator.usecases.work_runs import WorkRuns
from tests.support.managed import (
    MANAGED,
    ask,
    gate_is,
    managed,
    names_of,
    output_of,
    queue_is,
    queue_row,
    slow,
    step,
    steps_of,
    talkative_household,
)
from tests.support.orchestrated import Agent, Household
from tests.support.plane import Plane
from tests.support.statuses import refusal
from tests.support.waiting import until

PAUSED, KILLED = gate_pb2.GATE_STATE_PAUSED, gate_pb2.GATE_STATE_KILLED


@pytest_asyncio.fixture(loop_scope="session")
async def talkative(plane: Plane) -> Household:
    """A tenant of whose runs everything may be kept."""
    return await talkative_household(plane)


class Thinking:
    """Models that think until they are told to answer."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.ended: list[str] = []


@pytest.fixture
def thinking(monkeypatch: pytest.MonkeyPatch) -> Thinking:
    """Notes who begins to think and who ends, broken off or not."""
    noted, original = Thinking(), ScriptedModels.__call__

    async def noting(self: Any, request: Any) -> Any:
        noted.asked.append(request.prompt)
        try:
            return await original(self, request)
        finally:
            noted.ended.append(request.prompt)

    monkeypatch.setattr(ScriptedModels, "__call__", noting)
    return noted


async def govern(household: Household, method: str, run_id: str, **more: Any) -> Any:
    return await household.asks("orchestrator").call(
        method, run_id=run_id, reason="because", **more
    )


@pytest.mark.gap("GAP-013")
async def test_a_paused_run_goes_on_where_it_stopped(
    talkative: Household, thinking: Thinking
) -> None:
    run_id = await managed(
        talkative,
        ask("first", "one", script=[{"answer": "1", "after_ms": 400}]),
        ask("second", output_of("first"), "first"),
    )
    await until(lambda: thinking.asked == ["one"])
    await govern(talkative, "PauseRun", run_id)
    await queue_is(talkative, run_id, "HELD")
    assert thinking.asked == ["one"]
    assert await names_of(talkative, run_id) == ["first"]
    await govern(talkative, "ResumeRun", run_id)
    view = await talkative.completed(run_id)
    assert view.run.status == activity_run_pb2.RUN_STATUS_SUCCEEDED
    assert thinking.asked == ["one", "1"]
    assert view.output_json == '"1"'


@pytest.mark.gap("GAP-013")
async def test_it_goes_on_though_nothing_of_its_outputs_may_be_kept(
    household: Household, thinking: Thinking
) -> None:
    run_id = await managed(
        household,
        ask("first", "one", script=[{"answer": "1", "after_ms": 400}]),
        ask("second", output_of("first"), "first"),
    )
    await until(lambda: thinking.asked == ["one"])
    await govern(household, "PauseRun", run_id)
    await queue_is(household, run_id, "HELD")
    await govern(household, "ResumeRun", run_id)
    view = await household.completed(run_id)
    assert view.run.status == activity_run_pb2.RUN_STATUS_SUCCEEDED
    assert thinking.asked == ["one", "1"]
    assert view.output_json == ""


@pytest.mark.gap("GAP-014")
async def test_a_kill_breaks_off_what_is_under_way(
    household: Household, thinking: Thinking
) -> None:
    run_id = await managed(household, slow("long"), ask("never", "x", "long"))
    await until(lambda: thinking.asked)
    await govern(household, "KillRun", run_id)
    await until(lambda: thinking.ended)
    view = await household.completed(run_id)
    assert view.run.status == activity_run_pb2.RUN_STATUS_CANCELLED
    assert thinking.asked == ["think"]
    halt = (await household.asks("orchestrator").call("GetHalt", run_id=run_id)).halt
    assert halt.confirmed
    (recorded,) = await steps_of(household, run_id)
    assert recorded.status == trace_pb2.STEP_STATUS_CANCELLED


@pytest.mark.gap("GAP-014")
async def test_a_stop_lets_what_is_under_way_end(household: Household, thinking: Thinking) -> None:
    run_id = await managed(household, slow("long", ms=700), ask("never", "x", "long"))
    await until(lambda: thinking.asked)
    await govern(household, "StopRun", run_id)
    view = await household.completed(run_id)
    assert view.run.status == activity_run_pb2.RUN_STATUS_CANCELLED
    (recorded,) = await steps_of(household, run_id)
    assert recorded.status == trace_pb2.STEP_STATUS_SUCCEEDED
    assert thinking.asked == ["think"]


async def kill_breaks_off(household: Household, thinking: Thinking) -> None:
    run_id = await managed(household, slow("long", ms=3_000))
    await until(lambda: thinking.asked)
    await govern(household, "KillRun", run_id)
    view = await household.completed(run_id)
    assert view.gate.state == KILLED
    (recorded,) = await until(lambda: steps_of(household, run_id))
    assert recorded.status == trace_pb2.STEP_STATUS_CANCELLED


@pytest.mark.gap("GAP-014")
async def test_mutant_a_worker_that_hears_nothing_is_noticed(
    household: Household, thinking: Thinking, monkeypatch: pytest.MonkeyPatch
) -> None:
    await kill_breaks_off(household, thinking)
    thinking.asked.clear()
    monkeypatch.setattr(execute_run.ManagedRun, "hear", lambda _self, _told: None)
    with pytest.raises(AssertionError):
        await kill_breaks_off(household, thinking)


@pytest.mark.gap("GAP-015")
async def test_a_person_is_asked_and_their_comment_is_the_output(talkative: Household) -> None:
    run_id = await managed(
        talkative,
        step("may_i", "ask_person", question="May I?"),
        step("said", "transform", input=output_of("may_i"), template="{comment}"),
    )
    gate = await gate_is(talkative, run_id, PAUSED)
    assert gate.awaits_acknowledgement
    assert gate.reason == "May I?"
    await queue_is(talkative, run_id, "HELD")
    told = await refusal(govern(talkative, "ResumeRun", run_id))
    assert told.reason == "ILLEGAL_GATE_STEP"
    await talkative.asks("policies").call("Acknowledge", run_id=run_id, comment="You may.")
    view = await talkative.completed(run_id)
    assert view.run.status == activity_run_pb2.RUN_STATUS_SUCCEEDED
    assert view.output_json == '"You may."'


async def test_who_may_not_resume_resumes_nothing(household: Household) -> None:
    run_id = await managed(household, step("may_i", "ask_person", question="May I?"))
    await gate_is(household, run_id, PAUSED)
    viewer = await household.key_with(person_pb2.ROLE_VIEWER)
    told = await refusal(
        household.asks("orchestrator", viewer).call(
            "ResumeRun", request_id=str(uuid.uuid4()), run_id=run_id
        )
    )
    assert told.code is StatusCode.PERMISSION_DENIED
    told = await refusal(household.asks("policies", viewer).call("Acknowledge", run_id=run_id))
    assert told.code is StatusCode.PERMISSION_DENIED
    gate = (await household.asks("policies").call("GetGate", run_id=run_id)).gate
    assert gate.state == PAUSED


async def test_a_wait_is_a_moment_on_disk_and_holds_no_place(household: Household) -> None:
    run_id = await managed(household, step("pause", "wait", seconds=2), ask("then", "x", "pause"))
    database = household.plane.services["orchestrator"].foundation.database

    async def waits() -> Any:
        async with database.transaction(household.tenant) as connection:
            statement = text("SELECT until FROM run_step_waits WHERE run_id = :run_id")
            return (await connection.execute(statement, {"run_id": run_id})).scalar_one_or_none()

    moment = await until(waits)
    row = await queue_is(household, run_id, "QUEUED")
    assert row["due_at"] == moment
    view = await household.completed(run_id)
    assert view.run.status == activity_run_pb2.RUN_STATUS_SUCCEEDED
    assert view.run.complete_time.ToDatetime(tzinfo=moment.tzinfo) >= moment
    assert await names_of(household, run_id) == ["pause", "then"]


async def test_a_kill_of_a_waiting_run_ends_it(household: Household) -> None:
    run_id = await managed(household, step("pause", "wait", seconds=3600))
    await queue_is(household, run_id, "QUEUED")

    async def put_back() -> bool:
        row = await queue_row(household, run_id)
        return bool(row["lease_epoch"] and row["state"] == "QUEUED")

    await until(put_back)
    await govern(household, "KillRun", run_id)
    view = await household.completed(run_id)
    assert view.run.status == activity_run_pb2.RUN_STATUS_CANCELLED
    await queue_is(household, run_id, "OVER")


async def test_a_planner_that_says_no_plan_ends_the_run_as_failed(
    household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ScriptedModels, "_rule", lambda _self, _request: {"answer": "No."})
    run_id = await managed(household, goal="anything")
    view = await household.completed(run_id)
    assert view.run.status == activity_run_pb2.RUN_STATUS_FAILED
    (recorded,) = await steps_of(household, run_id)
    assert (recorded.step_id, recorded.outcome_code) == ("planner#1", "PLAN_INVALID")
    assert recorded.output_tokens == 1


async def test_no_agent_executes_what_our_worker_does(household: Household, agent: Agent) -> None:
    run_id = await managed(household, step("pause", "wait", seconds=3600))
    told = (await agent.say(attach=session.AttachRun(run_id=run_id))).refused
    assert told.reason == "RUN_HELD_ELSEWHERE"
    wanted = run_service_pb2.CreateRunRequest(
        request_id=str(uuid.uuid4()), agent_id=household.agent, goal="g", mode=MANAGED
    )
    told = (await agent.say(create=wanted)).refused
    assert (told.reason, told.field) == ("INVALID_FIELD", "create.mode")


async def broken_off_unheard(
    household: Household, thinking: Thinking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While nobody can say how a gate stands, nothing of its run goes on for longer than a permit."""
    run_id = await managed(household, slow("long", ms=8_000))
    await until(lambda: thinking.asked)
    original = StepCalls.gates

    async def away(_self: Any, _tenant: Any, _runs: Any) -> Any:
        raise Unavailable("Policies are away.")

    with monkeypatch.context() as cut_off:
        cut_off.setattr(StepCalls, "gates", away)
        await until(lambda: thinking.ended)
        assert (await steps_of(household, run_id)) == []
    assert StepCalls.gates is original
    await until(lambda: len(thinking.asked) > 1)
    await govern(household, "KillRun", run_id)
    await household.completed(run_id)


async def test_a_worker_that_hears_nothing_for_a_permit_breaks_off(
    household: Household, thinking: Thinking, monkeypatch: pytest.MonkeyPatch
) -> None:
    await broken_off_unheard(household, thinking, monkeypatch)


async def test_mutant_a_worker_without_permits_goes_on_unheard(
    household: Household, thinking: Thinking, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(WorkRuns, "watch", lambda _self: None)
        with pytest.raises(AssertionError):
            await broken_off_unheard(household, thinking, monkeypatch)
