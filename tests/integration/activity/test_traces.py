"""Steps are recorded once, without gaps, write-once; a sealed trace stands for all of them."""

import asyncio
import hashlib
import uuid
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from grpc import StatusCode

from aos.activity.v1 import (
    run_pb2,
    run_service_pb2,
    run_service_pb2_grpc,
    trace_pb2,
    trace_service_pb2,
    trace_service_pb2_grpc,
)
from kernel.clock import utc_now
from kernel.identifiers import new_id
from kernel.merkle import CompactRange, leaf_hash
from kernel.principal import Principal
from services.activity.domain import recording
from services.activity.usecases import record_steps
from tests.support.identities import somebody
from tests.support.plane import Plane
from tests.support.statuses import refusal
from tests.support.waiting import until

TIMEOUT = 20.0


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane) -> AsyncIterator[Plane]:
    await empty_plane.start_accounts_stand_in()
    await empty_plane.start("activity")
    await until(lambda: empty_plane.accepts_runs("activity"))
    yield empty_plane


def step(index: int, **fields: Any) -> trace_pb2.Step:
    made = trace_pb2.Step(
        index=index,
        kind=trace_pb2.STEP_KIND_LLM_CALL,
        skill_name="chat",
        status=trace_pb2.STEP_STATUS_SUCCEEDED,
        duration_ms=5,
        input_tokens=10,
        output_tokens=3,
        cost_micro_usd=7,
        **fields,
    )
    made.start_time.FromSeconds(1_900_000_000 + index)
    return made


class Recorder:
    """One run's trace, as its agent records it."""

    def __init__(self, plane: Plane, principal: Principal) -> None:
        self.principal = principal
        channel = plane.services["activity"].channel
        self._runs = run_service_pb2_grpc.RunServiceStub(channel)
        self._traces = trace_service_pb2_grpc.TraceRecordingServiceStub(channel)
        self._metadata = plane.identities.metadata(principal)
        self.run_id = self.trace_id = ""

    async def begin(self, **inspection: bool) -> "Recorder":
        request = run_service_pb2.CreateRunRequest(
            request_id=str(uuid.uuid4()),
            project_id=self.principal.project_id or new_id("prj"),
            agent_id=new_id("agt"),
            goal="anything",
            source=run_pb2.RUN_SOURCE_EXTERNAL,
            inspection=run_pb2.InspectionConstraints(**inspection),
        )
        run = await self._runs.CreateRun(request, timeout=TIMEOUT, metadata=self._metadata)
        self.run_id = run.run.id
        self.trace_id = (await self.begin_trace()).trace.trace_id
        return self

    def begin_trace(self) -> Any:
        request = trace_service_pb2.BeginTraceRequest(
            request_id=str(uuid.uuid4()), run_id=self.run_id
        )
        return self._traces.BeginTrace(request, timeout=TIMEOUT, metadata=self._metadata)

    def record(self, *steps: trace_pb2.Step, trace_id: str = "") -> Any:
        request = trace_service_pb2.RecordStepsRequest(
            trace_id=trace_id or self.trace_id, steps=steps
        )
        return self._traces.RecordSteps(request, timeout=TIMEOUT, metadata=self._metadata)

    def seal(self) -> Any:
        request = trace_service_pb2.SealTraceRequest(
            request_id=str(uuid.uuid4()), trace_id=self.trace_id
        )
        return self._traces.SealTrace(request, timeout=TIMEOUT, metadata=self._metadata)

    async def trace(self) -> trace_pb2.Trace:
        request = trace_service_pb2.GetTraceRequest(run_id=self.run_id)
        answer = await self._traces.GetTrace(request, timeout=TIMEOUT, metadata=self._metadata)
        return answer.trace

    def list_page(self, **fields: Any) -> Any:
        request = trace_service_pb2.ListStepsRequest(trace_id=self.trace_id, **fields)
        return self._traces.ListSteps(request, timeout=TIMEOUT, metadata=self._metadata)

    async def steps(self) -> list[trace_pb2.RecordedStep]:
        found, token = [], ""
        while True:
            page = await self.list_page(page_size=3, page_token=token)
            found += page.steps
            token = page.next_page_token
            if not token:
                return found

    async def run(self) -> run_pb2.Run:
        request = run_service_pb2.GetRunRequest(run_id=self.run_id)
        return (await self._runs.GetRun(request, timeout=TIMEOUT, metadata=self._metadata)).run


@pytest_asyncio.fixture(loop_scope="session")
async def recorder(plane: Plane) -> Recorder:
    return await Recorder(plane, somebody()).begin()


