"""Services whose clocks are an hour wrong: what counts is the clock of the database.

New runs are refused, by the name of the check. For those under way nothing changes: windows, caps,
reservations, leases and searches go by the database, permits by what each holder measures itself.
Tokens are the exception, since whoever reads them has nothing but a clock: people exchange their
keys again, and two services whose clocks differ by more than a token's minute do not believe each
other, which keeps steps from happening and never lets one happen.
"""

import os
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from grpc import StatusCode

from aos.activity.v1 import run_pb2 as activity_run_pb2
from aos.orchestrator.v1 import session_service_pb2 as session
from kernel.clock import utc_now
from kernel.errors import Unavailable
from servicekit.auth import service_tokens
from servicekit.guard import boot_guard
from services.orchestrator.store.database_clock import DatabaseClock
from services.orchestrator.usecases.completion_tasks import CompletionTasks
from tests.support.calling import Caller
from tests.support.figures import Figures
from tests.support.governed import CONTINUE, STOP, limit
from tests.support.managed import managed, names_of, step
from tests.support.orchestrated import SERVICES, Agent, Household, start_plane
from tests.support.plane import Plane
from tests.support.statuses import refusal
from tests.support.waiting import until

pytestmark = [pytest.mark.resilience, pytest.mark.invariant("I-34")]
HOUR = timedelta(hours=1)
IS_FULL = os.environ.get("AOS_RESILIENCE") == "full"
JUMPS = [HOUR, -HOUR] if IS_FULL else [HOUR]
CAP, SPENT = 8, 3


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane) -> AsyncIterator[Plane]:
    # Services sign each call anew: what they have signed before a jump is good for half a minute.
    with pytest.MonkeyPatch.context() as hurried:
        hurried.setattr(service_tokens, "_REUSE_SECONDS", 0.0)
        hurried.setattr(boot_guard, "INTERVAL_SECONDS", 0.2)
        hurried.setattr(boot_guard, "BROKEN_INTERVAL_SECONDS", 0.2)
        await start_plane(empty_plane)
        yield empty_plane


@pytest_asyncio.fixture(loop_scope="session")
async def household(plane: Plane) -> Household:
    """A tenant whose runs share a budget for the day, when all clocks are right again."""
    for name in SERVICES:
        await until(lambda name=name: plane.accepts_runs(name))
    made = await Household(plane).settle()
    await made.govern(limit("COST_MICRO_USD", CAP, window="CALENDAR_DAY"), action=STOP)
    return made


