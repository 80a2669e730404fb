"""Serves aos.orchestrator.v1.RunSessionService: one stream, many runs, answers in any order."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

from grpc import aio

from aos.orchestrator.v1 import session_service_pb2 as messages
from aos.orchestrator.v1 import session_service_pb2_grpc
from kernel.errors import ServiceError
from kernel.identifiers import RunId
from kernel.principal import Principal
from servicekit import calls
from servicekit.interceptors.validation import Received, Undecodable, validated
from servicekit.refusals import refusal_of
from services.orchestrator.api.run_messages import from_started, run_view, to_start, to_wish
from services.orchestrator.api.saga_messages import from_saga
from services.orchestrator.api.session_messages import (
    from_directive,
    from_permit,
    from_terms,
)
from services.orchestrator.domain.errors import SessionOutOfOrder
from services.orchestrator.domain.permit import Directive
from services.orchestrator.usecases.open_sessions import OpenSessions
from services.orchestrator.usecases.run_session import RunSession

# An agent that does not read what it is told must not fill our memory.
_MOST_UNREAD = 10_000
MakeSession = Callable[[Principal, str], RunSession]


class RunSessionService(session_service_pb2_grpc.RunSessionServiceServicer):
    """Decodes, calls one use case, encodes."""

    def __init__(self, *, make_session: MakeSession, sessions: OpenSessions) -> None:
        self._make_session = make_session
        self._sessions = sessions

    async def Session(self, _requests: Any, context: Any) -> AsyncIterator[Any]:
        """Hold a session with an agent."""
        principal = calls.principal()
        # Taken in here and not by way of the chain, which ends a stream with what is malformed: the
        # other runs of the session have done nothing wrong.
        received = await context.read()
        if received is aio.EOF:
            return
        first = validated(received)
        if first.WhichOneof("message") != "hello":
            raise SessionOutOfOrder("A session begins with hello.")
        session = self._make_session(principal, first.hello.session_id)
        connection = _Connection(session)
        connection.answer(first.sequence, welcome=from_terms(session.terms))
        with self._sessions.joined(principal.tenant_id, session, connection.tell):
            reading = asyncio.create_task(connection.read(context))
            try:
                async for response in connection.responses():
                    yield response
            finally:
                reading.cancel()
                await connection.end()


class _Connection:
    """One stream of one session."""

    def __init__(self, session: RunSession) -> None:
        self._session = session
        self._outgoing: asyncio.Queue[messages.SessionResponse | ServiceError | None] = (
            asyncio.Queue(_MOST_UNREAD)
        )
        self._working: set[asyncio.Task[None]] = set()

    def tell(self, directive: Directive) -> None:
        """Tell the agent something that it did not ask."""
        self._outgoing.put_nowait(from_directive(directive))

    def answer(self, sequence: int, **said: Any) -> None:
        """Answer one message."""
        self._outgoing.put_nowait(messages.SessionResponse(answers=sequence, **said))

    async def responses(self) -> AsyncIterator[messages.SessionResponse]:
        """What is to be said, until the agent has said goodbye and everything is answered."""
        while True:
            said = await self._outgoing.get()
            if said is None:
                return
            if isinstance(said, ServiceError):
                raise said
            yield said

    async def read(self, context: Any) -> None:
        """Take in what the agent says; each message is worked on by itself."""
        try:
            while (received := await context.read()) is not aio.EOF:
                calls.recheck()
                task = asyncio.create_task(self._work(received))
                self._working.add(task)
                task.add_done_callback(self._working.discard)
            while self._working:
                await asyncio.wait(self._working)
            await self._session.leave()
            self._outgoing.put_nowait(None)
        except ServiceError as error:
            # The credential is good no more: the stream ends with it.
            self._outgoing.put_nowait(error)

    async def end(self) -> None:
        """Drop what is still being worked on: nobody would hear of it."""
        for task in self._working:
            task.cancel()
        await asyncio.gather(*self._working, return_exceptions=True)

    async def _work(self, received: Received | Undecodable) -> None:
        # Of bytes that are no message nobody knows the number.
        sequence = received.message.sequence if isinstance(received, Received) else 0
        try:
            request = validated(received)
            await getattr(self, f"on_{request.WhichOneof('message')}")(request)
        except Exception as error:  # noqa: BLE001 - one message must not end the others
            self.answer(sequence, refused=refusal_of(error))

    async def on_hello(self, _request: Any) -> None:
        """Refuse to begin twice."""
        raise SessionOutOfOrder("The session has begun already; hello is said once.")

    async def on_create(self, request: Any) -> None:
        """Create a run and hold it."""
        command = to_start(request.create, calls.principal())
        started, permit = await self._session.create(command)
        created = from_started(started)
        held = messages.RunHeld(
            run=created.run,
            start_decision=created.start_decision,
            permit=from_permit(permit) if permit else None,
            on_unreachable=created.run.gate.on_unreachable,
        )
        self.answer(request.sequence, held=held)

    async def on_attach(self, request: Any) -> None:
        """Hold a run that exists."""
        run_id = RunId(request.attach.run_id)
        contract, gate, permit = await self._session.attach(run_id)
        held = messages.RunHeld(
            run=run_view(None, gate.message if gate else None, contract, None),
            permit=from_permit(permit) if permit else None,
        )
        held.on_unreachable = held.run.gate.on_unreachable
        held.run.run.id = run_id
        self.answer(request.sequence, held=held)

    async def on_step(self, request: Any) -> None:
        """Say whether a step may happen."""
        question = request.step.question
        decided, permit = await self._session.ask(
            RunId(question.run_id), question.step_id, question
        )
        said = messages.StepDecided(
            decision=decided.message, permit=from_permit(permit) if permit else None
        )
        self.answer(request.sequence, decided=said)

    async def on_result(self, request: Any) -> None:
        """Keep what a step came to."""
        run_id, step = RunId(request.result.run_id), request.result.step
        place = await self._session.result(run_id, step.step_id, step)
        recorded = messages.ResultRecorded(
            run_id=run_id, step_id=step.step_id, index=place.index, late=place.late
        )
        self.answer(request.sequence, recorded=recorded)

    async def on_heartbeat(self, request: Any) -> None:
        """Renew what may go on."""
        wanted = [RunId(run_id) for run_id in request.heartbeat.run_ids]
        permits, directives = await self._session.beat(wanted)
        for directive in directives:
            self.tell(directive)
        renewed = messages.Renewed()
        renewed.permits.extend(from_permit(permit) for permit in permits)
        self.answer(request.sequence, renewed=renewed)

    async def on_complete(self, request: Any) -> None:
        """Begin the completion of a run."""
        said = request.complete
        saga = await self._session.complete(RunId(said.run_id), to_wish(said.outcome))
        self.answer(request.sequence, completing=messages.RunCompleting(saga=from_saga(saga)))

    async def on_obeyed(self, request: Any) -> None:
        """Keep that a directive was obeyed."""
        await self._session.obey(RunId(request.obeyed.run_id), request.obeyed.epoch)
        self.answer(request.sequence, noted=messages.Noted())
