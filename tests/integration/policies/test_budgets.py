"""Budgets are exact: no interleaving grants more than the cap, and facts replace estimates once."""

import asyncio

import pytest

from aos.policies.v1 import decision_pb2
from kernel.identifiers import new_id
from services.policies.domain.counting import Counter
from services.policies.usecases.expire_reservations import ExpireReservations
from tests.support.governed import CONTINUE, STOP, WARN, GovernedRun, Tenant, body, limit, scope
from tests.support.plane import Plane
from tests.support.waiting import until

DAY = "CALENDAR_DAY"


async def counted(plane: Plane, tenant: Tenant, column: str = "used + reserved") -> int:
    value = await plane.database.value(
        f"SELECT coalesce(sum({column}), 0) FROM policies.counters "
        f"WHERE tenant_id = '{tenant.id}' AND id LIKE '%/cost_micro_usd/%'"
    )
    return int(str(value))


async def granted(tenant: Tenant, runs: list[GovernedRun], each: int, cost: int) -> int:
    """How many of these many questions, all asked at once, are answered with leave."""

    async def ask(run: GovernedRun) -> int:
        answer = await tenant.ask(run.question(estimated_cost_micro_usd=cost))
        return sum(one.decision.action <= WARN for one in answer.admissions)

    return sum(await asyncio.gather(*(ask(run) for run in runs for _ in range(each))))


async def runs_of(tenant: Tenant, number: int, **context: str) -> list[GovernedRun]:
    return [await tenant.open_run(**context) for _ in range(number)]


@pytest.mark.invariant("I-23")
async def test_concurrent_reservations_never_pass_the_cap(tenant: Tenant, plane: Plane) -> None:
    await tenant.govern(limit("COST_MICRO_USD", 100, window=DAY))
    runs = await runs_of(tenant, 20)
    # A run that is refused is stopped, so each refusal costs the others nothing.
    assert await granted(tenant, runs, 20, 1) == 100
    assert await counted(plane, tenant) == 100


@pytest.mark.invariant("I-23")
async def test_mutant_counting_without_the_lock_grants_too_much(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Counter, "reserve", lambda counter, _amount: counter.slice_at)
    await tenant.govern(limit("COST_MICRO_USD", 100, window=DAY))
    runs = await runs_of(tenant, 20)
    assert await granted(tenant, runs, 20, 1) > 100


@pytest.mark.invariant("I-23")
async def test_every_level_holds_when_several_apply(tenant: Tenant, plane: Plane) -> None:
    project, agent, key = new_id("prj"), new_id("agt"), new_id("key")
    for kind, name, cap in (
        ("ALL_RUNS", "", 90),
        ("PROJECT", project, 70),
        ("AGENT", agent, 50),
        ("API_KEY", key, 30),
    ):
        named = scope(kind, name) if name else scope(kind)
        await tenant.govern(limit("COST_MICRO_USD", cap, window=DAY), scope=named)
    runs = await runs_of(tenant, 10, project_id=project, agent_id=agent, api_key_id=key)
    assert await granted(tenant, runs, 10, 1) == 30
    assert await counted(plane, tenant) == 4 * 30


@pytest.mark.invariant("I-27")
async def test_the_first_use_of_a_new_key_is_limited_already(tenant: Tenant) -> None:
    key = new_id("key")
    await tenant.govern(
        limit("COST_MICRO_USD", 7, window=DAY), scope=scope("API_KEY", key, new_id("key"))
    )
    await tenant.govern(limit("STEPS", 1000))
    runs = await runs_of(tenant, 25, api_key_id=key)
    assert await granted(tenant, runs, 4, 1) == 7


@pytest.mark.invariant("I-25")
async def test_a_step_is_settled_once(tenant: Tenant, plane: Plane) -> None:
    await tenant.govern(limit("COST_MICRO_USD", 1_000, window=DAY))
    run = await tenant.open_run()
    await run.ask("one", estimated_cost_micro_usd=400)
    assert await counted(plane, tenant) == 400
    for _ in range(3):
        assert (await run.settle("one", cost_micro_usd=150)).settled.overage == 0
    assert await counted(plane, tenant) == 150
    again = await run.settle("one", cost_micro_usd=151)
    assert again.refusal.reason == "ALREADY_SETTLED"
    unknown = await run.settle("never", cost_micro_usd=1)
    assert (unknown.refusal.reason, unknown.refusal.field) == ("RESERVATION_NOT_FOUND", "step_id")
    assert await counted(plane, tenant) == 150


@pytest.mark.invariant("I-25")
async def test_a_step_that_was_not_taken_gives_everything_back(
    tenant: Tenant, plane: Plane
) -> None:
    await tenant.govern(limit("COST_MICRO_USD", 1_000, window=DAY), limit("STEPS", 1))
    run = await tenant.open_run()
    await run.ask("one", estimated_cost_micro_usd=400)
    await run.settle("one", not_taken=True)
    assert await counted(plane, tenant) == 0
    assert await run.action("two") == CONTINUE


@pytest.mark.invariant("I-25")
async def test_more_than_was_reserved_is_booked_and_freezes_the_budget(
    tenant: Tenant, plane: Plane
) -> None:
    policy = await tenant.govern(limit("COST_MICRO_USD", 1_000, window=DAY))
    run = await tenant.open_run()
    await run.ask("one", estimated_cost_micro_usd=100)
    settled = (await run.settle("one", cost_micro_usd=130)).settled
    assert (settled.overage, settled.frozen) == (30, True)
    assert await counted(plane, tenant) == 130
    decision = await run.ask("two")
    assert (decision.action, decision.winner.detail) == (STOP, "FROZEN")
    told = await plane.database.value(
        "SELECT count(*) FROM policies.outbox WHERE event_type = 'budget_overrun' "
        f"AND tenant_id = '{tenant.id}'"
    )
    assert told == 1
    # Somebody has seen to it: the budget is raised, and thaws.
    raised = body(limit("COST_MICRO_USD", 2_000, window=DAY))
    await tenant.write("UpdatePolicy", policy_id=policy.id, etag=policy.etag, body=raised)
    assert await (await tenant.open_run()).action() == CONTINUE


