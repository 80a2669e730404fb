"""What people write, and how it comes into force: drafts, versions, suspensions, endings."""

import random
from typing import Any

import asyncpg
import pytest
from grpc import StatusCode

from aos.policies.v1 import policy_pb2
from kernel.identifiers import new_id
from services.policies.domain.policy import LEGAL, PolicyState
from tests.support.governed import CONTINUE, STOP, Tenant, body, limit, scope
from tests.support.plane import Plane
from tests.support.policy_samples import opinions, oracle
from tests.support.statuses import refusal


@pytest.mark.gap("GAP-020")
async def test_a_draft_governs_nothing_until_it_is_activated(tenant: Tenant) -> None:
    await tenant.govern(limit("STEPS", 100))
    draft = await tenant.draft(body(limit("STEPS", 1)))
    run = await tenant.open_run()
    assert draft.id not in run.opened.gate.policy_ids
    await tenant.activate(draft)
    later = await tenant.open_run()
    assert [await later.action(), await later.action()] == [CONTINUE, STOP]
    assert [await run.action(), await run.action()] == [CONTINUE, CONTINUE]


@pytest.mark.gap("GAP-021")
async def test_a_suspended_policy_governs_nothing_until_it_is_active_again(tenant: Tenant) -> None:
    await tenant.govern(limit("STEPS", 100))
    policy = await tenant.govern(limit("STEPS", 1))
    answer = await tenant.write("SuspendPolicy", policy_id=policy.id, etag=policy.etag)
    assert answer.policy.state == policy_pb2.POLICY_STATE_SUSPENDED
    run = await tenant.open_run()
    assert policy.id not in run.opened.gate.policy_ids
    await tenant.activate(answer.policy)
    assert policy.id in (await tenant.open_run()).opened.gate.policy_ids


async def test_a_retired_policy_is_over(tenant: Tenant) -> None:
    policy = await tenant.govern(limit("STEPS", 1))
    answer = await tenant.write(
        "RetirePolicy", policy_id=policy.id, etag=policy.etag, reason="It did its work."
    )
    assert answer.policy.retire_reason == "It did its work."
    for name in ("ActivatePolicy", "SuspendPolicy"):
        refused = await refusal(tenant.write(name, policy_id=policy.id, etag=answer.policy.etag))
        assert refused.reason == "ILLEGAL_POLICY_STEP"
    rewritten = tenant.write(
        "UpdatePolicy", policy_id=policy.id, etag=answer.policy.etag, body=body(limit("STEPS", 2))
    )
    assert (await refusal(rewritten)).reason == "ILLEGAL_POLICY_STEP"


async def test_a_draft_is_edited_in_place_and_an_active_policy_by_a_new_version(
    tenant: Tenant,
) -> None:
    draft = await tenant.draft(body(limit("STEPS", 1)))
    edited = await tenant.write(
        "UpdatePolicy", policy_id=draft.id, etag=draft.etag, body=body(limit("STEPS", 2))
    )
    assert edited.policy.version == 1
    active = await tenant.activate(edited.policy)
    again = await tenant.write(
        "UpdatePolicy", policy_id=draft.id, etag=active.etag, body=body(limit("STEPS", 3))
    )
    assert again.policy.version == 2
    versions = (await tenant.write("ListPolicyVersions", policy_id=draft.id)).versions
    assert [(one.version, one.body.limits[0].maximum) for one in versions] == [(2, 3), (1, 2)]
    assert versions[0].content_hash == again.policy.content_hash != versions[1].content_hash


async def test_who_edits_what_somebody_else_has_changed_is_told(tenant: Tenant) -> None:
    policy = await tenant.govern(limit("STEPS", 1))
    change = {"policy_id": policy.id, "etag": "1", "body": body(limit("STEPS", 2))}
    refused = await refusal(tenant.write("UpdatePolicy", **change))
    assert refused.reason == "ETAG_MISMATCH"


async def test_to_look_only_whether_it_could_be_saved_saves_nothing(tenant: Tenant) -> None:
    looked = await tenant.write("CreatePolicy", body=body(limit("STEPS", 1)), validate_only=True)
    assert (looked.policy.id, looked.policy.body.limits[0].maximum) == ("", 1)
    policy = await tenant.govern(limit("STEPS", 1))
    seen = await tenant.write(
        "UpdatePolicy",
        policy_id=policy.id,
        etag=policy.etag,
        body=body(limit("STEPS", 7)),
        validate_only=True,
    )
    assert (seen.policy.version, seen.policy.body.limits[0].maximum) == (2, 7)
    listed = (await tenant.write("ListPolicies")).policies
    assert [(one.id, one.version) for one in listed] == [(policy.id, 1)]


