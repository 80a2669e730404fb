"""What a fake plane keeps while it comes and goes: keys, tokens, runs, and how it behaves."""

import asyncio
import secrets
import time
import uuid
from dataclasses import dataclass, field

from aos_sdk._contract import run_pb2, run_service_pb2, session_service_pb2
from aos_sdk._enums import GateState, OnUnreachable, RunStatus
from aos_sdk.testing._fake_run import FakeRun
from aos_sdk.testing._problems import Problem, new_id
from aos_sdk.testing._rules import Answer, Rules
from aos_sdk.testing._views import directive_of


@dataclass(slots=True, kw_only=True)
class Talk:
    """One stream of a session, from the plane's side; None in `outgoing` ends it."""

    session_id: str
    outgoing: "asyncio.Queue[session_service_pb2.SessionResponse | None]" = field(
        default_factory=asyncio.Queue
    )
    problem: Problem | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True, kw_only=True)
class World:
    """Everything that outlives a restart of the plane."""

    rules: Rules
    api_key: str
    permit_for: float
    heartbeat_every: float
    token_life: float
    on_unreachable: OnUnreachable
    at_start: Answer = field(default_factory=Answer)
    runs: dict[str, FakeRun] = field(default_factory=dict)
    by_request: dict[str, FakeRun] = field(default_factory=dict)
    talks: dict[str, Talk] = field(default_factory=dict)
    received: list[session_service_pb2.SessionRequest] = field(default_factory=list)
    sessions_opened: list[str] = field(default_factory=list)
    tokens: dict[str, float] = field(default_factory=dict)
    keys_exchanged: int = 0
    refuses_runs: Problem | None = None
    speaking: asyncio.Event = field(default_factory=asyncio.Event)

    def exchange(self, api_key: str) -> tuple[str, float]:
        """Exchange the key for a token.

        Raises:
            Problem: It is another key.
        """
        if api_key != self.api_key:
            raise Problem("CREDENTIAL_INVALID", "The API key is unknown or revoked.")
        token = secrets.token_urlsafe(24)
        self.keys_exchanged += 1
        self.tokens[token] = time.time() + self.token_life
        return token, self.tokens[token]

    def authenticate(self, header: str) -> None:
        """Let somebody in who shows a token that is good.

        Raises:
            Problem: They do not.
        """
        token = header.removeprefix("Bearer ")
        if token not in self.tokens:
            raise Problem("CREDENTIAL_INVALID", "The token is unknown or revoked.")
        if self.tokens[token] < time.time():
            raise Problem("CREDENTIAL_EXPIRED", "The token has expired.")

    def create(self, request: run_service_pb2.CreateRunRequest) -> FakeRun:
        """Create a run once for a `request_id`.

        Raises:
            Problem: The plane accepts no runs, or the request cannot be one.
        """
        known = self.by_request.get(request.request_id)
        if known is not None:
            if known.request != request:
                raise Problem("REQUEST_ID_REUSED", "The same request id came with another body.")
            return known
        if self.refuses_runs is not None:
            raise self.refuses_runs
        _check(request)
        run = FakeRun(request=request, on_unreachable=self.on_unreachable)
        if request.mode == run_pb2.RUN_MODE_MANAGED:
            run.status = RunStatus.QUEUED
        run.decide_start(self.at_start)
        self.runs[run.run_id] = self.by_request[request.request_id] = run
        return run

    def find(self, run_id: str) -> FakeRun:
        """Find a run.

        Raises:
            Problem: There is none.
        """
        if run_id not in self.runs:
            raise Problem("RUN_NOT_FOUND", f"There is no run {run_id}.")
        return self.runs[run_id]

    def move(self, run_id: str, state: GateState, reason: str) -> FakeRun:
        """Change the gate of a run, and tell whoever executes it.

        Raises:
            Problem: There is no such run, or its state does not lead there.
        """
        run = self.find(run_id)
        before = run.epoch
        run.move(state, reason)
        if run.epoch != before:
            self.tell(run)
        return run

    def cancel(self, run_id: str, reason: str) -> FakeRun:
        """Give a run up.

        Raises:
            Problem: There is no such run.
        """
        run = self.find(run_id)
        if not run.status.is_over:
            run.status = RunStatus.CANCELLED
            self.move(run_id, GateState.CLOSED, reason)
        return run

    def finish(self, run_id: str, output_json: str) -> FakeRun:
        """Let a managed run succeed.

        Raises:
            Problem: There is no such run.
        """
        run = self.find(run_id)
        run.status, run.output_json = RunStatus.SUCCEEDED, output_json
        return self.move(run_id, GateState.CLOSED, "completed")

    def tell(self, run: FakeRun) -> None:
        """Send a directive to the session that executes the run, if it is connected."""
        talk = self.talks.get(run.held_by)
        if talk is not None:
            talk.outgoing.put_nowait(directive_of(run))


def _check(request: run_service_pb2.CreateRunRequest) -> None:
    try:
        uuid.UUID(request.request_id)
    except ValueError:
        raise Problem("INVALID_FIELD", "must be a UUID", field="request_id") from None
    if not (request.agent_id.startswith("agt_") and len(request.agent_id) == len(new_id("agt"))):
        raise Problem("INVALID_FIELD", "must be an agent's identifier", field="agent_id")
    if not request.goal:
        raise Problem("INVALID_FIELD", "must not be empty", field="goal")
