"""The calls that need no session, and how refusals come back."""

import asyncio
from collections.abc import Iterator

import grpc
import pytest

import kernel.errors
from aos_sdk import (
    AOSClient,
    AOSError,
    AsyncAOSClient,
    ConfigurationError,
    GateState,
    GovernanceDegraded,
    Invalid,
    NotAvailableYet,
    NotFound,
    PlanStep,
    PreconditionFailed,
    RequestRefused,
    RunMode,
    RunStatus,
    SpineBroken,
    Unauthenticated,
    Unavailable,
)
from aos_sdk._contract import refusal_pb2
from aos_sdk._refusals import BY_CODE, from_call, from_refusal, kind_of
from aos_sdk._target import find_target, parse_address
from aos_sdk.testing import FakeClock, FakePlane
from kernel.errors import FieldViolation, ServiceError
from servicekit.interceptors.errors import DETAILS_KEY, code_of, status_of
from tests.support.waiting import until
from tests.unit.sdk.sdk_waiting import while_time_passes


def test_a_managed_run_is_created_and_waited_for(plane: FakePlane, client: AOSClient) -> None:
    plan = [
        PlanStep(name="one", skill="echo", arguments={"text": "ä"}),
        PlanStep(name="two", skill="echo", arguments={"text": {"from": "one"}}, after=["one"]),
    ]
    state = client.post_goal(agent_id=plane.agent_id, goal="g", plan=plan)
    assert (state.status, state.mode) == (RunStatus.QUEUED, RunMode.MANAGED)
    sent = plane.last_run.request.plan
    assert [step.arguments_json for step in sent.steps] == [
        '{"text":"ä"}',
        '{"text":{"from":"one"}}',
    ]
    assert list(sent.steps[1].after) == ["one"]
    assert not client.poll_run(state.run_id).is_over
    plane.finish(state.run_id, '{"answer": 42}')
    done = client.poll_run(state.run_id, timeout=None)
    assert done.is_over
    assert done.output == {"answer": 42}
    assert done.create_time is not None


async def test_a_run_is_asked_for_less_and_less_often(plane: FakePlane, clock: FakeClock) -> None:
    async with plane.async_client(clock=clock) as client:
        state = await client.post_goal(agent_id=plane.agent_id, goal="g")
        begun = clock.monotonic()
        polling = client.poll_run(state.run_id, timeout=10)
        assert not (await while_time_passes(clock, polling)).is_over
        assert clock.monotonic() - begun >= 10
        waiting = asyncio.create_task(client.poll_run(state.run_id, timeout=None))
        plane.finish(state.run_id)
        assert (await while_time_passes(clock, waiting)).is_over


def test_runs_are_changed_from_outside(plane: FakePlane, client: AOSClient) -> None:
    first = client.post_goal(agent_id=plane.agent_id, goal="g").run_id
    assert client.pause_run(first, reason="a look").state is GateState.PAUSED
    assert client.resume_run(first).state is GateState.OPEN
    stopped = client.stop_run(first, reason="enough")
    assert (stopped.gate.state, stopped.gate.reason) == (GateState.STOPPED, "enough")
    assert stopped.accept_time is not None
    killed = client.kill_run(first, reason="at once")
    assert (killed.gate.state, killed.confirmed) == (GateState.KILLED, False)
    assert client.get_halt(first).run_id == first
    with pytest.raises(PreconditionFailed) as refused:
        client.resume_run(first)
    assert refused.value.reason == "ILLEGAL_GATE_STEP"
    second = client.post_goal(agent_id=plane.agent_id, goal="g").run_id
    client.cancel_run(second, reason="not wanted")
    assert client.poll_run(second).status is RunStatus.CANCELLED


def test_a_broken_spine_is_an_exception_of_its_own_and_is_not_waited_for(
    plane: FakePlane, clock: FakeClock
) -> None:
    """On a clock that stands still, waiting for another try would never end."""
    with plane.client(clock=clock) as client:
        plane.refuse_runs("SPINE_BROKEN", "An invariant does not hold.", checks="reactor")
        for attempt in (
            lambda: client.post_goal(agent_id=plane.agent_id, goal="g"),
            lambda: client.run(goal="g", agent=plane.agent_id).__enter__(),
        ):
            with pytest.raises(SpineBroken, match="aos doctor") as broken:
                attempt()
            assert broken.value.retryable
        assert not client.get_capabilities().accepts_runs
        plane.refuse_runs("GOVERNANCE_DEGRADED")
        with pytest.raises(GovernanceDegraded, match="governance owner"):
            client.post_goal(agent_id=plane.agent_id, goal="g")
        plane.accept_runs()
        assert client.post_goal(agent_id=plane.agent_id, goal="g").run_id


async def test_the_async_twin_has_the_same_calls(
    plane: FakePlane, async_client: AsyncAOSClient
) -> None:
    state = await async_client.post_goal(agent_id=plane.agent_id, goal="g")
    assert (await async_client.get_capabilities()).skills[0].name == "echo"
    assert (await async_client.simulate(agent_id=plane.agent_id, goal="g")).refusal == ""
    for halting in (async_client.stop_run, async_client.kill_run):
        assert not (await halting(state.run_id, reason="r")).confirmed
    other = (await async_client.post_goal(agent_id=plane.agent_id, goal="h")).run_id
    assert (await async_client.pause_run(other, reason="r")).state is GateState.PAUSED
    assert (await async_client.resume_run(other)).state is GateState.OPEN
    await async_client.cancel_run(other, reason="r")
    assert (await async_client.poll_run(other)).is_over
    with pytest.raises(NotAvailableYet, match="integrations"):
        await async_client.access(plane="p", action="read")


