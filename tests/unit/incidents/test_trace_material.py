"""Which outputs of a trace are examined, beside what, and how often it is tried."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kernel.identifiers import TenantId, TraceId, new_id
from services.incidents.domain.trace_examination import (
    MOST_TRIES,
    ExaminationState,
    TraceExamination,
    name_of_output,
)
from services.incidents.domain.trace_material import (
    MOST_CHARACTERS,
    MOST_DOCUMENTS,
    MOST_EARLIER,
    MOST_EARLIER_CHARACTERS,
    Gathered,
    RecordedStep,
    StepKind,
    TraceReader,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LLM, RETRIEVAL, TOOL = StepKind.LLM_CALL, StepKind.RETRIEVAL, StepKind.TOOL_CALL


def steps(*told: tuple[StepKind, Any], **all_of_them: Any) -> list[RecordedStep]:
    return [
        RecordedStep(
            **{
                "index": index,
                "kind": kind,
                "succeeded": True,
                "started_at": NOW + timedelta(seconds=index),
                "observed": False,
                "outcome": "" if outcome is None else json.dumps(outcome),
                **all_of_them,
            }
        )
        for index, (kind, outcome) in enumerate(told)
    ]


def gathered(read: Sequence[RecordedStep], **how: Any) -> Gathered:
    reader = TraceReader(**{name: how.pop(name) for name in list(how) if name == "most_held"})
    for step in read:
        reader.take(step)
    return reader.gathered(**how)


def texts(found: Gathered, place: int = -1) -> list[str]:
    return [one.text for one in found.materials[place].documents]


def test_an_output_is_beside_what_came_before_it_and_nothing_else() -> None:
    found = gathered(
        steps((RETRIEVAL, "one"), (LLM, "first"), (RETRIEVAL, "two"), (LLM, "second"), (TOOL, "x"))
    )
    first, second = found.materials
    assert (first.output.step_index, first.output.text) == (1, "first")
    assert (texts(found, 0), first.earlier) == (["one"], ())
    assert (texts(found, 1), second.earlier) == (["one", "two"], (first.output,))
    assert (found.outputs_left_out, found.documents_left_out) == (0, 0)


def test_what_tools_said_supports_but_is_no_reason_to_look_for_support() -> None:
    assert texts(gathered(steps((TOOL, "two"), (LLM, "said")))) == []
    assert texts(gathered(steps((RETRIEVAL, []), (TOOL, "two"), (LLM, "said")))) == []
    beside = steps((RETRIEVAL, "one"), (TOOL, "two"), (LLM, "said"))
    assert texts(gathered(beside)) == ["one", "two"]


@pytest.mark.parametrize("unknown", [None, {"count": 5}, {"aos.omitted_bytes": 70_000}])
def test_where_not_all_that_was_retrieved_is_known_nothing_is_said_to_be_missing(
    unknown: Any,
) -> None:
    found = gathered(steps((RETRIEVAL, "one"), (LLM, "a"), (RETRIEVAL, unknown), (LLM, "b")))
    assert (texts(found, 0), texts(found, 1)) == (["one"], [])
    # What a tool said was never more than support.
    assert texts(gathered(steps((RETRIEVAL, "one"), (TOOL, unknown), (LLM, "b")))) == ["one"]


def test_what_failed_said_nothing_and_brought_nothing() -> None:
    ran = steps((RETRIEVAL, "one"), (LLM, "said"))
    failed = [replace(ran[0], succeeded=False), ran[1]]
    assert texts(gathered(failed)) == []
    assert gathered([ran[0], replace(ran[1], succeeded=False)]).materials == ()


def test_spans_are_put_into_the_order_in_which_they_happened() -> None:
    answer, search = steps((LLM, "said"), (RETRIEVAL, "one"), observed=True)
    later, sooner = (
        replace(answer, started_at=NOW),
        replace(search, started_at=NOW - timedelta(seconds=1)),
    )
    assert texts(gathered([later, sooner])) == ["one"]
    # Whoever records for himself numbers his steps: then that is their order.
    assert texts(gathered([replace(one, observed=False) for one in (later, sooner)])) == []


def test_the_last_outputs_are_examined_and_the_others_counted() -> None:
    found = gathered(steps(*[(LLM, f"said {at}") for at in range(60)]), most_outputs=5)
    assert [one.output.step_index for one in found.materials] == [55, 56, 57, 58, 59]
    assert found.outputs_left_out == 55
    assert len(found.materials[-1].earlier) == MOST_EARLIER


def test_what_was_said_long_before_is_not_held_against_an_output() -> None:
    long = "x" * (MOST_EARLIER_CHARACTERS // 2)
    found = gathered(steps((LLM, "a"), (LLM, long), (LLM, long), (LLM, "b")))
    assert [one.step_index for one in found.materials[-1].earlier] == [1, 2]


def test_many_passages_of_one_step_become_one_document_with_all_their_words() -> None:
    passages = [f"Passage {at}." for at in range(MOST_DOCUMENTS + 5)]
    found = gathered(steps((RETRIEVAL, passages), (LLM, "said")))
    (document,) = found.materials[0].documents
    assert all(passage in document.text for passage in passages)
    assert found.documents_left_out == 0


def test_more_than_the_detector_can_read_is_left_out_and_nothing_is_said_to_be_missing() -> None:
    half = "x" * (MOST_CHARACTERS // 2)
    told = [(RETRIEVAL, half), (RETRIEVAL, half), (LLM, "a"), (RETRIEVAL, half), (LLM, "b")]
    found = gathered(steps(*told))
    assert (len(texts(found, 0)), len(texts(found, 1))) == (2, 0)
    assert found.documents_left_out == 1


def test_of_a_trace_without_end_the_last_part_is_held() -> None:
    told = [(RETRIEVAL, "one"), *[(LLM, f"said {at:03}") for at in range(100)]]
    found = gathered(steps(*told), most_held=1000)
    assert texts(found) == []
    assert (len(found.materials), found.documents_left_out) == (20, 1)
    assert found.outputs_left_out + len(found.materials) == 100


WAITING = TraceExamination(
    tenant_id=TenantId(new_id("ten")),
    trace_id=TraceId(new_id("trc")),
    run_id=new_id("run"),
    synthetic_scenario_id="",
    due_at=NOW,
    created_at=NOW,
)


def test_an_outage_costs_no_try_and_waits_grow_until_they_are_long_enough() -> None:
    claimed, waits = WAITING, []
    for attempt in range(1, 21):
        claimed = replace(claimed, attempts=attempt, tries=claimed.tries + 1)
        claimed = claimed.postponed("It is away.", at=NOW)
        waits.append((claimed.due_at - NOW).total_seconds())
    assert (claimed.state, claimed.tries) == (ExaminationState.WAITING, 0)
    assert waits[:6] == [2, 4, 8, 16, 32, 60]
    assert waits[-1] == 60


def test_what_fails_again_and_again_is_given_up_with_the_reason() -> None:
    claimed = WAITING
    for attempt in range(1, MOST_TRIES + 1):
        assert (claimed.state, claimed.ended_at) == (ExaminationState.WAITING, None)
        claimed = replace(claimed, attempts=attempt, tries=claimed.tries + 1)
        claimed = claimed.failed("It is too slow.", at=NOW)
    assert (claimed.state, claimed.ended_at) == (ExaminationState.GIVEN_UP, NOW)
    assert claimed.last_error == "It is too slow."


def test_what_brings_down_whoever_takes_it_on_is_not_taken_on_for_ever() -> None:
    assert not replace(WAITING, attempts=MOST_TRIES, tries=MOST_TRIES).is_lost
    assert replace(WAITING, attempts=MOST_TRIES + 1, tries=MOST_TRIES + 1).is_lost


def test_an_output_has_one_name_for_ever_and_every_other_one_another() -> None:
    trace, other = TraceId("trc_1"), TraceId("trc_2")
    assert name_of_output(trace, 1) == name_of_output(trace, 1)
    names = {name_of_output(one, at) for one in (trace, other) for at in range(3)}
    assert len(names) == 6
