"""How a run would be opened, without opening it; and pauses that only a person ends."""

import pytest
from sqlalchemy import text

from aos.policies.v1 import gate_pb2, policy_pb2
from kernel.identifiers import new_id
from tests.support.governed import CONTINUE, STOP, Tenant, limit, scope
from tests.support.plane import Plane
from tests.support.statuses import refusal

WRITTEN = ("gates", "decisions", "policy_snapshots", "counters", "policy_enforcements")


async def rows_of(plane: Plane, tenant: Tenant) -> dict[str, int]:
    counted = {}
    database = plane.services["policies"].foundation.database
    async with database.transaction(tenant.id) as connection:
        for table in WRITTEN:
            found = await connection.execute(text(f"SELECT count(*) FROM {table}"))
            counted[table] = int(found.scalar_one())
    return counted


async def test_a_preview_says_what_opening_says_and_keeps_nothing(
    plane: Plane, tenant: Tenant
) -> None:
    agent_id, project_id = new_id("agt"), new_id("prj")
    await tenant.govern(
        limit("CALLS", 0), bind_at=policy_pb2.BIND_AT_RUN_START, scope=scope("AGENT", agent_id)
    )
    before = await rows_of(plane, tenant)
    told = await tenant.gate_call("PreviewRun", project_id=project_id, agent_id=agent_id)
    assert told.decision.action == STOP
    assert await rows_of(plane, tenant) == before
    run = await tenant.open_run(project_id=project_id, agent_id=agent_id)
    assert run.opened.decision.action == told.decision.action
    assert list(run.opened.gate.policy_ids) == list(told.policy_ids)


async def test_whom_a_policy_is_not_for_it_does_not_stop(tenant: Tenant) -> None:
    await tenant.govern(limit("STEPS", 10))
    await tenant.govern(
        limit("CALLS", 0), bind_at=policy_pb2.BIND_AT_RUN_START, scope=scope("AGENT", new_id("agt"))
    )
    told = await tenant.gate_call("PreviewRun", project_id=new_id("prj"), agent_id=new_id("agt"))
    assert told.decision.action == CONTINUE
    assert len(told.policy_ids) == 1


async def test_what_nothing_governs_is_refused_as_opening_refuses_it(tenant: Tenant) -> None:
    told = await refusal(tenant.gate_call("PreviewRun", project_id=new_id("prj")))
    opened = await refusal(tenant.open_run())
    assert told.reason == opened.reason == "NO_POLICY_APPLIES"


@pytest.mark.gap("GAP-015")
async def test_a_pause_that_requires_it_ends_only_when_a_person_acknowledges(
    tenant: Tenant,
) -> None:
    await tenant.govern(limit("STEPS", 10))
    run = await tenant.open_run()
    paused = await run.move("PauseRun", requires_ack=True, reason="Look at this.")
    assert paused.gate.awaits_acknowledgement
    assert (await refusal(run.move("ResumeRun"))).reason == "ILLEGAL_GATE_STEP"
    acknowledged = await run.move("Acknowledge", comment="Seen.")
    assert acknowledged.gate.state == gate_pb2.GATE_STATE_OPEN
    assert await run.action() == CONTINUE
