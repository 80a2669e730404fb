"""Real GenAI instrumentation packages report an agent, from their own calls to our steps."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from openinference import instrumentation as openinference
from opentelemetry.trace import get_current_span
from opentelemetry.util.genai import handler as genai

from aos.activity.v1 import run_pb2, trace_pb2
from tests.support.accounts_stand_in import AccountsStandIn
from tests.support.identities import somebody
from tests.support.plane import Plane
from tests.support.telemetry import Observer, exporter, project
from tests.support.waiting import until


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def accounts(empty_plane: Plane) -> AccountsStandIn:
    return await empty_plane.start_accounts_stand_in()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane, accounts: AccountsStandIn) -> AsyncIterator[Plane]:
    await empty_plane.start("activity")
    await until(lambda: empty_plane.accepts_runs("activity"))
    yield empty_plane


def by_the_conventions(_tracer: Any, provider: Any) -> None:
    """What OpenTelemetry's own instrumentations stand on."""
    handler = genai.TelemetryHandler(tracer_provider=provider)
    with handler.invoke_local_agent(agent_name="clerk", conversation_id="session-9"):
        with handler.tool("search"):
            pass
        with handler.inference("openai", request_model="gpt-5") as inference:
            inference.input_tokens, inference.output_tokens = 120, 30


def by_openinference(plain_tracer: Any, _provider: Any) -> None:
    """Its decorators on plain functions."""
    tracer = openinference.OITracer(plain_tracer, config=openinference.TraceConfig())

    @tracer.tool
    def search(query: str) -> str:
        """Look something up."""
        return f"nothing about {query}"

    @tracer.llm
    def ask(_question: str) -> str:
        span = get_current_span()
        span.set_attributes(
            openinference.get_llm_attributes(
                provider="openai",
                model_name="gpt-5",
                token_count={"prompt": 120, "completion": 30, "total": 150},
            )
        )
        return "ask again"

    @tracer.agent(name="clerk")
    def clerk(question: str) -> str:
        search(question)
        return str(ask(question))

    with openinference.using_session("session-9"):
        clerk("the minutes")


@pytest.mark.parametrize(
    ("work", "goal"),
    [(by_the_conventions, "invoke_agent clerk"), (by_openinference, "clerk")],
)
async def test_an_agent_its_tool_and_its_model_are_seen(
    plane: Plane, accounts: AccountsStandIn, work: Any, goal: str
) -> None:
    me = Observer(plane, somebody("developer", project=project()))
    headers = {"x-api-key": accounts.issue(me.principal)}
    async with exporter(plane.services["activity"].address, headers) as run_agent:
        assert await run_agent(work)
    run = await me.run()
    assert (run.status, run.goal) == (run_pb2.RUN_STATUS_SUCCEEDED, goal)
    assert (run.session_id, run.provider_type) == ("session-9", "openai")
    assert (run.input_tokens, run.output_tokens) == (120, 30)
    steps = {recorded.step.kind: recorded.step for recorded in await me.steps(run.id)}
    assert steps.keys() == {
        trace_pb2.STEP_KIND_SUB_RUN,
        trace_pb2.STEP_KIND_LLM_CALL,
        trace_pb2.STEP_KIND_TOOL_CALL,
    }
    assert steps[trace_pb2.STEP_KIND_TOOL_CALL].skill_name == "search"
    assert steps[trace_pb2.STEP_KIND_LLM_CALL].model == "gpt-5"