async def test_steps_are_read_back_in_order_and_add_up_on_the_run(recorder: Recorder) -> None:
    assert (await recorder.record(step(0), step(1))).next_index == 2
    assert (await recorder.record(*(step(index) for index in range(2, 8)))).next_index == 8
    found = await recorder.steps()
    assert [item.step.index for item in found] == list(range(8))
    assert all(item.content_hash and not item.late for item in found)
    run = await recorder.run()
    assert (run.input_tokens, run.output_tokens, run.cost_micro_usd) == (80, 24, 56)
    assert (await recorder.trace()).step_count == 8


@pytest.mark.invariant("I-05")
async def test_a_step_sent_twice_is_one_step(recorder: Recorder) -> None:
    batch = [step(index) for index in range(5)]
    answers = await asyncio.gather(*(recorder.record(*batch) for _ in range(6)))
    assert {answer.next_index for answer in answers} == {5}
    await recorder.record(step(3), step(4), step(5))
    assert [item.step.index for item in await recorder.steps()] == list(range(6))
    assert (await recorder.run()).input_tokens == 60


async def test_the_same_index_with_other_content_is_refused_whole(recorder: Recorder) -> None:
    await recorder.record(step(0))
    other = step(0, model="another")
    told = await refusal(recorder.record(other, step(1)))
    assert (told.code, told.reason) == (StatusCode.FAILED_PRECONDITION, "STEP_CONFLICT")
    assert told.metadata == {"index": "0"}
    assert (await recorder.trace()).step_count == 1


async def test_a_gap_is_refused_whole_and_names_what_is_missing(recorder: Recorder) -> None:
    told = await refusal(recorder.record(step(0), step(2)))
    assert (told.reason, told.metadata["next_index"]) == ("STEP_GAP", "1")
    assert (await recorder.trace()).step_count == 0


async def test_a_refused_call_does_not_disturb_others_in_its_batch(plane: Plane) -> None:
    recorders = [await Recorder(plane, somebody()).begin() for _ in range(8)]
    calls = [
        refusal(item.record(step(5))) if number % 2 else item.record(step(0))
        for number, item in enumerate(recorders)
    ]
    await asyncio.gather(*calls)
    counts = [(await item.trace()).step_count for item in recorders]
    assert counts == [1, 0] * 4


async def test_many_agents_record_at_once_without_losing_a_step(plane: Plane) -> None:
    recorders = [await Recorder(plane, somebody()).begin() for _ in range(6)]

    async def record_all(item: Recorder) -> None:
        for start in range(0, 60, 10):
            await item.record(*(step(index) for index in range(start, start + 10)))

    await asyncio.gather(*(record_all(item) for item in recorders))
    assert [(await item.trace()).step_count for item in recorders] == [60] * 6


@pytest.mark.invariant("I-31")
async def test_a_foreign_trace_and_one_that_never_was_get_the_same_answer(
    plane: Plane, recorder: Recorder
) -> None:
    me, never = await Recorder(plane, somebody()).begin(), new_id("trc")
    foreign = await refusal(me.record(step(0), trace_id=recorder.trace_id))
    unknown = await refusal(me.record(step(0), trace_id=never))
    assert foreign.code is StatusCode.NOT_FOUND
    assert foreign.message.replace(recorder.trace_id, "…") == unknown.message.replace(never, "…")
    assert (await recorder.trace()).step_count == 0


async def test_a_key_of_another_project_cannot_record(plane: Plane, recorder: Recorder) -> None:
    stranger = Recorder(plane, somebody(tenant=recorder.principal.tenant_id, project=new_id("prj")))
    told = await refusal(stranger.record(step(0), trace_id=recorder.trace_id))
    assert told.reason == "TRACE_NOT_FOUND"


async def test_a_sealed_trace_stands_for_its_steps_and_its_root_is_in_the_ledger(
    plane: Plane, recorder: Recorder
) -> None:
    await recorder.record(*(step(index) for index in range(7)))
    sealed = (await recorder.seal()).trace
    tree = CompactRange()
    for item in await recorder.steps():
        assert leaf_hash(item.step.SerializeToString(deterministic=True)) == item.content_hash
        tree.append(item.content_hash)
    assert sealed.root_hash == tree.root()
    assert sealed.step_count == 7
    entries = await until(lambda: plane.logs.of(recorder.trace_id)[1:])
    assert entries[0].event_type == "TRACE_SEALED"
    assert entries[0].run_id == recorder.run_id
    assert sealed.root_hash.hex() in entries[0].after_json
    assert (await recorder.seal()).trace == sealed


