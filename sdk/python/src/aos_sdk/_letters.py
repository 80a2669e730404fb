"""Messages that wait for their answer, across as many streams as it takes."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from aos_sdk._contract import session_service_pb2

SessionRequest = session_service_pb2.SessionRequest
SessionResponse = session_service_pb2.SessionResponse


@dataclass(slots=True, eq=False, kw_only=True)
class Letter:
    """One message and what comes back for it.

    Attributes:
        message: What is said; its sequence is given each time it is sent.
        answer: What the plane says to it.
        lasting: Whether it is sent again on the next stream, as what can be repeated safely is.
        on_answer: Called with the answer before anything that the plane said after it is heard.
        sent_at: When it was last sent, by the monotonic clock; permits count from then.
    """

    message: SessionRequest
    lasting: bool = True
    answer: "asyncio.Future[SessionResponse]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    on_answer: "Callable[[SessionResponse], None] | None" = None
    sent_at: float = 0.0

    @property
    def is_withdrawn(self) -> bool:
        """Whether nobody cares any more what the answer would be."""
        return self.answer.cancelled() and self.on_answer is None


class Post:
    """Numbers messages, remembers which are unanswered, and pairs answers with them.

    The numbers grow over the whole life of a session: a message that is sent again gets a new one.
    """

    def __init__(self) -> None:
        self._sequence = 0
        self._waiting: dict[int, Letter] = {}
        self._unsent: list[Letter] = []

    def __len__(self) -> int:
        kept = sum(not letter.is_withdrawn for letter in self._unsent)
        return len(self._waiting) + kept

    def keep(self, letter: Letter) -> None:
        """Keep a letter until there is a stream to send it on."""
        self._unsent.append(letter)

    def send(
        self, letter: Letter, stream: "asyncio.Queue[SessionRequest | None]", now: float
    ) -> None:
        """Number a letter and hand it to the stream."""
        self._sequence += 1
        letter.message.sequence = self._sequence
        letter.sent_at = now
        self._waiting[self._sequence] = letter
        numbered = SessionRequest()
        numbered.CopyFrom(letter.message)
        stream.put_nowait(numbered)

    def send_kept(self, stream: "asyncio.Queue[SessionRequest | None]", now: float) -> None:
        """Send everything that was kept, in the order in which it was said."""
        kept, self._unsent = self._unsent, []
        for letter in kept:
            if not letter.is_withdrawn:
                self.send(letter, stream, now)

    def answered(self, response: SessionResponse) -> None:
        """Give an answer to whom it belongs; one that nobody waits for any more is dropped."""
        letter = self._waiting.pop(response.answers, None)
        if letter is None:
            return
        if letter.on_answer is not None:
            letter.on_answer(response)
        if not letter.answer.done():
            letter.answer.set_result(response)

    def stream_lost(self) -> None:
        """Keep what must be said again; what only made sense on that stream is given up."""
        lost, self._waiting = self._waiting, {}
        again = [letter for letter in lost.values() if letter.lasting]
        for letter in lost.values():
            if not letter.lasting:
                letter.answer.cancel()
        self._unsent = again + self._unsent

    def fail(self, error: Exception) -> None:
        """Drop everything, and tell everybody who waits that no answer will come."""
        for letter in (*self._waiting.values(), *self._unsent):
            if not letter.answer.done():
                letter.answer.set_exception(error)
                # Whoever has stopped waiting need not be warned of an error that nobody fetched.
                letter.answer.exception()
        self._waiting, self._unsent = {}, []
