"""A run moves along legal edges only, refused by code and by the database; notes count once."""

import asyncio
import gc
import random
import uuid
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from grpc import StatusCode, aio

from aos.activity.v1 import run_lifecycle_service_pb2 as messages
from aos.activity.v1 import (
    run_lifecycle_service_pb2_grpc,
    run_pb2,
    run_service_pb2,
    run_service_pb2_grpc,
)
from kernel.identifiers import new_id
from kernel.principal import Principal
from servicekit.jetstream.live import LiveEvents
from services.activity.domain import run_lifecycle
from services.activity.domain.run import ALLOWED_STATUSES
from services.activity.domain.run_lifecycle import LEGAL
from tests.support.identities import somebody
from tests.support.plane import Plane
from tests.support.statuses import refusal, refusal_of
from tests.support.waiting import until

TIMEOUT = 10.0
STATES = [(phase, status) for phase, statuses in ALLOWED_STATUSES.items() for status in statuses]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane) -> AsyncIterator[Plane]:
    await empty_plane.start_accounts_stand_in()
    await empty_plane.start("activity")
    await until(lambda: empty_plane.accepts_runs("activity"))
    yield empty_plane


class Driver:
    """A run, and the orchestrator's hand on it."""

    def __init__(self, plane: Plane, principal: Principal | None = None) -> None:
        self.principal = principal or somebody()
        channel = plane.services["activity"].channel
        self._runs = run_service_pb2_grpc.RunServiceStub(channel)
        self._lifecycle = run_lifecycle_service_pb2_grpc.RunLifecycleServiceStub(channel)
        self._own = plane.identities.metadata(self.principal)
        self._orchestrator = plane.identities.service_metadata(
            "operator", audience="activity", tenant=self.principal.tenant_id
        )
        self.run_id = ""

    async def create(self, agent: str = "") -> "Driver":
        request = run_service_pb2.CreateRunRequest(
            request_id=str(uuid.uuid4()),
            project_id=new_id("prj"),
            agent_id=agent or new_id("agt"),
            goal="anything",
            source=run_pb2.RUN_SOURCE_EXTERNAL,
        )
        created = await self._runs.CreateRun(request, timeout=TIMEOUT, metadata=self._own)
        self.run_id = created.run.id
        return self

    def call(self, name: str, request_id: str | None = None, **fields: Any) -> Any:
        if name == "AuthorizeRun":
            fields = {"scope": run_pb2.RunScope(), "policy_snapshot_id": "snap_1", **fields}
        if name == "ReopenRun":
            fields = {"observability_error": "the ledger was away", **fields}
        if name == "CompleteRun":
            fields = {
                "status": run_pb2.RUN_STATUS_SUCCEEDED,
                "termination_reason": run_pb2.TERMINATION_REASON_COMPLETED,
                **fields,
            }
        request = getattr(messages, f"{name}Request")(
            request_id=request_id or str(uuid.uuid4()), run_id=self.run_id, **fields
        )
        method = getattr(self._lifecycle, name)
        return method(request, timeout=TIMEOUT, metadata=self._orchestrator)

    async def walk(self, *names: str) -> run_pb2.Run:
        for name in names:
            answer = await self.call(name)
        return answer.run

    async def read(self) -> run_pb2.Run:
        request = run_service_pb2.GetRunRequest(run_id=self.run_id)
        return (await self._runs.GetRun(request, timeout=TIMEOUT, metadata=self._own)).run

    def watch(self) -> Any:
        request = run_service_pb2.WatchRunRequest(run_id=self.run_id)
        return self._runs.WatchRun(request, timeout=30, metadata=self._own)

    def watch_all(self, **conditions: Any) -> Any:
        request = run_service_pb2.WatchRunsRequest(filter=run_pb2.RunFilter(**conditions))
        return self._runs.WatchRuns(request, timeout=30, metadata=self._own)

    def beat(self, *run_ids: str) -> Any:
        request = messages.RecordHeartbeatsRequest(run_ids=run_ids or [self.run_id])
        return self._lifecycle.RecordHeartbeats(request, timeout=TIMEOUT, metadata=self._own)


@pytest_asyncio.fixture(loop_scope="session")
async def run(plane: Plane) -> Driver:
    return await Driver(plane).create()


async def test_a_whole_life_from_queue_to_success(run: Driver, plane: Plane) -> None:
    done = await run.walk(
        "AuthorizeRun", "StartRun", "PauseRun", "ResumeRun", "FinalizeRun", "CompleteRun"
    )
    assert (done.phase, done.status) == (run_pb2.RUN_PHASE_COMPLETED, run_pb2.RUN_STATUS_SUCCEEDED)
    assert done.policy_snapshot_id == "snap_1"
    assert done.HasField("start_time")
    assert done.HasField("complete_time")
    entries = await until(lambda: len(plane.logs.of(run.run_id)) == 7 and plane.logs.of(run.run_id))
    assert {entry.event_type for entry in entries} == {
        "RUN_CREATED",
        "RUN_AUTHORIZED",
        "RUN_STARTED",
        "RUN_PAUSED",
        "RUN_RESUMED",
        "RUN_FINALIZING",
        "RUN_ENDED",
    }
    assert all(entry.run_id == run.run_id for entry in entries)


