"""An override sets a policy aside for a while: on record, for others, never for one's own run."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from google.protobuf.timestamp_pb2 import Timestamp
from grpc import StatusCode

from aos.policies.v1 import gate_pb2, override_pb2, policy_pb2
from kernel.clock import utc_now
from kernel.identifiers import new_id
from services.policies.domain.policy_body import ScopeType
from tests.support.governed import CONTINUE, KILL, STOP, Tenant, limit
from tests.support.identities import somebody
from tests.support.people import Person, person
from tests.support.plane import Plane
from tests.support.statuses import refusal
from tests.support.waiting import until

ALL_RUNS, HUMAN_ACTOR, API_KEY, PROJECT = (
    policy_pb2.SCOPE_TYPE_ALL_RUNS,
    policy_pb2.SCOPE_TYPE_HUMAN_ACTOR,
    policy_pb2.SCOPE_TYPE_API_KEY,
    policy_pb2.SCOPE_TYPE_PROJECT,
)
_JOB = "hashtextextended('aos-job-policies-expire_overrides', 0)"


@pytest_asyncio.fixture(loop_scope="session")
async def people(plane: Plane, tenant: Tenant) -> Person:
    """Somebody of the tenant who may override its policies."""
    return person(plane, somebody("governance", tenant=tenant.id))


def moment(**ahead: float) -> Timestamp:
    """A moment as much later than now."""
    made = Timestamp()
    made.FromDatetime(utc_now() + timedelta(**ahead))
    return made


def wish(policy_id: str, **other: Any) -> dict[str, Any]:
    """What opening an override needs: for all runs and an hour, unless told otherwise."""
    return {
        "policy_id": policy_id,
        "scope_type": ALL_RUNS,
        "reason": "a demonstration",
        "end_time": moment(hours=1),
        **other,
    }


async def opened(people: Person, policy_id: str, **other: Any) -> override_pb2.Override:
    answer = await people.call("OpenOverride", **wish(policy_id, **other))
    override: override_pb2.Override = answer.override
    return override


@pytest.mark.gap("GAP-034")
async def test_an_override_is_consulted_before_anything_is_enforced(
    tenant: Tenant, people: Person
) -> None:
    policy = await tenant.govern(limit("STEPS", 1), action=KILL)
    run = await tenant.open_run()
    await run.ask()
    override = await opened(people, policy.id)
    decision = await run.ask()
    assert (decision.action, decision.bypassed) == (CONTINUE, False)
    (spared,) = decision.others
    assert (spared.policy_id, spared.breach, spared.set_aside) == (policy.id, True, "OVERRIDDEN")
    await people.call("EndOverride", override_id=override.id)
    assert await run.action() == KILL
    replayed = await tenant.read("ReplayDecisions", run_id=run.id)
    assert list(replayed.divergences) == []


@pytest.mark.gap("GAP-034")
async def test_mutant_a_decision_that_does_not_ask_for_overrides_enforces(
    tenant: Tenant, people: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = await tenant.govern(limit("STEPS", 1), action=KILL)
    run = await tenant.open_run()
    await run.ask()
    await opened(people, policy.id)
    monkeypatch.setattr(
        "services.policies.usecases.admit_steps.set_aside_for", lambda _gate, _overrides: {}
    )
    assert await run.action() == KILL


@pytest.mark.gap("GAP-034")
async def test_what_binds_at_the_start_can_be_overridden_as_well(
    tenant: Tenant, people: Person
) -> None:
    policy = await tenant.govern(
        limit("STEPS", 0, window="CALENDAR_DAY"), bind_at=policy_pb2.BIND_AT_RUN_START
    )
    assert (await tenant.open_run()).opened.gate.state == gate_pb2.GATE_STATE_STOPPED
    await opened(people, policy.id)
    run = await tenant.open_run()
    assert run.opened.gate.state == gate_pb2.GATE_STATE_OPEN
    assert [finding.set_aside for finding in run.opened.decision.others] == ["OVERRIDDEN"]
    replayed = await tenant.read("ReplayDecisions", run_id=run.id)
    assert list(replayed.divergences) == []


@pytest.mark.gap("GAP-034")
@pytest.mark.parametrize("link", ["human_actor_id", "api_key_id"])
async def test_nobody_overrides_the_end_of_their_own_run(
    plane: Plane, tenant: Tenant, link: str
) -> None:
    policy = await tenant.govern(limit("STEPS", 1), action=KILL)
    me = somebody("governance", tenant=tenant.id)
    own = {"human_actor_id": str(me.person_id), "api_key_id": str(me.api_key_id)}[link]
    mine = await tenant.open_run(**{link: own})
    anothers = await tenant.open_run(**{link: new_id(own[:3])})
    await opened(person(plane, me), policy.id)
    for run in (mine, anothers):
        await run.ask()
    assert (await mine.action(), await anothers.action()) == (KILL, CONTINUE)


@pytest.mark.gap("GAP-034")
async def test_mutant_an_override_that_forgets_who_opened_it_spares_its_opener(
    plane: Plane, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = await tenant.govern(limit("STEPS", 1), action=KILL)
    me = somebody("governance", tenant=tenant.id)
    mine = await tenant.open_run(human_actor_id=str(me.person_id))
    await opened(person(plane, me), policy.id)
    await mine.ask()
    monkeypatch.setattr(
        "services.policies.usecases.overrides_in_force._covers",
        lambda override, context: override.scope_type is ScopeType.ALL_RUNS,
    )
    assert await mine.action() == CONTINUE


@pytest.mark.gap("GAP-034")
async def test_nobody_opens_one_for_exactly_their_own_runs(plane: Plane, tenant: Tenant) -> None:
    policy = await tenant.govern(limit("STEPS", 1))
    me = somebody("governance", tenant=tenant.id)
    for kind, name in ((HUMAN_ACTOR, me.person_id), (API_KEY, me.api_key_id)):
        wanted = wish(policy.id, scope_type=kind, scope_id=name)
        told = await refusal(person(plane, me).call("OpenOverride", **wanted))
        assert (told.code, told.reason) == (
            StatusCode.PERMISSION_DENIED,
            "OVERRIDE_OF_ONESELF",
        )


async def test_an_override_is_for_its_scope_and_no_other_run(
    tenant: Tenant, people: Person
) -> None:
    policy = await tenant.govern(limit("STEPS", 0))
    project = new_id("prj")
    await opened(people, policy.id, scope_type=PROJECT, scope_id=project)
    within, beyond = await tenant.open_run(project_id=project), await tenant.open_run()
    assert (await within.action(), await beyond.action()) == (CONTINUE, STOP)


async def test_an_override_is_for_its_policy_and_no_other(tenant: Tenant, people: Person) -> None:
    spared = await tenant.govern(limit("STEPS", 0))
    await tenant.govern(limit("TOTAL_TOKENS", 5))
    await opened(people, spared.id)
    run = await tenant.open_run()
    assert await run.action(estimated_input_tokens=1) == CONTINUE
    decision = await run.ask(estimated_input_tokens=50)
    assert (decision.action, decision.winner.limit_name) == (STOP, "total_tokens")


async def test_it_counts_from_its_start_to_its_end_whether_or_not_anybody_notes_it(
    plane: Plane, tenant: Tenant, people: Person
) -> None:
    policy = await tenant.govern(limit("STEPS", 0))
    await opened(people, policy.id, start_time=moment(minutes=30))
    assert await (await tenant.open_run()).action() == STOP
    async with idle_job(plane):
        override = await opened(people, policy.id, end_time=moment(seconds=1))
        run = await tenant.open_run()
        assert await until(lambda: _stopped(run))
        kept = (await people.call("GetOverride", override_id=override.id)).override
        assert kept.state == override_pb2.OVERRIDE_STATE_OPEN
    await until(lambda: _is(people, override.id, override_pb2.OVERRIDE_STATE_EXPIRED))


async def _stopped(run: Any) -> bool:
    return bool(await run.action() == STOP)


async def _is(people: Person, override_id: str, state: int) -> bool:
    answer = await people.call("GetOverride", override_id=override_id)
    return bool(answer.override.state == state)


@asynccontextmanager
async def idle_job(plane: Plane) -> AsyncIterator[None]:
    """Nobody notes whose time is over, as if the job were late."""
    connection = await asyncpg.connect(plane.database.admin_url)
    try:
        await connection.execute(f"SELECT pg_advisory_lock({_JOB})")
        yield
    finally:
        await connection.close()


@pytest.mark.gap("GAP-034")
async def test_opening_the_first_use_by_each_run_ending_and_expiry_are_in_the_ledger(
    plane: Plane, tenant: Tenant, people: Person
) -> None:
    policy = await tenant.govern(limit("STEPS", 0))
    override = await opened(people, policy.id)
    runs = [await tenant.open_run() for _ in range(2)]
    for run in runs * 3:
        assert await run.action() == CONTINUE
    await people.call("EndOverride", override_id=override.id)
    brief = await opened(people, policy.id, end_time=moment(milliseconds=200))

    def told(override_id: str) -> list[str]:
        return sorted(entry.event_type for entry in plane.logs.of(override_id))

    expected = ["OVERRIDE_ENDED", "OVERRIDE_OPENED", "OVERRIDE_USED", "OVERRIDE_USED"]
    await until(lambda: told(override.id) == expected)
    used = [one for one in plane.logs.of(override.id) if one.event_type == "OVERRIDE_USED"]
    assert {entry.run_id for entry in used} == {run.id for run in runs}
    await until(lambda: told(brief.id) == ["OVERRIDE_EXPIRED", "OVERRIDE_OPENED"])


async def test_a_use_is_told_of_once_however_many_steps_come_at_once(
    plane: Plane, tenant: Tenant, people: Person
) -> None:
    policy = await tenant.govern(limit("STEPS", 0))
    override = await opened(people, policy.id)
    run = await tenant.open_run()
    await tenant.ask(*(run.question() for _ in range(20)))
    uses = await plane.database.fetch(
        "SELECT step_id FROM policies.override_uses WHERE override_id = $1", override.id
    )
    assert [row["step_id"] for row in uses] == ["step-1"]
    intents = await plane.database.value(
        "SELECT count(*) FROM policies.log_intents WHERE tenant_id = $1 "
        "AND position('OVERRIDE_USED' IN encode(body, 'escape')) > 0",
        tenant.id,
    )
    assert intents == 1


async def test_what_is_over_stays_over(plane: Plane, tenant: Tenant, people: Person) -> None:
    policy = await tenant.govern(limit("STEPS", 0))
    override = await opened(people, policy.id)
    ended = (await people.call("EndOverride", override_id=override.id)).override
    again = (await people.call("EndOverride", override_id=override.id)).override
    assert ended == again
    revival = "UPDATE policies.overrides SET state = 'OPEN' WHERE id = $1"
    longer = "UPDATE policies.overrides SET ends_at = ends_at + interval '1 hour' WHERE id = $1"
    another = await opened(people, policy.id)
    for statement, name in ((revival, override.id), (longer, another.id)):
        with pytest.raises(asyncpg.PostgresError) as refused:
            await plane.database.fetch(statement, name)
        assert refused.value.sqlstate == "AOS02"


@pytest.mark.parametrize(
    ("other", "field"),
    [
        ({"reason": ""}, "reason"),
        ({"end_time": None}, "end_time"),
        ({"end_time": moment(seconds=-5)}, "end_time"),
        ({"end_time": moment(days=8)}, "end_time"),
        ({"start_time": moment(hours=2)}, "end_time"),
        ({"scope_id": "prj_x"}, "scope_id"),
        ({"scope_type": PROJECT}, "scope_id"),
        ({"scope_type": PROJECT, "scope_id": "agt_x"}, "scope_id"),
        ({"scope_type": 0}, "scope_type"),
        ({"policy_id": "nonsense"}, "policy_id"),
    ],
)
async def test_an_override_without_bounds_is_refused_with_the_field_named(
    tenant: Tenant, people: Person, other: dict[str, Any], field: str
) -> None:
    wanted = {**wish(new_id("pol")), **other}
    told = await refusal(people.call("OpenOverride", **wanted))
    assert (told.code, set(told.fields)) == (StatusCode.INVALID_ARGUMENT, {field})


@pytest.mark.invariant("I-31")
async def test_what_belongs_to_another_tenant_is_as_unknown_as_what_never_was(
    plane: Plane, tenant: Tenant, people: Person
) -> None:
    policy = await tenant.govern(limit("STEPS", 0))
    override = await opened(people, policy.id)
    stranger = person(plane, somebody("governance"))
    for name in (policy.id, new_id("pol")):
        told = await refusal(stranger.call("OpenOverride", **wish(name)))
        assert told.reason == "POLICY_NOT_FOUND"
    for name in (override.id, new_id("ovr")):
        for method in ("GetOverride", "EndOverride"):
            told = await refusal(stranger.call(method, override_id=name))
            assert told.reason == "OVERRIDE_NOT_FOUND"
    assert await stranger.every("ListOverrides", "overrides") == []


@pytest.mark.invariant("I-05")
async def test_the_same_request_opens_one_override(tenant: Tenant, people: Person) -> None:
    policy = await tenant.govern(limit("STEPS", 0))
    request_id, wanted = str(uuid.uuid4()), wish(policy.id)
    first = await people.call("OpenOverride", request_id, **wanted)
    assert await people.call("OpenOverride", request_id, **wanted) == first
    assert len(await people.every("ListOverrides", "overrides")) == 1


async def test_only_who_may_override_does(plane: Plane, tenant: Tenant) -> None:
    policy = await tenant.govern(limit("STEPS", 0))
    for role in ("operations", "developer", "administrator", "viewer"):
        other = person(plane, somebody(role, tenant=tenant.id))
        told = await refusal(other.call("OpenOverride", **wish(policy.id)))
        assert told.metadata == {"permission": "policies.overrides.write"}


async def test_overrides_are_listed_by_state_and_policy(tenant: Tenant, people: Person) -> None:
    first, second = [await tenant.govern(limit("STEPS", 0)) for _ in range(2)]
    made = [await opened(people, policy.id) for policy in (first, second, first)]
    await people.call("EndOverride", override_id=made[0].id)
    listed = await people.every("ListOverrides", "overrides")
    assert [override.id for override in listed] == [made[2].id, made[1].id, made[0].id]
    of_first = await people.every("ListOverrides", "overrides", policy_id=first.id)
    assert [override.id for override in of_first] == [made[2].id, made[0].id]
    ended = await people.every(
        "ListOverrides", "overrides", state=override_pb2.OVERRIDE_STATE_ENDED
    )
    assert [override.id for override in ended] == [made[0].id]
    assert isinstance(ended[0].create_time.ToDatetime(), datetime)
