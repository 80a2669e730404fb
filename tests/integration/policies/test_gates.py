"""The gate obeys whoever changes it, and nothing revives a run that was stopped or killed."""

import asyncio
import random

import asyncpg
import pytest

from aos.policies.v1 import decision_pb2, gate_pb2
from services.policies.domain.action import Action
from services.policies.domain.decision import Reason, Verdict
from services.policies.domain.gate import LEGAL, GateState
from tests.support.governed import CONTINUE, KILL, STOP, GovernedRun, Tenant, body, limit
from tests.support.plane import Plane
from tests.support.statuses import refusal

MOVES = {
    "StopRun": "STOPPED",
    "KillRun": "KILLED",
    "PauseRun": "PAUSED",
    "ResumeRun": "OPEN",
    "CloseRun": "CLOSED",
}


@pytest.mark.invariant("I-22")
@pytest.mark.parametrize(("end", "action"), [("StopRun", STOP), ("KillRun", KILL)])
async def test_nothing_revives_a_run_that_was_ended(
    tenant: Tenant, plane: Plane, end: str, action: int
) -> None:
    await tenant.govern(limit("STEPS", 100))
    run = await tenant.open_run()
    await run.ask("before")
    await run.move(end)
    for revival in ("ResumeRun", "Acknowledge", "PauseRun"):
        assert (await refusal(run.move(revival))).reason == "ILLEGAL_GATE_STEP"
    await run.move("CheckRun")
    await run.move("CloseRun")
    again = await tenant.gate_call("OpenRun", run_id=run.id, **run.context)
    assert again.gate.state != gate_pb2.GATE_STATE_OPEN
    assert await run.action() == action
    # Leave that was given before the end is no leave after it.
    assert await run.action("before") == action


