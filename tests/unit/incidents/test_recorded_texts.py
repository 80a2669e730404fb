"""What a model said and what a run was shown, in every shape in which somebody records it."""

import json
from typing import Any

import pytest

from services.activity.domain.otel_dialects import understand
from services.incidents.domain.recorded.said import said_in
from services.incidents.domain.recorded.shown import in_one, shown_in

SAID = "Revenue rose to 48 million dollars in 2024."
OF_PROVIDERS: dict[str, Any] = {
    "a text": SAID,
    "a field of one's own": {"text": SAID},
    "an unknown field": {"what_we_tell_people": SAID, "confidence": 0.7, "kind": "memo"},
    "fields within fields": {"result": {"answer": SAID, "sources": ["A long list of documents."]}},
    "chat completions": {
        "id": "chatcmpl-1",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": SAID}}],
        "usage": {"total_tokens": 12},
    },
    "responses": {
        "output": [
            {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Thinking."}]},
            {
                "type": "message",
                "role": "assistant",
                "content": [{"type": "output_text", "text": SAID, "annotations": []}],
            },
        ],
        "text": {"format": {"type": "text"}},
    },
    "messages with thoughts and tools": {
        "role": "assistant",
        "content": [
            {"type": "thinking", "thinking": "Perhaps it was 91 million, who knows?"},
            {"type": "text", "text": SAID},
            {"type": "tool_use", "name": "search", "input": {"query": "What about next year?"}},
        ],
    },
    "candidates": {
        "candidates": [
            {
                "content": {
                    "role": "model",
                    "parts": [{"text": "I wonder about it.", "thought": True}, {"text": SAID}],
                }
            }
        ]
    },
    "generations": {"generations": [[{"text": SAID, "generation_info": {"x": "y"}}]]},
    "a conversation so far": {
        "messages": [
            {"role": "user", "content": "What was it?"},
            {"role": "assistant", "content": "Let me look that up for you."},
            {"role": "tool", "content": "91 million dollars, it says here."},
            {"role": "assistant", "content": SAID},
        ]
    },
    "JSON within JSON": json.dumps({"answer": SAID}),
}


@pytest.mark.parametrize("name", OF_PROVIDERS)
def test_what_a_model_said_is_found_in_the_shapes_of_providers(name: str) -> None:
    assert said_in(json.dumps(OF_PROVIDERS[name])) == SAID


def test_words_that_are_no_json_are_words() -> None:
    assert said_in(f"  {SAID}\n") == SAID
    assert said_in("42") == "42"


def test_pieces_of_one_answer_are_one_text() -> None:
    parts = [{"type": "text", "text": "Revenue rose"}, {"type": "text", "text": "to 48 million."}]
    assert said_in(json.dumps({"content": parts})) == "Revenue rose to 48 million."


MESSAGE = [{"role": "assistant", "parts": [{"type": "text", "content": SAID}]}]
IN_SPANS: dict[str, tuple[dict[str, Any], list[Any]]] = {
    "the conventions": ({"gen_ai.output.messages": json.dumps(MESSAGE)}, []),
    "the conventions, as values": ({"gen_ai.output.messages": MESSAGE}, []),
    "choices as events": (
        {},
        [
            ("gen_ai.user.message", {"content": "What was it?"}),
            ("gen_ai.choice", {"index": 0, "message": json.dumps({"content": SAID})}),
            ("exception", {"exception.message": "It took rather long, all in all."}),
        ],
    ),
    "contents as events": ({}, [("gen_ai.content.completion", {"gen_ai.completion": SAID})]),
    "details as an event": (
        {},
        [("gen_ai.client.inference.operation.details", {"gen_ai.output.messages": MESSAGE})],
    ),
    "OpenInference": (
        {
            "llm.output_messages.0.message.role": "assistant",
            "llm.output_messages.0.message.content": SAID,
            "output.value": json.dumps({"choices": [{"message": {"content": SAID}}]}),
        },
        [],
    ),
    "OpenInference, in parts": (
        {"llm.output_messages.0.message.contents.0.message_content.text": SAID},
        [],
    ),
    "OpenInference, whole": ({"output.value": SAID, "output.mime_type": "text/plain"}, []),
    "OpenLLMetry": (
        {"gen_ai.completion.0.role": "assistant", "gen_ai.completion.0.content": SAID},
        [],
    ),
    "OpenLLMetry, an entity": (
        {"traceloop.entity.output": json.dumps({"outputs": {"answer": SAID}})},
        [],
    ),
}


@pytest.mark.parametrize("name", IN_SPANS)
def test_what_a_model_said_is_found_in_spans_as_activity_keeps_them(name: str) -> None:
    attributes, events = IN_SPANS[name]
    common = {
        "gen_ai.operation.name": "chat",
        "gen_ai.input.messages": "[]",
        "gen_ai.response.id": "resp_1",
        "gen_ai.usage.output_tokens": 9,
        "input.value": "Somebody asked a rather long question.",
    }
    meaning = understand("chat", {**common, **attributes}, events=events, failure="a status")
    assert said_in(meaning.outcome_json) == SAID


@pytest.mark.parametrize(
    "outcome",
    [
        "",
        "null",
        "{}",
        "[]",
        '{"text": ""}',
        '{"finish_reason": "stop", "usage": {"output_tokens": 5}}',
        '{"choices": [{"message": {"content": null, "tool_calls": [{"name": "search it now"}]}}]}',
        '{"error": "The model could not be reached, try again later."}',
        '{"aos.omitted_bytes": 70000, "aos.omitted_sha256": "00"}',
        '{"gen_ai.response.id": "resp_1", "gen_ai.usage.output_tokens": 5}',
        # What was taken out of it took the closing bracket along.
        '{"text": "the password is [credential]',
        "[" * 60_000,
    ],
)
def test_where_no_words_were_kept_nothing_was_said(outcome: str) -> None:
    assert said_in(outcome) == ""


def test_what_cannot_be_stored_is_replaced_and_nothing_moves() -> None:
    assert said_in(json.dumps({"text": "a\0b\ud800c"})) == "a\ufffdb\ufffdc"


DOCUMENT = {
    "id": "doc-1",
    "title": "Report",
    "url": "https://a.example/r",
    "date": "2024-12-31",
    "text": SAID,
}
OF_STORES: dict[str, Any] = {
    "a list": [DOCUMENT],
    "a list by name": {"documents": [DOCUMENT], "query": "91 million?", "took_ms": 12},
    "a search engine": {
        "took": 3,
        "hits": {
            "total": {"value": 1},
            "hits": [{"_id": "doc-1", "_score": 1.2, "_source": {**DOCUMENT, "id": "doc-1"}}],
        },
    },
    "a vector store": {
        "matches": [
            {
                "id": "doc-1",
                "score": 0.91,
                "values": [],
                "metadata": {name: DOCUMENT[name] for name in ("title", "url", "date", "text")},
            }
        ]
    },
    "a framework": [
        {
            "page_content": SAID,
            "metadata": {name: DOCUMENT[name] for name in ("id", "title", "url", "date")},
        }
    ],
}


@pytest.mark.parametrize("name", OF_STORES)
def test_documents_are_found_in_the_shapes_of_stores(name: str) -> None:
    found = shown_in(json.dumps(OF_STORES[name]), 3)
    assert found is not None
    one = found[0]
    assert (one.id, one.title, one.url) == ("doc-1", "Report", "https://a.example/r")
    assert one.date == "2024-12-31"
    assert SAID in one.text
    assert "91" not in str(found)


def test_columns_of_ids_and_texts_are_documents_too() -> None:
    found = shown_in(json.dumps({"ids": [["a", "b"]], "documents": [[SAID, "Costs fell."]]}), 3)
    assert found is not None
    assert [one.text for one in found][:2] == [SAID, "Costs fell."]
    assert [one.id for one in found][:2] == ["step-3.1", "step-3.2"]


@pytest.mark.parametrize(
    "attributes",
    [
        {"gen_ai.retrieval.documents": json.dumps([{"id": "doc-1", "content": SAID}])},
        {
            "retrieval.documents.0.document.id": "doc-1",
            "retrieval.documents.0.document.content": SAID,
            "retrieval.documents.0.document.score": 0.9,
        },
        {
            "reranker.output_documents.0.document.id": "doc-1",
            "reranker.output_documents.0.document.content": SAID,
        },
    ],
)
def test_documents_are_found_in_spans_as_activity_keeps_them(attributes: dict[str, Any]) -> None:
    meaning = understand("r", {"gen_ai.operation.name": "retrieval", **attributes})
    found = shown_in(meaning.outcome_json, 3)
    assert found is not None
    assert [(one.id, one.text) for one in found] == [("doc-1", SAID)]


def test_documents_that_are_numbered_stay_in_their_order() -> None:
    attributes = {f"retrieval.documents.{at}.document.content": f"Text {at}." for at in range(12)}
    found = shown_in(json.dumps(attributes), 3)
    assert found is not None
    assert [one.text for one in found] == [f"Text {at}." for at in range(12)]


def test_passages_in_one_text_are_parted_by_empty_lines() -> None:
    found = shown_in(json.dumps(f"{SAID}\n\nCosts fell.\n \nNobody left."), 3)
    assert found is not None
    assert [one.text for one in found] == [SAID, "Costs fell.", "Nobody left."]


def test_figures_stay_as_they_were_written() -> None:
    found = shown_in('{"rows": [{"region": "EMEA", "revenue": 91.50, "count": 3}]}', 3)
    assert found is not None
    assert found[0].text == "region: EMEA\nrevenue: 91.50"


@pytest.mark.parametrize(
    ("outcome", "found"),
    [("[]", ()), ('{"documents": []}', ()), ("", None), ('{"count": 5, "ok": true}', None)],
)
def test_nothing_found_is_something_else_than_nothing_kept(outcome: str, found: Any) -> None:
    assert shown_in(outcome, 3) == found


def test_a_damaged_outcome_is_a_document_all_the_same_and_an_omitted_one_is_none() -> None:
    found = shown_in('{"text": "the password is [credential]', 3)
    assert found is not None
    assert "password" in found[0].text
    assert shown_in('{"aos.omitted_bytes": 70000, "aos.omitted_sha256": "00"}', 3) is None


def test_documents_in_one_keep_the_names_of_their_parts() -> None:
    found = shown_in(json.dumps([DOCUMENT, {"id": "doc-2", "text": "Costs fell."}]), 3)
    assert found is not None
    one = in_one(found, 3)
    assert one.id == "step-3"
    for part in ("doc-1", "Report", "https://a.example/r", SAID, "doc-2", "Costs fell."):
        assert part in one.text
