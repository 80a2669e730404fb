"""Gates are closed and opened again many in one call, and nothing else opens a closed gate."""

import asyncio
import random
import uuid
from collections.abc import Sequence
from typing import Any

import asyncpg
import pytest
from sqlalchemy import event

from aos.policies.v1 import gate_pb2, gate_service_pb2
from kernel.identifiers import new_id
from services.policies.domain.gate import LEGAL, GateState
from tests.support.governed import CONTINUE, KILL, PAUSE, STOP, WARN, GovernedRun, Tenant, limit
from tests.support.plane import Plane
from tests.support.statuses import refusal

Item = gate_service_pb2.GateClosing


def items(*runs: GovernedRun) -> list[Item]:
    return [Item(request_id=str(uuid.uuid4()), run_id=run.id) for run in runs]


async def send(tenant: Tenant, name: str, asked: Sequence[Item]) -> list[Any]:
    return list((await tenant.gate_call(name, runs=asked)).results)


async def close(tenant: Tenant, *runs: GovernedRun) -> list[Any]:
    return [result.closed for result in await send(tenant, "CloseRuns", items(*runs))]


async def reopen(tenant: Tenant, *runs: GovernedRun) -> list[Any]:
    return [result.gate for result in await send(tenant, "ReopenRuns", items(*runs))]


async def events_of(plane: Plane, run: GovernedRun) -> list[str]:
    rows = await plane.database.fetch(
        "SELECT event_type FROM policies.outbox WHERE aggregate_id = $1 "
        "ORDER BY aggregate_sequence",
        run.id,
    )
    return [row["event_type"] for row in rows]


async def test_a_closed_gate_says_what_it_had_come_to(tenant: Tenant) -> None:
    await tenant.govern(limit("STEPS", 4))
    quiet, near, stopped, killed = [await tenant.open_run() for _ in range(4)]
    await quiet.ask()
    for _ in range(4):
        await near.ask()
    for _ in range(7):
        last = await stopped.ask()
    await killed.ask()
    await killed.move("KillRun")
    closed = await close(tenant, quiet, near, stopped, killed)
    assert [each.gate.decision_count for each in closed] == [2, 5, 8, 2]
    states = [gate_pb2.GateState.Name(each.gate.state) for each in closed]
    assert [name.removeprefix("GATE_STATE_") for name in states] == [
        "CLOSED",
        "CLOSED",
        "STOPPED",
        "KILLED",
    ]
    # The fifth step broke the limit; what was asked afterwards only heard of it.
    assert [each.HasField("ended_by") for each in closed] == [False, False, True, False]
    ended_by = closed[2].ended_by
    assert (ended_by.step_id, ended_by.action) == ("step-5", STOP)
    assert last.step_id != ended_by.step_id
    assert closed[0].highest_proximity_percent == 0
    assert closed[1].highest_proximity_percent == 100
    assert closed[2].highest_proximity_percent > 100
    for run, each in zip((quiet, near, stopped, killed), closed, strict=True):
        replayed = await tenant.read("ReplayDecisions", run_id=run.id)
        assert replayed.decisions_root == each.gate.decisions_root


async def test_a_person_who_kills_a_stopped_run_ended_it_and_not_the_decision(
    tenant: Tenant,
) -> None:
    await tenant.govern(limit("STEPS", 1))
    run = await tenant.open_run()
    await run.ask()
    await run.ask()
    await run.move("KillRun")
    (closed,) = await close(tenant, run)
    assert closed.gate.state == gate_pb2.GATE_STATE_KILLED
    assert not closed.HasField("ended_by")


async def test_a_limit_that_kills_and_one_that_only_warns_are_told_apart(tenant: Tenant) -> None:
    await tenant.govern(limit("STEPS", 1), action=WARN)
    await tenant.govern(limit("TOTAL_TOKENS", 10), action=KILL)
    warned, killed = [await tenant.open_run() for _ in range(2)]
    await warned.ask()
    await warned.ask()
    await killed.ask("much", estimated_input_tokens=11)
    closed = await close(tenant, warned, killed)
    assert not closed[0].HasField("ended_by")
    assert closed[0].highest_proximity_percent >= 200
    assert (closed[1].ended_by.step_id, closed[1].ended_by.action) == ("much", KILL)