async def test_steps_after_the_seal_are_kept_apart_as_late_evidence(recorder: Recorder) -> None:
    await recorder.record(step(0))
    sealed = (await recorder.seal()).trace
    for _ in range(2):
        assert (await recorder.record(step(1), step(1, model="other"))).late
    found = await recorder.steps()
    assert [(item.step.index, item.late) for item in found] == [(0, False), (1, True), (1, True)]
    after = await recorder.trace()
    assert (after.root_hash, after.step_count) == (sealed.root_hash, 1)
    assert (await recorder.run()).input_tokens == 10


PROMPT = (
    '{"to": "ada@example.com", "card": "4111 1111 1111 1111", "key": "sk-abcdefghijklmnopqrst"}'
)


@pytest.mark.gap("GAP-033")
@pytest.mark.parametrize(
    ("allowed", "kept", "gone"),
    [
        ({}, [], ["ada@", "4111", "sk-"]),
        ({"allow_prompt_logging": True}, ["[email]", "[card]", "[key]"], ["ada@", "4111", "sk-"]),
        (
            {"allow_prompt_logging": True, "allow_pii_capture": True},
            ["ada@example.com", "4111 1111", "[key]"],
            ["sk-"],
        ),
        (
            {
                "allow_prompt_logging": True,
                "allow_pii_capture": True,
                "allow_secret_access": True,
            },
            ["ada@example.com", "sk-abcdefghijklmnopqrst"],
            [],
        ),
    ],
)
async def test_what_may_not_be_kept_is_taken_out_before_anything_is_written(
    plane: Plane, allowed: dict[str, bool], kept: list[str], gone: list[str]
) -> None:
    recorder = await Recorder(plane, somebody()).begin(**allowed)
    await recorder.record(step(0, params_json=PROMPT, outcome_json="the answer is 42"))
    stored = await plane.database.value(
        "SELECT content FROM activity.aos_trace_steps WHERE trace_id = $1", recorder.trace_id
    )
    text = bytes(stored).decode(errors="replace")  # type: ignore[call-overload]
    assert all(part in text for part in kept)
    assert not any(part in text for part in gone)
    assert "the answer is 42" not in text
    (read,) = await recorder.steps()
    assert read.step.params_hash == hashlib.sha256(PROMPT.encode()).digest()
    assert read.step.outcome_hash == hashlib.sha256(b"the answer is 42").digest()


@pytest.mark.invariant("I-28")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE aos_trace_steps SET skill_name = 'x'",
        "DELETE FROM aos_trace_steps",
        "UPDATE aos_traces SET run_id = 'x'",
        "UPDATE aos_traces SET root_hash = 'ff' WHERE status = 'sealed'",
        "DELETE FROM aos_traces",
        "UPDATE late_steps SET content = ''",
    ],
)
async def test_what_was_recorded_cannot_be_changed(
    plane: Plane, recorder: Recorder, statement: str
) -> None:
    await recorder.record(step(0))
    await recorder.seal()
    connection = await asyncpg.connect(plane.database.url_of("activity").replace("+asyncpg", ""))
    try:
        await connection.execute(
            "SELECT set_config('app.tenant_id', $1, false)", recorder.principal.tenant_id
        )
        with pytest.raises(asyncpg.PostgresError):
            await connection.execute(statement)
    finally:
        await connection.close()


@pytest.mark.invariant("I-05")
async def test_mutant_without_the_comparison_a_changed_step_passes_for_the_same(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    await recorder.record(step(0))
    monkeypatch.setattr(recording, "_require_same", lambda *_: None)
    assert (await recorder.record(step(0, model="another"))).next_index == 1
    assert record_steps.record is recording.record


async def test_a_run_that_is_over_and_was_never_recorded_cannot_be_recorded(plane: Plane) -> None:
    recorder = Recorder(plane, somebody())
    await recorder.begin()
    now = utc_now()
    await plane.database.fetch(
        "UPDATE activity.runs SET phase = 'FAILED', status = 'cancelled', completed_at = $2 "
        "WHERE id = $1",
        recorder.run_id,
        now,
    )
    assert (await recorder.begin_trace()).trace.trace_id == recorder.trace_id
    fresh = Recorder(plane, recorder.principal)
    fresh.run_id = new_id("run")
    assert (await refusal(fresh.begin_trace())).reason == "RUN_NOT_FOUND"