@pytest.mark.gap("GAP-051")
async def test_a_step_that_the_state_does_not_allow_is_refused_and_changes_nothing(
    run: Driver,
) -> None:
    before = await run.read()
    for name in ("StartRun", "PauseRun", "ResumeRun", "RetryRun", "FinalizeRun", "ReopenRun"):
        told = await refusal(run.call(name))
        assert (told.code, told.reason) == (StatusCode.FAILED_PRECONDITION, "ILLEGAL_TRANSITION")
    assert await run.read() == before


@pytest.mark.gap("GAP-051")
async def test_what_is_over_stays_over(run: Driver) -> None:
    await run.walk("AuthorizeRun", "StartRun", "FinalizeRun", "CompleteRun")
    for name in ("AuthorizeRun", "StartRun", "ResumeRun", "RetryRun", "ReopenRun", "CompleteRun"):
        assert (await refusal(run.call(name))).reason == "ILLEGAL_TRANSITION"


@pytest.mark.invariant("I-06")
async def test_random_and_concurrent_steps_leave_only_legal_histories(plane: Plane) -> None:
    seed = random.randrange(2**32)
    dice = random.Random(seed)
    names = [
        "AuthorizeRun",
        "StartRun",
        "PauseRun",
        "ResumeRun",
        "RetryRun",
        "FinalizeRun",
        "ReopenRun",
        "CompleteRun",
    ]
    runs = [await Driver(plane).create() for _ in range(5)]

    async def attempt(run: Driver) -> None:
        try:
            await run.call(dice.choice(names))
        except aio.AioRpcError as error:
            assert refusal_of(error).reason == "ILLEGAL_TRANSITION", f"seed {seed}"

    for _ in range(12):
        await asyncio.gather(*(attempt(run) for run in runs for _ in range(3)))
    rows = await plane.database.fetch("SELECT phase, status FROM activity.runs")
    assert all((row["phase"], row["status"]) in STATES for row in rows), f"seed {seed}"


@pytest.mark.invariant("I-06")
@pytest.mark.gap("GAP-051")
async def test_the_database_holds_the_same_tables_as_the_code(plane: Plane, run: Driver) -> None:
    connection = await asyncpg.connect(plane.database.admin_url)
    try:
        for old in STATES:
            for new in STATES:
                legal = await connection.fetchval(
                    "SELECT activity.run_step_is_legal($1, $2)", "/".join(old), "/".join(new)
                )
                assert legal == (old == new or (old, new) in LEGAL), (old, new)
        with pytest.raises(asyncpg.PostgresError) as refused:
            await connection.execute(
                "UPDATE activity.runs SET phase = 'COMPLETED', status = 'succeeded' WHERE id = $1",
                run.run_id,
            )
        assert refused.value.sqlstate == "AOS02"
        with pytest.raises(asyncpg.CheckViolationError):
            await connection.execute(
                "INSERT INTO activity.runs SELECT (jsonb_populate_record(r, "
                '\'{"id": "x", "phase": "CREATED", "status": "succeeded"}\')).* FROM activity.runs r LIMIT 1'
            )
    finally:
        await connection.close()


