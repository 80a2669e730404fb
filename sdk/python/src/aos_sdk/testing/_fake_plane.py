"""The plane itself: started, scripted, and tormented by a test."""

from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar

from grpc import aio

from aos_sdk._async_client import AsyncAOSClient
from aos_sdk._background import Background
from aos_sdk._client import AOSClient
from aos_sdk._clock import Clock
from aos_sdk._contract import session_service_pb2
from aos_sdk._enums import Action, GateState, OnUnreachable
from aos_sdk._fork import GrpcUse
from aos_sdk.testing._fake_run import FakeRun
from aos_sdk.testing._fake_services import FakeServices
from aos_sdk.testing._problems import Problem, new_id
from aos_sdk.testing._rules import Answer, Decide, Rules
from aos_sdk.testing._world import World

ResultT = TypeVar("ResultT")
_API_KEY = "fake-key"


class FakePlane:
    """A plane for tests; it obeys the contracts of the real one, and keeps everything in memory.

    Its methods may be called from any thread and return when they have taken effect.

    Args:
        decide: Asked for every step that `answer` says nothing about; what it does not decide is
            let through.
        on_unreachable: What runs are to do while the plane is away.
        permit_for: How long permits are good for, in seconds.
        heartbeat_every: How often heartbeats are expected, in seconds.
        token_life: How long tokens are good for, in seconds.
        api_key: The one key that it accepts.
    """

    def __init__(
        self,
        decide: Decide | None = None,
        *,
        on_unreachable: OnUnreachable | str = OnUnreachable.FAIL_CLOSED,
        permit_for: float = 5.0,
        heartbeat_every: float = 1.0,
        token_life: float = 300.0,
        api_key: str = _API_KEY,
    ) -> None:
        self.api_key = api_key
        self.agent_id = new_id("agt")
        self._background = Background.shared()
        self._world = World(
            rules=Rules(decide),
            api_key=api_key,
            permit_for=permit_for,
            heartbeat_every=heartbeat_every,
            token_life=token_life,
            on_unreachable=OnUnreachable(on_unreachable),
        )
        self._world.speaking.set()
        self._server: aio.Server | None = None
        self._port = 0

    def __enter__(self) -> Self:
        """Listen on a free port of the loopback interface."""
        self.come_back()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop listening."""
        self.go_away()

    @property
    def base_url(self) -> str:
        """Its address, for `AOSClient`."""
        return f"127.0.0.1:{self._port}"

    def client(self, *, timeout: float = 15.0, clock: Clock | None = None) -> AOSClient:
        """Make a client of this plane."""
        return AOSClient(self.api_key, self.base_url, timeout=timeout, clock=clock)

    def async_client(self, *, timeout: float = 15.0, clock: Clock | None = None) -> AsyncAOSClient:
        """Make a client of this plane for the caller's event loop."""
        return AsyncAOSClient(self.api_key, self.base_url, timeout=timeout, clock=clock)

    @property
    def runs(self) -> dict[str, FakeRun]:
        """All runs, by identifier, in the order of their creation."""
        return self._world.runs

    @property
    def last_run(self) -> FakeRun:
        """The run that was created last."""
        return list(self._world.runs.values())[-1]

    @property
    def received(self) -> list[session_service_pb2.SessionRequest]:
        """Every message that came on sessions."""
        return self._world.received

    @property
    def sessions_opened(self) -> list[str]:
        """Identifiers of sessions, once for each stream that was opened under them."""
        return self._world.sessions_opened

    @property
    def keys_exchanged(self) -> int:
        """How often the key was exchanged for a token."""
        return self._world.keys_exchanged

    def answer(
        self,
        name: str,
        action: Action | str,
        *,
        limit: str = "",
        value: int = 0,
        threshold: int = 0,
        requires_ack: bool = False,
    ) -> None:
        """Decide like this about steps of that name; several answers are given one by one."""
        said = Answer(
            action=Action(action),
            limit=limit,
            value=value,
            threshold=threshold,
            requires_ack=requires_ack,
        )
        self._world.rules.add(name, said)

    def answer_start(self, action: Action | str, *, limit: str = "") -> None:
        """Decide like this about runs that begin from now on."""
        self._world.at_start = Answer(action=Action(action), limit=limit)

    def pause(self, run_id: str, reason: str = "a person wants to look") -> None:
        """Pause a run, and tell whoever executes it."""
        self._move(run_id, GateState.PAUSED, reason)

    def resume(self, run_id: str, reason: str = "") -> None:
        """Resume a run, and tell whoever executes it."""
        self._move(run_id, GateState.OPEN, reason)

    def stop(self, run_id: str, reason: str = "a person stopped it") -> None:
        """Stop a run, and tell whoever executes it."""
        self._move(run_id, GateState.STOPPED, reason)

    def kill(self, run_id: str, reason: str = "a person killed it") -> None:
        """Kill a run, and tell whoever executes it."""
        self._move(run_id, GateState.KILLED, reason)

    def cancel(self, run_id: str, reason: str = "a person gave it up") -> None:
        """Cancel a run, and tell whoever executes it."""
        self._wait(self._soon(lambda: self._world.cancel(run_id, reason)))

    def finish(self, run_id: str, output_json: str = "null") -> None:
        """Let a managed run succeed."""
        self._wait(self._soon(lambda: self._world.finish(run_id, output_json)))

    def refuse_runs(self, reason: str, message: str = "Not now.", **metadata: str) -> None:
        """Accept no runs, for a reason such as `SPINE_BROKEN` or `GOVERNANCE_DEGRADED`."""
        self._world.refuses_runs = Problem(reason, message, retryable=True, metadata=metadata)

    def accept_runs(self) -> None:
        """Accept runs again."""
        self._world.refuses_runs = None

    def revoke_tokens(self) -> None:
        """Refuse every token that was given so far."""
        self._world.tokens.clear()

    def drop_connections(self) -> None:
        """Break every session's stream; the plane goes on listening."""
        self._wait(self._drop())

    def fall_silent(self) -> None:
        """Answer nothing any more, though connections stay open; what comes is answered later."""
        self._wait(self._soon(self._world.speaking.clear))

    def speak_again(self) -> None:
        """Answer what came meanwhile, and go on."""
        self._wait(self._soon(self._world.speaking.set))

    def go_away(self) -> None:
        """Stop listening, as if the process had been killed; what it knows is kept."""
        self._wait(self._stop())

    def come_back(self) -> None:
        """Listen again, at the same address."""
        self._wait(self._start())

    def restart(self) -> None:
        """Go away and come back."""
        self.go_away()
        self.come_back()

    def _move(self, run_id: str, state: GateState, reason: str) -> None:
        self._wait(self._soon(lambda: self._world.move(run_id, state, reason)))

    async def _soon(self, act: Any) -> None:
        act()

    async def _drop(self) -> None:
        for talk in tuple(self._world.talks.values()):
            talk.outgoing.put_nowait(None)
            await talk.ended.wait()

    async def _start(self) -> None:
        if self._server is not None:
            return
        GrpcUse.begin()
        # A port that another server may share would be found taken by nobody.
        server = aio.server(options=[("grpc.so_reuseport", 0)])
        FakeServices(self._world).register(server)
        self._port = server.add_insecure_port(f"127.0.0.1:{self._port}")
        await server.start()
        self._server = server

    async def _stop(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            await server.stop(grace=None)
            self._world.talks.clear()

    def _wait(self, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        return self._background.run(work)
