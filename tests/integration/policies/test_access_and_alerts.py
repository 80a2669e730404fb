"""Which planes a run may use, and who is told when a limit comes near."""

import json

import pytest

from aos.logs.v1 import run_log_pb2
from aos.policies.v1 import decision_pb2, events_pb2, policy_pb2
from services.policies.store.planes import NoPlanes
from tests.support.governed import CONTINUE, KILL, STOP, Tenant, limit
from tests.support.plane import Plane
from tests.support.waiting import until

RETRIEVAL = decision_pb2.STEP_KIND_RETRIEVAL


@pytest.fixture
def planes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plane in which every knowledge plane that is named exists."""

    async def nothing_unknown(_self: object, _tenant: str, _planes: tuple[str, ...]) -> set[str]:
        return set()

    monkeypatch.setattr(NoPlanes, "unknown", nothing_unknown)


def watching_access(*planes: str) -> policy_pb2.MonitorConfig:
    return policy_pb2.MonitorConfig(
        watched=[policy_pb2.MONITOR_RAG_ACCESS], allowed_plane_ids=planes
    )


@pytest.mark.gap("GAP-006")
@pytest.mark.gap("GAP-009")
@pytest.mark.usefixtures("planes")
async def test_a_run_uses_only_the_planes_that_its_policies_name(tenant: Tenant) -> None:
    await tenant.govern(monitors=watching_access("pln_handbook"), action=STOP)
    run = await tenant.open_run()
    assert await run.action(kind=RETRIEVAL, plane_id="pln_handbook") == CONTINUE
    assert await run.action() == CONTINUE
    decision = await run.ask(kind=RETRIEVAL, plane_id="pln_salaries")
    assert decision.action == STOP
    assert decision.winner.limit_type == policy_pb2.LIMIT_TYPE_RAG_ACCESS


@pytest.mark.gap("GAP-006")
@pytest.mark.usefixtures("planes")
async def test_a_limit_on_access_without_any_plane_allows_none(tenant: Tenant) -> None:
    await tenant.govern(limit("RAG_ACCESS", 0), action=KILL)
    run = await tenant.open_run()
    assert await run.action(kind=RETRIEVAL, plane_id="pln_handbook") == KILL


@pytest.mark.gap("GAP-017")
async def test_whoever_is_to_be_told_of_a_tier_is_named_with_it(
    tenant: Tenant, plane: Plane
) -> None:
    channels = [policy_pb2.CHANNEL_UI, policy_pb2.CHANNEL_WEBHOOK, policy_pb2.CHANNEL_EMAIL]
    tier = policy_pb2.AlertTier(percent=50, channels=channels)
    await tenant.govern(limit("STEPS", 2), alert_tiers=[tier])
    run = await tenant.open_run()
    await run.ask()
    body = await plane.database.value(
        "SELECT body FROM policies.outbox WHERE event_type = 'limit_near' "
        f"AND tenant_id = '{tenant.id}'"
    )
    assert isinstance(body, bytes)
    near = events_pb2.LimitNear.FromString(body)
    assert list(near.channels) == channels
    assert (near.finding.tier, near.finding.value, near.finding.threshold) == (50, 1, 2)
    assert near.decision.run_id == run.id


@pytest.mark.gap("GAP-012")
async def test_a_breach_is_recorded_with_its_run_and_what_was_done(
    tenant: Tenant, plane: Plane
) -> None:
    policy = await tenant.govern(limit("STEPS", 1), action=STOP)
    run = await tenant.open_run()
    await run.ask()
    decision = await run.ask("over")
    kept = await plane.database.value(
        "SELECT action_taken || ' ' || rule_id || ' ' || step_id FROM policies.policy_enforcements "
        f"WHERE run_id = '{run.id}' AND policy_id = '{policy.id}'"
    )
    assert kept == "STOP steps over"
    body = await plane.database.value(
        "SELECT body FROM policies.outbox WHERE event_type = 'limit_breached' "
        f"AND tenant_id = '{tenant.id}'"
    )
    assert isinstance(body, bytes)
    assert events_pb2.LimitBreached.FromString(body).decision == decision


@pytest.mark.gap("GAP-019")
async def test_near_and_passed_limits_are_in_the_log_of_the_run(
    tenant: Tenant, plane: Plane
) -> None:
    tier = policy_pb2.AlertTier(percent=50, channels=[policy_pb2.CHANNEL_UI])
    policy = await tenant.govern(limit("STEPS", 2), alert_tiers=[tier], action=STOP)
    run = await tenant.open_run(synthetic_scenario_id="scn_1")
    for step in ("one", "two", "three"):
        await run.ask(step)

    def lines() -> list[run_log_pb2.RunLogEvent]:
        found = [line for line in plane.logs.run_log.values() if line.run_id == run.id]
        return sorted(found, key=lambda line: line.type) if len(found) == 2 else []

    near, breach = await until(lines)
    assert near.type == run_log_pb2.RUN_LOG_EVENT_TYPE_NEAR_THRESHOLD
    assert near.summary == f"steps of {policy.id} is at 50 %: 1 of 2."
    assert breach.type == run_log_pb2.RUN_LOG_EVENT_TYPE_BREACH
    assert breach.summary == f"steps of {policy.id}: 3 of 2; STOP."
    assert (near.policy_id, breach.policy_id) == (policy.id, policy.id)
    assert json.loads(near.details_json)["step_id"] == "one"
    assert json.loads(breach.details_json)["step_id"] == "three"
    assert (near.synthetic_scenario_id, near.tenant_id) == ("scn_1", tenant.id)
