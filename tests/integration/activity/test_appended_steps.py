"""Steps that are appended are numbered as they come, each name once, whatever the trace."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy import event

from aos.activity.v1 import trace_pb2, trace_service_pb2, trace_service_pb2_grpc
from kernel.identifiers import new_id
from kernel.merkle import CompactRange, leaf_hash
from kernel.principal import Principal
from services.activity.domain import recording
from tests.integration.activity.test_traces import TIMEOUT, Recorder, step
from tests.support.identities import somebody
from tests.support.plane import Plane
from tests.support.statuses import refusal
from tests.support.waiting import until

Appended = trace_service_pb2.AppendedStep
Receipt = trace_service_pb2.StepReceipt


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane) -> AsyncIterator[Plane]:
    await empty_plane.start_accounts_stand_in()
    await empty_plane.start("activity")
    await until(lambda: empty_plane.accepts_runs("activity"))
    yield empty_plane


@pytest_asyncio.fixture(loop_scope="session")
async def recorder(plane: Plane) -> Recorder:
    return await Recorder(plane, somebody()).begin()


def named(step_id: str, **fields: Any) -> trace_pb2.Step:
    # What a caller says of the index is of no account.
    return step(random.randrange(1000), step_id=step_id, **fields)


class Appender:
    """The orchestrator, which appends for many runs of a tenant at once."""

    def __init__(self, plane: Plane, principal: Principal) -> None:
        channel = plane.services["activity"].channel
        self._stub = trace_service_pb2_grpc.TraceRecordingServiceStub(channel)
        self._metadata = plane.identities.service_metadata(
            "orchestrator", audience="activity", tenant=principal.tenant_id
        )

    async def append(self, *steps: tuple[Recorder, trace_pb2.Step]) -> Sequence[Receipt]:
        request = trace_service_pb2.AppendStepsRequest(
            steps=[Appended(trace_id=recorder.trace_id, step=each) for recorder, each in steps]
        )
        answer = await self._stub.AppendSteps(request, timeout=TIMEOUT, metadata=self._metadata)
        return list(answer.receipts)


@pytest.fixture
def appender(plane: Plane, recorder: Recorder) -> Appender:
    return Appender(plane, recorder.principal)


def places(receipts: Sequence[Receipt]) -> list[tuple[int, bool]]:
    assert all(receipt.HasField("place") for receipt in receipts), receipts
    return [(receipt.place.index, receipt.place.late) for receipt in receipts]


async def test_steps_are_numbered_in_the_order_in_which_they_come(
    recorder: Recorder, appender: Appender
) -> None:
    receipts = await appender.append(*((recorder, named(name)) for name in "cab"))
    assert places(receipts) == [(0, False), (1, False), (2, False)]
    found = await recorder.steps()
    assert [(item.step.index, item.step.step_id) for item in found] == [
        (0, "c"),
        (1, "a"),
        (2, "b"),
    ]
    for item in found:
        assert leaf_hash(item.step.SerializeToString(deterministic=True)) == item.content_hash
    run = await recorder.run()
    assert (run.step_count, run.input_tokens, run.cost_micro_usd) == (3, 30, 21)


def same_steps() -> list[trace_pb2.Step]:
    return [named(f"step-{number}") for number in range(12)]


@pytest.mark.invariant("I-05")
async def test_a_step_sent_twice_is_one_step_with_one_index(
    recorder: Recorder, appender: Appender
) -> None:
    steps = same_steps()
    orders = [steps, steps[::-1], steps[3:] + steps[:3], steps[::2] + steps[1::2]]
    answers = await asyncio.gather(
        *(appender.append(*((recorder, each) for each in order)) for order in orders)
    )
    told = [
        {each.step_id: place for each, place in zip(order, places(answer), strict=True)}
        for order, answer in zip(orders, answers, strict=True)
    ]
    assert all(each == told[0] for each in told)
    twice = await appender.append((recorder, steps[0]), (recorder, steps[0]))
    assert places(twice) == [told[0]["step-0"]] * 2
    assert [item.step.index for item in await recorder.steps()] == list(range(12))
    assert (await recorder.run()).input_tokens == 120


@pytest.mark.invariant("I-05")
async def test_mutant_without_the_names_a_repeated_step_would_be_two(
    plane: Plane, recorder: Recorder, appender: Appender, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = recording.append

    def forgetful(head: Any, _named: Any, *rest: Any, **more: Any) -> Any:
        return real(head, {}, *rest, **more)

    await appender.append((recorder, named("a")))
    monkeypatch.setattr("services.activity.usecases.record_steps.append", forgetful)
    # The database still refuses what the code let through.
    told = await refusal(appender.append((recorder, named("a"))))
    assert told.reason == "INTERNAL"
    assert (await recorder.run()).step_count == 1


async def test_a_name_that_is_taken_by_other_content_is_refused_alone(
    recorder: Recorder, appender: Appender
) -> None:
    first = named("a")
    await appender.append((recorder, first))
    other = named("a", model="another")
    receipts = await appender.append(
        (recorder, named("b")), (recorder, other), (recorder, named("c")), (recorder, first)
    )
    assert receipts[1].refusal.reason == "STEP_CONFLICT"
    assert not receipts[1].refusal.retryable
    assert places([receipts[0], receipts[2], receipts[3]]) == [(1, False), (2, False), (0, False)]


async def test_a_step_without_a_name_or_with_an_unknown_trace_is_refused_alone(
    plane: Plane, recorder: Recorder, appender: Appender
) -> None:
    unknown = Recorder(plane, recorder.principal)
    unknown.trace_id = new_id("trc")
    stranger = await Recorder(plane, somebody()).begin()
    receipts = await appender.append(
        (recorder, step(0)),
        (unknown, named("a")),
        (stranger, named("a")),
        (recorder, named("a")),
    )
    assert (receipts[0].refusal.reason, receipts[0].refusal.field) == (
        "INVALID_FIELD",
        "step.step_id",
    )
    assert [receipt.refusal.reason for receipt in receipts[1:3]] == ["TRACE_NOT_FOUND"] * 2
    assert places(receipts[3:]) == [(0, False)]
    assert await stranger.steps() == []


@pytest.mark.invariant("I-05")
async def test_appended_and_recorded_steps_of_one_trace_keep_the_numbers_whole(
    recorder: Recorder, appender: Appender
) -> None:
    await recorder.record(step(0, step_id="first"), step(1))
    receipts = await appender.append((recorder, step(7, step_id="third")), (recorder, named("x")))
    assert places(receipts) == [(2, False), (3, False)]
    # A name belongs to one step, whoever gave it and by which call.
    told = await refusal(recorder.record(step(4, step_id="third")))
    assert (told.reason, told.metadata) == ("STEP_CONFLICT", {"step_id": "third"})
    assert places(await appender.append((recorder, step(0, step_id="first")))) == [(0, False)]
    # A number that was given out here is taken for those who number themselves.
    assert (await refusal(recorder.record(step(3)))).reason == "STEP_CONFLICT"
    both = [recorder.record(step(4, step_id="y")), appender.append((recorder, named("z")))]
    outcomes = await asyncio.gather(*both, return_exceptions=True)
    assert not isinstance(outcomes[1], BaseException)
    assert [item.step.index for item in await recorder.steps()] == list(
        range((await recorder.run()).step_count)
    )


async def test_a_name_that_comes_twice_in_one_recorded_call_refuses_the_call_whole(
    recorder: Recorder,
) -> None:
    told = await refusal(recorder.record(step(0, step_id="a"), step(1, step_id="a")))
    assert told.reason == "STEP_CONFLICT"
    assert await recorder.steps() == []


@pytest.mark.invariant("I-05")
async def test_after_the_seal_a_step_is_late_evidence_and_once_however_often_it_comes(
    recorder: Recorder, appender: Appender
) -> None:
    early, one, two = named("early"), named("one"), named("two")
    await appender.append((recorder, early))
    sealed = (await recorder.seal()).trace
    first = await appender.append((recorder, one), (recorder, two), (recorder, early))
    assert places(first) == [(1, True), (2, True), (0, False)]
    again = await asyncio.gather(
        *(appender.append((recorder, two), (recorder, early), (recorder, one)) for _ in range(4))
    )
    assert all(places(answer) == [(2, True), (0, False), (1, True)] for answer in again)
    other = await appender.append((recorder, named("one", model="another")))
    assert other[0].refusal.reason == "STEP_CONFLICT"
    assert places(await appender.append((recorder, named("three")))) == [(3, True)]
    late = [(item.step.step_id, item.late) for item in await recorder.steps()]
    assert late == [("early", False), ("one", True), ("two", True), ("three", True)]
    after = await recorder.trace()
    assert (after.root_hash, after.step_count) == (sealed.root_hash, 1)


async def test_a_late_recorded_step_with_a_name_is_one_row_and_cannot_be_another(
    recorder: Recorder,
) -> None:
    await recorder.record(step(0, step_id="early"))
    await recorder.seal()
    for _ in range(2):
        assert (await recorder.record(step(1, step_id="a"), step(0, step_id="early"))).late
    told = await refusal(recorder.record(step(1, step_id="a", model="another")))
    assert told.reason == "STEP_CONFLICT"
    assert [(item.step.step_id, item.late) for item in await recorder.steps()] == [
        ("early", False),
        ("a", True),
    ]


async def test_a_sealed_trace_stands_for_the_numbers_that_were_given_out(
    recorder: Recorder, appender: Appender
) -> None:
    await appender.append(*((recorder, named(str(number))) for number in range(9)))
    sealed = (await recorder.seal()).trace
    tree = CompactRange()
    for item in await recorder.steps():
        tree.append(item.content_hash)
    assert (sealed.root_hash, sealed.step_count) == (tree.root(), 9)


async def test_however_many_traces_a_call_is_about_it_takes_the_same_number_of_statements(
    plane: Plane, recorder: Recorder, appender: Appender
) -> None:
    recorders = [await Recorder(plane, recorder.principal).begin() for _ in range(20)]
    for each in recorders[:10]:
        await each.record(step(0))
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "trace_heads" in statement or "_steps" in statement:
            seen.append(statement)

    engine = plane.services["activity"].foundation.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        counts = []
        for several in (recorders[:1], recorders):
            seen.clear()
            await appender.append(*((each, named(new_id("stp"))) for each in several))
            counts.append(len(seen))
        seen.clear()
        await asyncio.gather(*(each.record(step(0), step(3)) for each in recorders[:1]))
        recorded = len(seen)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    # The heads, the names, the steps, the heads again.
    assert counts == [4, 4]
    # Whoever gives no names is not asked for any: heads, repetitions, steps, heads.
    assert recorded == 4


@pytest.mark.invariant("I-28")
async def test_the_database_holds_each_name_once_in_a_trace(
    plane: Plane, recorder: Recorder, appender: Appender
) -> None:
    await appender.append((recorder, named("a")))
    connection = await asyncpg.connect(plane.database.admin_url)
    try:
        with pytest.raises(asyncpg.UniqueViolationError):
            await connection.execute(
                "INSERT INTO activity.aos_trace_steps SELECT (jsonb_populate_record(s, "
                "'{\"step_index\": 99}')).* FROM activity.aos_trace_steps s WHERE trace_id = $1",
                recorder.trace_id,
            )
    finally:
        await connection.close()