@pytest.mark.invariant("I-26")
async def test_what_expires_counts_as_spent_until_its_holder_is_fenced(
    tenant: Tenant, plane: Plane
) -> None:
    await tenant.govern(limit("COST_MICRO_USD", 100, window=DAY))
    run, other = await tenant.open_run(), await tenant.open_run()
    await run.ask("one", estimated_cost_micro_usd=100)
    await _let_expire(plane, tenant)
    assert await counted(plane, tenant) == 100
    assert await other.action(estimated_cost_micro_usd=1) == STOP
    late = await run.settle("one", cost_micro_usd=60)
    assert late.settled.late
    assert await counted(plane, tenant) == 60


@pytest.mark.invariant("I-26")
async def test_what_expired_is_given_back_once_its_run_is_over(
    tenant: Tenant, plane: Plane
) -> None:
    await tenant.govern(limit("COST_MICRO_USD", 100, window=DAY))
    run = await tenant.open_run()
    await run.ask("one", estimated_cost_micro_usd=100)
    await _let_expire(plane, tenant)
    await run.move("KillRun")
    assert await counted(plane, tenant) == 100
    await plane.database.fetch_script(
        "ALTER TABLE policies.gates DISABLE TRIGGER legal_steps; "
        "UPDATE policies.gates SET changed_at = changed_at - interval '1 minute' "
        f"WHERE tenant_id = '{tenant.id}'; "
        "ALTER TABLE policies.gates ENABLE ALWAYS TRIGGER legal_steps"
    )
    await _expire(plane)()
    assert await counted(plane, tenant) == 0


@pytest.mark.invariant("I-26")
async def test_mutant_giving_back_at_expiry_would_let_the_money_be_spent_twice(
    tenant: Tenant, plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        Counter, "settle", lambda counter, reserved, _used, _at: _give_back(counter, reserved)
    )
    await tenant.govern(limit("COST_MICRO_USD", 100, window=DAY))
    run, other = await tenant.open_run(), await tenant.open_run()
    await run.ask("one", estimated_cost_micro_usd=100)
    await _let_expire(plane, tenant)
    assert await other.action(estimated_cost_micro_usd=1) == CONTINUE


def _give_back(counter: Counter, reserved: int) -> None:
    counter.reserved -= reserved
    counter.changed = True


async def test_a_lowered_cap_stops_what_is_beyond_it_at_once(tenant: Tenant) -> None:
    policy = await tenant.govern(limit("COST_MICRO_USD", 1_000, window=DAY))
    run = await tenant.open_run()
    assert await run.action(estimated_cost_micro_usd=600) == CONTINUE
    lowered = body(limit("COST_MICRO_USD", 500, window=DAY))
    await tenant.write("UpdatePolicy", policy_id=policy.id, etag=policy.etag, body=lowered)
    decision = await run.ask(estimated_cost_micro_usd=1)
    assert (decision.action, decision.winner.threshold) == (STOP, 500)


@pytest.mark.gap("GAP-011")
async def test_runs_of_one_session_share_its_budget(tenant: Tenant) -> None:
    await tenant.govern(limit("COST_MICRO_USD", 100, window="PER_SESSION"))
    first = await tenant.open_run(session_id="monday")
    second = await tenant.open_run(session_id="monday")
    other = await tenant.open_run(session_id="tuesday")
    assert await first.action(estimated_cost_micro_usd=80) == CONTINUE
    assert await other.action(estimated_cost_micro_usd=80) == CONTINUE
    assert await second.action(estimated_cost_micro_usd=80) == STOP


@pytest.mark.gap("GAP-010")
async def test_database_queries_are_limited_by_the_window(tenant: Tenant) -> None:
    await tenant.govern(limit("DATABASE_QUERIES", 2, window="SLIDING", seconds=3_600))
    run = await tenant.open_run()
    query = decision_pb2.STEP_KIND_DATABASE_QUERY
    actions = [await run.action(kind=query) for _ in range(2)]
    actions += [await run.action(), await run.action(kind=query)]
    assert actions == [CONTINUE, CONTINUE, CONTINUE, STOP]


@pytest.mark.gap("GAP-007")
async def test_money_is_not_burnt_faster_than_allowed(tenant: Tenant) -> None:
    await tenant.govern(
        limit("BURN_RATE_MICRO_USD_PER_MINUTE", 60, window="SLIDING", seconds=3_600)
    )
    run = await tenant.open_run()
    assert await run.action(estimated_cost_micro_usd=3_600) == CONTINUE
    assert await run.action(estimated_cost_micro_usd=1) == STOP


async def test_a_run_ends_when_its_time_is_over(tenant: Tenant) -> None:
    await tenant.govern(limit("DURATION_MS", 1))
    run = await tenant.open_run()

    async def stopped() -> bool:
        return await run.action() == STOP

    await until(stopped)


def _expire(plane: Plane) -> ExpireReservations:
    jobs = plane.services["policies"].host.jobs.jobs
    (job,) = (job for job in jobs if job.name == "expire_reservations")
    assert isinstance(job.work, ExpireReservations)
    return job.work


async def _let_expire(plane: Plane, tenant: Tenant) -> None:
    await plane.database.fetch_script(
        "UPDATE policies.reservations SET expires_at = clock_timestamp() - interval '1 second' "
        f"WHERE tenant_id = '{tenant.id}'"
    )
    await _expire(plane)()