@pytest.mark.invariant("I-06")
async def test_mutant_a_code_that_allows_every_step_is_stopped_by_the_database(
    run: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = frozenset((old, new) for old in STATES for new in STATES)
    monkeypatch.setattr(run_lifecycle, "LEGAL", every)
    before = await run.read()
    told = await refusal(run.call("StartRun"))
    assert told.reason != "ILLEGAL_TRANSITION"
    assert await run.read() == before


@pytest.mark.invariant("I-06")
async def test_mutant_without_the_trigger_the_database_takes_an_illegal_step(
    plane: Plane, run: Driver
) -> None:
    connection = await asyncpg.connect(plane.database.admin_url)
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute("ALTER TABLE activity.runs DISABLE TRIGGER refuse_illegal_step")
        changed = await connection.execute(
            "UPDATE activity.runs SET phase = 'COMPLETED', status = 'succeeded' WHERE id = $1",
            run.run_id,
        )
        assert changed == "UPDATE 1"
    finally:
        await transaction.rollback()
        await connection.close()


async def test_what_it_was_authorized_with_is_set_once(run: Driver, plane: Plane) -> None:
    await run.walk("AuthorizeRun", "StartRun", "RetryRun")
    assert (await refusal(run.call("AuthorizeRun", policy_snapshot_id="snap_2"))).reason
    with pytest.raises(asyncpg.PostgresError):
        await plane.database.fetch(
            "UPDATE activity.runs SET policy_snapshot_id = 'x' WHERE id = $1", run.run_id
        )


@pytest.mark.invariant("I-05")
async def test_a_repeated_step_gets_the_first_answer(run: Driver) -> None:
    request_id = str(uuid.uuid4())
    first = await run.call("AuthorizeRun", request_id)
    again = await asyncio.gather(*(run.call("AuthorizeRun", request_id) for _ in range(4)))
    assert {answer.SerializeToString(deterministic=True) for answer in again} == {
        first.SerializeToString(deterministic=True)
    }


async def test_incidents_and_drafts_count_once_each(run: Driver) -> None:
    await asyncio.gather(*(run.call("NoteIncident", incident_id="inc_1") for _ in range(5)))
    await run.call("NoteIncident", incident_id="inc_2")
    await run.call("NotePolicyDraft", policy_id="pol_1")
    await run.call("NotePolicyDraft", policy_id="pol_1")
    now = await run.read()
    assert (now.incident_count, now.policy_draft_count) == (2, 1)


async def test_the_first_violated_policy_stays_named_and_the_risk_is_a_word(run: Driver) -> None:
    await run.call("NoteRisk", risk_level=run_pb2.RISK_LEVEL_NEAR_THRESHOLD)
    assert (await run.read()).risk_level == run_pb2.RISK_LEVEL_NEAR_THRESHOLD
    await run.call("NoteViolation", policy_id="pol_1")
    await run.call("NoteViolation", policy_id="pol_2")
    now = await run.read()
    assert (now.policy_violation, now.violation_policy_id) == (True, "pol_1")
    assert now.risk_level == run_pb2.RISK_LEVEL_VIOLATED


@pytest.mark.gap("GAP-048")
async def test_a_heartbeat_is_noted_for_runs_that_are_alive(run: Driver) -> None:
    assert (await run.beat()).recorded == 0
    started = await run.walk("AuthorizeRun", "StartRun")
    assert (await run.beat(run.run_id, new_id("run"))).recorded == 1
    assert (await run.read()).heartbeat_time.ToNanoseconds() > (
        started.heartbeat_time.ToNanoseconds()
    )


async def test_a_person_cannot_move_a_run(plane: Plane, run: Driver) -> None:
    stub = run_lifecycle_service_pb2_grpc.RunLifecycleServiceStub(
        plane.services["activity"].channel
    )
    request = messages.StartRunRequest(request_id=str(uuid.uuid4()), run_id=run.run_id)
    metadata = plane.identities.metadata(somebody("owner", tenant=run.principal.tenant_id))
    told = await refusal(stub.StartRun(request, timeout=TIMEOUT, metadata=metadata))
    assert told.reason == "CALLER_NOT_ALLOWED"


async def test_a_watched_run_is_seen_after_each_change_until_it_is_over(run: Driver) -> None:
    stream = run.watch()
    seen = [(await stream.read()).run.status]
    for name in ("AuthorizeRun", "StartRun", "FinalizeRun", "CompleteRun"):
        await run.call(name)
        answer = await stream.read()
        seen.append(answer.run.status)
    assert seen[0] == run_pb2.RUN_STATUS_QUEUED
    assert seen[-1] == run_pb2.RUN_STATUS_SUCCEEDED
    assert await stream.read() is aio.EOF


async def test_a_watcher_sees_only_its_own_tenants_runs_and_only_those_asked_for(
    plane: Plane, run: Driver
) -> None:
    stranger = await Driver(plane).create()
    stream = run.watch_all(statuses=[run_pb2.RUN_STATUS_RUNNING])
    first = asyncio.ensure_future(stream.read())
    await until(lambda: _is_watched(plane, run.principal.tenant_id))
    await stranger.walk("AuthorizeRun", "StartRun")
    await run.walk("AuthorizeRun", "StartRun")
    seen = (await asyncio.wait_for(first, 10)).run
    assert (seen.id, seen.status) == (run.run_id, run_pb2.RUN_STATUS_RUNNING)
    stream.cancel()


def _is_watched(plane: Plane, tenant_id: str) -> bool:
    """Whether the server has begun to listen on somebody's behalf."""
    found = (item for item in gc.get_objects() if isinstance(item, LiveEvents))
    return any(tenant_id in item._watchers for item in found)


async def test_a_watcher_whose_key_is_revoked_is_ended_within_seconds(
    plane: Plane, run: Driver
) -> None:
    stream = run.watch()
    await stream.read()
    key = str(run.principal.api_key_id)
    plane.accounts.revoked.add(key)
    try:
        told = await refusal(stream.read())
        assert told.reason == "CREDENTIAL_INVALID"
    finally:
        plane.accounts.revoked.discard(key)
