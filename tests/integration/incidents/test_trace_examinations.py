"""What runs said is examined by itself once their traces are sealed, each output once."""

import asyncio
import uuid
from typing import Any

import pytest

from aos.activity.v1 import run_pb2
from aos.incidents.v1 import finding_pb2, incident_pb2
from kernel.errors import DeadlineTooShort, Unavailable
from services.incidents.clients.activity_calls import ActivityCalls
from services.incidents.clients.trace_directory import ActivityTraces
from services.incidents.domain import kept_finding, trace_material
from services.incidents.domain.trace_examination import MOST_TRIES, TraceExamination
from services.incidents.domain.trace_material import MOST_OUTPUTS
from services.incidents.usecases import examine_trace
from services.incidents.usecases.examine_output import Examine, Examined, ExamineOutput
from services.incidents.workers.trace_examiner import TraceExaminer
from tests.integration.incidents.spoken_runs import (
    INVENTED,
    LLM,
    OTHER,
    REPORT,
    RETRIEVAL,
    TOOL,
    SpokenRuns,
)
from tests.support.mishaps import Scene
from tests.support.plane import Plane
from tests.support.waiting import until

FIGURE = finding_pb2.FINDING_TYPE_UNSUPPORTED_FIGURE
TOLD = ((RETRIEVAL, REPORT), (LLM, INVENTED))


@pytest.fixture
def runs(scene: Scene) -> SpokenRuns:
    """A tenant whose runs say things."""
    return SpokenRuns(scene)


@pytest.mark.gap("GAP-023")
async def test_an_invented_figure_is_found_after_the_seal_and_holds_nobody(
    scene: Scene, runs: SpokenRuns
) -> None:
    run = await runs.run(*TOLD, policies=("pol_costs", "pol_h"))
    incident = await runs.incident(run.id)
    assert incident.category == incident_pb2.CATEGORY_HALLUCINATION
    assert (incident.blocking, incident.policy_id) == (False, "")
    assert incident.inflection.step_index == 1
    (finding,) = await runs.findings(run.id)
    assert (finding.type, finding.step_index, finding.blocking) == (FIGURE, 1, False)
    assert finding.passage.startswith("91")
    assert "91" in finding.reason
    row = await runs.examination(run.id)
    assert (row["state"], row["outputs"], row["outputs_left_out"]) == ("EXAMINED", 1, 0)
    assert await runs.recorded_by(run.id) == ["service:incidents"]


@pytest.mark.gap("GAP-023")
async def test_what_is_supported_by_what_was_shown_is_no_finding(runs: SpokenRuns) -> None:
    beside = (TOOL, {"result": {"currency": "dollars", "revenue": "91 million"}})
    run = await runs.run((RETRIEVAL, REPORT), beside, (LLM, INVENTED))
    assert (await runs.examination(run.id))["state"] == "EXAMINED"
    assert await runs.findings(run.id) == []


@pytest.mark.invariant("I-16")
@pytest.mark.parametrize(("floor", "holds"), [(0.05, True), (1.0, False)])
async def test_only_an_opt_in_of_one_of_its_policies_lets_a_finding_speak_for_holding(
    scene: Scene, runs: SpokenRuns, floor: float, holds: bool
) -> None:
    owner = scene.person("owner")
    etag = (await owner.call("GetDetectorSettings")).etag
    chosen = finding_pb2.DetectorOptIn(policy_id="pol_h", confidence_floor=floor)
    await owner.call("UpdateDetectorSettings", confidence_floor=0.5, opt_ins=[chosen], etag=etag)
    run = await runs.run(*TOLD, policies=("pol_costs", "pol_h"))
    other = await runs.run(*TOLD, policies=("pol_costs",))
    incident = await runs.incident(run.id)
    assert (incident.blocking, incident.policy_id) == (holds, "pol_h")
    (finding,) = await runs.findings(run.id)
    assert finding.blocking is holds
    assert not (await runs.incident(other.id)).blocking


@pytest.mark.gap("GAP-023")
async def test_where_nothing_may_be_kept_nothing_is_found_and_nothing_is_kept(
    plane: Plane, runs: SpokenRuns
) -> None:
    run = await runs.run(*TOLD, inspection=run_pb2.InspectionConstraints())
    assert (await runs.examination(run.id))["state"] == "NOTHING_KEPT"
    assert await runs.findings(run.id) == []
    assert await runs.violations(run.id) == []
    silent = await runs.run((RETRIEVAL, REPORT), (TOOL, {"ok": True}))
    assert (await runs.examination(silent.id))["state"] == "NOTHING_KEPT"


async def test_a_synthetic_run_leaves_synthetic_traces(runs: SpokenRuns) -> None:
    run = await runs.run(*TOLD, synthetic_scenario_id="scenario-1")
    assert (await runs.incident(run.id)).synthetic_scenario_id == "scenario-1"
    (finding,) = await runs.findings(run.id)
    assert finding.synthetic_scenario_id == "scenario-1"
    assert (await runs.examination(run.id))["synthetic_scenario_id"] == "scenario-1"


