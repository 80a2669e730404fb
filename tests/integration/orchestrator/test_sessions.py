"""Agents in sessions: decisions, permits, directives, and going on somewhere else."""

import uuid
from typing import Any

import pytest

from aos.activity.v1 import run_pb2 as activity_run_pb2
from aos.activity.v1 import trace_pb2
from aos.orchestrator.v1 import run_service_pb2
from aos.orchestrator.v1 import session_service_pb2 as session
from aos.policies.v1 import gate_pb2
from services.orchestrator.usecases.open_sessions import OpenSessions
from tests.support.governed import CONTINUE, KILL, PAUSE, STOP, limit
from tests.support.orchestrated import Agent, Household
from tests.support.statuses import refusal
from tests.support.waiting import until

TERMINATE, WAIT, GO_ON = (
    gate_pb2.CHECK_OUTCOME_TERMINATE,
    gate_pb2.CHECK_OUTCOME_PAUSE,
    gate_pb2.CHECK_OUTCOME_CONTINUE,
)


async def steps_of(household: Household, run_id: str) -> list[Any]:
    activity = household.asks("activity")
    trace = (await activity.call("GetTrace", run_id=run_id)).trace
    return await activity.every("ListSteps", "steps", trace_id=trace.trace_id)


async def test_a_step_is_asked_for_happens_and_is_on_disk(
    household: Household, agent: Agent
) -> None:
    run_id = (await agent.create()).run.run.id
    decided = (await agent.ask(run_id, "one")).decided
    assert decided.decision.action == CONTINUE
    assert decided.permit.valid_for.ToTimedelta().total_seconds() == 5
    recorded = (await agent.report(run_id, "one")).recorded
    assert (recorded.index, recorded.late) == (0, False)
    (step,) = await steps_of(household, run_id)
    assert step.step.step_id == "one"


async def test_what_was_said_twice_is_on_disk_once(household: Household, agent: Agent) -> None:
    run_id = (await agent.create()).run.run.id
    await agent.ask(run_id, "one")
    step = trace_pb2.Step(
        step_id="one",
        kind=trace_pb2.STEP_KIND_TOOL_CALL,
        skill_name="search",
        status=trace_pb2.STEP_STATUS_SUCCEEDED,
    )
    step.start_time.GetCurrentTime()
    said = session.StepResult(run_id=run_id, step=step)
    first, again = [(await agent.say(result=said)).recorded for _ in range(2)]
    assert first == again
    assert len(await steps_of(household, run_id)) == 1


@pytest.mark.gap("GAP-016")
@pytest.mark.gap("GAP-030")
async def test_a_stop_halts_the_run_within_the_step_that_was_asked_for(
    household: Household, agent: Agent
) -> None:
    await household.govern(limit("STEPS", 2), action=STOP)
    run_id = (await agent.create()).run.run.id
    for name in ("one", "two"):
        assert (await agent.ask(run_id, name)).decided.decision.action == CONTINUE
        await agent.report(run_id, name)
    for name in ("three", "four"):
        refused = (await agent.ask(run_id, name)).decided
        assert refused.decision.action == STOP
        assert not refused.HasField("permit")
    happened = [
        one.step.step_id
        for one in await steps_of(household, run_id)
        if one.step.status == trace_pb2.STEP_STATUS_SUCCEEDED
    ]
    assert happened == ["one", "two"]


@pytest.mark.gap("GAP-014")
@pytest.mark.gap("GAP-069")
async def test_a_kill_reaches_the_agent_without_its_asking(
    household: Household, agent: Agent
) -> None:
    run_id = (await agent.create()).run.run.id
    await agent.ask(run_id, "under way")
    killed = await household.asks("orchestrator").call("KillRun", run_id=run_id, reason="enough")
    assert killed.halt.steps_in_flight == 1
    assert not killed.halt.confirmed
    told = await agent.directive()
    assert (told.run_id, told.outcome, told.reason) == (run_id, TERMINATE, "enough")
    assert told.gate_state == gate_pb2.GATE_STATE_KILLED
    await agent.say(obeyed=session.DirectiveObeyed(run_id=run_id, epoch=told.epoch))
    halt = (await household.asks("orchestrator").call("GetHalt", run_id=run_id)).halt
    assert halt.confirmed
    assert (await agent.ask(run_id, "another")).decided.decision.action == KILL


async def test_a_kill_that_nobody_obeys_is_confirmed_when_the_permit_has_run_out(
    household: Household, agent: Agent
) -> None:
    run_id = (await agent.create()).run.run.id
    asks = household.asks("orchestrator")
    killed = (await asks.call("KillRun", run_id=run_id, reason="enough")).halt

    async def confirmed() -> Any:
        halt = (await asks.call("GetHalt", run_id=run_id)).halt
        return halt if halt.confirmed else None

    halt = await until(confirmed)
    waited = halt.confirm_time.ToDatetime() - killed.accept_time.ToDatetime()
    assert waited.total_seconds() == 5


