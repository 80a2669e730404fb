"""What telemetry calls things: the names of four dialects, the one that counts most first.

Current GenAI conventions (`gen_ai.…`), what they were called before 2025 (`gen_ai.system`,
`…prompt_tokens`), OpenInference (`llm.…`, `openinference.span.kind`), and OpenLLMetry
(`traceloop.…`, `llm.usage.…`). The conventions are still in development and move between packages,
so the names are written down here and nothing is imported.
"""

OPERATION = "gen_ai.operation.name"
OPENINFERENCE_KIND = "openinference.span.kind"
TRACELOOP_KIND = "traceloop.span.kind"
REQUEST_TYPE = "llm.request.type"
MCP_METHOD = "mcp.method.name"

LLM_CALL, TOOL_CALL, RETRIEVAL, EMBEDDING = "llm_call", "tool_call", "retrieval", "embedding"
PLAN, SUB_RUN, CHECK, OTHER = "plan", "sub_run", "check", "other"

# By attribute, in the order in which they are asked: what its value (in lower case) makes of a
# span. A value that is not listed says that the span is something else.
KINDS: dict[str, dict[str, str]] = {
    OPERATION: {
        "chat": LLM_CALL,
        "generate_content": LLM_CALL,
        "text_completion": LLM_CALL,
        "embeddings": EMBEDDING,
        "execute_tool": TOOL_CALL,
        "retrieval": RETRIEVAL,
        "search_memory": RETRIEVAL,
        "plan": PLAN,
        "invoke_agent": SUB_RUN,
        "invoke_workflow": SUB_RUN,
    },
    OPENINFERENCE_KIND: {
        "llm": LLM_CALL,
        "tool": TOOL_CALL,
        "retriever": RETRIEVAL,
        "reranker": RETRIEVAL,
        "embedding": EMBEDDING,
        "agent": SUB_RUN,
        "guardrail": CHECK,
        "evaluator": CHECK,
    },
    TRACELOOP_KIND: {"workflow": SUB_RUN, "agent": SUB_RUN, "tool": TOOL_CALL},
    REQUEST_TYPE: {
        "chat": LLM_CALL,
        "completion": LLM_CALL,
        "embedding": EMBEDDING,
        "rerank": RETRIEVAL,
    },
    MCP_METHOD: {"tools/call": TOOL_CALL, "resources/read": RETRIEVAL},
}
# The oldest instrumentations do not say what a span does, but which model it asked.
ASKED_MODEL = ("gen_ai.request.model", "llm.request.model", "llm.model_name")

MODEL = (
    "gen_ai.response.model",
    "gen_ai.request.model",
    "llm.response.model_name",
    "llm.request.model_name",
    "llm.model_name",
    "embedding.model_name",
    "reranker.model_name",
    "llm.response.model",
    "llm.request.model",
)
PROVIDER = ("gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system", "llm.vendor")
INPUT_TOKENS = (
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.prompt_tokens",
    "llm.token_count.prompt",
    "llm.usage.prompt_tokens",
)
OUTPUT_TOKENS = (
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.completion_tokens",
    "llm.token_count.completion",
    "llm.usage.completion_tokens",
)
# US dollars, as a whole or in parts.
COST = ("llm.cost.total", "gen_ai.usage.cost", "operation.cost")
COST_PARTS = ("llm.cost.prompt", "llm.cost.completion")

TOOL = ("gen_ai.tool.name", "tool.name", "tool_call.function.name", "mcp.tool.name")
AGENT = ("gen_ai.agent.name", "gen_ai.workflow.name", "agent.name", "traceloop.workflow.name")
ENTITY = ("traceloop.entity.name",)
SOURCE = ("gen_ai.data_source.id", "db.collection.name")
SESSION = (
    "gen_ai.conversation.id",
    "session.id",
    "traceloop.association.properties.session_id",
    "traceloop.association.properties.conversation_id",
    "traceloop.association.properties.chat_id",
)
ERROR_TYPE = ("error.type", "exception.type")
OUTCOME_CODE = ("http.response.status_code", "http.status_code", "rpc.grpc.status_code")

# Attributes that tell what came out; all others tell what went in.
OUTCOMES = (
    "gen_ai.output.",
    "gen_ai.response.",
    "gen_ai.completion",
    "gen_ai.usage.",
    "gen_ai.tool.call.result",
    "gen_ai.retrieval.documents",
    "gen_ai.evaluation.",
    "llm.output_messages",
    "llm.completions",
    "llm.response.",
    "llm.usage.",
    "llm.token_count.",
    "llm.cost.",
    "output.",
    "retrieval.documents",
    "reranker.output_documents",
    "traceloop.entity.output",
    "error.",
    "exception.",
)
# Events of a span that carry what a model was given; all others tell of what came out.
INPUT_EVENTS = frozenset(
    {
        "gen_ai.content.prompt",
        "gen_ai.system.message",
        "gen_ai.user.message",
        "gen_ai.assistant.message",
        "gen_ai.tool.message",
    }
)
EXCEPTION_EVENT = "exception"

# What an exporter of ours' own may add, on the resource or on the first span.
AOS_AGENT, AOS_PROJECT = "aos.agent_id", "aos.project_id"
AOS_SCENARIO = "aos.synthetic_scenario_id"
SERVICE_NAME = "service.name"
