"""What deserves attention is raised once for a cause; figures add up."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from aos.activity.v1 import (
    metrics_service_pb2,
    metrics_service_pb2_grpc,
    run_lifecycle_service_pb2,
    run_pb2,
    signal_pb2,
    signal_service_pb2,
    signal_service_pb2_grpc,
)
from kernel.clock import utc_now
from services.activity.store.runs import PostgresRuns
from services.activity.usecases import look_out
from tests.integration.activity.test_run_lifecycle import Driver
from tests.support.plane import Plane
from tests.support.statuses import refusal
from tests.support.waiting import until

TIMEOUT = 10.0
STALE = signal_pb2.SIGNAL_KIND_STALE_RUN
NEAR = signal_pb2.SIGNAL_KIND_NEAR_THRESHOLD


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane) -> AsyncIterator[Plane]:
    await empty_plane.start_accounts_stand_in()
    await empty_plane.start("activity")
    await until(lambda: empty_plane.accepts_runs("activity"))
    yield empty_plane


@pytest_asyncio.fixture(loop_scope="session")
async def run(plane: Plane) -> Driver:
    return await Driver(plane).create()


class Attention:
    """Signals as a responder of the run's tenant sees them, and as the orchestrator raises them."""

    def __init__(self, plane: Plane, run: Driver) -> None:
        self._stub = signal_service_pb2_grpc.SignalServiceStub(plane.services["activity"].channel)
        self._own = plane.identities.metadata(run.principal)
        self._orchestrator = plane.identities.service_metadata(
            "operator", audience="activity", tenant=run.principal.tenant_id
        )
        self._run_id = run.run_id

    def raise_signal(self, kind: Any = NEAR, **fields: Any) -> Any:
        request = signal_service_pb2.RaiseSignalRequest(
            request_id=str(uuid.uuid4()),
            run_id=self._run_id,
            kind=kind,
            detail="80 % of 100 tokens are used.",
            **fields,
        )
        return self._stub.RaiseSignal(request, timeout=TIMEOUT, metadata=self._orchestrator)

    async def list(self, state: Any = signal_pb2.SIGNAL_STATE_UNSPECIFIED) -> Any:
        request = signal_service_pb2.ListSignalsRequest(state=state)
        answer = await self._stub.ListSignals(request, timeout=TIMEOUT, metadata=self._own)
        return answer.signals

    def acknowledge(self, signal_id: str) -> Any:
        request = signal_service_pb2.AcknowledgeSignalRequest(
            request_id=str(uuid.uuid4()), signal_id=signal_id
        )
        return self._stub.AcknowledgeSignal(request, timeout=TIMEOUT, metadata=self._own)

    def suppress(self, signal_id: str, by: timedelta) -> Any:
        request = signal_service_pb2.SuppressSignalRequest(
            request_id=str(uuid.uuid4()), signal_id=signal_id, reason="known"
        )
        request.until_time.FromDatetime(utc_now() + by)
        return self._stub.SuppressSignal(request, timeout=TIMEOUT, metadata=self._own)


async def test_a_cause_raises_one_signal_until_somebody_has_looked(
    plane: Plane, run: Driver
) -> None:
    attention = Attention(plane, run)
    raised = await asyncio.gather(*(attention.raise_signal() for _ in range(5)))
    assert len({answer.signal.id for answer in raised}) == 1
    first = raised[0].signal
    seen = (await attention.acknowledge(first.id)).signal
    assert (seen.state, seen.actor_id) == (
        signal_pb2.SIGNAL_STATE_ACKNOWLEDGED,
        run.principal.person_id,
    )
    again = (await attention.raise_signal()).signal
    assert again.id != first.id
    assert [item.id for item in await attention.list()] == [again.id, first.id]
    entries = await until(lambda: plane.logs.of(first.id)[1:] and plane.logs.of(first.id))
    assert [entry.event_type for entry in entries] == ["SIGNAL_RAISED", "SIGNAL_ACKNOWLEDGED"]
    assert {entry.run_id for entry in entries} == {run.run_id}


