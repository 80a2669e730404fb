"""Runs that nobody drives any more end like any other, and never stay running."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from aos.activity.v1 import run_pb2 as activity_run_pb2
from aos.orchestrator.v1 import session_service_pb2 as session
from services.orchestrator.clients.start_desk import RunStart
from services.orchestrator.usecases import find_lost_runs
from services.orchestrator.workers import on_gate_changed
from tests.support.orchestrated import SERVICES, Agent, Household
from tests.support.plane import Plane
from tests.support.waiting import until


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane) -> AsyncIterator[Plane]:
    """Everything, with little patience for what is silent."""
    others = [name for name in SERVICES if name != "orchestrator"]
    await empty_plane.start_all(*others)
    await empty_plane.start(
        "orchestrator",
        AOS_STALE_SECONDS="2",
        AOS_ORPHAN_SECONDS="1",
        AOS_SEARCH_SECONDS="0.3",
    )
    for name in SERVICES:
        await until(lambda name=name: empty_plane.accepts_runs(name))
    yield empty_plane


@pytest.mark.gap("GAP-048")
async def test_a_run_that_falls_silent_is_closed_as_failed(
    household: Household, agent: Agent
) -> None:
    run_id = (await agent.create()).run.run.id
    await agent.ask(run_id, "last words")
    agent.call.cancel()
    run = (await household.completed(run_id)).run
    assert run.status == activity_run_pb2.RUN_STATUS_FAILED
    assert run.termination_reason == activity_run_pb2.TERMINATION_REASON_SYSTEM_FAILURE
    assert run.incident_count == 1


async def test_a_start_that_broke_off_is_closed(
    household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    created: list[Any] = []

    async def broken(self: RunStart, _command: Any, run: Any) -> Any:
        created.append(run)
        raise ConnectionError

    with monkeypatch.context() as away:
        away.setattr(RunStart, "open_gate", broken)
        with pytest.raises(Exception, match="our side"):
            await household.run()
    run = (await household.completed(created[0].run_id)).run
    assert run.status == activity_run_pb2.RUN_STATUS_FAILED


async def test_a_start_that_left_no_contract_is_closed_as_well(
    household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    await household.run()
    lost = await household.asks("activity").call(
        "CreateRun",
        project_id=household.project,
        agent_id=household.agent,
        goal="anything",
        source=activity_run_pb2.RUN_SOURCE_EXTERNAL,
    )
    run = (await household.completed(lost.run.id)).run
    assert run.status == activity_run_pb2.RUN_STATUS_FAILED


async def test_a_halt_whose_event_never_came_is_found(
    household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def deaf(*_: Any) -> None:
        return

    # What was halted just now is otherwise left to the event.
    monkeypatch.setattr(find_lost_runs, "_YOUNG", timedelta())
    monkeypatch.setattr(on_gate_changed, "_complete", deaf)
    run_id = (await household.run()).run.run.id
    await household.asks("policies").call("KillRun", run_id=run_id, reason="enough")
    run = (await household.completed(run_id)).run
    assert run.status == activity_run_pb2.RUN_STATUS_CANCELLED


async def test_a_run_that_beats_is_left_alone(household: Household, agent: Agent) -> None:
    alive = (await agent.create()).run.run.id
    silent = (await household.run()).run.run.id

    async def other_is_closed() -> bool:
        await agent.say(heartbeat=session.Heartbeat())
        view = (await household.asks("orchestrator").call("GetRun", run_id=silent)).run
        return bool(view.run.status == activity_run_pb2.RUN_STATUS_FAILED)

    await until(other_is_closed)
    view = (await household.asks("orchestrator").call("GetRun", run_id=alive)).run
    assert view.run.status == activity_run_pb2.RUN_STATUS_RUNNING


@pytest.mark.gap("GAP-052")
async def test_jobs_show_when_they_ran_and_how_it_went(household: Household) -> None:
    operator = household.plane.identities.service_metadata("operator", audience="orchestrator")
    asks = household.asks("orchestrator", operator)

    async def ran() -> set[str]:
        status = (await asks.call("GetStatus")).status
        return {job.name for job in status.jobs if job.last_run_time.seconds}

    wanted = {
        "complete_halted_runs",
        "close_stale_runs",
        "close_orphaned_runs",
        "reconcile_contracts",
        "audit_links",
    }

    async def all_ran() -> bool:
        return wanted <= await ran()

    await until(all_ran)
