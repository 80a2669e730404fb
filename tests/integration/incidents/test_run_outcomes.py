"""What runs came to is asked many at once, and is the same whoever tells of their ends first."""

import asyncio
import uuid
from dataclasses import replace
from typing import Any

import pytest

from aos.activity.v1 import run_pb2
from aos.incidents.v1 import incident_pb2
from aos.incidents.v1 import run_outcome_service_pb2 as messages
from kernel.clock import utc_now
from kernel.errors import Unavailable
from kernel.identifiers import new_id
from services.incidents.clients.run_directory import ActivityRuns
from services.incidents.clients.suppression_desk import PoliciesSuppression
from services.incidents.domain.reports import ending_violation
from services.incidents.domain.violation import CaseKey, Violation
from services.incidents.usecases import conclude_runs
from services.incidents.usecases.conclude_cases import AT_ONCE
from tests.support.governed import Tenant
from tests.support.learning import Learning
from tests.support.mishaps import BUDGET, Scene
from tests.support.plane import Plane
from tests.support.statuses import refusal
from tests.support.waiting import until

INCIDENT, PREVENTED = incident_pb2.CONCLUSION_INCIDENT, incident_pb2.CONCLUSION_PREVENTED
FAILURE, SUCCESS = (
    incident_pb2.CATEGORY_EXECUTION_FAILURE,
    incident_pb2.CATEGORY_EXECUTION_SUCCESS,
)
ENDS = {
    "SUCCEEDED": (run_pb2.RUN_STATUS_SUCCEEDED, run_pb2.TERMINATION_REASON_COMPLETED, "COMPLETED"),
    "FAILED": (run_pb2.RUN_STATUS_FAILED, run_pb2.TERMINATION_REASON_TIMEOUT, "TIMEOUT"),
}


def outcome(run_id: str, status: str = "FAILED", **fields: Any) -> messages.RunOutcome:
    reason = {"SUCCEEDED": "COMPLETED", "CANCELLED": "USER_ABORT"}.get(status, "TIMEOUT")
    made = messages.RunOutcome(
        **{
            "request_id": str(uuid.uuid4()),
            "run_id": run_id,
            "status": status,
            "termination_reason": reason,
            **fields,
        }
    )
    made.complete_time.FromDatetime(utc_now())
    return made


async def conclude(scene: Scene, *items: messages.RunOutcome) -> list[Any]:
    return list((await scene.reporter.call("ConcludeRuns", runs=items)).results)


def cases_of(result: Any) -> list[Any]:
    assert result.HasField("concluded"), result.refusal
    return list(result.concluded.cases)


async def violations_of(scene: Scene, run_id: str) -> list[Any]:
    found: list[Any] = await scene.responder.every(
        "ListViolations", "violations", size=50, run_id=run_id
    )
    return found


async def test_each_end_comes_to_what_it_is(scene: Scene) -> None:
    runs = [await scene.run(steps=1) for _ in range(4)]
    results = await conclude(
        scene,
        outcome(runs[0].id, "SUCCEEDED"),
        outcome(runs[1].id, "FAILED", stopped_at_step=0),
        outcome(runs[2].id, "CANCELLED"),
        outcome(runs[3].id, "FAILED_POLICY", policy_id="pol_1", termination_reason="POLICY_BLOCK"),
    )
    succeeded, failed, cancelled, blocked = [cases_of(result) for result in results]
    assert cancelled == []
    (good,), (bad,), (held,) = succeeded, failed, blocked
    assert [case.category for case in (good, bad)] == [SUCCESS, FAILURE]
    assert (held.policy_id, held.conclusion) == ("pol_1", INCIDENT)
    for run, case in zip((runs[1], runs[3]), (bad, held), strict=True):
        (incident,) = await scene.made(run.id)
        assert (case.incident_id, case.severity, case.signature) == (
            incident.id,
            incident.severity,
            incident.signature,
        )
    (kept,) = await scene.made(runs[0].id, category=SUCCESS)
    assert kept.id == good.incident_id
    (incident,) = await scene.made(runs[1].id)
    assert (incident.inflection.step_index, incident.blocking) == (0, False)
    assert (await scene.made(runs[3].id))[0].blocking


@pytest.mark.invariant("I-14")
async def test_everything_that_was_reported_before_is_told_the_worst_first(scene: Scene) -> None:
    run = await scene.run()
    worst = await scene.report(run_id=run.id, policy_id="pol_2")
    (result,) = await conclude(scene, outcome(run.id, "SUCCEEDED"))
    cases = cases_of(result)
    assert [case.policy_id for case in cases] == ["pol_2", ""]
    assert cases[0].incident_id == worst.incident.id
    assert cases[0].severity == incident_pb2.SEVERITY_HIGH
    cancelled = await scene.run()
    await scene.report(run_id=cancelled.id, policy_id="pol_3")
    (result,) = await conclude(scene, outcome(cancelled.id, "CANCELLED"))
    assert [case.policy_id for case in cases_of(result)] == ["pol_3"]


