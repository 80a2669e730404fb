"""One span in four dialects: what each of them says, as one meaning."""

import json
from typing import Any

import pytest

from kernel.identifiers import new_id
from services.activity.domain import otel_names as names
from services.activity.domain.otel_dialects import kind_of, understand
from services.activity.domain.otel_span import fault_of

# A question to a model, as instrumentations of each dialect really report it.
GENAI = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-5",
    "gen_ai.response.model": "gpt-5-2026-08-07",
    "gen_ai.response.id": "resp_1",
    "gen_ai.response.finish_reasons": ["stop"],
    "gen_ai.usage.input_tokens": 1200,
    "gen_ai.usage.output_tokens": 340,
    "gen_ai.conversation.id": "conv-1",
    "gen_ai.input.messages": '[{"role":"user"}]',
    "gen_ai.output.messages": '[{"role":"assistant"}]',
}
BEFORE_2025 = {
    "gen_ai.system": "openai",
    "gen_ai.request.model": "gpt-4o",
    "gen_ai.usage.prompt_tokens": 1200,
    "gen_ai.usage.completion_tokens": 340,
}
OPENINFERENCE = {
    "openinference.span.kind": "LLM",
    "llm.provider": "openai",
    "llm.model_name": "gpt-4o",
    "llm.token_count.prompt": 1200,
    "llm.token_count.completion": 340,
    "llm.token_count.total": 1540,
    "llm.cost.total": 0.0041,
    "session.id": "conv-1",
    "input.value": "What was decided?",
    "output.value": "Nothing.",
}
OPENLLMETRY = {
    "llm.request.type": "chat",
    "gen_ai.system": "OpenAI",
    "gen_ai.request.model": "gpt-4o",
    "gen_ai.response.model": "gpt-4o-2024-08-06",
    "gen_ai.usage.prompt_tokens": 1200,
    "gen_ai.usage.completion_tokens": 340,
    "llm.usage.total_tokens": 1540,
    "traceloop.association.properties.session_id": "conv-1",
    "gen_ai.prompt.0.content": "What was decided?",
    "gen_ai.completion.0.content": "Nothing.",
}


@pytest.mark.parametrize(
    ("attributes", "model", "provider", "session", "cost"),
    [
        (GENAI, "gpt-5-2026-08-07", "openai", "conv-1", 0),
        (BEFORE_2025, "gpt-4o", "openai", "", 0),
        (OPENINFERENCE, "gpt-4o", "openai", "conv-1", 4100),
        (OPENLLMETRY, "gpt-4o-2024-08-06", "OpenAI", "conv-1", 0),
    ],
)
def test_a_question_to_a_model_means_the_same_in_every_dialect(
    attributes: dict[str, Any], model: str, provider: str, session: str, cost: int
) -> None:
    meaning = understand("chat", attributes)
    assert meaning.kind == names.LLM_CALL
    assert (meaning.input_tokens, meaning.output_tokens) == (1200, 340)
    assert (meaning.model, meaning.provider) == (model, provider)
    assert (meaning.session_id, meaning.cost_micro_usd) == (session, cost)
    assert meaning.skill_name == "chat"


