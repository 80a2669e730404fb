"""The switch counts at once, comes back by itself, is on record, and revives nothing."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
import pytest_asyncio
from grpc import StatusCode

from aos.logs.v1 import system_record_pb2
from aos.policies.v1 import governance_pb2
from kernel.identifiers import PLANE_TENANT
from services.policies.domain.action import Action
from services.policies.domain.decision import Reason, Verdict
from services.policies.store import admission_statements
from tests.support.governed import CONTINUE, KILL, STOP, WARN, Tenant, limit
from tests.support.identities import somebody
from tests.support.people import Person, operator, person
from tests.support.plane import Plane
from tests.support.statuses import refusal
from tests.support.waiting import until

ACTIVE, DEGRADED, DISABLED = (
    governance_pb2.GOVERNANCE_STATE_ACTIVE,
    governance_pb2.GOVERNANCE_STATE_DEGRADED,
    governance_pb2.GOVERNANCE_STATE_DISABLED,
)
_JOB = "hashtextextended('aos-job-policies-restore_governance', 0)"
_OVERDUE = (
    "UPDATE policies.governance_states SET changed_at = changed_at - interval '1 hour', "
    "expires_at = clock_timestamp() - interval '1 second' WHERE tenant_id = $1"
)


@pytest_asyncio.fixture(loop_scope="session")
async def operations(plane: Plane, tenant: Tenant) -> Person:
    """Somebody of the tenant who may move its switch, and little else."""
    return person(plane, somebody("operations", tenant=tenant.id))


@asynccontextmanager
async def idle_job(plane: Plane) -> AsyncIterator[None]:
    """Nobody notes what has come back by itself, as if the job were late."""
    connection = await asyncpg.connect(plane.database.admin_url)
    try:
        await connection.execute(f"SELECT pg_advisory_lock({_JOB})")
        yield
    finally:
        await connection.close()


@pytest.mark.gap("GAP-069")
async def test_off_bypasses_what_policies_say_at_once_and_says_so(
    plane: Plane, tenant: Tenant, operations: Person
) -> None:
    await tenant.govern(limit("STEPS", 1))
    run = await tenant.open_run()
    assert await run.action() == CONTINUE
    await operations.call("Disable", reason="an emergency")
    decision = await run.ask()
    assert (decision.action, decision.bypassed) == (CONTINUE, True)
    (breach,) = decision.others
    assert (breach.breach, breach.set_aside) == (True, "BYPASSED")
    assert (await tenant.open_run()).opened.gate.governance_bypassed
    await operations.call("Enable", reason="over")
    assert await run.action() == STOP
    replayed = await tenant.read("ReplayDecisions", run_id=run.id)
    assert list(replayed.divergences) == []


@pytest.mark.gap("GAP-069")
async def test_every_move_is_in_the_ledger_and_a_critical_record(
    plane: Plane, tenant: Tenant
) -> None:
    mover = somebody("operations", tenant=tenant.id)
    people = person(plane, mover)
    await people.call("Disable", reason="an emergency")
    await people.call("Degrade", reason="carefully")
    await people.call("Enable", reason="over")
    entries = await until(lambda: found if len(found := plane.logs.of(tenant.id)) == 3 else None)
    assert [entry.event_type for entry in sorted(entries, key=lambda entry: entry.entry_id)] == [
        "GOVERNANCE_DISABLED",
        "GOVERNANCE_DEGRADED",
        "GOVERNANCE_ENABLED",
    ]
    assert {entry.actor_id for entry in entries} == {mover.person_id}

    def records() -> list[system_record_pb2.SystemRecord]:
        return [one for one in plane.logs.records.values() if one.tenant_id == tenant.id]

    await until(lambda: len(records()) == 3)
    assert {record.severity for record in records()} == {system_record_pb2.SYSTEM_SEVERITY_CRITICAL}
    assert {record.component for record in records()} == {"GOVERNANCE"}
    assert any("an emergency" in record.summary for record in records())


@pytest.mark.gap("GAP-069")
async def test_every_move_is_announced_once(
    plane: Plane, tenant: Tenant, operations: Person
) -> None:
    request_id = str(uuid.uuid4())
    first = await operations.call("Disable", request_id, reason="an emergency")
    assert await operations.call("Disable", request_id, reason="an emergency") == first
    rows = await plane.database.fetch(
        "SELECT aggregate_sequence FROM policies.outbox "
        "WHERE tenant_id = $1 AND event_type = 'governance_changed'",
        tenant.id,
    )
    assert [row["aggregate_sequence"] for row in rows] == [1]
    await operations.call("Enable", reason="over")
    again = await operations.call("Enable", reason="still over")
    assert (again.switch.epoch, again.switch.reason) == (2, "over")


@pytest.mark.gap("GAP-070")
async def test_degraded_lets_no_run_begin_and_those_under_way_finish_warned(
    tenant: Tenant, operations: Person
) -> None:
    await tenant.govern(limit("STEPS", 1), action=KILL)
    run = await tenant.open_run()
    await run.ask()
    await operations.call("Degrade", reason="carefully")
    told = await refusal(tenant.open_run())
    assert (told.code, told.reason) == (StatusCode.UNAVAILABLE, "GOVERNANCE_DEGRADED")
    decision = await run.ask()
    assert (decision.action, decision.winner.action) == (WARN, KILL)
    await operations.call("Enable", reason="over")
    assert (await tenant.open_run()).opened.gate.run_id
    assert await run.action() == KILL


@pytest.mark.gap("GAP-070")
async def test_the_planes_switch_counts_for_every_tenant_where_it_is_harsher(
    plane: Plane, tenant: Tenant, operations: Person
) -> None:
    await tenant.govern(limit("STEPS", 1))
    run = await tenant.open_run()
    await run.ask()
    runner = operator(plane)
    await operations.call("Disable", reason="ours alone")
    try:
        await runner.call("Degrade", reason="the whole plane")
        assert (await refusal(tenant.open_run())).reason == "GOVERNANCE_DEGRADED"
        decision = await run.ask()
        assert (decision.action, decision.bypassed) == (WARN, False)
        state = await operations.call("GetState")
        assert (state.switch.state, state.plane_state, state.state_in_force) == (
            DISABLED,
            DEGRADED,
            DEGRADED,
        )
    finally:
        await runner.call("Enable", reason="over")
    assert (await operations.call("GetState")).state_in_force == DISABLED


@pytest.mark.gap("GAP-070")
async def test_mutant_a_tenant_that_cannot_see_the_planes_switch_ignores_it(
    plane: Plane, tenant: Tenant
) -> None:
    await tenant.govern(limit("STEPS", 1))
    runner = operator(plane)
    await plane.database.fetch_script("DROP POLICY plane_switch ON policies.governance_states")
    try:
        await runner.call("Degrade", reason="the whole plane")
        assert (await tenant.open_run()).opened.gate.run_id
    finally:
        await plane.database.fetch_script(
            "CREATE POLICY plane_switch ON policies.governance_states FOR SELECT "
            f"USING (tenant_id = '{PLANE_TENANT}')"
        )
        await runner.call("Enable", reason="over")


@pytest.mark.gap("GAP-069")
async def test_it_comes_back_by_itself_even_if_nobody_notes_it(
    plane: Plane, tenant: Tenant, operations: Person
) -> None:
    await tenant.govern(limit("STEPS", 1))
    run = await tenant.open_run()
    await run.ask()
    await operations.call("Disable", reason="an emergency", duration_seconds=86_400)
    async with idle_job(plane):
        assert (await run.ask()).bypassed
        await plane.database.fetch(_OVERDUE, tenant.id)
        assert await run.action() == STOP
        state = await operations.call("GetState")
        assert (state.switch.state, state.state_in_force) == (ACTIVE, ACTIVE)
    changes = await until(lambda: _restored(operations))
    assert (changes[0].reason, changes[0].changed_by) == ("Its time is over.", "service:policies")
    assert await until(
        lambda: [
            entry for entry in plane.logs.of(tenant.id) if entry.event_type == "GOVERNANCE_ENABLED"
        ]
    )


async def _restored(operations: Person) -> list[governance_pb2.GovernanceChange] | None:
    changes = await operations.every("ListChanges", "changes")
    return changes if changes[0].state == ACTIVE else None


@pytest.mark.gap("GAP-069")
async def test_mutant_a_switch_that_waits_for_the_job_stays_off(
    plane: Plane, tenant: Tenant, operations: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = admission_statements.HOLD_GATES
    blind = whole.replace("expires_at <= clock_timestamp()", "false")
    assert blind != whole
    monkeypatch.setattr(admission_statements, "HOLD_GATES", blind)
    await tenant.govern(limit("STEPS", 1))
    run = await tenant.open_run()
    await run.ask()
    await operations.call("Disable", reason="an emergency")
    async with idle_job(plane):
        await plane.database.fetch(_OVERDUE, tenant.id)
        assert (await run.ask()).bypassed


@pytest.mark.invariant("I-22")
@pytest.mark.parametrize("position", ["Disable", "Degrade", "Enable"])
async def test_no_position_of_the_switch_revives_a_run(
    tenant: Tenant, operations: Person, position: str
) -> None:
    await tenant.govern(limit("STEPS", 100))
    run = await tenant.open_run()
    await run.ask("before")
    await run.move("KillRun")
    await operations.call("Disable", reason="first")
    await operations.call(position, reason="then")
    assert (await refusal(run.move("ResumeRun"))).reason == "ILLEGAL_GATE_STEP"
    assert await run.action("before") == KILL
    assert await run.action() == KILL
    assert await run.state() == "KILLED"


@pytest.mark.invariant("I-22")
async def test_mutant_a_gate_that_the_switch_could_open_is_noticed(
    tenant: Tenant, operations: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tenant.govern(limit("STEPS", 100))
    run = await tenant.open_run()
    await run.move("KillRun")
    await operations.call("Disable", reason="an emergency")
    bypassed = Verdict(action=Action.CONTINUE, reason=Reason.ALLOWED, bypassed=True)
    monkeypatch.setattr(
        "services.policies.usecases.admit_steps.at_the_gate", lambda _gate: bypassed
    )
    assert await run.action() == CONTINUE


async def test_only_operations_move_the_switch_and_only_the_operator_the_planes(
    plane: Plane, tenant: Tenant
) -> None:
    for role in ("governance", "administrator", "developer", "agent"):
        other = person(plane, somebody(role, tenant=tenant.id))
        told = await refusal(other.call("Disable", reason="because"))
        assert (told.code, told.reason) == (StatusCode.PERMISSION_DENIED, "PERMISSION_MISSING")
    await person(plane, somebody("operations", tenant=tenant.id)).call("Degrade", reason="ours")
    assert (await operator(plane).call("GetState")).switch.state == ACTIVE
    state = await operator(plane, tenant.id).call("GetState")
    assert (state.switch.state, state.plane_state) == (DEGRADED, ACTIVE)


async def test_a_move_without_a_reason_or_for_more_than_a_day_is_refused(
    operations: Person,
) -> None:
    assert set((await refusal(operations.call("Degrade"))).fields) == {"reason"}
    told = await refusal(operations.call("Disable", reason="x", duration_seconds=86_401))
    assert set(told.fields) == {"duration_seconds"}
    told = await refusal(operations.call("Disable", reason="x", duration_seconds=-1))
    assert set(told.fields) == {"duration_seconds"}
    assert (await operations.call("GetState")).switch.epoch == 0


async def test_off_is_off_for_a_quarter_of_an_hour_unless_said_otherwise(
    operations: Person,
) -> None:
    for seconds, expected in ((0, 900), (60, 60), (86_400, 86_400)):
        switch = (await operations.call("Disable", reason="x", duration_seconds=seconds)).switch
        lasts = switch.expire_time.ToDatetime() - switch.change_time.ToDatetime()
        assert lasts.total_seconds() == expected


async def test_every_move_is_listed_newest_first(operations: Person) -> None:
    for method in ("Disable", "Degrade", "Disable", "Enable"):
        await operations.call(method, reason=method)
    changes = await operations.every("ListChanges", "changes", size=3)
    assert [(change.previous_state, change.state) for change in changes] == [
        (DISABLED, ACTIVE),
        (DEGRADED, DISABLED),
        (DISABLED, DEGRADED),
        (ACTIVE, DISABLED),
    ]
    assert [change.epoch for change in changes] == [4, 3, 2, 1]
