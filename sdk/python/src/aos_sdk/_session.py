"""The session of a client: one stream at a time, made anew for as long as runs need it.

A stream begins with `hello` under an identifier that stays the same, then takes up again the runs
that are held, then says again what was not answered. Nobody who asks notices, unless it takes
longer than the permits last.
"""

import asyncio
import logging
import uuid
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial

from aos_sdk import _decode
from aos_sdk._clock import Backoff
from aos_sdk._connection import Connection, passes_by_waiting
from aos_sdk._contract import session_service_pb2
from aos_sdk._errors import (
    AOSError,
    ClientUnusable,
    Internal,
    Invalid,
    PlaneUnreachable,
    Unauthenticated,
)
from aos_sdk._heartbeat import Heart
from aos_sdk._held_run import HeldRun
from aos_sdk._letters import Letter, Post, SessionRequest, SessionResponse
from aos_sdk._refusals import from_refusal
from aos_sdk._stream import Stream

_log = logging.getLogger("aos_sdk")
_MOST_TRIES = 5


class Session:
    """What all runs of a client share; opened when the first of them needs it."""

    def __init__(self, connection: Connection) -> None:
        self.session_id = str(uuid.uuid4())
        self.clock = connection.clock
        self.timeout = connection.timeout
        self.permit_for = 5.0
        self.heartbeat_every = 2.0
        self.runs: dict[str, HeldRun] = {}
        self._connection = connection
        self._post = Post()
        self._stream: Stream | None = None
        self._is_ready = False
        self._was_ready = False
        self._living: asyncio.Task[None] | None = None
        self._chores: set[asyncio.Task[None]] = set()
        self._closed = False
        self._refused_tokens = 0

    def say(
        self,
        message: SessionRequest,
        *,
        lasting: bool = True,
        on_answer: Callable[[SessionResponse], None] | None = None,
    ) -> Letter:
        """Say something now, or as soon as there is a stream to say it on.

        Raises:
            ClientUnusable: The client is closed.
        """
        self.refuse_if_closed()
        letter = Letter(message=message, lasting=lasting, on_answer=on_answer)
        if self._is_ready and self._stream is not None:
            self._post.send(letter, self._stream.outgoing, self.clock.monotonic())
        else:
            self._post.keep(letter)
        if self._living is None or self._living.done():
            self._living = asyncio.create_task(self._live(), name="aos-session")
        return letter

    def refuse_if_closed(self) -> None:
        """Raise if nothing can be said any more."""
        if self._closed:
            raise ClientUnusable("This client is closed: make another one.")

    def hold(self, run: HeldRun) -> None:
        """Take a run up again whenever a stream is lost, and keep its permit alive."""
        run.connected = self._is_ready
        self.runs[run.run_id] = run

    def let_go(self, run: HeldRun) -> None:
        """Forget a run that is over."""
        self.runs.pop(run.run_id, None)

    @property
    def unanswered(self) -> int:
        """Messages that the plane has not answered yet."""
        return len(self._post)

    def run_chore(self, chore: Coroutine[object, object, None]) -> "asyncio.Task[None]":
        """Do something that goes on for as long as the session lives, whoever waits for it."""
        task = asyncio.create_task(chore)
        self._chores.add(task)
        task.add_done_callback(self._chores.discard)
        return task

    async def bring(self, message: SessionRequest, *, expecting: str) -> SessionResponse:
        """Say something until it is accepted; refusals that pass by waiting are waited for.

        Raises:
            RequestRefused: It was refused for good.
        """
        backoff = Backoff()
        for _ in range(_MOST_TRIES):
            response = await self.say(message).answer
            if response.WhichOneof("message") == expecting:
                return response
            refusal = from_refusal(response.refused)
            if not passes_by_waiting(refusal):
                break
            await self.clock.sleep_until(self.clock.monotonic() + backoff.next())
        raise refusal

    async def close(self) -> None:
        """End the stream; whoever still waits is told."""
        self._closed = True
        tasks = [task for task in (self._living, *self._chores) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self.unanswered:
            _log.warning("The client is closed with %d unanswered messages.", self.unanswered)
        self._post.fail(ClientUnusable("The client was closed before the plane answered."))

    async def _live(self) -> None:
        """Hold a stream for as long as the plane lets us and anybody needs it."""
        backoff = Backoff()
        while self.runs or self.unanswered:
            try:
                await self._one_stream(backoff)
            except AOSError as problem:
                if not self._may_come_back(problem):
                    self._give_up(problem)
                    return
                _log.info("The session was interrupted: %s", problem.message)
            await self.clock.sleep_until(self.clock.monotonic() + backoff.next())

    def _may_come_back(self, problem: AOSError) -> bool:
        """Whether another stream may fare better; a token that is refused is replaced once."""
        refused = isinstance(problem, Unauthenticated)
        if refused and self._connection.forget_token() and self._refused_tokens == 0:
            self._refused_tokens += 1
            return True
        if isinstance(problem, Invalid) and self._was_ready:
            # One of the messages that were under way broke the contract, and would do so again.
            self._post.fail(problem)
            return True
        return problem.retryable or isinstance(problem, Internal)

    def _give_up(self, problem: AOSError) -> None:
        _log.error("The plane refuses the session: %s", problem)
        self._refused_tokens = 0
        for run in tuple(self.runs.values()):
            run.ended(problem.message)
            self.let_go(run)
        self._post.fail(problem)

    async def _one_stream(self, backoff: Backoff) -> None:
        """Hold a stream until it ends, one way or the other."""
        self._was_ready = False
        metadata = await self._connection.credentials()
        self._stream = stream = Stream(self._connection.open_session, metadata)
        listening = asyncio.create_task(stream.listen(self._hear))
        speaking = asyncio.create_task(self._speak(stream, backoff))
        try:
            await asyncio.wait({listening, speaking}, return_when=asyncio.FIRST_COMPLETED)
            for task in (listening, speaking):
                if task.done():
                    task.result()
        finally:
            self._set_ready(ready=False)
            self._stream = None
            for task in (listening, speaking):
                task.cancel()
            stream.cancel()
            await asyncio.gather(listening, speaking, return_exceptions=True)
            self._post.stream_lost()

    async def _speak(self, stream: Stream, backoff: Backoff) -> None:
        """Say hello, take up again what is held, say again what was not answered, stay alive."""
        await self._greet(stream)
        await asyncio.gather(*(self._take_up(stream, run) for run in tuple(self.runs.values())))
        backoff.reset()
        self._refused_tokens = 0
        self._set_ready(ready=True)
        self._post.send_kept(stream.outgoing, self.clock.monotonic())
        await Heart(self).beat()
        raise PlaneUnreachable("The plane left the session's heartbeat unanswered.")

    async def _greet(self, stream: Stream) -> None:
        hello = session_service_pb2.Hello(session_id=self.session_id, client=stream.client)
        answer = self._say_first(stream, SessionRequest(hello=hello)).answer
        until = self.clock.monotonic() + self.timeout
        await self.clock.wait([answer], until=until)
        if not answer.done():
            raise PlaneUnreachable("The plane left the session's greeting unanswered.")
        response = answer.result()
        if response.WhichOneof("message") != "welcome":
            raise from_refusal(response.refused)
        welcome = response.welcome
        self.heartbeat_every = welcome.heartbeat_every.ToTimedelta().total_seconds() or 2.0
        self.permit_for = welcome.permit_for.ToTimedelta().total_seconds() or 5.0

    def _say_first(
        self,
        stream: Stream,
        message: SessionRequest,
        on_answer: Callable[[SessionResponse], None] | None = None,
    ) -> Letter:
        """Say something on a stream that is not open to everybody yet."""
        letter = Letter(message=message, lasting=False, on_answer=on_answer)
        self._post.send(letter, stream.outgoing, self.clock.monotonic())
        return letter

    async def _take_up(self, stream: Stream, run: HeldRun) -> None:
        """Take a run up again; one that we may not hold any more is over for us."""
        attach = SessionRequest(attach=session_service_pb2.AttachRun(run_id=run.run_id))
        backoff = Backoff()
        for _ in range(_MOST_TRIES):
            on_answer = partial(self._taken_up, run, self.clock.monotonic())
            response = await self._say_first(stream, attach, on_answer).answer
            if not response.refused.retryable:
                return
            await self.clock.sleep_until(self.clock.monotonic() + backoff.next())
        raise from_refusal(response.refused)

    def _taken_up(self, run: HeldRun, asked: float, response: SessionResponse) -> None:
        if response.WhichOneof("message") == "held":
            run.held(response.held, asked=asked)
            self.report_obedience(run)
        elif not response.refused.retryable:
            run.ended(response.refused.message)

    def look_again(self, run: HeldRun) -> None:
        """Ask how a run stands that the plane does not renew, though nobody told us why."""
        if self._stream is not None:
            self.run_chore(self._look(self._stream, run))

    async def _look(self, stream: Stream, run: HeldRun) -> None:
        with suppress(AOSError):
            await self._take_up(stream, run)

    def _hear(self, response: SessionResponse) -> None:
        if response.WhichOneof("message") != "directive":
            self._post.answered(response)
            return
        run = self.runs.get(response.directive.run_id)
        if run is not None:
            run.directed(_decode.directive(response.directive))
            self.report_obedience(run)

    def report_obedience(self, run: HeldRun) -> None:
        """Say that a directive was obeyed, as soon as nothing of the run is under way."""
        epoch = run.obeyed()
        if epoch is None or self._closed:
            return
        obeyed = session_service_pb2.DirectiveObeyed(run_id=run.run_id, epoch=epoch)
        letter = self.say(SessionRequest(obeyed=obeyed))
        run.reported.add(letter.answer)
        letter.answer.add_done_callback(run.reported.discard)

    def _set_ready(self, *, ready: bool) -> None:
        self._is_ready = ready
        self._was_ready = self._was_ready or ready
        for run in self.runs.values():
            run.connected = ready
            run.news.ring()
