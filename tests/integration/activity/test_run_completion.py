"""Runs are completed many in each call, each as if it were alone."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import event

from aos.activity.v1 import run_pb2, trace_pb2
from kernel.identifiers import new_id
from kernel.merkle import CompactRange
from services.activity.domain import run_lifecycle
from services.activity.store.traces import PostgresTraces
from tests.integration.activity.completing import Completer, entries, reasons, written
from tests.integration.activity.test_run_lifecycle import Driver
from tests.integration.activity.test_traces import step
from tests.support.identities import somebody
from tests.support.plane import Plane
from tests.support.statuses import refusal
from tests.support.waiting import until


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane) -> AsyncIterator[Plane]:
    await empty_plane.start_accounts_stand_in()
    await empty_plane.start("activity")
    await until(lambda: empty_plane.accepts_runs("activity"))
    yield empty_plane


@pytest.fixture
def completer(plane: Plane) -> Completer:
    return Completer(plane, somebody())


async def test_runs_and_their_traces_end_together(plane: Plane, completer: Completer) -> None:
    runs = [await completer.recorded(steps) for steps in (0, 1, 5)]
    drivers = [run for run, _ in runs]
    finalizing = await completer.call("FinalizeRuns", *drivers)
    assert {result.run.phase for result in finalizing} == {run_pb2.RUN_PHASE_FINALIZING}
    results = await completer.call("CompleteRuns", *drivers)
    for result, (run, recorder), steps in zip(results, runs, (0, 1, 5), strict=True):
        completed = result.completed
        assert completed.run == await run.read()
        assert completed.run.status == run_pb2.RUN_STATUS_SUCCEEDED
        assert completed.run.step_count == completed.trace.step_count == steps
        tree = CompactRange()
        for kept in await recorder.steps():
            tree.append(kept.content_hash)
        assert completed.trace.root_hash == tree.root()
        assert completed.trace == await recorder.trace()
        assert (await recorder.record(step(steps))).late
    told = await entries(plane, drivers[0].run_id, 5)
    assert told == ["RUN_AUTHORIZED", "RUN_CREATED", "RUN_ENDED", "RUN_FINALIZING", "RUN_STARTED"]
    assert await entries(plane, runs[0][1].trace_id, 2) == ["TRACE_BEGUN", "TRACE_SEALED"]


async def test_what_never_began_is_left_as_it_is_until_it_ends_without_a_trace(
    plane: Plane, completer: Completer
) -> None:
    queued = await Driver(plane, completer.principal).create()
    authorized = await Driver(plane, completer.principal).create()
    await authorized.walk("AuthorizeRun")
    retried = await completer.at_work()
    await retried.walk("RetryRun")
    before = [await run.read() for run in (queued, authorized, retried)]
    for name in ("FinalizeRuns", "ReopenRuns"):
        results = await completer.call(name, queued, authorized, retried)
        assert [result.run for result in results] == before, name
    ended = await completer.call(
        "CompleteRuns",
        queued,
        authorized,
        retried,
        status=run_pb2.RUN_STATUS_CANCELLED,
        termination_reason=run_pb2.TERMINATION_REASON_USER_ABORT,
    )
    assert {result.completed.run.status for result in ended} == {run_pb2.RUN_STATUS_CANCELLED}
    assert not any(result.completed.HasField("trace") for result in ended)


async def test_a_reopened_run_goes_on_where_it_was_and_says_why(completer: Completer) -> None:
    run, recorder = await completer.recorded(1)
    await completer.call("FinalizeRuns", run)
    (result,) = await completer.call("ReopenRuns", run)
    assert result.run.phase == run_pb2.RUN_PHASE_EXECUTING
    assert result.run.observability_error == "the ledger was away"
    assert not (await recorder.record(step(1))).late
    await completer.call("FinalizeRuns", run)
    (done,) = await completer.call("CompleteRuns", run)
    assert done.completed.trace.step_count == 2


async def test_an_ended_run_ends_in_no_other_way_but_may_be_told_the_same(
    completer: Completer,
) -> None:
    run, _ = await completer.recorded(1)
    await completer.call("FinalizeRuns", run)
    first = await completer.call("CompleteRuns", run, stopped_at_step=3)
    again = await completer.call("CompleteRuns", run, stopped_at_step=3)
    assert written(again) == written(first)
    for other in (
        {},
        {"stopped_at_step": 4},
        {"stopped_at_step": 3, "status": run_pb2.RUN_STATUS_FAILED},
        {"stopped_at_step": 3, "termination_reason": run_pb2.TERMINATION_REASON_TIMEOUT},
    ):
        assert reasons(await completer.call("CompleteRuns", run, **other)) == ["ILLEGAL_TRANSITION"]
    assert (await run.read()).etag == first[0].completed.run.etag


async def test_the_policy_that_ended_a_run_is_marked_with_its_end(completer: Completer) -> None:
    runs = [await completer.at_work() for _ in range(2)]
    await runs[1].call("NoteViolation", policy_id="pol_first")
    await completer.call("FinalizeRuns", *runs)
    revisions = [int((await run.read()).etag) for run in runs]
    results = await completer.call(
        "CompleteRuns",
        *runs,
        status=run_pb2.RUN_STATUS_FAILED_POLICY,
        termination_reason=run_pb2.TERMINATION_REASON_POLICY_BLOCK,
        violation_policy_id="pol_last",
    )
    ended = [result.completed.run for result in results]
    assert [run.violation_policy_id for run in ended] == ["pol_last", "pol_first"]
    assert {run.risk_level for run in ended} == {run_pb2.RISK_LEVEL_VIOLATED}
    # One change, one event.
    assert [int(run.etag) for run in ended] == [revision + 1 for revision in revisions]


async def test_an_item_that_is_refused_leaves_its_neighbours_alone(
    plane: Plane, completer: Completer
) -> None:
    runs = [(await completer.recorded(1))[0] for _ in range(3)]
    foreign = await Completer(plane, somebody()).at_work()
    await completer.call("FinalizeRuns", runs[0], runs[2])
    never = new_id("run")
    results = await completer.call("CompleteRuns", runs[0], runs[1], never, foreign, *runs[2:])
    assert reasons(results) == ["", "ILLEGAL_TRANSITION", "RUN_NOT_FOUND", "RUN_NOT_FOUND", ""]
    assert (await runs[1].read()).phase == run_pb2.RUN_PHASE_EXECUTING
    words = [result.refusal.message for result in results[2:4]]
    assert words[0].replace(never, "…") == words[1].replace(foreign.run_id, "…")


@pytest.mark.invariant("I-05")
@pytest.mark.parametrize("name", ["FinalizeRuns", "ReopenRuns", "CompleteRuns", "NoteRuns"])
async def test_a_repeated_item_gets_the_first_answer_even_at_once(
    completer: Completer, name: str
) -> None:
    runs = [(await completer.recorded(1))[0] for _ in range(6)]
    if name != "FinalizeRuns":
        await completer.call("FinalizeRuns", *runs)
    fields = {"incident_ids": ["inc_1"]} if name == "NoteRuns" else {}
    items = [completer.item(name, run, **fields) for run in runs]
    orders = [items, items[::-1], items[3:] + items[:3], items]
    answers = await asyncio.gather(*(completer.send(name, order) for order in orders))
    told = [
        dict(zip((item.run_id for item in order), written(answer), strict=True))
        for order, answer in zip(orders, answers, strict=True)
    ]
    assert all(each == told[0] for each in told)
    assert not any(reasons(answers[0]))
    later = await completer.send(name, items)
    assert written(later) == written(answers[0])
    changed = completer.item(name, runs[0], request_id=items[1].request_id, **fields)
    assert reasons(await completer.send(name, [changed])) == ["REQUEST_ID_REUSED"]


async def test_each_event_of_a_run_has_a_number_of_its_own_without_gaps(
    plane: Plane, completer: Completer
) -> None:
    run, _ = await completer.recorded(1)
    await completer.call("FinalizeRuns", run)
    await completer.call("NoteRuns", run, incident_ids=["a", "b"], violation_policy_id="pol_1")
    await completer.call("CompleteRuns", run)
    rows = await plane.database.fetch(
        "SELECT aggregate_sequence FROM activity.outbox WHERE aggregate_id = $1 ORDER BY 1",
        run.run_id,
    )
    assert [row["aggregate_sequence"] for row in rows] == list(
        range(1, int((await run.read()).etag) + 1)
    )


async def test_steps_that_come_while_a_run_is_completed_are_in_the_root_or_late(
    completer: Completer,
) -> None:
    pairs = [await completer.recorded(1) for _ in range(4)]
    await completer.call("FinalizeRuns", *(run for run, _ in pairs))
    calls = [
        completer.call("CompleteRuns", *(run for run, _ in pairs)),
        *(recorder.record(step(0), step(1), step(2)) for _, recorder in pairs),
    ]
    results = (await asyncio.gather(*calls))[0]
    for result, (_, recorder) in zip(results, pairs, strict=True):
        tree = CompactRange()
        found = [kept for kept in await recorder.steps() if not kept.late]
        for kept in found:
            tree.append(kept.content_hash)
        assert result.completed.trace.root_hash == tree.root()
        assert result.completed.trace.step_count == len(found)


async def test_mutant_without_the_lock_on_the_head_a_step_slips_past_the_root(
    completer: Completer, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, recorder = await completer.recorded(1)
    await completer.call("FinalizeRuns", run)
    real = PostgresTraces.seal_all

    async def unlocked(*_: Any) -> None:
        return

    async def seal_late(traces: PostgresTraces, sealed: Sequence[Any]) -> None:
        await recorder.record(step(1))
        await real(traces, sealed)

    monkeypatch.setattr(PostgresTraces, "hold_heads_of_runs", unlocked)
    monkeypatch.setattr(PostgresTraces, "seal_all", seal_late)
    (result,) = await completer.call("CompleteRuns", run)
    assert result.completed.trace.step_count == 1
    assert [kept.late for kept in await recorder.steps()] == [False, False]


async def test_a_trace_that_cannot_be_sealed_leaves_its_run_and_the_others_are_completed(
    completer: Completer, monkeypatch: pytest.MonkeyPatch
) -> None:
    pairs = [await completer.recorded(1) for _ in range(4)]
    await completer.call("FinalizeRuns", *(run for run, _ in pairs))
    real, bad = PostgresTraces.seal_all, pairs[2][1].trace_id

    async def refuse(traces: PostgresTraces, sealed: Sequence[Any]) -> None:
        await real(traces, sealed)
        if any(trace.id == bad for trace in sealed):
            raise RuntimeError("a fault of ours")

    monkeypatch.setattr(PostgresTraces, "seal_all", refuse)
    results = await completer.call("CompleteRuns", *(run for run, _ in pairs))
    assert reasons(results) == ["", "", "INTERNAL", ""]
    assert (await pairs[2][0].read()).phase == run_pb2.RUN_PHASE_FINALIZING
    assert (await pairs[2][1].trace()).status == trace_pb2.TRACE_STATUS_OPEN


@pytest.mark.invariant("I-06")
async def test_mutant_without_the_rule_a_run_would_be_ended_in_two_ways(
    completer: Completer, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await completer.at_work()
    await completer.call("FinalizeRuns", run)
    await completer.call("CompleteRuns", run)
    every = frozenset((old, new) for old in _STATES for new in _STATES)
    monkeypatch.setattr(run_lifecycle, "LEGAL", every)
    results = await completer.call("CompleteRuns", run, status=run_pb2.RUN_STATUS_FAILED)
    # The database holds the same table.
    assert reasons(results) == ["INTERNAL"]
    assert (await run.read()).status == run_pb2.RUN_STATUS_SUCCEEDED


_STATES = {state for pair in run_lifecycle.LEGAL for state in pair}


async def test_however_many_runs_are_completed_it_takes_the_same_number_of_statements(
    plane: Plane, completer: Completer
) -> None:
    runs = [(await completer.recorded(1))[0] for _ in range(21)]
    await completer.call("FinalizeRuns", *runs)
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if any(name in statement for name in ("runs", "trace", "answers")):
            seen.append(statement)

    engine = plane.services["activity"].foundation.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        counts = []
        for several in (runs[:1], runs[1:]):
            seen.clear()
            assert not any(reasons(await completer.call("CompleteRuns", *several)))
            counts.append(len([one for one in seen if "outbox" not in one]))
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert counts[0] == counts[1]
    assert counts[0] <= 10


async def test_nobody_but_the_orchestrator_and_the_operator_completes_runs(
    plane: Plane, completer: Completer
) -> None:
    run = await completer.at_work()
    for who in ("stranger", "policies"):
        completer.metadata = plane.identities.service_metadata(
            who, audience="activity", tenant=completer.principal.tenant_id
        )
        told = await refusal(completer.call("FinalizeRuns", run))
        assert told.reason == "CALLER_NOT_ALLOWED"