async def test_of_a_long_trace_with_large_texts_the_last_outputs_are_examined(
    runs: SpokenRuns,
) -> None:
    """More than one message can carry: the steps come in pages that fit."""
    large = [(OTHER, "x" * 60_000)] * 80
    earlier = [(LLM, "That was a part of it.")] * MOST_OUTPUTS
    run = await runs.run((RETRIEVAL, REPORT), *large, *earlier, (LLM, INVENTED))
    row = await runs.examination(run.id)
    assert (row["state"], row["outputs"], row["outputs_left_out"]) == ("EXAMINED", MOST_OUTPUTS, 1)
    (finding,) = await runs.findings(run.id)
    assert finding.step_index == 1 + len(large) + len(earlier)


async def test_an_output_that_its_saga_let_examined_is_not_examined_once_more(
    scene: Scene, runs: SpokenRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as away:
        away.setattr(ActivityTraces, "__call__", _away)
        run = await runs.run(*TOLD)
        await scene.reporter.call(
            "ExamineOutput",
            run_id=run.id,
            step_index=1,
            output="Revenue rose to 91 million dollars in 2024.",
            passages=[finding_pb2.RetrievedPassage(id="doc-1", text=REPORT[0]["text"])],
        )
    assert (await runs.examination(run.id))["state"] == "EXAMINED"
    assert await runs.recorded_by(run.id) == ["service:orchestrator"]
    assert len(await runs.findings(run.id)) == 1


async def _away(*_what: object, **_how: object) -> Any:
    raise Unavailable("It is away.")


@pytest.mark.gap("GAP-023")
async def test_while_activity_is_away_a_trace_waits_and_then_is_examined(
    runs: SpokenRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as away:
        away.setattr(ActivityCalls, "run", _away)
        run = await runs.run(*TOLD)

        async def waits() -> bool:
            row = await runs.examination(run.id, "WAITING")
            counted = (row["last_error"], row["attempts"] > 1, row["tries"])
            return counted == ("It is away.", True, 0)

        await until(waits)
        assert await runs.violations(run.id) == []
    assert (await runs.examination(run.id))["state"] == "EXAMINED"
    assert (await runs.incident(run.id)).violation_count == 1


@pytest.mark.gap("GAP-023")
async def test_an_event_that_is_delivered_again_makes_nothing_twice(
    plane: Plane, runs: SpokenRuns
) -> None:
    run = await runs.run(*TOLD)
    row = await runs.examination(run.id)
    await runs.incident(run.id)
    event = "source.event_type = 'trace_sealed' AND source.aggregate_id = $1"
    # As it is after the inbox has forgotten it.
    await plane.database.fetch(
        "DELETE FROM incidents.inbox WHERE event_id IN "
        f"(SELECT event_id FROM activity.outbox source WHERE {event})",
        row["trace_id"],
    )
    await plane.database.fetch("DELETE FROM incidents.trace_examinations WHERE run_id = $1", run.id)
    await _publish_again(plane, row["trace_id"])
    assert (await runs.examination(run.id))["attempts"] == 1
    assert len(await runs.violations(run.id)) == 1
    assert (await runs.incident(run.id)).violation_count == 1
    assert len(await runs.findings(run.id)) == 1


async def _publish_again(plane: Plane, trace_id: str) -> None:
    query = "SELECT tenant_id FROM activity.outbox WHERE aggregate_id = $1 LIMIT 1"
    (row,) = await plane.database.fetch(query, trace_id)
    subject = f"aos.v1.{row['tenant_id']}.activity.trace_sealed"
    async with plane.whole_bus() as jetstream:
        message = await jetstream.get_last_msg("AOS_EVENTS", subject)
        given = message.headers or {}
        # Without the name by which the stream would know it again.
        headers = {name: value for name, value in given.items() if name.startswith("ce-")}
        await jetstream.publish(subject, message.data or b"", headers=headers)


@pytest.mark.gap("GAP-023")
async def test_two_replicas_take_every_trace_once(plane: Plane, runs: SpokenRuns) -> None:
    first = plane.services["incidents"]
    try:
        await plane.start("incidents", AOS_WATCH_SECONDS="3600")
        sealed = await asyncio.gather(*(runs.run(*TOLD) for _ in range(12)))
        for run in sealed:
            row = await runs.examination(run.id)
            assert (row["state"], row["attempts"]) == ("EXAMINED", 1)
            incident = await runs.incident(run.id)
            assert incident.violation_count == 1
            assert len(await runs.findings(run.id)) == 1
    finally:
        await plane.services["incidents"].host.stop()
        plane.services["incidents"] = first


async def test_a_trace_that_is_too_slow_is_given_up_after_some_tries_and_a_record_says_so(
    plane: Plane, runs: SpokenRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow: list[int] = []
    look = ExamineOutput.__call__

    async def too_slow(self: ExamineOutput, command: Examine) -> Examined:
        if command.output.text.startswith("Nothing"):
            slow.append(command.output.step_index)
            raise DeadlineTooShort("It could not be looked through in time.")
        return await look(self, command)

    monkeypatch.setattr(ExamineOutput, "__call__", too_slow)
    run = await runs.run((RETRIEVAL, REPORT), (LLM, "Nothing to say."), (LLM, INVENTED))

    async def given_up() -> Any:
        await plane.database.fetch(
            "UPDATE incidents.trace_examinations SET due_at = now() "
            # A lease is longer than any wait; that of whoever is at it stays.
            "WHERE run_id = $1 AND state = 'WAITING' AND due_at < now() + interval '61 s'",
            run.id,
        )
        return await plane.database.fetch(
            "SELECT * FROM incidents.trace_examinations WHERE run_id = $1 AND state = 'GIVEN_UP'",
            run.id,
        )

    (row,) = await until(given_up)
    assert (row["tries"], row["last_error"][:2]) == (MOST_TRIES, "1 ")
    assert slow == [1] * MOST_TRIES
    # One output that is too slow keeps nobody from the others.
    assert [one.step_index for one in await runs.findings(run.id)] == [2]
    assert (await runs.incident(run.id)).violation_count == 1

    def told() -> list[Any]:
        records = plane.logs.records.values()
        return [one for one in records if one.event_type == "EXAMINATION_GIVEN_UP"]

    (record,) = await until(told)
    assert run.id in record.summary
    assert record.tenant_id == runs.scene.tenant


def _examiner(plane: Plane) -> TraceExaminer:
    parts: Any = plane.services["incidents"].host._parts
    examiner: TraceExaminer = parts.on_stop.__self__.examiner
    return examiner


class Twice:
    """Two replicas that examine one trace although one of them has lost it."""

    def __init__(self, plane: Plane) -> None:
        self._examiner = _examiner(plane)

    async def __call__(self, runs: SpokenRuns) -> Any:
        self._examiner._stopping = True
        try:
            run = await runs.run(*TOLD)
            await runs.examination(run.id, "WAITING")
            (claimed,) = await until(lambda: self._claimed(run.id))
            work = self._examiner._work
            await asyncio.gather(work(claimed), work(claimed))
        finally:
            self._examiner._stopping = False
        return run

    async def _claimed(self, run_id: str) -> list[TraceExamination]:
        found = await self._examiner._claim_items(100, ())
        return [one for one in found if one.run_id == run_id]


async def test_two_that_examine_one_trace_at_once_find_one_violation(
    plane: Plane, runs: SpokenRuns
) -> None:
    run = await Twice(plane)(runs)
    assert len(await runs.violations(run.id)) == 1
    assert len(await runs.findings(run.id)) == 1


async def test_mutant_outputs_without_names_of_their_own_are_found_twice(
    plane: Plane, runs: SpokenRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examine_trace, "name_of_output", lambda *_what: str(uuid.uuid4()))
    run = await Twice(plane)(runs)
    assert len(await runs.violations(run.id)) == 2


async def test_whoever_has_lost_a_trace_writes_nothing_down(plane: Plane, runs: SpokenRuns) -> None:
    run = await runs.run(*TOLD, inspection=run_pb2.InspectionConstraints())
    row = dict(await runs.examination(run.id))
    lost = TraceExamination(
        **{name: row[name] for name in TraceExamination.__slots__ if name != "state"}
    )
    await plane.database.fetch(
        "UPDATE incidents.trace_examinations SET state = 'WAITING', ended_at = NULL, "
        "due_at = now() + interval '1 hour', attempts = 7 WHERE run_id = $1",
        run.id,
    )
    await _examiner(plane)._work(lost)
    after = await runs.examination(run.id, "WAITING")
    assert after["attempts"] == 7


@pytest.mark.invariant("I-16")
async def test_mutant_a_finding_without_an_opt_in_that_blocks_is_noticed(
    runs: SpokenRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_finding, "may_block", lambda *_what, **_how: True)
    assert (await runs.incident((await runs.run(*TOLD)).id)).blocking


def _retrievals_first(steps: Any) -> list[Any]:
    return sorted(steps, key=lambda step: step.kind is not trace_material.StepKind.RETRIEVAL)


async def test_mutant_documents_that_came_later_would_hide_what_was_invented(
    runs: SpokenRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = [{"id": "doc-2", "text": "Revenue rose to 91 million dollars in 2024."}]
    told = (*TOLD, (RETRIEVAL, later))
    run = await runs.run(*told)
    assert len(await runs.findings((await runs.incident(run.id)).run_id)) == 1
    with monkeypatch.context() as broken:
        broken.setattr(trace_material, "_in_order", _retrievals_first)
        run = await runs.run(*told)
        assert (await runs.examination(run.id))["state"] == "EXAMINED"
    assert await runs.findings(run.id) == []