@pytest.mark.parametrize(
    ("attributes", "kind", "skill"),
    [
        ({"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "f"}, "tool_call", "f"),
        ({"openinference.span.kind": "TOOL", "tool.name": "f"}, "tool_call", "f"),
        ({"traceloop.span.kind": "tool", "traceloop.entity.name": "f"}, "tool_call", "f"),
        ({"mcp.method.name": "tools/call", "gen_ai.tool.name": "f"}, "tool_call", "f"),
        ({"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "a"}, "sub_run", "a"),
        ({"gen_ai.operation.name": "invoke_workflow", "gen_ai.workflow.name": "w"}, "sub_run", "w"),
        ({"openinference.span.kind": "AGENT", "agent.name": "a"}, "sub_run", "a"),
        ({"traceloop.span.kind": "workflow", "traceloop.entity.name": "w"}, "sub_run", "w"),
        ({"gen_ai.operation.name": "retrieval", "gen_ai.data_source.id": "d"}, "retrieval", "d"),
        ({"openinference.span.kind": "RETRIEVER"}, "retrieval", "the span"),
        ({"openinference.span.kind": "RERANKER"}, "retrieval", "the span"),
        ({"gen_ai.operation.name": "embeddings"}, "embedding", "embeddings"),
        ({"openinference.span.kind": "EMBEDDING"}, "embedding", "the span"),
        ({"llm.request.type": "embedding"}, "embedding", "embedding"),
        ({"gen_ai.operation.name": "plan"}, "plan", "plan"),
        ({"openinference.span.kind": "GUARDRAIL"}, "check", "the span"),
        ({"openinference.span.kind": "CHAIN"}, "other", "the span"),
        ({"traceloop.span.kind": "task", "traceloop.entity.name": "t"}, "other", "t"),
        ({"gen_ai.operation.name": "something new"}, "other", "the span"),
        ({"http.request.method": "GET"}, "other", "the span"),
    ],
)
def test_what_a_span_does_and_with_what(attributes: dict[str, Any], kind: str, skill: str) -> None:
    meaning = understand("the span", attributes)
    assert (meaning.kind, meaning.skill_name) == (kind, skill)


def test_every_kind_that_is_named_is_one_that_a_step_can_have() -> None:
    kinds = {kind for table in names.KINDS.values() for kind in table.values()}
    assert kinds == {
        "llm_call",
        "tool_call",
        "retrieval",
        "embedding",
        "plan",
        "sub_run",
        "check",
    }
    assert kind_of({}) == names.OTHER


def test_tokens_of_an_agent_are_not_counted_since_its_calls_report_them() -> None:
    meaning = understand("a", {**GENAI, "gen_ai.operation.name": "invoke_agent"})
    assert (meaning.input_tokens, meaning.output_tokens, meaning.cost_micro_usd) == (0, 0, 0)


def test_what_went_in_and_what_came_out_are_told_apart() -> None:
    meaning = understand("chat", GENAI, failure="cut off", dropped=3)
    params, outcome = json.loads(meaning.params_json), json.loads(meaning.outcome_json)
    assert params["gen_ai.input.messages"] == GENAI["gen_ai.input.messages"]
    assert params["aos.dropped_attributes"] == 3
    assert outcome["gen_ai.output.messages"] == GENAI["gen_ai.output.messages"]
    assert outcome["status.message"] == "cut off"
    assert params.keys() | outcome.keys() == GENAI.keys() | {
        "aos.dropped_attributes",
        "status.message",
    }


def test_messages_told_as_events_are_told_apart_too() -> None:
    events = [
        ("gen_ai.user.message", {"content": "why?"}),
        ("gen_ai.choice", {"message": "because"}),
        ("exception", {"exception.type": "TimeoutError"}),
    ]
    meaning = understand("chat", {"otel.events": "a name that is taken"}, events=events)
    assert json.loads(meaning.params_json)["otel.events"] == [
        ["gen_ai.user.message", {"content": "why?"}]
    ]
    assert len(json.loads(meaning.outcome_json)["otel.events"]) == 2
    assert meaning.outcome_category == "TimeoutError"


def test_a_text_that_is_too_long_is_committed_to_by_its_hash() -> None:
    meaning = understand("chat", {"gen_ai.input.messages": "é" * 40_000})
    told = json.loads(meaning.params_json)
    assert told["aos.omitted_bytes"] > 80_000
    assert len(told["aos.omitted_sha256"]) == 64


@pytest.mark.parametrize("value", [-1, "many", True, None, "NaN", [1], {}])
def test_a_count_that_is_none_is_not_counted(value: Any) -> None:
    assert (
        understand("chat", {**BEFORE_2025, "gen_ai.usage.prompt_tokens": value}).input_tokens == 0
    )


@pytest.mark.parametrize("value", [10**30, 1e300])
def test_a_count_beyond_measure_is_cut(value: Any) -> None:
    attributes = {**OPENINFERENCE, "llm.token_count.prompt": value, "llm.cost.total": value}
    meaning = understand("chat", attributes)
    assert (meaning.input_tokens, meaning.cost_micro_usd) == (10**10, 10**12)


def test_the_cost_may_be_told_in_parts() -> None:
    parts = {"llm.cost.prompt": 0.001, "llm.cost.completion": 0.002}
    attributes = {"openinference.span.kind": "LLM", **parts}
    assert understand("chat", attributes).cost_micro_usd == 3000


def test_only_an_identifier_of_ours_names_an_agent() -> None:
    agent = new_id("agt")
    assert understand("a", {"aos.agent_id": agent}).agent_id == agent
    for other in ("agt_1", new_id("run"), 7):
        assert understand("a", {"aos.agent_id": other}).agent_id == ""


def test_names_are_cut_and_mended_so_that_they_can_be_stored() -> None:
    meaning = understand("x" * 900, {"gen_ai.request.model": "a\0b"})
    assert (meaning.model, len(meaning.skill_name)) == ("a\N{REPLACEMENT CHARACTER}b", 200)
    assert understand("", {}).skill_name == "other"


@pytest.mark.parametrize(
    ("trace_id", "span_id", "parent", "times", "fault"),
    [
        (b"t" * 16, b"s" * 8, b"", (1, 1), None),
        (b"t" * 16, b"s" * 8, b"p" * 8, (1, 2), None),
        (bytes(16), b"s" * 8, b"", (1, 2), "without a valid trace id"),
        (b"t" * 15, b"s" * 8, b"", (1, 2), "without a valid trace id"),
        (b"t" * 16, bytes(8), b"", (1, 2), "without a valid span id"),
        (b"t" * 16, b"s" * 8, b"p", (1, 2), "with a damaged parent span id"),
        (b"t" * 16, b"s" * 8, b"", (2, 1), "that end before they begin"),
        (b"t" * 16, b"s" * 8, b"", (2, 0), "that end before they begin"),
        (b"t" * 16, b"s" * 8, b"", (0, 0), "that end before they begin"),
    ],
)
def test_only_what_cannot_be_stored_is_a_fault(
    trace_id: bytes, span_id: bytes, parent: bytes, times: tuple[int, int], fault: str | None
) -> None:
    assert fault_of(trace_id, span_id, parent, *times) == fault