def test_a_plane_that_restarts_is_borne_by_calls_too(plane: FakePlane, client: AOSClient) -> None:
    client.get_capabilities()
    plane.restart()
    assert client.get_capabilities().accepts_runs


async def test_calls_wait_for_a_plane_that_is_away(
    plane: FakePlane, async_client: AsyncAOSClient
) -> None:
    plane.go_away()
    asking = asyncio.create_task(async_client.get_capabilities())
    await until(lambda: async_client._connection is not None)
    plane.come_back()
    assert (await asking).accepts_runs


def test_what_comes_later_says_with_what_it_comes(plane: FakePlane, client: AOSClient) -> None:
    with pytest.raises(NotAvailableYet, match="integrations"):
        client.access(plane="p", action="read", payload={})
    for url in ("http://localhost:8080", "https://aos.example.com"):
        with pytest.raises(NotAvailableYet, match="gateway"):
            AOSClient("k", url)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("localhost:7460", ("localhost:7460", False)),
        ("grpc://aos.internal:1", ("aos.internal:1", False)),
        ("grpcs://aos.example.com:443", ("aos.example.com:443", True)),
        ("[::1]:7460", ("[::1]:7460", False)),
    ],
)
def test_addresses_are_read(text: str, address: tuple[str, bool]) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "localhost",
        "ftp://h:1",
        "h:port",
        "h:70000",
        "grpc://h:1/path",
        "grpc://u:p@h:1",
        ":1",
        "h:0",
    ],
)
def test_what_is_no_address_is_refused_with_what_is_one(text: str) -> None:
    with pytest.raises(ConfigurationError, match="grpcs://host:port"):
        AOSClient("k", text)


def test_the_environment_is_asked_for_what_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AOS_API_KEY", raising=False)
    monkeypatch.delenv("AOS_BASE_URL", raising=False)
    with pytest.raises(ConfigurationError, match="AOS_API_KEY"):
        AOSClient()
    monkeypatch.setenv("AOS_API_KEY", "k1")
    found = find_target(api_key=None, base_url=None, root_certificates=None)
    assert (found.address, found.api_key) == ("127.0.0.1:7460", "k1")
    monkeypatch.setenv("AOS_BASE_URL", "grpcs://aos.example.com:443")
    found = find_target(api_key="k2", base_url=None, root_certificates=None)
    assert (found.address, found.encrypted, found.api_key) == ("aos.example.com:443", True, "k2")


def service_errors(kind: type[ServiceError] = ServiceError) -> Iterator[type[ServiceError]]:
    for child in kind.__subclasses__():
        if child.__module__ == kernel.errors.__name__:
            yield child
            yield from service_errors(child)


def refused_with(error: ServiceError) -> AOSError:
    """What the SDK makes of an error as our own servers send it."""
    trailer = grpc.aio.Metadata((DETAILS_KEY, status_of(error).SerializeToString()))
    call = grpc.aio.AioRpcError(code_of(error), grpc.aio.Metadata(), trailer, "said")
    return from_call(call)


@pytest.mark.parametrize("kind", service_errors(), ids=lambda kind: kind.__name__)
def test_every_error_of_the_servers_is_the_same_exception_on_both_ways(
    kind: type[ServiceError],
) -> None:
    """As the status of a call, and as the refusal of one message of a session."""
    error = refused_with(kind("What is wrong.", metadata={"thing": "x"}))
    assert isinstance(error, RequestRefused)
    assert (error.reason, error.message) == (kind.reason, "What is wrong.")
    assert error.metadata == {"thing": "x"}
    assert kind_of(kind.reason) is type(error)
    refusal = refusal_pb2.Refusal(reason=kind.reason, message="m", retryable=error.retryable)
    assert from_refusal(refusal).retryable is error.retryable


def test_the_fields_that_are_wrong_are_in_the_metadata() -> None:
    violations = [FieldViolation(field="goal", description="must not be empty")]
    error = refused_with(kernel.errors.InvalidField("Wrong.", violations=violations))
    assert isinstance(error, Invalid)
    assert error.metadata == {"goal": "must not be empty"}


def test_every_code_of_a_refusal_has_a_class() -> None:
    for kind in service_errors():
        assert code_of(kind("m")) in BY_CODE or kind is kernel.errors.InternalError


def test_details_that_cannot_be_read_leave_the_code() -> None:
    trailer = grpc.aio.Metadata((DETAILS_KEY, b"\xff\xff"))
    call = grpc.aio.AioRpcError(grpc.StatusCode.NOT_FOUND, grpc.aio.Metadata(), trailer, "gone")
    error = from_call(call)
    assert isinstance(error, NotFound)
    assert (error.reason, error.message) == ("NOT_FOUND", "gone")


def test_an_unknown_key_is_refused_at_once(plane: FakePlane, clock: FakeClock) -> None:
    with AOSClient("another", plane.base_url, clock=clock) as client:
        with pytest.raises(Unauthenticated):
            client.get_capabilities()
        with pytest.raises(Unauthenticated):
            client.run(goal="g", agent=plane.agent_id).__enter__()


def test_reasons_that_the_sdk_does_not_know_keep_their_meaning() -> None:
    assert kind_of("WIDGET_NOT_FOUND") is NotFound
    assert kind_of("WIDGET_BENT") is PreconditionFailed
    assert kind_of("WIDGET_BUSY", retryable=True) is Unavailable
    assert kind_of("WIDGET_ODD", field="widget") is Invalid
