"""Faults and failure modes: the decision equals the mode, and a record names the fault."""

import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from grpc import StatusCode, aio

from aos.policies.v1 import policy_pb2
from services.policies.domain.policy_body import FailureMode
from tests.support.governed import CONTINUE, STOP, GovernedRun, Tenant, limit
from tests.support.plane import Plane
from tests.support.statuses import refusal
from tests.support.waiting import until

pytestmark = [pytest.mark.invariant("I-18"), pytest.mark.gap("GAP-035")]
OPEN, CLOSED = policy_pb2.FAILURE_MODE_FAIL_OPEN, policy_pb2.FAILURE_MODE_FAIL_CLOSED


@asynccontextmanager
async def database_away(plane: Plane, tenant: Tenant) -> AsyncIterator[None]:
    """Nobody of policies gets in, and whoever is in is thrown out."""
    await plane.database.fetch_script("ALTER ROLE aos_policies NOLOGIN")
    throw_out = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE usename = 'aos_policies' AND datname = current_database()"
    )
    await plane.database.fetch_script(throw_out)
    try:
        yield
    finally:
        await plane.database.fetch_script("ALTER ROLE aos_policies LOGIN")
        await until(lambda: _reads(tenant))


async def governed(tenant: Tenant, *modes: Any) -> GovernedRun:
    """A run whose policies have these failure modes, and that has taken a step."""
    for mode in modes:
        await tenant.govern(limit("COST_MICRO_USD", 100, window="CALENDAR_DAY"), failure_mode=mode)
    run = await tenant.open_run()
    assert await run.action("before", estimated_cost_micro_usd=10) == CONTINUE
    return run


@pytest.mark.parametrize("modes", [(CLOSED,), (OPEN, CLOSED)])
async def test_without_the_database_a_run_with_a_policy_that_closes_takes_no_step(
    tenant: Tenant, plane: Plane, modes: tuple[Any, ...]
) -> None:
    run = await governed(tenant, *modes)
    async with database_away(plane, tenant):
        answer = await tenant.ask(run.question("during"))
        (admission,) = answer.admissions
        assert admission.refusal.reason == "STORAGE_UNAVAILABLE"
    await until(lambda: _answers(run))
    assert await run.action("during") == CONTINUE


async def test_without_the_database_a_run_that_is_open_to_faults_goes_on_and_all_is_written_later(
    tenant: Tenant, plane: Plane
) -> None:
    run = await governed(tenant, OPEN)
    async with database_away(plane, tenant):
        decision = await run.ask("during", estimated_cost_micro_usd=70)
        assert (decision.action, decision.fault) == (CONTINUE, "STORAGE_UNAVAILABLE")
    await until(lambda: _answers(run))
    kept = await tenant.read("GetDecision", run_id=run.id, step_id="during")
    assert kept.decision.fault == "STORAGE_UNAVAILABLE"
    # It counts: 10 and 70 of 100 are gone.
    assert await run.action("more", estimated_cost_micro_usd=30) == STOP
    assert (await run.settle("during", cost_micro_usd=70)).settled.overage == 0


async def test_a_killed_run_stays_so_without_the_database(tenant: Tenant, plane: Plane) -> None:
    run = await governed(tenant, OPEN)
    await run.move("KillRun")
    await run.ask("after the end")
    async with database_away(plane, tenant):
        answer = await tenant.ask(run.question("during"))
        assert answer.admissions[0].WhichOneof("result") == "refusal"


async def test_without_the_database_no_run_begins(tenant: Tenant, plane: Plane) -> None:
    await governed(tenant, OPEN)
    async with database_away(plane, tenant):
        refused = await refusal(tenant.open_run())
        assert refused.code == StatusCode.UNAVAILABLE


@pytest.mark.invariant("I-08")
@pytest.mark.parametrize("mode", [CLOSED, OPEN])
async def test_without_the_bus_decisions_go_on(tenant: Tenant, plane: Plane, mode: Any) -> None:
    run = await governed(tenant, mode)
    os.kill(plane.nats.pid, signal.SIGSTOP)
    try:
        assert await run.action(estimated_cost_micro_usd=10) == CONTINUE
        assert await run.action(estimated_cost_micro_usd=90) == STOP
    finally:
        os.kill(plane.nats.pid, signal.SIGCONT)
    await until(lambda: plane.accepts_runs("policies"))


async def _reads(tenant: Tenant) -> bool:
    """Whether policies has found back to the database."""
    try:
        await tenant.write("ListPolicies")
    except aio.AioRpcError:
        return False
    return True


async def _answers(run: GovernedRun) -> bool:
    """Whether a step can be decided again; it costs nothing."""
    answer = await run.tenant.ask(run.question())
    return bool(answer.admissions[0].WhichOneof("result") == "decision")


async def test_mutant_whoever_lets_everything_pass_without_the_database_opens_what_is_closed(
    tenant: Tenant, plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await governed(tenant, CLOSED)
    monkeypatch.setattr(
        "services.policies.usecases.admit_despite_outage.FailureMode",
        SimpleNamespace(FAIL_OPEN=FailureMode.FAIL_CLOSED),
    )
    async with database_away(plane, tenant):
        assert await run.action("during") == CONTINUE