async def test_closed_again_a_gate_is_returned_as_it_is(tenant: Tenant, plane: Plane) -> None:
    await tenant.govern(limit("STEPS", 2))
    run, stopped = await tenant.open_run(), await tenant.open_run()
    for _ in range(3):
        await stopped.ask()
    first = await close(tenant, run, stopped)
    again = await close(tenant, run, stopped)
    assert again == first
    single = await run.move("CloseRun")
    assert single.gate == first[0].gate


@pytest.mark.invariant("I-05")
@pytest.mark.parametrize("name", ["CloseRuns", "ReopenRuns"])
async def test_a_repeated_item_gets_the_first_answer_even_at_once(
    tenant: Tenant, plane: Plane, name: str
) -> None:
    await tenant.govern(limit("STEPS", 2))
    runs = [await tenant.open_run() for _ in range(6)]
    if name == "ReopenRuns":
        await close(tenant, *runs)
    asked = items(*runs)
    orders = [asked, asked[::-1], asked[2:] + asked[:2]]
    answers = await asyncio.gather(*(send(tenant, name, order) for order in orders))
    told = [
        {
            item.run_id: result.SerializeToString()
            for item, result in zip(order, answer, strict=True)
        }
        for order, answer in zip(orders, answers, strict=True)
    ]
    assert all(each == told[0] for each in told)
    assert not any(result.HasField("refusal") for result in answers[0])
    # What a later change made of the gates is not what was answered.
    for run in runs:
        await run.move("CloseRun" if name == "ReopenRuns" else "CheckRun")
    assert [one.SerializeToString() for one in await send(tenant, name, asked)] == [
        told[0][item.run_id] for item in asked
    ]
    assert (await events_of(plane, runs[0])).count("gate_changed") == (
        3 if name == "ReopenRuns" else 1
    )
    foreign = Item(request_id=asked[0].request_id, run_id=runs[1].id)
    (reused,) = await send(tenant, name, [foreign])
    assert reused.refusal.reason == "REQUEST_ID_REUSED"


async def test_one_that_was_never_opened_or_belongs_to_others_is_refused_alone(
    tenant: Tenant, plane: Plane
) -> None:
    other = Tenant(plane)
    for each in (tenant, other):
        await each.govern(limit("STEPS", 2))
    run, foreign = await tenant.open_run(), await other.open_run()
    never = GovernedRun(tenant)
    for name in ("CloseRuns", "ReopenRuns"):
        results = await send(tenant, name, items(never, run, foreign))
        assert [result.refusal.reason for result in results] == [
            "GATE_NOT_FOUND",
            "",
            "GATE_NOT_FOUND",
        ]
    assert await foreign.state() == "OPEN"


async def test_a_reopened_gate_is_what_it_was_and_decides_on(tenant: Tenant, plane: Plane) -> None:
    await tenant.govern(limit("STEPS", 3))
    open_one, paused = await tenant.open_run(), await tenant.open_run()
    await open_one.ask()
    await paused.move("PauseRun", reason="lunch")
    before = [await open_one.gate(), await paused.gate()]
    closed = await close(tenant, open_one, paused)
    assert await open_one.action("while-closed") == STOP
    reopened = await reopen(tenant, open_one, paused)
    for gate, was, shut in zip(reopened, before, closed, strict=True):
        assert (gate.state, gate.reason, gate.changed_by) == (was.state, was.reason, was.changed_by)
        assert gate.decisions_root == ""
        assert was.epoch < shut.gate.epoch < gate.epoch
    assert await open_one.action() == CONTINUE
    assert await paused.action() == PAUSE
    await paused.move("ResumeRun")
    assert await paused.action() == CONTINUE
    assert [await open_one.action() for _ in range(2)] == [CONTINUE, STOP]
    again = await close(tenant, open_one, paused)
    assert again[0].gate.decisions_root not in ("", closed[0].gate.decisions_root)
    replayed = await tenant.read("ReplayDecisions", run_id=open_one.id)
    assert replayed.decisions_root == again[0].gate.decisions_root
    assert list(replayed.divergences) == []


