"""What a run is told before each step, and that it is told the same again."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from aos.policies.v1 import admission_service_pb2 as messages
from aos.policies.v1 import decision_pb2, policy_pb2
from kernel.identifiers import new_id
from tests.support.governed import (
    CONTINUE,
    KILL,
    PAUSE,
    STOP,
    WARN,
    GovernedRun,
    Tenant,
    limit,
    scope,
)
from tests.support.plane import Plane
from tests.support.statuses import refusal


async def test_a_step_within_its_limits_goes_on(tenant: Tenant) -> None:
    await tenant.govern(limit("STEPS", 10), limit("COST_MICRO_USD", 1_000))
    run = await tenant.open_run()
    decision = await run.ask(estimated_cost_micro_usd=100)
    assert decision.action == CONTINUE
    assert decision.reason == decision_pb2.DECISION_REASON_ALLOWED
    assert decision.HasField("reservation_expire_time")


@pytest.mark.gap("GAP-016")
@pytest.mark.gap("GAP-014")
@pytest.mark.parametrize(("action", "state"), [(STOP, "STOPPED"), (KILL, "KILLED")])
async def test_stop_and_kill_halt_the_run_within_the_same_step(
    tenant: Tenant, action: int, state: str
) -> None:
    policy = await tenant.govern(limit("STEPS", 2), action=action)
    run = await tenant.open_run()
    assert [await run.action(), await run.action()] == [CONTINUE, CONTINUE]
    decision = await run.ask()
    assert decision.action == action
    assert decision.winner.policy_id == policy.id
    assert (decision.winner.value, decision.winner.threshold) == (3, 2)
    assert await run.state() == state
    later = await run.ask()
    assert later.action == action
    assert later.reason == decision_pb2.DECISION_REASON_GATE


@pytest.mark.gap("GAP-013")
async def test_a_paused_run_goes_on_where_it_stopped(tenant: Tenant) -> None:
    await tenant.govern(limit("STEPS", 10))
    run = await tenant.open_run()
    assert await run.action("one") == CONTINUE
    await run.move("PauseRun")
    assert await run.action("two") == PAUSE
    await run.move("ResumeRun")
    assert await run.action("two") == CONTINUE
    assert await run.action("one") == CONTINUE


@pytest.mark.gap("GAP-015")
@pytest.mark.parametrize("action", [WARN, PAUSE])
async def test_a_breach_that_wants_a_person_holds_the_run_until_one_acknowledges(
    tenant: Tenant, action: int
) -> None:
    await tenant.govern(limit("STEPS", 1), action=action, requires_ack=True)
    run = await tenant.open_run()
    await run.action()
    held = await run.ask("held")
    assert (held.action, held.requires_ack) == (action, True)
    waiting = await run.ask("waiting")
    assert waiting.action == PAUSE
    assert waiting.reason == decision_pb2.DECISION_REASON_AWAITS_ACKNOWLEDGEMENT
    assert (await refusal(run.move("ResumeRun"))).reason == "ILLEGAL_GATE_STEP"
    await run.move("Acknowledge")
    assert await run.action("waiting") == CONTINUE
    decision = await run.ask("held")
    assert decision.action == (WARN if action == WARN else CONTINUE)


@pytest.mark.invariant("I-05")
async def test_the_same_question_has_one_answer_however_often_it_is_asked(tenant: Tenant) -> None:
    await tenant.govern(limit("STEPS", 5))
    run = await tenant.open_run()
    question = run.question("once")
    answers = await asyncio.gather(*(tenant.ask(question) for _ in range(20)))
    assert len({answer.SerializeToString() for answer in answers}) == 1
    assert [await run.action() for _ in range(4)] == [CONTINUE] * 4
    assert await run.action() == STOP


async def test_another_question_under_the_same_name_is_refused(tenant: Tenant) -> None:
    await tenant.govern(limit("STEPS", 5))
    run = await tenant.open_run()
    await run.ask("once")
    answer = await tenant.ask(run.question("once", estimated_cost_micro_usd=5))
    (admission,) = answer.admissions
    assert (admission.refusal.reason, admission.refusal.field) == ("STEP_ID_REUSED", "step_id")


async def test_a_run_that_was_never_opened_is_refused_and_harms_no_other(tenant: Tenant) -> None:
    await tenant.govern(limit("STEPS", 5))
    run, stranger = await tenant.open_run(), GovernedRun(tenant)
    answer = await tenant.ask(stranger.question(), run.question())
    first, second = answer.admissions
    assert (first.refusal.reason, first.refusal.field) == ("GATE_NOT_FOUND", "run_id")
    assert second.decision.action == CONTINUE


@pytest.mark.invariant("I-31")
async def test_another_tenants_run_is_as_unknown_as_one_that_never_was(
    plane: Plane, tenant: Tenant
) -> None:
    await tenant.govern(limit("STEPS", 5))
    run = await tenant.open_run()
    other = Tenant(plane)
    (theirs,) = (await other.ask(run.question("x"))).admissions
    (nobodys,) = (await other.ask(GovernedRun(other).question("x"))).admissions
    assert theirs.refusal.reason == nobodys.refusal.reason == "GATE_NOT_FOUND"
    assert await run.action("x") == CONTINUE


@pytest.mark.gap("GAP-003")
@pytest.mark.gap("GAP-004")
@pytest.mark.gap("GAP-028")
@pytest.mark.gap("GAP-001")
@pytest.mark.gap("GAP-002")
@pytest.mark.parametrize(
    ("kind", "field", "prefix"),
    [
        ("PROJECT", "project_id", "prj"),
        ("AGENT", "agent_id", "agt"),
        ("API_KEY", "api_key_id", "key"),
        ("HUMAN_ACTOR", "human_actor_id", "per"),
    ],
)
async def test_a_policy_reaches_whom_it_names_and_nobody_else(
    tenant: Tenant, kind: str, field: str, prefix: str
) -> None:
    name = new_id(prefix)
    everybody = await tenant.govern(limit("STEPS", 100))
    named = await tenant.govern(limit("STEPS", 1), scope=scope(kind, name, new_id(prefix)))
    meant, other = await tenant.open_run(**{field: name}), await tenant.open_run()
    assert list(meant.opened.gate.policy_ids) == sorted([everybody.id, named.id])
    assert list(other.opened.gate.policy_ids) == [everybody.id]
    assert [await meant.action(), await meant.action()] == [CONTINUE, STOP]
    assert [await other.action(), await other.action()] == [CONTINUE, CONTINUE]


@pytest.mark.gap("GAP-035")
async def test_a_run_that_no_policy_governs_does_not_begin(tenant: Tenant) -> None:
    refused = await refusal(tenant.open_run())
    assert refused.reason == "NO_POLICY_APPLIES"


@pytest.mark.gap("GAP-031")
async def test_what_binds_at_the_start_is_not_looked_at_again(tenant: Tenant) -> None:
    policy = await tenant.govern(
        limit("CALLS", 1, window="CALENDAR_DAY"), bind_at=policy_pb2.BIND_AT_RUN_START
    )
    run = await tenant.open_run()
    assert [await run.action() for _ in range(3)] == [CONTINUE] * 3
    late = await tenant.open_run()
    assert late.opened.decision.action == STOP
    assert late.opened.decision.winner.policy_id == policy.id
    assert await late.state() == "STOPPED"


@pytest.mark.gap("GAP-018")
@pytest.mark.gap("GAP-012")
async def test_each_tier_is_told_of_once(tenant: Tenant, plane: Plane) -> None:
    await tenant.govern(limit("STEPS", 10))
    run = await tenant.open_run()
    tiers = [(await run.ask()).winner.tier for _ in range(10)]
    assert tiers == [0, 0, 0, 0, 50, 50, 70, 80, 90, 90]
    told = await plane.database.value(
        "SELECT count(*) FROM policies.outbox WHERE event_type = 'limit_near' "
        f"AND tenant_id = '{tenant.id}'"
    )
    assert told == 4


async def test_steps_asked_about_on_a_stream_are_decided_in_order(tenant: Tenant) -> None:
    await tenant.govern(limit("STEPS", 3))
    run = await tenant.open_run()

    async def requests() -> AsyncIterator[messages.AdmitStepsStreamRequest]:
        for _ in range(5):
            yield messages.AdmitStepsStreamRequest(questions=[run.question()])

    actions = [answer.admissions[0].decision.action async for answer in tenant.stream(requests())]
    assert actions == [CONTINUE, CONTINUE, CONTINUE, STOP, STOP]