async def test_a_suppressed_cause_stays_silent_until_its_time_is_over(
    plane: Plane, run: Driver
) -> None:
    attention = Attention(plane, run)
    signal = (await attention.raise_signal()).signal
    await attention.suppress(signal.id, timedelta(hours=1))
    assert (await attention.raise_signal()).signal.id == signal.id
    await plane.database.fetch(
        "UPDATE activity.signals SET suppressed_until = now() - interval '1 second' WHERE id = $1",
        signal.id,
    )
    fresh = (await attention.raise_signal()).signal
    assert fresh.id != signal.id
    entries = await until(
        lambda: [e for e in plane.logs.of(signal.id) if e.event_type == "SIGNAL_SUPPRESSED"]
    )
    assert "known" in entries[0].after_json


async def test_a_suppression_into_the_past_is_refused(plane: Plane, run: Driver) -> None:
    attention = Attention(plane, run)
    signal = (await attention.raise_signal()).signal
    told = await refusal(attention.suppress(signal.id, -timedelta(hours=1)))
    assert set(told.fields) == {"until_time"}


@pytest.mark.invariant("I-31")
async def test_signals_of_others_do_not_exist(plane: Plane, run: Driver) -> None:
    theirs = (await Attention(plane, run).raise_signal()).signal
    me = Attention(plane, await Driver(plane).create())
    assert list(await me.list()) == []
    assert (await refusal(me.acknowledge(theirs.id))).reason == "SIGNAL_NOT_FOUND"


async def work(plane: Plane, name: str) -> None:
    runner = plane.services["activity"].host.jobs
    job = next(job for job in runner.jobs if job.name == name)
    await job.work()


async def look(plane: Plane) -> None:
    await work(plane, "look_out")


@pytest.mark.gap("GAP-048")
async def test_a_run_that_went_silent_raises_one_signal_however_often_it_is_looked_at(
    plane: Plane, run: Driver
) -> None:
    await run.walk("AuthorizeRun", "StartRun")
    await look(plane)
    attention = Attention(plane, run)
    assert [item.kind for item in await attention.list()] == []
    await plane.database.fetch(
        "UPDATE activity.runs SET heartbeat_at = now() - interval '2 minutes' WHERE id = $1",
        run.run_id,
    )
    await asyncio.gather(*(look(plane) for _ in range(3)))
    assert [item.kind for item in await attention.list()] == [STALE]


async def silence(plane: Plane, run: Driver, seconds: int) -> None:
    await plane.database.fetch(
        "UPDATE activity.runs SET heartbeat_at = now() - make_interval(secs => $2) WHERE id = $1",
        run.run_id,
        seconds,
    )


async def beat_and_look(plane: Plane, run: Driver) -> list[Any]:
    """A run that was silent for long, and then gives a sign of life."""
    await run.walk("AuthorizeRun", "StartRun")
    await silence(plane, run, 120)
    assert (await run.beat()).recorded == 1
    await look(plane)
    return list(await Attention(plane, run).list())


@pytest.mark.gap("GAP-048")
async def test_a_run_that_gives_a_sign_of_life_is_not_stale(plane: Plane, run: Driver) -> None:
    assert await beat_and_look(plane, run) == []


