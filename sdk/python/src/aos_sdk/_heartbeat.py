"""Signs of life: they keep permits alive, and notice a plane that has fallen silent."""

from collections.abc import Callable
from functools import partial
from typing import Protocol

from aos_sdk._clock import Clock
from aos_sdk._contract import session_service_pb2
from aos_sdk._held_run import HeldRun
from aos_sdk._letters import Letter, SessionRequest, SessionResponse


class Speaker(Protocol):
    """What a heart needs of the session that it beats for."""

    clock: Clock
    runs: dict[str, HeldRun]
    heartbeat_every: float
    permit_for: float

    @property
    def unanswered(self) -> int:
        """Messages that wait for an answer."""

    def say(
        self,
        message: SessionRequest,
        *,
        lasting: bool = True,
        on_answer: Callable[[SessionResponse], None] | None = None,
    ) -> Letter:
        """Say something on the stream."""

    def look_again(self, run: HeldRun) -> None:
        """Ask how a run stands."""


class Heart:
    """Beats for all runs of a session on one stream, and for whoever waits for an answer on it."""

    def __init__(self, session: Speaker) -> None:
        self._session = session
        self._clock = session.clock

    async def beat(self) -> None:
        """Beat until the plane leaves a beat unanswered for as long as permits last.

        Returning means that the stream is dead although nothing says so.
        """
        while True:
            begun = self._clock.monotonic()
            if not (self._session.runs or self._session.unanswered):
                await self._clock.sleep_until(begun + self._session.heartbeat_every)
                continue
            answer = self._say(begun).answer
            await self._clock.sleep_until(begun + self._session.heartbeat_every)
            if not answer.done():
                await self._clock.wait([answer], until=begun + self._session.permit_for)
            if not answer.done():
                return

    def _say(self, asked: float) -> Letter:
        message = SessionRequest(heartbeat=session_service_pb2.Heartbeat())
        renew = partial(self._renew, asked, frozenset(self._session.runs))
        return self._session.say(message, lasting=False, on_answer=renew)

    def _renew(self, asked: float, asked_for: frozenset[str], response: SessionResponse) -> None:
        """Count what was renewed; ask how a run stands that was left out for no known reason."""
        permits = {permit.run_id: permit for permit in response.renewed.permits}
        for run_id in asked_for & self._session.runs.keys():
            run = self._session.runs[run_id]
            if run_id in permits:
                run.permitted(permits[run_id], asked=asked)
            elif run.is_open:
                self._session.look_again(run)
