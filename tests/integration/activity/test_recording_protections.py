"""What protects recorded steps, each protection shown to be what does it."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio
from grpc import StatusCode

from servicekit.interceptors import validation
from services.activity.api import step_messages
from services.activity.store.unit_of_work import ActivityUnitOfWork
from services.activity.usecases.record_steps import RecordSteps
from tests.integration.activity.test_traces import PROMPT, Recorder, step
from tests.support.identities import somebody
from tests.support.plane import Plane
from tests.support.statuses import refusal
from tests.support.waiting import until

LARGEST = 2**63 - 1


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane) -> AsyncIterator[Plane]:
    await empty_plane.start_accounts_stand_in()
    await empty_plane.start("activity")
    await until(lambda: empty_plane.accepts_runs("activity"))
    yield empty_plane


@pytest_asyncio.fixture(loop_scope="session")
async def recorder(plane: Plane) -> Recorder:
    return await Recorder(plane, somebody()).begin()


async def kept(plane: Plane, recorder: Recorder) -> object:
    """How many steps of the trace a stranger to the service finds in the database."""
    query = "SELECT count(*) FROM activity.aos_trace_steps WHERE trace_id = $1"
    return await plane.database.value(query, recorder.trace_id)


@pytest.mark.gap("GAP-050")
async def test_a_step_is_on_disk_before_it_is_acknowledged(
    plane: Plane, recorder: Recorder
) -> None:
    for index in range(5):
        await recorder.record(step(index))
        assert await kept(plane, recorder) == index + 1
    connection = await asyncpg.connect(plane.database.url_of("activity").replace("+asyncpg", ""))
    try:
        # A commit is then answered when it is flushed, and not some time before.
        assert await connection.fetchval("SHOW synchronous_commit") == "on"
        assert await connection.fetchval("SHOW fsync") == "on"
    finally:
        await connection.close()


@pytest.mark.gap("GAP-050")
async def test_mutant_an_acknowledgement_before_the_commit_stands_for_nothing(
    plane: Plane, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def only_say_so(_self: ActivityUnitOfWork) -> None:
        return

    monkeypatch.setattr(ActivityUnitOfWork, "commit", only_say_so)
    assert (await recorder.record(step(0))).next_index == 1
    assert await kept(plane, recorder) == 0


@pytest.mark.gap("GAP-033")
async def test_mutant_without_the_constraints_the_text_of_a_step_would_be_kept(
    plane: Plane, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(step_messages, "_allowed", lambda text, *_: text)
    await recorder.record(step(0, params_json=PROMPT))
    query = "SELECT content FROM activity.aos_trace_steps WHERE trace_id = $1"
    content = await plane.database.value(query, recorder.trace_id)
    assert b"ada@example.com" in bytes(content)  # type: ignore[call-overload]


@pytest.mark.invariant("I-28")
async def test_mutant_without_the_trigger_a_recorded_step_could_be_changed(
    plane: Plane, recorder: Recorder
) -> None:
    await recorder.record(step(0))
    connection = await asyncpg.connect(plane.database.admin_url)
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute(
            "ALTER TABLE activity.aos_trace_steps DISABLE TRIGGER write_once_rows"
        )
        changed = await connection.execute(
            "UPDATE activity.aos_trace_steps SET skill_name = 'x' WHERE trace_id = $1",
            recorder.trace_id,
        )
        assert changed == "UPDATE 1"
    finally:
        await transaction.rollback()
        await connection.close()


async def record_with_a_forgotten_tenant(
    plane: Plane, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Let the code look for traces among those of their owner, whoever asks."""
    owner = recorder.principal.tenant_id
    monkeypatch.setattr(RecordSteps, "key", property(lambda self: (owner, self.trace_id)))
    stranger = await Recorder(plane, somebody()).begin()
    await stranger.record(step(0), trace_id=recorder.trace_id)


@pytest.mark.invariant("I-31")
async def test_row_security_stops_a_code_that_forgets_the_tenant(
    plane: Plane, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = await refusal(record_with_a_forgotten_tenant(plane, recorder, monkeypatch))
    assert told.reason == "TRACE_NOT_FOUND"
    assert (await recorder.trace()).step_count == 0


@pytest.mark.invariant("I-31")
async def test_mutant_without_row_security_a_foreign_trace_would_be_recorded(
    plane: Plane, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    switch = "ALTER TABLE activity.trace_heads {} ROW LEVEL SECURITY"
    await plane.database.fetch(switch.format("DISABLE"))
    try:
        await record_with_a_forgotten_tenant(plane, recorder, monkeypatch)
        assert (await recorder.trace()).step_count == 1
    finally:
        await plane.database.fetch(switch.format("ENABLE"))


@pytest.mark.invariant("I-33")
@pytest.mark.parametrize("name", ["input_tokens", "output_tokens", "cost_micro_usd", "duration_ms"])
async def test_a_number_that_could_not_be_added_up_is_a_violation_of_its_field(
    recorder: Recorder, name: str
) -> None:
    giant = step(0)
    setattr(giant, name, LARGEST)
    told = await refusal(recorder.record(giant))
    assert (told.code, told.reason) == (StatusCode.INVALID_ARGUMENT, "INVALID_FIELD")
    assert set(told.fields) == {f"steps[0].{name}"}


@pytest.mark.invariant("I-33")
async def test_mutant_without_the_check_it_would_be_an_error_of_ours(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(validation, "_declared", lambda _: [])
    giants = [step(0), step(1)]
    for giant in giants:
        giant.input_tokens = LARGEST
    assert (await refusal(recorder.record(*giants))).code is StatusCode.INTERNAL
