"""Sessions of a fake plane, as `session_service.proto` describes them."""

from collections.abc import Callable
from typing import Any

from aos_sdk._contract import policy_pb2, session_service_pb2
from aos_sdk.testing._fake_run import FakeRun
from aos_sdk.testing._problems import Problem
from aos_sdk.testing._rules import as_question
from aos_sdk.testing._views import permit_of, view_of
from aos_sdk.testing._world import Talk, World

SessionRequest = session_service_pb2.SessionRequest
SessionResponse = session_service_pb2.SessionResponse


class FakeSession:
    """What one stream may say, and what it is answered."""

    def __init__(self, world: World, talk: Talk) -> None:
        self._world = world
        self._talk = talk
        self._methods: dict[str, Callable[[Any, SessionResponse], FakeRun | None]] = {
            "": self._out_of_order,
            "hello": self._out_of_order,
            "create": self._create,
            "attach": self._attach,
            "step": self._step,
            "result": self._result,
            "heartbeat": self._heartbeat,
            "complete": self._complete,
            "obeyed": self._obeyed,
        }

    def hear(self, message: SessionRequest) -> None:
        """Answer one message, then tell what it brought about; a refusal has no effect.

        Raises:
            Problem: It breaks the contract, which ends the stream.
        """
        self._world.received.append(message)
        said = message.WhichOneof("message")
        response = SessionResponse(answers=message.sequence)
        moved: FakeRun | None = None
        try:
            moved = self._methods[said or ""](getattr(message, said or "hello"), response)
        except Problem as problem:
            if problem.reason == "INVALID_FIELD":
                raise
            response.refused.CopyFrom(problem.refusal())
        self._talk.outgoing.put_nowait(response)
        if moved is not None:
            self._world.tell(moved)

    def welcome(self, hello: SessionRequest) -> SessionResponse:
        """Open the session."""
        self._world.received.append(hello)
        self._world.sessions_opened.append(hello.hello.session_id)
        response = SessionResponse(answers=hello.sequence)
        response.welcome.heartbeat_every.FromNanoseconds(round(self._world.heartbeat_every * 1e9))
        response.welcome.permit_for.FromNanoseconds(round(self._world.permit_for * 1e9))
        return response

    def _out_of_order(self, _request: Any, _response: SessionResponse) -> None:
        raise Problem("SESSION_OUT_OF_ORDER", "A session is opened first, and only once.")

    def _create(self, request: Any, response: SessionResponse) -> None:
        run = self._world.create(request)
        self._hold(run, response)
        if run.start_decision is not None:
            response.held.start_decision.CopyFrom(run.start_decision)

    def _attach(self, request: Any, response: SessionResponse) -> None:
        self._hold(self._world.find(request.run_id), response)

    def _hold(self, run: FakeRun, response: SessionResponse) -> None:
        elsewhere = run.held_by not in {"", self._talk.session_id}
        if elsewhere and run.held_by in self._world.talks:
            raise Problem("RUN_HELD_ELSEWHERE", f"Another session executes {run.run_id}.")
        run.held_by = self._talk.session_id
        response.held.run.CopyFrom(view_of(run))
        response.held.on_unreachable = response.held.run.gate.on_unreachable
        self._permit(run, response.held)

    def _step(self, request: Any, response: SessionResponse) -> FakeRun | None:
        run = self._held(request.question.run_id)
        question = as_question(request.question)
        before = run.epoch
        decision = run.decide(
            question,
            request.question.SerializeToString(deterministic=True),
            self._world.rules.answer,
        )
        response.decided.decision.CopyFrom(decision)
        if decision.action in {policy_pb2.ACTION_CONTINUE, policy_pb2.ACTION_WARN}:
            self._permit(run, response.decided)
        return run if run.epoch != before else None

    def _result(self, request: Any, response: SessionResponse) -> None:
        step = self._held(request.run_id).record(request.step)
        response.recorded.run_id = request.run_id
        response.recorded.step_id = step.step_id
        response.recorded.index = step.index
        response.recorded.late = step.late

    def _heartbeat(self, request: Any, response: SessionResponse) -> None:
        response.renewed.SetInParent()
        for run in self._world.runs.values():
            named = not request.run_ids or run.run_id in request.run_ids
            if run.held_by != self._talk.session_id or not named:
                continue
            run.heartbeats += 1
            permit = permit_of(run, self._world.permit_for)
            if permit is not None:
                response.renewed.permits.append(permit)

    def _complete(self, request: Any, response: SessionResponse) -> None:
        run = self._world.find(request.run_id)
        response.completing.saga.CopyFrom(run.complete(request))
        run.held_by = ""

    def _obeyed(self, request: Any, response: SessionResponse) -> None:
        self._world.find(request.run_id).obeyed.append(request.epoch)
        response.noted.SetInParent()

    def _held(self, run_id: str) -> FakeRun:
        run = self._world.runs.get(run_id)
        if run is None or run.held_by != self._talk.session_id:
            raise Problem("RUN_NOT_HELD", f"This session does not hold the run {run_id}.")
        return run

    def _permit(self, run: FakeRun, message: Any) -> None:
        permit = permit_of(run, self._world.permit_for)
        if permit is not None:
            message.permit.CopyFrom(permit)