BAD: list[tuple[policy_pb2.PolicyBody, str]] = [
    (body(limit("STEPS", 1), scope=scope("AGENT")), "body.scope.ids"),
    (body(limit("STEPS", 1), scope=scope("AGENT", "prj_1")), "body.scope.ids[0]"),
    (body(limit("CALLS", 1, window="PER_RUN")), "body.limits[0].window"),
    (body(limit("STEPS", 1), limit("STEPS", 2)), "body.limits"),
    (
        body(limit("STEPS", 1), monitors=policy_pb2.MonitorConfig()),
        "body.limits[0].type",
    ),
    (body(limit("STEPS", -1)), "body.limits[0].maximum"),
    (body(limit("STEPS", 10**16)), "body.limits[0].maximum"),
    (
        body(
            limit("STEPS", 1),
            monitors=policy_pb2.MonitorConfig(
                watched=[policy_pb2.MONITOR_STEPS, policy_pb2.MONITOR_RAG_ACCESS],
                allowed_plane_ids=["pln_nowhere"],
            ),
        ),
        "body.monitors.allowed_plane_ids[0]",
    ),
]


@pytest.mark.gap("GAP-005")
@pytest.mark.gap("GAP-008")
@pytest.mark.parametrize(("content", "field"), BAD, ids=[field for _, field in BAD])
async def test_a_contradiction_is_refused_with_the_field_named(
    tenant: Tenant, content: policy_pb2.PolicyBody, field: str
) -> None:
    for options in ({}, {"validate_only": True}):
        refused = await refusal(tenant.write("CreatePolicy", body=content, **options))
        assert refused.code == StatusCode.INVALID_ARGUMENT
        assert field in refused.fields
    assert list((await tenant.write("ListPolicies")).policies) == []


@pytest.mark.invariant("I-06")
async def test_the_database_refuses_the_same_steps_as_the_domain(
    tenant: Tenant, plane: Plane
) -> None:
    connection = await asyncpg.connect(plane.database.admin_url)
    try:
        for before in PolicyState:
            for after in PolicyState:
                if before is after:
                    continue
                policy = await tenant.draft(body(limit("STEPS", 1)))
                allowed = await _forced(connection, policy.id, before, after)
                assert allowed == ((before, after) in LEGAL), (before, after)
    finally:
        await connection.close()


async def _forced(connection: Any, policy_id: str, before: PolicyState, after: PolicyState) -> bool:
    change = (
        "UPDATE policies.policies SET state = $2, "
        "retire_reason = CASE WHEN $2 = 'RETIRED' THEN 'over' ELSE '' END WHERE id = $1"
    )
    async with connection.transaction():
        await connection.execute("ALTER TABLE policies.policies DISABLE TRIGGER legal_steps")
        await connection.execute(change, policy_id, before.value)
        await connection.execute("ALTER TABLE policies.policies ENABLE ALWAYS TRIGGER legal_steps")
    try:
        await connection.execute(change, policy_id, after.value)
    except asyncpg.PostgresError as error:
        assert error.sqlstate == "AOS02"
        return False
    return True


@pytest.mark.gap("GAP-029")
@pytest.mark.gap("GAP-032")
@pytest.mark.invariant("I-28")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE policies.policy_snapshots SET threshold_snapshot_hash = repeat('0', 64)",
        "DELETE FROM policies.policy_snapshots",
        "TRUNCATE policies.policy_snapshots CASCADE",
        "UPDATE policies.decisions SET action = 1",
        "DELETE FROM policies.decisions",
        "UPDATE policies.policy_versions SET version = 9",
    ],
)
async def test_nobody_changes_a_snapshot_a_decision_or_a_version(
    tenant: Tenant, plane: Plane, statement: str
) -> None:
    await tenant.govern(limit("STEPS", 5))
    await (await tenant.open_run()).ask()
    connection = await asyncpg.connect(plane.database.admin_url)
    try:
        for preparation in ("SELECT 1", "SET session_replication_role = 'replica'"):
            await connection.execute(preparation)
            with pytest.raises(asyncpg.PostgresError):
                await connection.execute(statement)
    finally:
        await connection.close()


@pytest.mark.gap("GAP-029")
async def test_a_snapshot_that_was_changed_all_the_same_decides_nothing(
    tenant: Tenant, plane: Plane
) -> None:
    await tenant.govern(limit("STEPS", 5))
    run = await tenant.open_run()
    await plane.database.fetch_script(
        "ALTER TABLE policies.policy_snapshots DISABLE TRIGGER ALL; "
        "ALTER TABLE policies.policy_snapshots DROP CONSTRAINT policy_snapshots_hash;"
        "UPDATE policies.policy_snapshots SET content = content || ' '::bytea "
        f"WHERE tenant_id = '{tenant.id}'; "
        "ALTER TABLE policies.policy_snapshots ENABLE ALWAYS TRIGGER write_once_rows; "
        "ALTER TABLE policies.policy_snapshots ENABLE ALWAYS TRIGGER write_once_table"
    )
    refused = await refusal(tenant.read("GetSnapshot", snapshot_id=run.opened.gate.snapshot_id))
    assert refused.reason == "SNAPSHOT_DAMAGED"
    replayed = await refusal(tenant.read("ReplayDecisions", run_id=run.id))
    assert replayed.reason == "SNAPSHOT_DAMAGED"