@pytest.mark.invariant("I-15")
async def test_what_a_learned_rule_covers_is_prevented(plane: Plane, scene: Scene) -> None:
    known = (await scene.run()).id
    ending = {"termination_reason": f"REASON_{uuid.uuid4().hex[:8]}"}
    (first,) = cases_of((await conclude(scene, outcome(known, **ending)))[0])
    learning = Learning(plane, Tenant(plane, owner=scene.owner))
    await learning.learn(first.signature, incident_id=first.incident_id)
    run = await scene.run()
    (case,) = cases_of((await conclude(scene, outcome(run.id, **ending)))[0])
    assert (case.conclusion, case.incident_id) == (PREVENTED, "")
    assert case.prevention_id
    assert case.severity == incident_pb2.SEVERITY_UNSPECIFIED
    assert case.signature == first.signature
    assert await scene.made(run.id) == []


@pytest.mark.invariant("I-05")
async def test_a_repeated_item_gets_the_same_answer_and_keeps_nothing_twice(scene: Scene) -> None:
    runs = [await scene.run() for _ in range(5)]
    items = [outcome(run.id) for run in runs]
    orders = [items, items[::-1], items[2:] + items[:2], items]
    answers = await asyncio.gather(*(conclude(scene, *order) for order in orders))
    told = [
        {
            item.run_id: [case.SerializeToString() for case in cases_of(result)]
            for item, result in zip(order, answer, strict=True)
        }
        for order, answer in zip(orders, answers, strict=True)
    ]
    assert all(each == told[0] for each in told)
    for run in runs:
        assert len(await violations_of(scene, run.id)) == 1
    for other in (
        {"status": "SUCCEEDED", "termination_reason": "COMPLETED"},
        {"status": "CANCELLED"},
        {"run_id": runs[1].id},
    ):
        fields = {"run_id": runs[0].id, **other}
        changed = outcome(fields.pop("run_id"), request_id=items[0].request_id, **fields)
        (result,) = await conclude(scene, changed)
        assert result.refusal.reason == "REQUEST_ID_REUSED", other


async def end_by_event(scene: Scene, run: Any, status: str) -> None:
    """The run's end as activity announces it."""
    number, reason, _ = ENDS[status]
    await scene.end(run, number, reason)


async def event_was_heard(scene: Scene, run_id: str) -> bool:
    heard = await scene.plane.database.value(
        "SELECT count(*) FROM incidents.inbox JOIN activity.outbox USING (tenant_id, event_id) "
        "WHERE consumer = 'incidents-on-run-ended' AND aggregate_id = $1",
        run_id,
    )
    return bool(heard)


@pytest.mark.invariant("I-14")
@pytest.mark.parametrize("status", ["SUCCEEDED", "FAILED"])
@pytest.mark.parametrize("order", ["event first", "saga first", "at once"])
async def test_the_event_of_an_end_comes_to_the_same_case(
    scene: Scene, status: str, order: str
) -> None:
    runs = [await scene.run() for _ in range(3)]
    told = [outcome(run.id, status) for run in runs]
    events = [end_by_event(scene, run, status) for run in runs]
    if order == "event first":
        await asyncio.gather(*events)
        for run in runs:
            await until(lambda run=run: violations_of(scene, run.id))
        results = await conclude(scene, *told)
    elif order == "saga first":
        results = await conclude(scene, *told)
        await asyncio.gather(*events)
    else:
        results, *_ = await asyncio.gather(conclude(scene, *told), *events)
    for run, result in zip(runs, results, strict=True):
        (case,) = cases_of(result)
        assert await until(lambda run=run: event_was_heard(scene, run.id))
        (violation,) = await violations_of(scene, run.id)
        assert violation.incident_id == case.incident_id
        wanted = {"category": SUCCESS} if status == "SUCCEEDED" else {}
        (incident,) = await scene.made(run.id, **wanted)
        assert incident.id == case.incident_id


