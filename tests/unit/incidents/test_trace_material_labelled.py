"""As right about traces as about outputs that somebody hands over, in whatever way they were recorded."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bench.hallucination_cases import DEVELOPED, HELD_OUT, Case, cases_of, scores_of
from services.activity.domain.otel_dialects import understand
from services.incidents.domain.hallucination.material import Document
from services.incidents.domain.trace_material import RecordedStep, StepKind, TraceReader

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PRECISION, RECALL = 0.9, 0.9


def _fields(document: Document) -> dict[str, str]:
    return {name: getattr(document, name) for name in ("id", "title", "text", "url", "date")}


def _as_a_list(documents: Sequence[Document]) -> str:
    return json.dumps({"documents": [_fields(one) for one in documents], "took_ms": 91})


def _as_a_framework_does(documents: Sequence[Document]) -> str:
    told = [
        {"page_content": one.text, "metadata": {**_fields(one), "text": "", "score": 0.77}}
        for one in documents
    ]
    return json.dumps(told)


def _as_a_span(documents: Sequence[Document]) -> str:
    attributes: dict[str, Any] = {"openinference.span.kind": "RETRIEVER"}
    for place, one in enumerate(documents):
        about = {"title": one.title, "url": one.url, "date": one.date}
        at = f"retrieval.documents.{place}.document"
        attributes |= {f"{at}.id": one.id, f"{at}.content": one.text}
        attributes[f"{at}.metadata"] = json.dumps(about)
    return understand("retriever", attributes).outcome_json


def _as_one_text(documents: Sequence[Document]) -> str:
    """Where the documents' own names are lost, as far as nobody has written them into the text."""
    parts = (
        "\n".join(filter(None, (f"[{one.id}] {one.title}", one.date, one.url, one.text)))
        for one in documents
    )
    return json.dumps("\n\n".join(parts))


RETRIEVED = (_as_a_list, _as_a_framework_does, _as_a_span, _as_one_text)


def _recorded(case: Case, retrieved: Callable[[Sequence[Document]], str]) -> Case:
    """The case as it is found in the trace of a run in which it came up."""
    told = [(StepKind.RETRIEVAL, retrieved(case.documents))] if case.documents else []
    for output in (*case.earlier, case.output):
        answer = {"choices": [{"message": {"role": "assistant", "content": output.text}}]}
        told.append((StepKind.LLM_CALL, json.dumps(answer)))
    reader = TraceReader()
    for index, (kind, outcome) in enumerate(told):
        reader.take(
            RecordedStep(
                index=index,
                kind=kind,
                succeeded=True,
                started_at=NOW,
                observed=False,
                outcome=outcome,
            )
        )
    last = reader.gathered().materials[-1]
    assert last.output.text == case.output.text.strip()
    return replace(case, documents=last.documents, earlier=last.earlier, output=last.output)


@pytest.mark.gap("GAP-023")
@pytest.mark.parametrize("split", [DEVELOPED, HELD_OUT])
@pytest.mark.parametrize("retrieved", RETRIEVED, ids=lambda way: str(way.__name__))
def test_findings_in_traces_are_mostly_right(
    split: str, retrieved: Callable[[Sequence[Document]], str]
) -> None:
    overall = scores_of(_recorded(case, retrieved) for case in cases_of(split)).overall
    assert overall.precision >= PRECISION
    assert overall.recall >= RECALL
