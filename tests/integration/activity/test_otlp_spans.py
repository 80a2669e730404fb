"""What becomes of spans: twice, late, out of order, damaged, from two sides at once."""

import asyncio
import os
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
import pytest_asyncio
from grpc import StatusCode, aio

from aos.activity.v1 import run_pb2, trace_pb2
from kernel.clock import SystemClock
from kernel.identifiers import new_id
from services.activity.api.otlp_messages import Tally, to_commands
from services.activity.api.otlp_steps import kept_span
from services.activity.store.otel import PostgresOtel
from services.activity.usecases import ingest_spans
from tests.support.identities import somebody
from tests.support.plane import Plane
from tests.support.statuses import refusal
from tests.support.telemetry import SECOND, Observer, export_of, project, span
from tests.support.waiting import until

RUNNING, SUCCEEDED = run_pb2.RUN_STATUS_RUNNING, run_pb2.RUN_STATUS_SUCCEEDED


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane) -> AsyncIterator[Plane]:
    await empty_plane.start_accounts_stand_in()
    await empty_plane.start("activity")
    await until(lambda: empty_plane.accepts_runs("activity"))
    yield empty_plane


@pytest.fixture
def me(plane: Plane) -> Observer:
    return Observer(plane, somebody("developer", project=project()))


def tree(trace_id: bytes, size: int = 4) -> list[Any]:
    """A root and its children, children first, as exporters send them."""
    root = span(trace_id, name="invoke_agent a", gen_ai__operation__name="invoke_agent")
    children = [
        span(trace_id, parent=root.span_id, gen_ai__request__model="gpt-5") for _ in range(size)
    ]
    return [*children, root]


async def state(plane: Plane, me: Observer) -> list[Any]:
    """Everything that spans of this tenant have caused."""
    queries = (
        "SELECT id, status, revision FROM activity.runs",
        "SELECT trace_id, step_index, content_hash FROM activity.aos_trace_steps",
        "SELECT trace_id, content_hash FROM activity.late_steps",
        "SELECT trace_id, next_index, input_tokens FROM activity.trace_heads",
        "SELECT event_id FROM activity.outbox",
        "SELECT intent_id FROM activity.log_intents",
    )
    return [
        sorted(
            tuple(row)
            for row in await plane.database.fetch(
                f"{query} WHERE tenant_id = $1", me.principal.tenant_id
            )
        )
        for query in queries
    ]


async def test_an_export_that_comes_again_changes_nothing(plane: Plane, me: Observer) -> None:
    spans = tree(os.urandom(16))
    await me.export(*spans)
    before = await state(plane, me)
    assert not (await me.export(*spans)).HasField("partial_success")
    assert not (await me.export(*spans[:2], *spans[:2])).HasField("partial_success")
    assert await state(plane, me) == before