@pytest.mark.invariant("I-14")
async def test_mutant_without_one_key_for_both_an_end_would_come_to_two_incidents(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def apart(violation: Violation) -> CaseKey:
        return CaseKey(
            tenant_id=violation.tenant_id,
            run_id=violation.run_id,
            subject="",
            policy_id=violation.id,
            is_outcome=False,
        )

    def as_if_it_were_another(report: Any, ending: Any) -> Any:
        told = ending_violation(report, ending)
        return None if told is None else replace(told, source_id=report.source_id)

    monkeypatch.setattr(Violation, "key", property(apart))
    monkeypatch.setattr(conclude_runs, "ending_violation", as_if_it_were_another)
    run = await scene.run()
    await conclude(scene, outcome(run.id))
    await end_by_event(scene, run, "FAILED")
    assert await until(lambda: _two(scene, run.id))


async def _two(scene: Scene, run_id: str) -> bool:
    return len(await scene.made(run_id)) == 2


async def test_an_item_that_cannot_be_concluded_yet_keeps_its_facts_and_the_others_are_told(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [await scene.run() for _ in range(4)]
    real = ActivityRuns.look_up

    async def away_for_one(runs_: ActivityRuns, tenant: Any, run_id: str, **more: Any) -> Any:
        if run_id == runs[3].id:
            raise Unavailable("activity is away")
        return await real(runs_, tenant, run_id, **more)

    items = [outcome(run.id) for run in runs]
    with monkeypatch.context() as patched:
        patched.setattr(ActivityRuns, "look_up", away_for_one)
        results = await conclude(scene, *items)
        assert [result.WhichOneof("result") for result in results] == [
            *["concluded"] * 3,
            "refusal",
        ]
        told = results[3].refusal
        assert (told.reason, told.retryable) == ("UNAVAILABLE", True)
        assert "activity is away" in told.message
        (fact,) = await violations_of(scene, runs[3].id)
        assert fact.conclusion == incident_pb2.CONCLUSION_PENDING
    again = await conclude(scene, *items)
    (case,) = cases_of(again[3])
    assert case.incident_id == fact.incident_id
    assert len(await violations_of(scene, runs[3].id)) == 1


async def test_a_fault_of_ours_in_one_case_is_not_that_of_the_others(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [await scene.run() for _ in range(3)]
    real = PoliciesSuppression.decide

    async def break_for_one(desk: PoliciesSuppression, case: Any) -> Any:
        if case.key.run_id == runs[1].id:
            raise RuntimeError("a fault of ours")
        return await real(desk, case)

    monkeypatch.setattr(PoliciesSuppression, "decide", break_for_one)
    results = await conclude(scene, *(outcome(run.id) for run in runs))
    assert [result.WhichOneof("result") for result in results] == [
        "concluded",
        "refusal",
        "concluded",
    ]
    assert results[1].refusal.retryable
    assert "fault of ours" not in results[1].refusal.message


async def test_cases_are_concluded_several_at_a_time_and_no_more(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [await scene.run() for _ in range(3 * AT_ONCE)]
    mine = {run.id for run in runs}
    under_way: set[str] = set()
    most: list[int] = [0]
    crowded = asyncio.Event()
    real = PoliciesSuppression.decide

    async def watched(desk: PoliciesSuppression, case: Any) -> Any:
        if case.key.run_id not in mine or case.key.run_id in under_way:
            return await real(desk, case)
        under_way.add(case.key.run_id)
        most[0] = max(most[0], len(under_way))
        if len(under_way) >= AT_ONCE:
            crowded.set()
        # Nobody goes on before as many are under way as may be.
        await asyncio.wait_for(crowded.wait(), 10)
        try:
            return await real(desk, case)
        finally:
            under_way.discard(case.key.run_id)

    monkeypatch.setattr(PoliciesSuppression, "decide", watched)
    results = await conclude(scene, *(outcome(run.id) for run in runs))
    assert all(len(cases_of(result)) == 1 for result in results)
    # The job that looks after what waits may be at it as well.
    assert AT_ONCE <= most[0] <= 2 * AT_ONCE


async def test_a_run_twice_in_one_call_is_refused_the_second_time(scene: Scene) -> None:
    run = await scene.run()
    first, second = await conclude(scene, outcome(run.id), outcome(run.id))
    assert len(cases_of(first)) == 1
    assert second.refusal.field == "run_id"


async def test_what_a_scenario_caused_stays_marked(scene: Scene) -> None:
    run = await scene.run()
    await conclude(scene, outcome(run.id, synthetic_scenario_id="a scenario"))
    (incident,) = await scene.made(run.id)
    assert incident.is_synthetic


async def test_nobody_but_the_orchestrator_and_the_operator_concludes_runs(
    plane: Plane, scene: Scene
) -> None:
    for who in ("stranger", "activity"):
        scene.reporter.metadata = plane.identities.service_metadata(
            who, audience="incidents", tenant=scene.tenant
        )
        told = await refusal(conclude(scene, outcome(new_id("run"))))
        assert told.reason == "CALLER_NOT_ALLOWED"


async def test_another_tenant_hears_nothing_of_a_run(plane: Plane, scene: Scene) -> None:
    run = await scene.run()
    await scene.report(run_id=run.id, **{**BUDGET, "policy_id": "pol_1"})
    (result,) = await conclude(Scene(plane), outcome(run.id, "CANCELLED"))
    assert cases_of(result) == []