@pytest.mark.gap("GAP-022")
async def test_a_run_knows_the_hash_of_its_thresholds(tenant: Tenant) -> None:
    policy = await tenant.govern(limit("STEPS", 5))
    first = await tenant.open_run()
    same = await tenant.open_run()
    await tenant.write(
        "UpdatePolicy", policy_id=policy.id, etag=policy.etag, body=body(limit("STEPS", 6))
    )
    other = await tenant.open_run()
    hashes = [run.opened.threshold_snapshot_hash for run in (first, same, other)]
    assert hashes[0] == hashes[1] != hashes[2]
    kept = await tenant.read("GetSnapshot", snapshot_id=first.opened.gate.snapshot_id)
    assert kept.snapshot.threshold_snapshot_hash == hashes[0]


@pytest.mark.invariant("I-18")
@pytest.mark.gap("GAP-035")
@pytest.mark.parametrize(("mode", "state"), [("FAIL_CLOSED", "STOPPED"), ("FAIL_OPEN", "OPEN")])
async def test_a_policy_that_nobody_understands_does_what_its_failure_mode_says(
    tenant: Tenant, plane: Plane, mode: str, state: str
) -> None:
    number: Any = policy_pb2.FailureMode.Value(f"FAILURE_MODE_{mode}")
    policy = await tenant.govern(limit("STEPS", 5), failure_mode=number)
    await plane.database.fetch_script(
        "ALTER TABLE policies.policies DISABLE TRIGGER legal_steps; "
        "UPDATE policies.policies SET body = replace(convert_from(body, 'UTF8'), "
        "'\"STEPS\"', '\"LEAPS\"')::bytea "
        f"WHERE id = '{policy.id}'; "
        "ALTER TABLE policies.policies ENABLE ALWAYS TRIGGER legal_steps"
    )
    run = await tenant.open_run()
    assert run.opened.decision.fault == "MALFORMED_POLICY"
    assert await run.state() == state


@pytest.mark.invariant("I-17")
@pytest.mark.gap("GAP-068")
async def test_sql_resolves_conflicts_as_python_does(plane: Plane) -> None:
    chance = random.Random(68)
    connection = await asyncpg.connect(plane.database.admin_url)
    try:
        for _ in range(2_000):
            said = opinions(chance)
            place = await connection.fetchval(
                "SELECT policies.harshest_opinion($1, $2, $3)",
                [one.action.name for one in said],
                [one.policy_id for one in said],
                [one.limit_name for one in said],
            )
            assert (None if place is None else said[place - 1]) == oracle(said)
        unknown = await connection.fetchval(
            "SELECT policies.harshest_opinion($1, $2, $3)",
            ["KILL", "EXPLODE"],
            ["pol_b", "pol_a"],
            ["x", "x"],
        )
        assert unknown == 2
    finally:
        await connection.close()


async def test_policies_are_found_by_state_page_by_page(tenant: Tenant) -> None:
    drafts = [await tenant.draft(body(limit("STEPS", number))) for number in range(1, 6)]
    await tenant.activate(drafts[0])
    found: list[str] = []
    token = ""
    while True:
        page = await tenant.write(
            "ListPolicies",
            state=policy_pb2.POLICY_STATE_DRAFT,
            page_size=2,
            page_token=token,
        )
        found += [policy.id for policy in page.policies]
        token = page.next_page_token
        if not token:
            break
    assert found == sorted((draft.id for draft in drafts[1:]), reverse=True)


@pytest.mark.gap("GAP-003")
async def test_all_runs_is_an_explicit_scope(tenant: Tenant) -> None:
    policy = await tenant.govern(limit("STEPS", 5), scope=scope("ALL_RUNS"))
    assert policy.body.scope.type == policy_pb2.SCOPE_TYPE_ALL_RUNS
    assert list((await tenant.open_run()).opened.gate.policy_ids) == [policy.id]


@pytest.mark.gap("GAP-033")
async def test_a_run_may_keep_only_what_every_policy_of_it_allows(tenant: Tenant) -> None:
    def watching(**allowed: bool) -> policy_pb2.MonitorConfig:
        return policy_pb2.MonitorConfig(
            watched=[policy_pb2.MONITOR_STEPS], inspection=policy_pb2.Inspection(**allowed)
        )

    generous = watching(allow_prompt_logging=True, allow_response_logging=True)
    await tenant.govern(limit("STEPS", 5), monitors=generous)
    await tenant.govern(limit("STEPS", 6), monitors=watching(allow_prompt_logging=True))
    inspection = (await tenant.open_run(agent_id=new_id("agt"))).opened.gate.inspection
    assert (inspection.allow_prompt_logging, inspection.allow_response_logging) == (True, False)
