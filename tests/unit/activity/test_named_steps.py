"""A name belongs to one step of a trace, by whichever way it came."""

from datetime import UTC, datetime

import pytest

from kernel.identifiers import ProjectId, RunId, TenantId, TraceId
from services.activity.domain.errors import StepConflict
from services.activity.domain.recording import (
    NamedStep,
    WriteStep,
    append,
    named_as,
    record,
)
from services.activity.domain.run import InspectionConstraints
from services.activity.domain.trace import KeptStep, TraceHead


def head(next_index: int = 0, *, sealed: bool = False) -> TraceHead:
    return TraceHead(
        trace_id=TraceId("trc_1"),
        tenant_id=TenantId("ten_1"),
        run_id=RunId("run_1"),
        project_id=ProjectId("prj_1"),
        next_index=next_index,
        sealed=sealed,
        inspection=InspectionConstraints(),
    )


def step(index: int, step_id: str = "", said: str = "") -> KeptStep:
    content = f"{index}/{step_id}/{said}".encode()
    return KeptStep(
        index=index,
        content=content,
        content_hash=content,
        started_at=datetime(2026, 1, 1, tzinfo=UTC),
        duration_ms=1,
        kind="llm_call",
        skill_name="chat",
        status="succeeded",
        model="",
        input_tokens=0,
        output_tokens=0,
        cost_micro_usd=0,
        step_id=step_id,
    )


def appended(name: str, said: str = "") -> WriteStep:
    return lambda index, _inspection: step(index, name, said)


def test_a_new_name_comes_next_and_is_hashed_with_its_index() -> None:
    placed = append(head(4), {}, "a", appended("a"), late_steps=0)
    assert (placed.index, placed.late, placed.fresh) == (4, False, step(4, "a"))


@pytest.mark.parametrize("late", [False, True])
def test_a_known_name_stands_where_it_stood_whatever_became_of_the_trace(late: bool) -> None:
    named = {"a": named_as(step(2, "a"), late=late)}
    for current in (head(9), head(9, sealed=True)):
        placed = append(current, named, "a", appended("a"), late_steps=5)
        assert (placed.index, placed.late, placed.fresh) == (2, late, None)
        with pytest.raises(StepConflict):
            append(current, named, "a", appended("a", "other"), late_steps=5)


def test_what_comes_after_the_seal_is_numbered_behind_what_came_before_it() -> None:
    sealed = head(3, sealed=True)
    placed = append(sealed, {}, "a", appended("a"), late_steps=2)
    assert (placed.index, placed.late) == (5, True)


@pytest.mark.parametrize("sealed", [False, True])
def test_a_reported_step_cannot_take_the_name_of_another(sealed: bool) -> None:
    named = {"a": NamedStep(index=0, content_hash=b"another", late=False)}
    with pytest.raises(StepConflict):
        record(head(1, sealed=sealed), {}, named, [step(1, "a")])
    with pytest.raises(StepConflict):
        record(head(0, sealed=sealed), {}, {}, [step(0, "a"), step(1, "a")])


def test_a_late_step_with_a_name_that_is_there_with_the_same_content_is_not_kept_again() -> None:
    named = {"a": named_as(step(0, "a"), late=False)}
    recorded = record(head(1, sealed=True), {}, named, [step(0, "a"), step(0), step(1, "b")])
    assert recorded.fresh == [step(0), step(1, "b")]