async def test_mutant_without_the_memory_of_spans_a_redelivery_would_break(
    plane: Plane, me: Observer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(*_: Any) -> set[Any]:
        return set()

    spans = tree(os.urandom(16))
    await me.export(*spans)
    monkeypatch.setattr(PostgresOtel, "recorded", nothing)
    with pytest.raises(aio.AioRpcError):
        await me.export(*spans)


async def test_a_run_is_at_work_until_its_root_has_come(me: Observer) -> None:
    *children, root = tree(os.urandom(16))
    me.resource["service__name"] = "desk"
    await me.export(*children[2:])
    early = await me.run()
    assert (early.status, early.phase) == (RUNNING, run_pb2.RUN_PHASE_EXECUTING)
    assert (early.goal, early.agent_name) == ("", "desk")
    await me.export(*children[:2])
    await me.export(root)
    over = await me.run()
    assert (over.id, over.status, over.goal) == (early.id, SUCCEEDED, "invoke_agent a")
    assert over.complete_time.ToNanoseconds() // 1000 == root.end_time_unix_nano // 1000
    trace = await me.trace(over.id)
    assert (trace.step_count, trace.status) == (5, trace_pb2.TRACE_STATUS_OPEN)


async def test_what_comes_after_the_root_joins_the_trace_until_its_grace_is_over(
    plane: Plane, me: Observer
) -> None:
    trace_id = os.urandom(16)
    *children, root = tree(trace_id)
    await me.export(root)
    await me.export(*children)
    run = await me.run()
    assert (run.status, run.etag) == (SUCCEEDED, "2")
    await close(plane, trace_id)
    trace = await me.trace(run.id)
    assert (trace.status, trace.step_count) == (trace_pb2.TRACE_STATUS_SEALED, 5)
    late = span(trace_id, parent=root.span_id, name="too late")
    await me.export(late)
    await me.export(late)
    steps = await me.steps(run.id)
    assert [recorded.late for recorded in steps] == [False] * 5 + [True]
    assert steps[-1].step.span_id == late.span_id
    assert (await me.trace(run.id)).root_hash == trace.root_hash


async def test_a_trace_stays_open_while_its_grace_lasts(plane: Plane, me: Observer) -> None:
    await me.export(*tree(os.urandom(16)))
    await closing_job(plane).work()
    trace = await me.trace((await me.run()).id)
    assert trace.status == trace_pb2.TRACE_STATUS_OPEN


async def test_a_failed_root_fails_its_run(me: Observer) -> None:
    await me.export(span(os.urandom(16), failed=True, error__type="timeout"))
    run = await me.run()
    assert run.status == run_pb2.RUN_STATUS_FAILED
    assert run.termination_reason == run_pb2.TERMINATION_REASON_SYSTEM_FAILURE
    (recorded,) = await me.steps(run.id)
    assert recorded.step.outcome_category == "timeout"


async def test_a_run_whose_root_lives_elsewhere_ends_with_its_topmost_agent(
    plane: Plane, me: Observer
) -> None:
    trace_id = os.urandom(16)
    agent = {"gen_ai__operation__name": "invoke_agent"}
    outer = span(trace_id, parent=os.urandom(8), failed=True, gen_ai__agent__name="outer", **agent)
    inner = span(trace_id, parent=outer.span_id, gen_ai__agent__name="inner", **agent)
    await me.export(inner)
    await me.export(outer)
    assert (await me.run()).status == RUNNING
    await close(plane, trace_id)
    run = await me.run()
    assert (run.status, run.goal, run.agent_name) == (
        run_pb2.RUN_STATUS_FAILED,
        "outer",
        "outer",
    )
    await close(plane, trace_id)
    assert (await me.trace(run.id)).status == trace_pb2.TRACE_STATUS_SEALED


async def test_a_trace_in_which_nothing_is_on_top_is_left_to_the_look_out(
    plane: Plane, me: Observer
) -> None:
    trace_id, above = os.urandom(16), os.urandom(8)
    await me.export(span(trace_id, parent=above))
    await closing_job(plane).work()
    assert (await me.run()).status == RUNNING


BAD = {
    "without a valid trace id": {"trace_id": bytes(16)},
    "without a valid span id": {"span_id": b"short"},
    "with a damaged parent span id": {"parent_span_id": b"12345"},
    "that end before they begin": {"end_time_unix_nano": SECOND},
}


async def test_bad_spans_are_named_and_counted_and_the_good_ones_kept(me: Observer) -> None:
    good = tree(os.urandom(16))
    bad = []
    for fields in BAD.values():
        broken = span(os.urandom(16))
        for name, value in fields.items():
            setattr(broken, name, value)
        bad.append(broken)
    answer = (await me.export(bad[0], *good[:2], *bad[1:], *good[2:])).partial_success
    assert answer.rejected_spans == 4
    assert answer.error_message.startswith("4 of 9 spans were not taken: ")
    assert all(f"1 {reason}" in answer.error_message for reason in BAD)
    assert (await me.trace((await me.run()).id)).step_count == 5


async def test_ten_thousand_attributes_are_cut_and_it_is_said(me: Observer) -> None:
    many = {f"key_{number:05}": number for number in range(10_000)}
    answer = (await me.export(span(os.urandom(16), **many))).partial_success
    assert answer.rejected_spans == 0
    assert "9744 attributes were dropped" in answer.error_message
    assert len(await me.steps((await me.run()).id)) == 1


async def test_names_that_cannot_be_stored_are_mended(me: Observer) -> None:
    await me.export(span(os.urandom(16), name="a\0b" + "x" * 5000, gen_ai__agent__name="\0"))
    run = await me.run()
    assert run.goal.startswith("a\N{REPLACEMENT CHARACTER}b")
    assert len(run.goal) == 200


async def test_without_a_project_anywhere_nothing_is_taken_and_the_setting_is_named(
    plane: Plane,
) -> None:
    me = Observer(plane, somebody("developer"))
    told = await refusal(me.export(*tree(os.urandom(16))))
    assert (told.code, told.reason) == (StatusCode.INVALID_ARGUMENT, "INVALID_FIELD")
    assert "OTEL_RESOURCE_ATTRIBUTES=aos.project_id" in told.message
    assert await me.runs() == []


async def test_the_exporter_may_name_project_agent_and_scenario(plane: Plane) -> None:
    agent, named = new_id("agt"), project()
    resource = {
        "aos__project_id": named,
        "aos__agent_id": agent,
        "aos__synthetic_scenario_id": "drill",
    }
    me = Observer(plane, somebody("developer"), resource)
    await me.export(*tree(os.urandom(16)))
    run = await me.run()
    assert (run.project_id, run.agent_id, run.is_synthetic) == (named, agent, True)


async def test_a_bound_credential_names_no_other_project(me: Observer) -> None:
    me.resource["aos__project_id"] = project()
    told = await refusal(me.export(*tree(os.urandom(16))))
    assert told.reason == "INVALID_FIELD"
    assert await me.runs() == []


async def test_a_key_of_another_project_adds_nothing_to_a_trace(plane: Plane, me: Observer) -> None:
    trace_id = os.urandom(16)
    await me.export(*tree(trace_id))
    other = Observer(plane, somebody("agent", tenant=me.principal.tenant_id, project=project()))
    answer = await other.export(span(trace_id, parent=b"12345678"))
    assert answer.partial_success.rejected_spans == 1
    assert "another project" in answer.partial_success.error_message
    assert len(await me.steps((await me.run()).id)) == 5


async def test_tenants_with_the_same_trace_and_span_ids_know_nothing_of_each_other(
    plane: Plane, me: Observer
) -> None:
    spans = tree(os.urandom(16))
    other = Observer(plane, somebody("developer", project=project()))
    await asyncio.gather(me.export(*spans), other.export(*spans[:3]))
    mine, theirs = await me.run(), await other.run()
    assert mine.id != theirs.id
    assert (mine.status, theirs.status) == (SUCCEEDED, RUNNING)
    assert (await refusal(other.trace(mine.id))).code is StatusCode.NOT_FOUND
    assert (len(await me.steps(mine.id)), len(await other.steps(theirs.id))) == (5, 3)


async def test_exporters_that_send_the_same_at_once_make_one_run_without_gaps(
    me: Observer,
) -> None:
    spans = tree(os.urandom(16), size=30)
    await asyncio.gather(*(me.export(*spans[start:], *spans[:start]) for start in range(0, 30, 3)))
    run = await me.run()
    steps = [recorded.step for recorded in await me.steps(run.id)]
    assert [step.index for step in steps] == list(range(31))
    assert {step.span_id for step in steps} == {one.span_id for one in spans}
    assert (run.status, run.etag) == (SUCCEEDED, "2")


async def test_replicas_that_see_a_trace_at_once_make_one_run_without_gaps(
    plane: Plane, me: Observer
) -> None:
    """Each batch is a transaction of its own, as in a replica of its own."""
    ingest = partial(
        ingest_spans.ingest_batch,
        units_of_work=plane.services["activity"].host._parts.units_of_work,
        keep=kept_span,
        clock=SystemClock(),
        grace_seconds=60.0,
    )
    spans = tree(os.urandom(16), size=12)
    requests = [export_of(*spans[start : start + 6]) for start in (0, 3, 6, 7, 2)]
    batches = [list(to_commands(request, me.principal, Tally())) for request in requests]
    outcomes = await asyncio.gather(*(ingest(batch) for batch in batches))
    assert outcomes == [[0]] * 5
    run = await me.run()
    steps = [recorded.step for recorded in await me.steps(run.id)]
    assert [step.index for step in steps] == list(range(13))
    assert run.status == SUCCEEDED


def closing_job(plane: Plane) -> Any:
    """The job that closes observed traces."""
    jobs = plane.services["activity"].host.jobs.jobs
    return next(job for job in jobs if job.name == "close_observed_traces")


async def close(plane: Plane, trace_id: bytes) -> None:
    """Let the grace of a trace be over, and its time come."""
    await plane.database.fetch(
        "UPDATE activity.otel_traces SET due_at = now() WHERE otel_trace_id = $1", trace_id
    )
    await closing_job(plane).work()
