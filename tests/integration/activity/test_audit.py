"""No audit, no action: what was done reaches the ledger, once, or it was not done."""

import json
import uuid
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from grpc import StatusCode

from aos.activity.v1 import run_pb2, run_service_pb2, run_service_pb2_grpc
from aos.logs.v1 import ledger_pb2
from kernel.identifiers import new_id
from kernel.principal import Principal
from servicekit.audit import gate
from servicekit.unit_of_work import UnitOfWork
from tests.support.identities import somebody
from tests.support.plane import Plane
from tests.support.statuses import refusal
from tests.support.waiting import until

pytestmark = pytest.mark.invariant("I-30")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane) -> AsyncIterator[Plane]:
    await empty_plane.start_accounts_stand_in()
    await empty_plane.start("activity")
    await until(lambda: empty_plane.accepts_runs("activity"))
    yield empty_plane


def create(plane: Plane, principal: Principal, goal: str = "anything") -> object:
    stub = run_service_pb2_grpc.RunServiceStub(plane.services["activity"].channel)
    request = run_service_pb2.CreateRunRequest(
        request_id=str(uuid.uuid4()),
        project_id=new_id("prj"),
        agent_id=new_id("agt"),
        goal=goal,
        source=run_pb2.RUN_SOURCE_EXTERNAL,
    )
    return stub.CreateRun(request, timeout=5, metadata=plane.identities.metadata(principal))


async def runs_of(plane: Plane, principal: Principal) -> int:
    query = "SELECT count(*) FROM activity.runs WHERE tenant_id = $1"
    return int(str(await plane.database.value(query, principal.tenant_id)))


async def test_a_change_is_in_the_ledger_with_who_what_and_for_which_run(plane: Plane) -> None:
    me = somebody()
    run = (await create(plane, me)).run
    (entry,) = await until(lambda: plane.logs.of(run.id))
    assert (entry.event_type, entry.entity_type, entry.run_id) == ("RUN_CREATED", "run", run.id)
    assert (entry.actor_type, entry.actor_id) == (ledger_pb2.ACTOR_TYPE_PERSON, me.person_id)
    assert entry.before_json == ""
    assert json.loads(entry.after_json)["status"] == "queued"


async def test_while_logs_is_away_entries_wait_and_arrive_later_once(plane: Plane) -> None:
    plane.logs.away = True
    try:
        made = [(await create(plane, somebody())).run.id for _ in range(5)]
        assert not any(plane.logs.of(run_id) for run_id in made)
    finally:
        plane.logs.away = False
    for run_id in made:
        assert len(await until(lambda run_id=run_id: plane.logs.of(run_id))) == 1


async def test_beyond_the_limit_nothing_is_changed_any_more(
    plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "MAXIMUM_LAG_SECONDS", 0.5)
    me = somebody()
    plane.logs.away = True
    try:
        await create(plane, me)
        audit = plane.services["activity"].foundation.audit
        await until(audit.problem)
        told = await refusal(create(plane, me))
        assert told.code is StatusCode.UNAVAILABLE
        assert told.reason in ("AUDIT_UNAVAILABLE", "SPINE_BROKEN")
        assert await runs_of(plane, me) == 1
    finally:
        plane.logs.away = False
    await until(lambda: audit.problem() is None)
    await until(lambda: plane.accepts_runs("activity"))
    assert await create(plane, me)


async def test_mutant_a_gate_that_never_closes_lets_unaudited_changes_through(
    plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "MAXIMUM_LAG_SECONDS", 0.2)
    me = somebody()
    plane.logs.away = True
    try:
        await create(plane, me)
        audit = plane.services["activity"].foundation.audit
        await until(audit.problem)
        monkeypatch.setattr(gate.AuditGate, "problem", lambda _self: None)
        await until(lambda: plane.accepts_runs("activity"))
        await create(plane, me)
        assert await runs_of(plane, me) == 2
    finally:
        plane.logs.away = False


async def test_an_entry_that_logs_refuses_is_kept_and_its_neighbours_get_through(
    plane: Plane,
) -> None:
    plane.logs.away = True
    await plane.database.fetch_script(
        "DELETE FROM activity.log_intents WHERE acknowledged_at IS NOT NULL"
    )
    made = [(await create(plane, somebody())).run.id for _ in range(4)]
    bad = ledger_pb2.LedgerDraft(entry_id=new_id("led"), event_type="POISON")
    await plane.database.fetch(
        "INSERT INTO activity.log_intents (tenant_id, intent_id, kind, body) VALUES ($1, $2, 'ledger', $3)",
        somebody().tenant_id,
        bad.entry_id,
        bad.SerializeToString(),
    )
    made += [(await create(plane, somebody())).run.id for _ in range(4)]
    plane.logs.refuses, plane.logs.away = {"POISON"}, False
    try:
        for run_id in made:
            assert await until(lambda run_id=run_id: plane.logs.of(run_id))
        rows = await until(
            lambda: plane.database.fetch(
                "SELECT attempts, last_error FROM activity.log_intents WHERE intent_id = $1 AND attempts > 0",
                bad.entry_id,
            )
        )
        assert rows[0]["last_error"] == "not this one"
    finally:
        plane.logs.refuses = set()
        await plane.database.fetch(
            "DELETE FROM activity.log_intents WHERE intent_id = $1", bad.entry_id
        )


async def test_a_change_without_a_record_is_rolled_back(
    plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(UnitOfWork, "record", lambda _self, _entry: None)
    me = somebody()
    told = await refusal(create(plane, me))
    assert told.code is StatusCode.INTERNAL
    assert await runs_of(plane, me) == 0


async def test_the_start_of_the_service_and_its_migration_are_system_records(plane: Plane) -> None:
    await until(
        lambda: (
            {"STARTUP", "MIGRATION"}
            <= {record.event_type for record in plane.logs.records.values()}
        )
    )


async def test_acknowledged_entries_are_brought_once(plane: Plane) -> None:
    run = (await create(plane, somebody())).run
    await until(lambda: plane.logs.of(run.id))
    waiting = "SELECT count(*) = 0 FROM activity.log_intents WHERE acknowledged_at IS NULL"
    await until(lambda: plane.database.value(waiting))
    received = plane.logs.received
    await plane.services["activity"].host.courier.bring_batch()
    assert plane.logs.received == received