@pytest.mark.invariant("I-22")
async def test_mutant_a_gate_that_forgets_its_past_comes_back(
    tenant: Tenant, plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    revival = (GateState.KILLED, GateState.OPEN)
    monkeypatch.setattr("services.policies.domain.gate.LEGAL", LEGAL | {revival})
    await plane.database.fetch_script("ALTER TABLE policies.gates DISABLE TRIGGER legal_steps")
    try:
        await tenant.govern(limit("STEPS", 100))
        run = await tenant.open_run()
        await run.move("KillRun")
        await run.move("ResumeRun")
        assert await run.action() == CONTINUE
    finally:
        await plane.database.fetch_script(
            "ALTER TABLE policies.gates ENABLE ALWAYS TRIGGER legal_steps"
        )


@pytest.mark.invariant("I-06")
async def test_random_moves_take_legal_steps_only(tenant: Tenant) -> None:
    await tenant.govern(limit("STEPS", 100))
    chance = random.Random(6)
    for _ in range(12):
        run = await tenant.open_run()
        state = "OPEN"
        for _ in range(6):
            name = chance.choice(sorted(MOVES))
            legal = (GateState(state), GateState(MOVES[name])) in LEGAL
            if name == "CloseRun" and state in ("STOPPED", "KILLED"):
                await run.move(name)
                continue
            if name == "CloseRun" and state == "CLOSED":
                continue
            if legal:
                await run.move(name)
                state = MOVES[name]
            else:
                assert (await refusal(run.move(name))).reason == "ILLEGAL_GATE_STEP"
            assert await run.state() == state


@pytest.mark.invariant("I-06")
async def test_the_database_refuses_the_same_steps_as_the_domain(
    tenant: Tenant, plane: Plane
) -> None:
    await tenant.govern(limit("STEPS", 100))
    connection = await asyncpg.connect(plane.database.admin_url)
    try:
        for before in GateState:
            for after in GateState:
                if before is after:
                    continue
                run = await tenant.open_run()
                allowed = await _forced(connection, run, before, after)
                assert allowed == ((before, after) in LEGAL), (before, after)
    finally:
        await connection.close()


async def _forced(
    connection: "asyncpg.Connection[asyncpg.Record]",
    run: GovernedRun,
    before: GateState,
    after: GateState,
) -> bool:
    """Whether the database lets a gate go from one state to the other."""
    change = "UPDATE policies.gates SET state = $2, epoch = epoch + 1 WHERE run_id = $1"
    async with connection.transaction():
        await connection.execute("ALTER TABLE policies.gates DISABLE TRIGGER legal_steps")
        await connection.execute(change, run.id, before.value)
        await connection.execute("ALTER TABLE policies.gates ENABLE ALWAYS TRIGGER legal_steps")
    try:
        await connection.execute(change, run.id, after.value)
    except asyncpg.PostgresError as error:
        assert error.sqlstate == "AOS02"
        return False
    return True


async def test_once_a_kill_is_answered_no_step_is_admitted(tenant: Tenant) -> None:
    await tenant.govern(limit("STEPS", 100_000))
    runs = [await tenant.open_run() for _ in range(20)]
    killed: dict[str, bool] = {}
    admitted_after: list[str] = []

    async def step_on(run: GovernedRun) -> None:
        while True:
            was_killed = killed.get(run.id, False)
            action = await run.action()
            if action == CONTINUE and was_killed:
                admitted_after.append(run.id)
            if action == KILL:
                return

    async def kill(run: GovernedRun) -> None:
        await run.move("KillRun")
        killed[run.id] = True

    steppers = [asyncio.create_task(step_on(run)) for run in runs for _ in range(3)]
    await asyncio.gather(*(kill(run) for run in runs))
    await asyncio.gather(*steppers)
    assert admitted_after == []


async def test_who_halts_a_run_is_told_what_was_under_way(tenant: Tenant) -> None:
    await tenant.govern(limit("STEPS", 100))
    run = await tenant.open_run()
    await run.ask("one")
    await run.ask("two")
    await run.settle("one")
    assert (await run.move("StopRun")).steps_in_flight == 1


async def test_a_late_result_settles_its_cost_and_changes_nothing_else(tenant: Tenant) -> None:
    await tenant.govern(limit("COST_MICRO_USD", 100))
    run = await tenant.open_run()
    await run.ask("one", estimated_cost_micro_usd=10)
    await run.move("KillRun")
    settled = (await run.settle("one", cost_micro_usd=10)).settled
    assert settled.late
    assert await run.state() == "KILLED"


@pytest.mark.invariant("I-05")
async def test_opening_a_run_again_says_how_it_was_opened(tenant: Tenant) -> None:
    await tenant.govern(limit("STEPS", 3))
    run = await tenant.open_run()
    again = await tenant.gate_call("OpenRun", run_id=run.id, **run.context)
    assert again == run.opened
    other = await refusal(
        tenant.gate_call("OpenRun", run_id=run.id, **{**run.context, "session_id": "other"})
    )
    assert other.reason == "GATE_CONFLICT"


@pytest.mark.gap("GAP-054")
@pytest.mark.invariant("I-19")
async def test_a_check_takes_over_what_is_in_force_now(tenant: Tenant) -> None:
    policy = await tenant.govern(limit("STEPS", 100))
    run = await tenant.open_run()
    await run.ask()
    unchanged = await run.move("CheckRun")
    assert unchanged.outcome == gate_pb2.CHECK_OUTCOME_CONTINUE
    assert unchanged.gate.snapshot_id == run.opened.gate.snapshot_id
    stricter = body(limit("STEPS", 1))
    await tenant.write("UpdatePolicy", policy_id=policy.id, etag=policy.etag, body=stricter)
    assert await run.action() == CONTINUE
    checked = await run.move("CheckRun")
    assert checked.outcome == gate_pb2.CHECK_OUTCOME_TERMINATE
    assert list(checked.policy_ids) == [policy.id]
    assert await run.state() == "STOPPED"


@pytest.mark.invariant("I-19")
@pytest.mark.gap("GAP-030")
async def test_every_decision_can_be_made_again_and_comes_out_the_same(tenant: Tenant) -> None:
    await tenant.govern(limit("STEPS", 6), limit("COST_MICRO_USD", 1_000, window="CALENDAR_DAY"))
    run = await tenant.open_run()
    for number in range(8):
        await run.ask(estimated_cost_micro_usd=number)
    closed = await run.move("CloseRun")
    replayed = await tenant.read("ReplayDecisions", run_id=run.id)
    assert replayed.decision_count == 9
    assert list(replayed.divergences) == []
    assert replayed.decisions_root == closed.gate.decisions_root


@pytest.mark.invariant("I-19")
async def test_mutant_another_rule_of_deciding_is_noticed_by_replay(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tenant.govern(limit("STEPS", 2))
    run = await tenant.open_run()
    for _ in range(3):
        await run.ask()
    monkeypatch.setattr("services.policies.usecases.read_decisions.decide", _always_allowed)
    replayed = await tenant.read("ReplayDecisions", run_id=run.id)
    assert "step-3" in [divergence.step_id for divergence in replayed.divergences]


def _always_allowed(*_arguments: object, **_options: object) -> object:
    return Verdict(action=Action.CONTINUE, reason=Reason.ALLOWED)


async def test_a_decision_explains_itself_in_full(tenant: Tenant) -> None:
    await tenant.govern(limit("STEPS", 10), limit("TOTAL_TOKENS", 1_000))
    run = await tenant.open_run()
    await run.ask("one", estimated_input_tokens=40)
    answer = await tenant.read("GetDecision", run_id=run.id, step_id="one")
    assert answer.decision.action == CONTINUE
    said = {finding.limit_name: finding for finding in answer.findings}
    assert (said["steps"].value, said["steps"].threshold) == (1, 10)
    assert said["total_tokens"].proximity_percent == 4


async def test_decisions_are_listed_in_the_order_in_which_they_were_made(tenant: Tenant) -> None:
    await tenant.govern(limit("STEPS", 10))
    run = await tenant.open_run()
    for _ in range(5):
        await run.ask()
    listed, token = [], ""
    while True:
        page = await tenant.read("ListDecisions", run_id=run.id, page_size=2, page_token=token)
        listed += [decision.step_id for decision in page.decisions]
        token = page.next_page_token
        if not token:
            break
    assert listed == ["start", *(f"step-{number}" for number in range(1, 6))]


async def test_steps_of_many_kinds_are_told_apart(tenant: Tenant) -> None:
    await tenant.govern(limit("CALLS", 2))
    run = await tenant.open_run()
    other = decision_pb2.STEP_KIND_OTHER
    assert [await run.action(kind=other) for _ in range(3)] == [CONTINUE] * 3
    assert [await run.action() for _ in range(3)] == [CONTINUE, CONTINUE, STOP]
