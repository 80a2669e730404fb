"""What others say of runs is noted many at once, each note as if it came alone."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from aos.activity.v1 import run_pb2
from tests.integration.activity.completing import Completer, entries, written
from tests.support.identities import somebody
from tests.support.plane import Plane
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


async def test_notes_of_many_runs_are_taken_as_one_by_one(
    plane: Plane, completer: Completer
) -> None:
    pairs = [await completer.recorded(0) for _ in range(2)]
    runs = [run for run, _ in pairs]
    await runs[0].call("NoteIncident", incident_id="inc_0")
    results = await completer.call(
        "NoteRuns",
        *runs,
        incident_ids=["inc_0", "inc_1", "inc_2", "inc_1"],
        violation_policy_id="pol_1",
        evidence_health=run_pb2.EVIDENCE_HEALTH_COMPLETE,
    )
    assert [result.run for result in results] == [await run.read() for run in runs]
    assert {result.run.incident_count for result in results} == {3}
    assert {result.run.violation_policy_id for result in results} == {"pol_1"}
    assert [result.run.evidence_health for result in results] == [
        run_pb2.EVIDENCE_HEALTH_COMPLETE
    ] * 2
    assert not any(result.run.integrity_status for result in results)
    traces = [await recorder.trace() for _, recorder in pairs]
    assert {trace.incident_id for trace in traces} == {"inc_0"}
    # Each note is an entry of its own type, as it is when it comes alone.
    told = await entries(plane, runs[1].run_id, 8)
    assert [kind for kind in told if kind.endswith("NOTED")] == [
        "RUN_EVIDENCE_NOTED",
        *["RUN_INCIDENT_NOTED"] * 3,
        "RUN_VIOLATION_NOTED",
    ]
    (later,) = await completer.call(
        "NoteRuns", runs[0], integrity_status=run_pb2.INTEGRITY_STATUS_VERIFIED
    )
    assert later.run.evidence_health == run_pb2.EVIDENCE_HEALTH_COMPLETE
    assert later.run.integrity_status == run_pb2.INTEGRITY_STATUS_VERIFIED


async def test_a_note_that_says_nothing_new_changes_nothing(completer: Completer) -> None:
    run = await completer.at_work()
    fields = {"incident_ids": ["inc_1"], "risk_level": run_pb2.RISK_LEVEL_AT_RISK}
    first = await completer.call("NoteRuns", run, **fields)
    assert written(await completer.call("NoteRuns", run, **fields)) == written(first)
    assert written(await completer.call("NoteRuns", run)) == written(first)