async def jump(household: Household, monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    """Let the clocks of all services be wrong from now on, and exchange the key again."""
    for name in SERVICES:
        clock = household.plane.services[name].foundation.clock
        monkeypatch.setattr(clock, "now", lambda: utc_now() + by, raising=True)
    household.metadata = await renewed(household)


async def renewed(household: Household) -> Any:
    anybody = Caller(household.plane, "accounts", ())
    token = (await anybody.call("ExchangeKey", api_key=household.key)).token
    return (("authorization", f"Bearer {token}"),)


async def job(household: Household, service: str, name: str) -> None:
    """Let a job of a service be done now."""
    jobs = household.plane.services[service].host._parts.jobs
    await next(one for one in jobs if one.name == name).work()


async def open_reservations(household: Household) -> int:
    count = "SELECT count(*) FROM policies.reservations WHERE tenant_id = $1 AND state = 'OPEN'"
    return int(str(await household.plane.database.value(count, household.tenant)))


async def nobody_ends(household: Household, run_id: str) -> None:
    """The searches find nothing wrong with a run whose agent is alive."""
    for search in ("close_stale_runs", "close_orphaned_runs", "complete_halted_runs"):
        await job(household, "orchestrator", search)
    told = await refusal(household.asks("orchestrator").call("GetSaga", run_id=run_id))
    assert told.reason == "SAGA_NOT_FOUND"


async def is_completed_at_once(
    household: Household, agent: Agent, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What did not go through is tried again within seconds, and then everything is there."""
    conclude, tries = CompletionTasks.conclude, []

    async def stumbling(self: CompletionTasks, progress: Any) -> Any:
        tries.append(progress.at)
        if len(tries) < 3:
            raise Unavailable("It is away.")
        return await conclude(self, progress)

    with monkeypatch.context() as stumbled:
        stumbled.setattr(CompletionTasks, "conclude", stumbling)
        await agent.end(run_id)
        view = await household.completed(run_id)
    assert len(tries) == 3
    assert view.run.evidence_health == activity_run_pb2.EVIDENCE_HEALTH_COMPLETE


async def goes_on(
    household: Household, monkeypatch: pytest.MonkeyPatch, figures: Figures, by: timedelta
) -> None:
    """Runs that are under way when all clocks jump go on as if nothing had happened."""
    agent = await Agent(household).hello()
    quiet, spender = [(await agent.create()).run.run.id for _ in range(2)]
    for number in range(SPENT):
        asked = await agent.ask(spender, f"before {number}", estimated_cost_micro_usd=1)
        assert asked.decided.decision.action == CONTINUE
    await jump(household, monkeypatch, by)
    again = await Agent(household, session_id=agent.session_id).hello()
    for run_id in (quiet, spender):
        assert (await again.say(attach=session.AttachRun(run_id=run_id))).held.HasField("permit")
    assert len((await again.say(heartbeat=session.Heartbeat())).renewed.permits) == 2
    await nobody_ends(household, quiet)
    await job(household, "policies", "expire_reservations")
    assert await open_reservations(household) == SPENT
    granted = 0
    while (
        await again.ask(spender, f"after {granted}", estimated_cost_micro_usd=1)
    ).decided.decision.action == CONTINUE:
        granted += 1
    figures.add(cases=granted + SPENT, doubled=max(0, granted + SPENT - CAP))
    assert granted == CAP - SPENT
    await is_completed_at_once(household, again, quiet, monkeypatch)


@pytest.mark.parametrize("by", JUMPS, ids=str)
async def test_what_is_under_way_goes_by_the_clock_of_the_database(
    household: Household, monkeypatch: pytest.MonkeyPatch, figures: Figures, by: timedelta
) -> None:
    await goes_on(household, monkeypatch, figures, by)


async def test_a_wait_lasts_as_long_as_it_was_to_last(
    household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = await managed(household, step("pause", "wait", seconds=3))
    waits = "SELECT count(*) FROM orchestrator.run_step_waits WHERE run_id = $1"
    await until(lambda: household.plane.database.value(waits, run_id))
    await jump(household, monkeypatch, -HOUR)
    view = await household.completed(run_id)
    assert view.run.status == activity_run_pb2.RUN_STATUS_SUCCEEDED
    # By the clocks of the services it was over before it had begun.
    assert view.run.complete_time.ToDatetime() < view.run.start_time.ToDatetime()
    assert await names_of(household, run_id) == ["pause"]


async def test_new_runs_wait_until_the_clocks_agree_again(
    household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as wrong:
        await jump(household, wrong, HOUR)

        async def refused() -> Any:
            problems = household.plane.services["orchestrator"].foundation.guard.problems()
            return await refusal(household.run()) if "clock" in problems else None

        told = await until(refused)
        assert (told.code, told.reason) == (StatusCode.UNAVAILABLE, "SPINE_BROKEN")
        assert "clock" in told.metadata["checks"]
    household.metadata = await renewed(household)
    for name in SERVICES:
        await until(lambda name=name: household.plane.accepts_runs(name))
    assert await household.run()


async def test_services_whose_clocks_differ_believe_nobody_and_let_nothing_happen(
    household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = await Agent(household).hello()
    run_id = (await agent.create()).run.run.id
    clock = household.plane.services["policies"].foundation.clock
    with monkeypatch.context() as wrong:
        wrong.setattr(clock, "now", lambda: utc_now() + HOUR)
        assert (await agent.ask(run_id, "one")).refused.reason == "CREDENTIAL_EXPIRED"
    assert (await agent.ask(run_id, "two")).decided.decision.action == CONTINUE


async def test_mutant_that_goes_by_its_own_clock_ends_what_is_alive(
    household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = household.plane.services["orchestrator"].foundation.clock
    monkeypatch.setattr(DatabaseClock, "now", lambda _self: own.now())
    with pytest.raises(AssertionError):
        await goes_on(household, monkeypatch, Figures(), HOUR)