@pytest.mark.gap("GAP-048")
async def test_mutant_without_the_note_of_it_a_run_that_is_alive_would_be_called_stale(
    plane: Plane, run: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def forget(_self: PostgresRuns, _tenant: str, run_ids: list[str]) -> int:
        return len(run_ids)

    monkeypatch.setattr(PostgresRuns, "beat", forget)
    assert [item.kind for item in await beat_and_look(plane, run)] == [STALE]


@pytest.mark.gap("GAP-048")
async def test_mutant_with_endless_patience_nobody_would_hear_of_a_silent_run(
    plane: Plane, run: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look_out, "STALE_AFTER", timedelta(days=999))
    await run.walk("AuthorizeRun", "StartRun")
    await silence(plane, run, 120)
    await look(plane)
    assert list(await Attention(plane, run).list()) == []


async def test_an_agent_whose_last_runs_all_failed_is_one_cause(plane: Plane) -> None:
    last = await Driver(plane).create()
    agent = (await last.read()).agent_id
    failed = {
        "status": run_pb2.RUN_STATUS_FAILED,
        "termination_reason": run_pb2.TERMINATION_REASON_SYSTEM_FAILURE,
    }
    await last.call("CompleteRun", **failed)
    for _ in range(look_out.FAILURES_IN_A_ROW - 1):
        await look(plane)
        assert list(await Attention(plane, last).list()) == []
        await last.create(agent)
        await last.call("CompleteRun", **failed)
    await look(plane)
    await look(plane)
    (signal,) = await Attention(plane, last).list()
    assert (signal.kind, signal.subject_id) == (signal_pb2.SIGNAL_KIND_FAILING_AGENT, agent)


async def test_figures_add_up_by_group(plane: Plane) -> None:
    driver = await Driver(plane).create()
    agent = (await driver.read()).agent_id
    await driver.walk("AuthorizeRun", "StartRun", "FinalizeRun", "CompleteRun")
    await driver.create(agent)
    await driver.create()
    stub = metrics_service_pb2_grpc.MetricsServiceStub(plane.services["activity"].channel)

    async def figures(grouping: Any, back: timedelta = timedelta(hours=1)) -> Any:
        request = metrics_service_pb2.GetRunMetricsRequest(grouping=grouping)
        request.from_time.FromDatetime(utc_now() - back)
        request.before_time.FromDatetime(utc_now() + timedelta(minutes=1))
        metadata = plane.identities.metadata(driver.principal)
        answer = await stub.GetRunMetrics(request, timeout=TIMEOUT, metadata=metadata)
        return answer.metrics

    (total,) = await figures(metrics_service_pb2.METRICS_GROUPING_UNSPECIFIED)
    assert (total.runs, total.succeeded) == (3, 1)
    await work(plane, "roll_up_metrics")
    rolled_up = (
        "SELECT sum(runs) FROM activity.metric_rollups WHERE tenant_id = $1 AND period = 'day'"
    )
    assert await plane.database.value(rolled_up, driver.principal.tenant_id) == 1
    assert list(await figures(metrics_service_pb2.METRICS_GROUPING_UNSPECIFIED)) == [total]
    by_agent = await figures(metrics_service_pb2.METRICS_GROUPING_AGENT, timedelta(days=799))
    assert {item.group: item.runs for item in by_agent}[agent] == 2
    hours = await figures(metrics_service_pb2.METRICS_GROUPING_HOUR)
    assert sum(item.runs for item in hours) == 3
    assert all(item.group.endswith(":00:00Z") for item in hours)
    assert list(await figures(metrics_service_pb2.METRICS_GROUPING_MODEL)) == []
    for grouping, days in (
        (metrics_service_pb2.METRICS_GROUPING_AGENT, 800),
        (metrics_service_pb2.METRICS_GROUPING_HOUR, 92),
    ):
        told = await refusal(figures(grouping, timedelta(days=days)))
        assert set(told.fields) == {"before_time"}


async def test_panels_see_what_policies_said_of_a_run(plane: Plane, run: Driver) -> None:
    channel = plane.services["activity"].channel
    request = run_lifecycle_service_pb2.NotePolicyContextRequest(
        run_id=run.run_id,
        context=run_pb2.PolicyContext(
            policy_id="pol_1",
            policy_name="Spend",
            limit_type="cost",
            evaluation_outcome="NEAR",
            proximity_pct=91,
        ),
    )
    await channel.unary_unary("/aos.activity.v1.RunLifecycleService/NotePolicyContext")(
        request.SerializeToString(),
        timeout=TIMEOUT,
        metadata=plane.identities.service_metadata(
            "operator", audience="activity", tenant=run.principal.tenant_id
        ),
    )
    assert (await run.read()).policy_context == request.context
