"""What was learned prevents incidents: decided once, on record, and what was enforced is told."""

import asyncio
import uuid
from typing import Any

import pytest
import pytest_asyncio
from grpc import StatusCode

from aos.policies.v1 import enforcement_pb2, policy_pb2
from kernel.identifiers import new_id
from services.policies.store.preventions import PostgresPreventions
from tests.support.governed import KILL, STOP, Tenant, body, limit, scope
from tests.support.identities import somebody
from tests.support.learning import Learning
from tests.support.people import operator, person
from tests.support.plane import Plane
from tests.support.statuses import refusal
from tests.support.waiting import until


@pytest_asyncio.fixture(loop_scope="session")
async def learning(plane: Plane, tenant: Tenant) -> Learning:
    return Learning(plane, tenant)


async def decide(
    learning: Learning, signature: str, run_id: str, **other: Any
) -> enforcement_pb2.Suppression:
    """Whether an incident is to be made, asked as whoever makes incidents."""
    wanted = {"incident_id": new_id("inc"), "pattern_id": "BUDGET_EXCEEDED", **other}
    answer = await learning.machine.call(
        "DecideSuppression", signature=signature, run_id=run_id, **wanted
    )
    suppression: enforcement_pb2.Suppression = answer.suppression
    return suppression


@pytest.mark.invariant("I-15")
async def test_an_active_learned_policy_turns_an_incident_into_a_prevention_record(
    plane: Plane, tenant: Tenant, learning: Learning
) -> None:
    policy = await learning.learn("s", incident_id="inc_original")
    run = await tenant.open_run()
    decided = await decide(learning, "s", run.id, incident_id="inc_blocked")
    record = decided.prevention
    assert (record.policy_id, record.run_id, record.signature) == (policy.id, run.id, "s")
    assert (record.original_incident_id, record.blocked_incident_id) == (
        "inc_original",
        "inc_blocked",
    )
    assert (record.outcome, record.match_confidence_percent) == ("SUPPRESSED", 100)
    listed = await learning.reviewer.every("ListPreventions", "preventions")
    assert listed == [record]

    def entries() -> list[Any]:
        known = plane.logs.entries.values()
        return [one for one in known if one.run_id == run.id and "SUPPRESSION" in one.event_type]

    (entry,) = await until(entries)
    assert entry.event_type == "SUPPRESSION_DECIDED"


@pytest.mark.invariant("I-15")
async def test_without_one_the_incident_is_to_be_made(tenant: Tenant, learning: Learning) -> None:
    await tenant.govern(limit("STEPS", 100))
    run = await tenant.open_run()
    decided = await decide(learning, "s", run.id, incident_id="inc_new")
    assert (decided.incident_id, decided.HasField("prevention")) == ("inc_new", False)
    assert await learning.reviewer.every("ListPreventions", "preventions") == []


@pytest.mark.invariant("I-15")
async def test_what_was_decided_stays_decided_whatever_becomes_of_the_rules(
    tenant: Tenant, learning: Learning
) -> None:
    await tenant.govern(limit("STEPS", 100))
    before, after = await tenant.open_run(), await tenant.open_run()
    made = await decide(learning, "s", before.id)
    policy = await learning.learn("s")
    prevented = await decide(learning, "s", after.id)
    assert (made.HasField("prevention"), prevented.HasField("prevention")) == (False, True)
    assert await decide(learning, "s", before.id) == made
    await tenant.write("SuspendPolicy", policy_id=policy.id, etag=policy.etag)
    assert await decide(learning, "s", after.id) == prevented