async def test_a_run_that_waited_for_a_person_waits_again(tenant: Tenant) -> None:
    await tenant.govern(limit("STEPS", 1), action=PAUSE, requires_ack=True)
    run = await tenant.open_run()
    await run.ask()
    assert await run.action() == PAUSE
    await close(tenant, run)
    (gate,) = await reopen(tenant, run)
    assert gate.awaits_acknowledgement
    assert (await refusal(run.move("ResumeRun"))).reason == "ILLEGAL_GATE_STEP"
    await run.move("Acknowledge")
    # What was acknowledged is the policy that had paused it, not whoever closed it.
    assert await run.action() == CONTINUE


@pytest.mark.invariant("I-22")
async def test_of_a_stopped_or_killed_gate_only_the_root_is_taken_back(tenant: Tenant) -> None:
    await tenant.govern(limit("STEPS", 100))
    stopped, killed = await tenant.open_run(), await tenant.open_run()
    await stopped.move("StopRun", reason="enough")
    await killed.move("KillRun", reason="at once")
    roots = [each.gate.decisions_root for each in await close(tenant, stopped, killed)]
    assert all(roots)
    gates = await reopen(tenant, stopped, killed)
    assert [gate.decisions_root for gate in gates] == ["", ""]
    assert [await run.state() for run in (stopped, killed)] == ["STOPPED", "KILLED"]
    assert [await stopped.action(), await killed.action()] == [STOP, KILL]
    again = await close(tenant, stopped, killed)
    assert [each.gate.reason for each in again] == ["enough", "at once"]
    # What was asked meanwhile is in the root as well.
    assert not {each.gate.decisions_root for each in again} & set(roots)


async def test_what_is_not_closed_is_not_opened(tenant: Tenant, plane: Plane) -> None:
    await tenant.govern(limit("STEPS", 100))
    open_one, stopped = await tenant.open_run(), await tenant.open_run()
    await stopped.move("StopRun")
    before = [await open_one.gate(), await stopped.gate()]
    await reopen(tenant, open_one, stopped)
    assert [await open_one.gate(), await stopped.gate()] == before


OTHER_WAYS = ("ResumeRun", "Acknowledge", "PauseRun", "StopRun", "KillRun")


@pytest.mark.invariant("I-22")
async def test_nothing_else_opens_a_closed_gate(tenant: Tenant) -> None:
    await tenant.govern(limit("STEPS", 100))
    run = await tenant.open_run()
    await close(tenant, run)
    for name in OTHER_WAYS:
        assert (await refusal(run.move(name))).reason == "ILLEGAL_GATE_STEP", name
    await run.move("CheckRun")
    await tenant.gate_call("OpenRun", run_id=run.id, **run.context)
    assert await run.action() == STOP
    assert await run.state() == "CLOSED"


