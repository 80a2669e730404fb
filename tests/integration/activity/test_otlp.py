"""Agents report by OTLP: with the real SDK and exporter, read back by RPC."""

import asyncio
import json
import os
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from grpc import StatusCode
from opentelemetry.trace import Status, Tracer
from opentelemetry.trace import StatusCode as SpanStatus

from aos.activity.v1 import run_pb2, trace_pb2
from servicekit.audit.gate import AuditGate
from servicekit.interceptors.checks import RequirePermission
from services.activity.api import step_messages
from services.activity.api.otlp_service import OtlpTraceService
from tests.support.accounts_stand_in import AccountsStandIn
from tests.support.identities import somebody
from tests.support.plane import Plane
from tests.support.statuses import refusal
from tests.support.telemetry import Observer, export_of, exporter, project, span
from tests.support.waiting import until


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def accounts(empty_plane: Plane) -> AccountsStandIn:
    return await empty_plane.start_accounts_stand_in()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane, accounts: AccountsStandIn) -> AsyncIterator[Plane]:
    await empty_plane.start("activity")
    await until(lambda: empty_plane.accepts_runs("activity"))
    yield empty_plane


def research(tracer: Tracer, _provider: object) -> None:
    """An agent that asks a model, calls a tool, asks again, and has a helper."""
    with tracer.start_as_current_span(
        "invoke_agent researcher",
        attributes={
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.agent.name": "researcher",
            "gen_ai.conversation.id": "conversation-7",
            "gen_ai.usage.input_tokens": 300,
        },
    ):
        for tokens in (100, 200):
            with tracer.start_as_current_span(
                "chat gpt-5",
                attributes={
                    "gen_ai.operation.name": "chat",
                    "gen_ai.provider.name": "openai",
                    "gen_ai.request.model": "gpt-5",
                    "gen_ai.usage.input_tokens": tokens,
                    "gen_ai.usage.output_tokens": 10,
                    "gen_ai.input.messages": '[{"role":"user","content":"very private"}]',
                },
            ):
                pass
        with tracer.start_as_current_span(
            "execute_tool search",
            attributes={"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "search"},
        ) as tool:
            tool.set_status(Status(SpanStatus.ERROR, "no network"))


async def test_a_nested_trace_of_the_real_sdk_becomes_a_run_with_its_steps(
    plane: Plane, accounts: AccountsStandIn
) -> None:
    me = Observer(plane, somebody("developer", project=project()))
    headers = {"x-api-key": accounts.issue(me.principal)}
    address = plane.services["activity"].address
    async with exporter(address, headers, service__name="desk") as run_agent:
        assert await run_agent(research)
    run = await me.run()
    assert (run.source, run.status) == (run_pb2.RUN_SOURCE_OBSERVED, run_pb2.RUN_STATUS_SUCCEEDED)
    assert (run.goal, run.agent_name, run.agent_id) == ("invoke_agent researcher", "researcher", "")
    assert (run.session_id, run.provider_type) == ("conversation-7", "openai")
    assert (run.project_id, run.api_key_id) == (me.principal.project_id, me.principal.api_key_id)
    assert (run.input_tokens, run.output_tokens) == (300, 20)
    steps = [recorded.step for recorded in await me.steps(run.id)]
    assert [step.index for step in steps] == [0, 1, 2, 3]
    (agent,) = [step for step in steps if not step.parent_span_id]
    assert {step.parent_span_id for step in steps if step is not agent} == {agent.span_id}
    assert agent.kind == trace_pb2.STEP_KIND_SUB_RUN
    tool = next(step for step in steps if step.kind == trace_pb2.STEP_KIND_TOOL_CALL)
    assert (tool.skill_name, tool.status) == ("search", trace_pb2.STEP_STATUS_FAILED)


async def test_a_run_leaves_the_events_and_entries_of_every_run(plane: Plane) -> None:
    me = Observer(plane, somebody("developer", project=project()))
    await me.export(span(os.urandom(16), name="invoke_agent clerk"))
    run = await me.run()
    entries = await until(lambda: len(plane.logs.of(run.id)) == 2 and plane.logs.of(run.id))
    kinds = {entry.event_type: json.loads(entry.after_json) for entry in entries}
    assert kinds.keys() == {"RUN_CREATED", "RUN_ENDED"}
    assert kinds["RUN_CREATED"]["source"] == "observed"
    assert kinds["RUN_ENDED"]["status"] == "succeeded"
    rows = await plane.database.fetch(
        "SELECT event_type FROM activity.outbox WHERE aggregate_id = $1 ORDER BY aggregate_sequence",
        run.id,
    )
    assert [row[0] for row in rows] == ["run_created", "run_ended"]
    assert run.etag == "2"


async def holds(plane: Plane, text: str) -> bool:
    """Whether the text stands anywhere in what is kept of steps."""
    query = (
        "SELECT count(*) FROM (SELECT content FROM activity.aos_trace_steps UNION ALL "
        "SELECT content FROM activity.late_steps) kept WHERE position($1::bytea IN content) > 0"
    )
    return bool(await plane.database.value(query, text.encode()))


async def tell_a_secret(plane: Plane, secret: str) -> trace_pb2.Step:
    me = Observer(plane, somebody("developer", project=project()))
    told = {"gen_ai__input__messages": f"[{secret}]", "gen_ai__output__messages": f"<{secret}>"}
    await me.export(span(os.urandom(16), **told))
    (recorded,) = await me.steps((await me.run()).id)
    return recorded.step


@pytest.mark.gap("GAP-033")
async def test_of_what_spans_say_only_hashes_are_kept(plane: Plane) -> None:
    step = await tell_a_secret(plane, "my mother's maiden name")
    assert (step.params_json, step.outcome_json) == ("", "")
    assert (len(step.params_hash), len(step.outcome_hash)) == (32, 32)
    assert not await holds(plane, "maiden name")


@pytest.mark.gap("GAP-033")
async def test_mutant_without_the_constraints_texts_would_be_kept(
    plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(step_messages, "_allowed", lambda text, *_: text)
    await tell_a_secret(plane, "my father's shoe size")
    assert await holds(plane, "shoe size")


async def test_a_key_is_exchanged_once_and_not_for_each_export(
    plane: Plane, accounts: AccountsStandIn
) -> None:
    me = Observer(plane, somebody("agent", project=project()))
    key = accounts.issue(me.principal)
    before = accounts.exchanges
    headers = [(("x-api-key", key),), (("authorization", f"Bearer {key}"),)] * 5
    await asyncio.gather(*(me.export(span(os.urandom(16)), metadata=header) for header in headers))
    assert accounts.exchanges == before + 1
    reader = Observer(plane, somebody("viewer", tenant=me.principal.tenant_id))
    assert len(await reader.runs()) == 10


async def test_an_unknown_key_is_refused_and_accounts_is_not_asked_again_and_again(
    plane: Plane, accounts: AccountsStandIn
) -> None:
    me = Observer(plane, somebody("agent", project=project()))
    before = accounts.exchanges
    for key in ("aos_dev_nobody", "aos_" + "x" * 5000):
        for _ in range(3):
            told = await refusal(me.export(span(os.urandom(16)), metadata=(("x-api-key", key),)))
            assert (told.code, told.reason) == (
                StatusCode.UNAUTHENTICATED,
                "CREDENTIAL_INVALID",
            )
    assert accounts.exchanges == before + 1


async def test_a_revoked_key_is_refused_although_its_token_lasts(
    plane: Plane, accounts: AccountsStandIn
) -> None:
    me = Observer(plane, somebody("agent", project=project()))
    header = (("x-api-key", accounts.issue(me.principal)),)
    await me.export(span(os.urandom(16)), metadata=header)
    accounts.revoked.add(str(me.principal.api_key_id))
    trust = plane.services["activity"].foundation.trust
    await until(lambda: me.principal.api_key_id in trust.revoked_keys)
    told = await refusal(me.export(span(os.urandom(16)), metadata=header))
    assert told.code is StatusCode.UNAUTHENTICATED


async def test_neither_key_nor_token_opens_what_its_roles_do_not_grant(
    plane: Plane, accounts: AccountsStandIn
) -> None:
    me = Observer(plane, somebody("viewer", project=project()))
    by_key = (("x-api-key", accounts.issue(me.principal)),)
    for metadata in (by_key, me.metadata):
        told = await refusal(me.export(span(os.urandom(16)), metadata=metadata))
        assert (told.code, told.reason) == (StatusCode.PERMISSION_DENIED, "PERMISSION_MISSING")
    assert await me.runs() == []


async def test_mutant_without_the_permission_check_any_key_could_write(
    plane: Plane, accounts: AccountsStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RequirePermission, "__call__", lambda _self, _call: None)
    me = Observer(plane, somebody("viewer", project=project()))
    by_key = (("x-api-key", accounts.issue(me.principal)),)
    await me.export(span(os.urandom(16)), metadata=by_key)
    assert len(await me.runs()) == 1


@pytest.mark.parametrize(
    "metadata",
    [(("x-other", "1"),), (("x-api-key", "nonsense"),), (("authorization", "Basic aos_dev_1"),)],
)
async def test_without_a_credential_the_setting_to_make_is_named(
    plane: Plane, metadata: tuple[tuple[str, str], ...]
) -> None:
    me = Observer(plane, somebody())
    told = await refusal(me.export(span(os.urandom(16)), metadata=metadata))
    assert (told.code, told.reason) == (StatusCode.UNAUTHENTICATED, "CREDENTIAL_MISSING")
    assert "OTEL_EXPORTER_OTLP_HEADERS" in told.message


async def test_a_plane_that_is_overloaded_says_when_to_come_back(
    plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    me = Observer(plane, somebody("agent", project=project()))
    monkeypatch.setattr(ingestion_of(plane), "_maximum_waiting", 0)
    told = await refusal(me.export(span(os.urandom(16))))
    assert (told.code, told.reason) == (StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED")
    assert told.retry_after == 0.2


async def test_an_export_that_is_too_large_is_not_to_be_sent_again(plane: Plane) -> None:
    me = Observer(plane, somebody("agent", project=project()))
    told = await refusal(me.export(span(os.urandom(16), text="x" * (64 * 1024 * 1024))))
    assert (told.code, told.reason) == (StatusCode.RESOURCE_EXHAUSTED, "MESSAGE_TOO_LARGE")
    assert told.retry_after is None


async def test_an_export_larger_than_other_messages_is_taken(plane: Plane) -> None:
    me = Observer(plane, somebody("developer", project=project()))
    trace_id = os.urandom(16)
    many = [span(trace_id, parent=b"p" * 8, text="x" * 8000) for _ in range(700)]
    assert not (await me.export(*many)).HasField("partial_success")
    assert (await me.trace((await me.run()).id)).step_count == 700


async def test_nothing_is_taken_in_that_could_not_be_audited(
    plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    me = Observer(plane, somebody("developer", project=project()))
    monkeypatch.setattr(AuditGate, "problem", lambda _self: "Logs is away.")
    told = await refusal(me.export(span(os.urandom(16))))
    assert (told.code, told.reason) == (StatusCode.UNAVAILABLE, "AUDIT_UNAVAILABLE")
    assert await me.runs() == []


async def test_an_export_with_nothing_in_it_is_answered_with_nothing(plane: Plane) -> None:
    me = Observer(plane, somebody("agent", project=project()))
    assert not (await me.send(export_of())).HasField("partial_success")


def ingestion_of(plane: Plane) -> object:
    """What gathers exports, found where it was put."""
    registrations = plane.services["activity"].host._parts.registrations
    (served,) = [
        one.servicer for one in registrations if isinstance(one.servicer, OtlpTraceService)
    ]
    return served._ingestion
