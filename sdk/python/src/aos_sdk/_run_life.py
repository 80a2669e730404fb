"""The life of an external run on a session: created, held, completed."""

import asyncio
import logging
import uuid
from collections.abc import Callable
from functools import partial

from aos_sdk._contract import run_pb2, run_service_pb2
from aos_sdk._delivery import Results
from aos_sdk._enums import GateState, OnUnreachable
from aos_sdk._errors import AOSError, PlaneUnreachable
from aos_sdk._held_run import HeldRun
from aos_sdk._letters import Letter, SessionRequest, SessionResponse
from aos_sdk._refusals import from_refusal
from aos_sdk._session import Session
from aos_sdk._values import Directive

_log = logging.getLogger("aos_sdk")
_IS_OVER = "RUN_IS_OVER"


class RunLife:
    """What a run needs from its beginning to its end.

    Attributes:
        session: Session that holds it.
        held: What is known of it.
        results: Its results that are not on disk yet.
        abandoned: What is to be done at the end about steps that could not be asked for, by name.
    """

    def __init__(
        self, *, session: Session, on_directive: Callable[[Directive], object] | None
    ) -> None:
        self.session = session
        self.held = HeldRun(
            clock=session.clock, permit_for=session.permit_for, on_directive=on_directive
        )
        self.results = Results(session=session, run=self.held)
        self.abandoned: dict[str, Callable[[], None]] = {}
        self._guard: asyncio.Task[None] | None = None

    async def begin(self, request: run_service_pb2.CreateRunRequest) -> None:
        """Create the run and hold it.

        Raises:
            RequestRefused: The plane does not accept it.
            StepRefused: A policy that binds at the start stopped it.
            PlaneUnreachable: Nobody answered in time.
        """
        creating = self.session.say(SessionRequest(create=request))
        creating.on_answer = partial(self._created, creating)
        try:
            await self._wait_for(creating.answer)
        except BaseException:
            self._forget(creating)
            raise
        if not creating.answer.done():
            self._forget(creating)
            seconds = self.session.timeout
            raise PlaneUnreachable(f"The run was not created within {seconds:g} seconds.")
        response = creating.answer.result()
        if response.WhichOneof("message") != "held":
            raise from_refusal(response.refused)
        self._guard = self.session.run_chore(self.held.guard())
        if self.held.is_halted:
            halt = self.held.halt()
            await self.end(halt)
            raise halt

    async def end(self, error: BaseException | None) -> None:
        """Bring what is left of the results to the plane, then complete the run.

        Both go on after whoever waits has given up, for as long as the client lives.

        Raises:
            PlaneUnreachable: The plane has not confirmed the completion in time.
            RequestRefused: The plane refuses the completion.
        """
        assert self._guard is not None, "it has begun"
        outcome = _outcome(error, halted=self.held.is_halted)
        finishing = self.session.run_chore(self._finish(outcome))
        await self._wait_for(finishing)
        self._guard.cancel()
        try:
            if not finishing.done():
                raise PlaneUnreachable(
                    f"The completion of run {self.held.run_id} is not on disk yet; it is said"
                    " again for as long as this client lives."
                )
            finishing.result()
        except AOSError as problem:
            if error is None and not self._may_end_quietly(problem):
                raise
            _log.warning("The completion of run %s: %s", self.held.run_id, problem)

    def _may_end_quietly(self, problem: AOSError) -> bool:
        open_ended = self.held.on_unreachable is OnUnreachable.FAIL_OPEN
        unreachable = isinstance(problem, PlaneUnreachable)
        return self.held.is_halted or problem.reason == _IS_OVER or (unreachable and open_ended)

    async def _finish(self, outcome: run_pb2.Outcome) -> None:
        try:
            for give_back in self.abandoned.values():
                give_back()
            await self.results.all_delivered()
            # Messages may be worked on in any order; the plane forgets who held a run that is over.
            if self.held.reported:
                await asyncio.wait(tuple(self.held.reported))
            if self.held.state is not GateState.CLOSED:
                message = _completion(self.held.run_id, outcome)
                await self.session.bring(message, expecting="completing")
        finally:
            self.session.let_go(self.held)

    async def _wait_for(
        self, future: "asyncio.Future[SessionResponse] | asyncio.Task[None]"
    ) -> None:
        clock = self.session.clock
        await clock.wait([future], until=clock.monotonic() + self.session.timeout)

    def _created(self, letter: Letter, response: SessionResponse) -> None:
        """Hold the run before anything is said to it."""
        if response.HasField("held"):
            self.held.permit_for = self.session.permit_for
            self.held.held(response.held, asked=letter.sent_at)
            self.session.hold(self.held)

    def _forget(self, creating: Letter) -> None:
        """Give up a run that nobody waits for any more, should it have been created after all."""
        was_sent = creating.message.sequence > 0
        creating.on_answer = self._give_up if was_sent else None
        creating.answer.cancel()

    def _give_up(self, response: SessionResponse) -> None:
        if response.HasField("held"):
            message = _completion(response.held.run.run.id, run_pb2.OUTCOME_CANCELLED)
            self.session.say(message)


def _completion(run_id: str, outcome: run_pb2.Outcome) -> SessionRequest:
    complete = run_service_pb2.CompleteRunRequest(
        request_id=str(uuid.uuid4()), run_id=run_id, outcome=outcome
    )
    return SessionRequest(complete=complete)


def _outcome(error: BaseException | None, *, halted: bool) -> run_pb2.Outcome:
    """How the run ended, as its body says; what its gate says counts more."""
    if error is None:
        return run_pb2.OUTCOME_FAILED if halted else run_pb2.OUTCOME_SUCCEEDED
    if isinstance(error, Exception):
        return run_pb2.OUTCOME_FAILED
    return run_pb2.OUTCOME_CANCELLED