@pytest.mark.invariant("I-22")
async def test_mutant_a_code_that_allows_it_is_stopped_by_the_database(
    tenant: Tenant, plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    revival = (GateState.CLOSED, GateState.OPEN)
    monkeypatch.setattr("services.policies.domain.gate.LEGAL", LEGAL | {revival})
    await tenant.govern(limit("STEPS", 100))
    run = await tenant.open_run()
    await close(tenant, run)
    assert (await refusal(run.move("ResumeRun"))).reason == "INTERNAL"
    assert await run.state() == "CLOSED"
    switch = "ALTER TABLE policies.gates {} TRIGGER legal_steps"
    await plane.database.fetch_script(switch.format("DISABLE"))
    try:
        await plane.database.fetch(
            "UPDATE policies.gates SET before_close_state = '' WHERE run_id = $1", run.id
        )
        await run.move("ResumeRun")
        assert await run.action() == CONTINUE
    finally:
        await plane.database.fetch_script(switch.format("ENABLE ALWAYS"))


@pytest.mark.invariant("I-22")
@pytest.mark.parametrize(
    "change",
    [
        # Not to what it was.
        "state = 'PAUSED', before_close_state = '', decisions_root = ''",
        # With the root of what it had come to.
        "state = 'OPEN', before_close_state = ''",
        # With another past.
        "before_close_state = 'PAUSED'",
        "decisions_root = ''",
        "state = 'STOPPED', before_close_state = '', decisions_root = ''",
    ],
)
async def test_the_database_lets_a_closed_gate_go_back_and_nowhere_else(
    tenant: Tenant, plane: Plane, change: str
) -> None:
    await tenant.govern(limit("STEPS", 100))
    run = await tenant.open_run()
    await close(tenant, run)
    statement = "UPDATE policies.gates SET epoch = epoch + 1, {} WHERE run_id = $1"
    with pytest.raises(asyncpg.PostgresError) as refused:
        await plane.database.fetch(statement.format(change), run.id)
    assert refused.value.sqlstate == "AOS02"
    back = "state = 'OPEN', before_close_state = '', decisions_root = ''"
    await plane.database.fetch(statement.format(back), run.id)


async def test_a_gate_that_was_closed_before_its_past_was_noted_stays_closed(
    tenant: Tenant, plane: Plane
) -> None:
    await tenant.govern(limit("STEPS", 100))
    run = await tenant.open_run()
    await close(tenant, run)
    switch = "ALTER TABLE policies.gates {} TRIGGER legal_steps"
    await plane.database.fetch_script(switch.format("DISABLE"))
    try:
        await plane.database.fetch(
            "UPDATE policies.gates SET before_close_state = '' WHERE run_id = $1", run.id
        )
    finally:
        await plane.database.fetch_script(switch.format("ENABLE ALWAYS"))
    (result,) = await send(tenant, "ReopenRuns", items(run))
    assert result.refusal.reason == "ILLEGAL_GATE_STEP"
    assert await run.state() == "CLOSED"


async def test_many_gates_are_read_in_one_statement_and_unknown_ones_are_left_out(
    tenant: Tenant, plane: Plane
) -> None:
    other = Tenant(plane)
    for each in (tenant, other):
        await each.govern(limit("STEPS", 2))
    runs = [await tenant.open_run() for _ in range(5)]
    await runs[0].move("PauseRun")
    foreign = await other.open_run()
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "gates" in statement:
            seen.append(statement)

    engine = plane.services["policies"].foundation.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        asked = [*(run.id for run in runs), foreign.id, new_id("run"), runs[0].id]
        answer = await tenant.gate_call("ReadGates", run_ids=asked)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert len(seen) == 1
    states = {gate.run_id: gate.state for gate in answer.gates}
    assert states == {
        run.id: gate_pb2.GATE_STATE_PAUSED if run is runs[0] else gate_pb2.GATE_STATE_OPEN
        for run in runs
    }


async def test_a_kill_and_a_close_at_once_leave_one_truth(tenant: Tenant) -> None:
    await tenant.govern(limit("STEPS", 100))
    chance = random.Random(3)
    for _ in range(10):
        runs = [await tenant.open_run() for _ in range(3)]
        calls: list[Any] = [close(tenant, *runs), *(refusable(run) for run in runs)]
        chance.shuffle(calls)
        await asyncio.gather(*calls)
        closed = await close(tenant, *runs)
        for run, each in zip(runs, closed, strict=True):
            assert each.gate == await run.gate()
            assert each.gate.decisions_root


async def refusable(run: GovernedRun) -> None:
    try:
        await run.move("KillRun")
    except Exception as error:  # noqa: BLE001 - whoever closed first has won
        assert "ILLEGAL_GATE_STEP" in str(error) or "cannot become" in str(error)