@pytest.mark.invariant("I-15")
async def test_mutant_a_decision_that_is_forgotten_comes_out_otherwise(
    tenant: Tenant, learning: Learning, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def forget(*_arguments: object) -> None:
        return None

    async def keep_nothing(*_arguments: object) -> bool:
        return True

    monkeypatch.setattr(PostgresPreventions, "find", forget)
    monkeypatch.setattr(PostgresPreventions, "keep", keep_nothing)
    await tenant.govern(limit("STEPS", 100))
    run = await tenant.open_run()
    made = await decide(learning, "s", run.id)
    await learning.learn("s")
    assert (await decide(learning, "s", run.id)).HasField("prevention")
    assert not made.HasField("prevention")


@pytest.mark.invariant("I-15")
async def test_many_who_ask_at_once_while_the_rule_comes_and_goes_hear_one_answer(
    plane: Plane, tenant: Tenant, learning: Learning
) -> None:
    await tenant.govern(limit("STEPS", 100))
    policy = await learning.learn("s")
    runs = [await tenant.open_run() for _ in range(12)]
    asking = True

    async def come_and_go() -> None:
        at = policy
        while asking:
            for move in ("SuspendPolicy", "ActivatePolicy"):
                at = (await tenant.write(move, policy_id=at.id, etag=at.etag)).policy

    restless = asyncio.create_task(come_and_go())
    answers = await asyncio.gather(
        *(decide(learning, "s", run.id) for run in runs for _ in range(8))
    )
    asking = False
    await restless
    by_run = {
        run.id: {a.SerializeToString() for a in answers if a.run_id == run.id} for run in runs
    }
    assert {len(said) for said in by_run.values()} == {1}
    kept = await plane.database.value(
        "SELECT count(*) FROM policies.suppressions WHERE tenant_id = $1", tenant.id
    )
    records = await plane.database.value(
        "SELECT count(*) FROM policies.prevention_records WHERE tenant_id = $1", tenant.id
    )
    prevented = {answer.run_id for answer in answers if answer.HasField("prevention")}
    assert (kept, records) == (len(runs), len(prevented))


async def test_only_an_active_policy_that_applies_to_the_run_covers_it(
    tenant: Tenant, learning: Learning
) -> None:
    await tenant.govern(limit("STEPS", 100))
    project = new_id("prj")
    narrow = body(limit("STEPS", 5), scope=scope("PROJECT", project))
    await learning.learn("narrow", body=narrow)
    drafted = await learning.approve(await learning.propose(signature="drafted"))
    assert drafted.policy.state == policy_pb2.POLICY_STATE_DRAFT
    within, beyond = await tenant.open_run(project_id=project), await tenant.open_run()
    assert (await decide(learning, "narrow", within.id)).HasField("prevention")
    for signature, run_id in (
        ("narrow", beyond.id),
        ("narrow", new_id("run")),
        ("drafted", within.id),
        ("another", within.id),
    ):
        assert not (await decide(learning, signature, run_id)).HasField("prevention")


async def test_a_run_that_was_only_observed_is_covered_by_what_is_for_all_runs(
    learning: Learning,
) -> None:
    await learning.learn("s")
    assert (await decide(learning, "s", new_id("run"))).HasField("prevention")


@pytest.mark.invariant("I-05")
async def test_the_same_request_is_decided_once(plane: Plane, learning: Learning) -> None:
    request_id, run_id = str(uuid.uuid4()), new_id("run")
    wanted = {"signature": "s", "run_id": run_id, "incident_id": "inc_1"}
    first = await learning.machine.call("DecideSuppression", request_id, **wanted)
    assert await learning.machine.call("DecideSuppression", request_id, **wanted) == first
    told = await refusal(
        learning.machine.call("DecideSuppression", request_id, **{**wanted, "signature": "t"})
    )
    assert told.reason == "REQUEST_ID_REUSED"


async def test_only_who_makes_incidents_asks(tenant: Tenant, learning: Learning) -> None:
    told = await refusal(
        learning.reviewer.call(
            "DecideSuppression", run_id=new_id("run"), signature="s", incident_id="inc_1"
        )
    )
    assert (told.code, told.reason) == (StatusCode.PERMISSION_DENIED, "CALLER_NOT_ALLOWED")


@pytest.mark.parametrize("missing", ["run_id", "signature", "incident_id"])
async def test_a_question_without_its_particulars_is_refused(
    learning: Learning, missing: str
) -> None:
    whole = {"run_id": new_id("run"), "signature": "s", "incident_id": "inc_1"}
    told = await refusal(learning.machine.call("DecideSuppression", **{**whole, missing: ""}))
    assert set(told.fields) == {missing}


async def test_records_are_listed_by_run_and_policy(tenant: Tenant, learning: Learning) -> None:
    first, second = await learning.learn("one"), await learning.learn("two")
    runs = [await tenant.open_run() for _ in range(3)]
    for run in runs:
        for signature in ("one", "two"):
            await decide(learning, signature, run.id)
    people = learning.reviewer
    everything = await people.every("ListPreventions", "preventions", size=4)
    assert len(everything) == 6
    of_run = await people.every("ListPreventions", "preventions", run_id=runs[0].id)
    assert {record.policy_id for record in of_run} == {first.id, second.id}
    of_policy = await people.every("ListPreventions", "preventions", policy_id=first.id)
    assert {record.run_id for record in of_policy} == {run.id for run in runs}


async def test_what_was_enforced_is_listed_by_run_and_policy_newest_first(
    plane: Plane, tenant: Tenant, learning: Learning
) -> None:
    stopping = await tenant.govern(limit("STEPS", 1))
    killing = await tenant.govern(limit("TOTAL_TOKENS", 10), action=KILL)
    project = new_id("prj")
    one, two = await tenant.open_run(project_id=project), await tenant.open_run()
    await one.ask()
    await one.ask("over")
    await two.ask("greedy", estimated_input_tokens=11)
    people = learning.reviewer
    listed = await people.every("ListEnforcements", "enforcements", size=1)
    assert [(item.run_id, item.policy_id, item.action) for item in listed] == [
        (two.id, killing.id, KILL),
        (one.id, stopping.id, STOP),
    ]
    of_run = await people.every("ListEnforcements", "enforcements", run_id=one.id)
    (item,) = of_run
    assert (item.step_id, item.rule_id, item.value, item.threshold) == ("over", "steps", 2, 1)
    decision = (await tenant.read("GetDecision", run_id=one.id, step_id="over")).decision
    assert item.decision_id == decision.decision_id
    of_policy = await people.every("ListEnforcements", "enforcements", policy_id=killing.id)
    assert [item.run_id for item in of_policy] == [two.id]
    bound = person(plane, somebody("viewer", tenant=tenant.id, project=project))
    assert await bound.every("ListEnforcements", "enforcements") == of_run


@pytest.mark.invariant("I-31")
async def test_nobody_sees_what_was_enforced_or_prevented_elsewhere(
    plane: Plane, tenant: Tenant, learning: Learning
) -> None:
    await learning.learn("s", body=body(limit("STEPS", 0)))
    run = await tenant.open_run()
    await run.ask()
    await decide(learning, "s", run.id)
    stranger = person(plane, somebody())
    for method, field in (
        ("ListPreventions", "preventions"),
        ("ListEnforcements", "enforcements"),
    ):
        assert await learning.reviewer.every(method, field, run_id=run.id)
        assert await stranger.every(method, field, run_id=run.id) == []
    elsewhere = operator(plane, new_id("ten"))
    answer = await elsewhere.call(
        "DecideSuppression", run_id=run.id, signature="s", incident_id="inc_1"
    )
    assert not answer.suppression.HasField("prevention")