@pytest.mark.gap("GAP-013")
async def test_a_paused_run_waits_and_goes_on_where_it_stopped(
    household: Household, agent: Agent
) -> None:
    run_id = (await agent.create()).run.run.id
    asks = household.asks("orchestrator")
    await asks.call("PauseRun", run_id=run_id, reason="wait")
    assert (await agent.directive()).outcome == WAIT
    assert (await agent.ask(run_id, "one")).decided.decision.action == PAUSE
    assert not (await agent.say(heartbeat=session.Heartbeat())).renewed.permits

    async def status() -> Any:
        return (await asks.call("GetRun", run_id=run_id)).run.run.status

    async def is_paused() -> bool:
        return bool(await status() == activity_run_pb2.RUN_STATUS_PAUSED)

    await until(is_paused)
    await asks.call("ResumeRun", run_id=run_id)
    assert (await agent.directive()).outcome == GO_ON
    assert (await agent.ask(run_id, "one")).decided.decision.action == CONTINUE
    assert len((await agent.say(heartbeat=session.Heartbeat())).renewed.permits) == 1


@pytest.mark.gap("GAP-015")
async def test_what_needs_a_person_waits_for_one(household: Household, agent: Agent) -> None:
    await household.govern(limit("STEPS", 1), action=PAUSE, requires_ack=True)
    run_id = (await agent.create()).run.run.id
    await agent.ask(run_id, "one")
    held = (await agent.ask(run_id, "two")).decided.decision
    assert held.requires_ack
    assert (await agent.directive()).outcome == WAIT
    await household.asks("policies").call("Acknowledge", run_id=run_id)
    assert (await agent.directive()).outcome == GO_ON
    assert (await agent.ask(run_id, "two")).decided.decision.action == CONTINUE


async def test_without_the_bus_a_kill_is_told_by_looking(
    household: Household, agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = OpenSessions.notice
    looking: list[bool] = []

    async def look(self: OpenSessions) -> int:
        looking.append(True)
        try:
            return await original(self)
        finally:
            looking.clear()

    def deaf(self: OpenSessions, *told: Any) -> None:
        if looking:
            heard(self, *told)

    original = OpenSessions.__call__
    monkeypatch.setattr(OpenSessions, "__call__", look)
    monkeypatch.setattr(OpenSessions, "notice", deaf)
    run_id = (await agent.create()).run.run.id
    await household.asks("orchestrator").call("KillRun", run_id=run_id, reason="enough")
    assert (await agent.directive()).outcome == TERMINATE


async def test_an_agent_goes_on_after_its_connection_broke(
    household: Household, agent: Agent
) -> None:
    run_id = (await agent.create()).run.run.id
    await agent.ask(run_id, "one")
    agent.call.cancel()
    again = await Agent(household, session_id=agent.session_id).hello()
    held = (await again.say(attach=session.AttachRun(run_id=run_id))).held
    assert held.HasField("permit")
    assert (await again.report(run_id, "one")).recorded.index == 0
    assert (await again.ask(run_id, "two")).decided.decision.action == CONTINUE


async def test_a_run_is_held_by_one_session_until_that_lets_go(
    household: Household, agent: Agent
) -> None:
    run_id = (await agent.create()).run.run.id
    other = await Agent(household).hello()
    attach = session.AttachRun(run_id=run_id)
    assert (await other.say(attach=attach)).refused.reason == "RUN_HELD_ELSEWHERE"
    await agent.leave()
    assert (await other.say(attach=attach)).held.HasField("permit")


async def test_a_session_that_speaks_out_of_turn_is_told_so(
    household: Household, agent: Agent
) -> None:
    rude = Agent(household)
    await rude.call.write(session.SessionRequest(sequence=1, heartbeat=session.Heartbeat()))
    assert (await refusal(_ended(rude))).reason == "SESSION_OUT_OF_ORDER"
    again = await agent.say(hello=session.Hello(session_id=str(uuid.uuid4())))
    assert again.refused.reason == "SESSION_OUT_OF_ORDER"


async def test_what_nobody_asked_for_is_not_recorded(household: Household, agent: Agent) -> None:
    run_id = (await agent.create()).run.run.id
    assert (await agent.report(run_id, "never asked")).refused.reason == "STEP_NOT_ADMITTED"
    assert await steps_of(household, run_id) == []


async def test_a_run_that_is_not_held_is_not_spoken_of(household: Household, agent: Agent) -> None:
    run_id = (await household.run()).run.run.id
    assert (await agent.ask(run_id, "one")).refused.reason == "RUN_NOT_HELD"
    assert (await agent.report(run_id, "one")).refused.reason == "RUN_NOT_HELD"


async def test_a_run_for_an_unknown_agent_is_refused(household: Household, agent: Agent) -> None:
    other = await Household(household.plane).settle()
    wanted = run_service_pb2.CreateRunRequest(
        request_id=str(uuid.uuid4()), agent_id=other.agent, goal="anything"
    )
    assert (await agent.say(create=wanted)).refused.reason == "AGENT_NOT_FOUND"


@pytest.mark.invariant("I-21")
async def test_a_result_after_the_end_is_late_evidence_and_changes_nothing(
    household: Household, agent: Agent
) -> None:
    run_id = (await agent.create()).run.run.id
    await agent.ask(run_id, "slow", estimated_cost_micro_usd=10)
    await household.asks("orchestrator").call("KillRun", run_id=run_id, reason="enough")
    before = (await household.completed(run_id)).run
    late = (await agent.report(run_id, "slow", cost_micro_usd=10)).recorded
    assert late.late
    (step,) = await steps_of(household, run_id)
    assert step.late
    after = (await household.completed(run_id)).run
    assert (after.status, after.step_count) == (before.status, before.step_count)


async def _ended(agent: Agent) -> None:
    async for _ in agent.call:
        continue
