"""Asking before a step: nothing of it happens before the answer."""

import asyncio
import logging
from functools import partial
from math import inf
from typing import Any

from aos_sdk._clock import Backoff
from aos_sdk._connection import passes_by_waiting
from aos_sdk._enums import Action, GateState, OnUnreachable
from aos_sdk._errors import PlaneUnreachable, RunPaused
from aos_sdk._held_run import HeldRun
from aos_sdk._letters import Letter, SessionRequest, SessionResponse
from aos_sdk._notes import Plans
from aos_sdk._refusals import from_refusal
from aos_sdk._session import Session
from aos_sdk._values import Decision

_log = logging.getLogger("aos_sdk")
MOST_TRIES = 5
# What a run that may go on without being asked piles up while the plane is away.
MOST_KEPT = 1_000


async def within_permit(
    future: "asyncio.Future[Any]", run: HeldRun, session: Session, *, heed_halts: bool
) -> None:
    """Wait for an answer for as long as the run's permit lasts, and no longer than any call may.

    Raises:
        StepRefused: The run was halted meanwhile, if that is to be heeded.
        PlaneUnreachable: The permit ran out before there was an answer.
    """
    clock, asked = session.clock, session.clock.monotonic()
    while not future.done():
        # Whoever asks a stopped run is told why by the answer; a killed one has no time for that.
        if heed_halts and run.is_halted and run.state is not GateState.STOPPED:
            raise run.halt()
        due = min(run.answer_due(asked), asked + session.timeout)
        if clock.monotonic() >= due:
            raise PlaneUnreachable(_silence(run))
        news = run.news.heard()
        try:
            await clock.wait((future, news), until=due)
        finally:
            news.cancel()


def _silence(run: HeldRun) -> str:
    permit = ", and its permit has run out" if run.permit_is_over else " in time"
    return f"The plane has not answered what was asked for run {run.run_id}{permit}."


class Asking:
    """One step's way to being admitted."""

    def __init__(
        self, *, session: Session, run: HeldRun, plans: Plans, pause_timeout: float | None
    ) -> None:
        self._session = session
        self._clock = session.clock
        self._run = run
        self._plans = plans
        self._pause_timeout = inf if pause_timeout is None else pause_timeout
        self.letter: Letter | None = None
        self._admitted: Decision | None = None

    async def ask(self) -> Decision | None:
        """Ask until the step may happen, or never will.

        Returns None when nobody could be asked and the policies of the run let it go on then.

        Raises:
            StepRefused: It does not happen.
            RequestRefused: The question itself was refused.
            PlaneUnreachable: Nobody could be asked, and the run must not go on then.
        """
        backoff = Backoff()
        tries = 0
        while True:
            await self._wait_until_open()
            response = await self._answer()
            if response is None:
                return None
            if response.WhichOneof("message") == "decided":
                if self._admitted is not None and self._run.covers(self._admitted):
                    return self._admitted
                continue
            tries += 1
            refusal = from_refusal(response.refused)
            if tries == MOST_TRIES or not passes_by_waiting(refusal):
                raise refusal
            await self._clock.sleep_until(self._clock.monotonic() + backoff.next())

    async def _wait_until_open(self) -> None:
        """Wait while the run is paused.

        Raises:
            StepRefused: The run is halted, or paused for longer than the caller wants to wait.
        """
        give_up = self._clock.monotonic() + self._pause_timeout
        while self._run.state is GateState.PAUSED:
            if self._clock.monotonic() >= give_up:
                raise self._paused()
            news = self._run.news.heard()
            await self._clock.wait([news], until=give_up)
            news.cancel()
        self._run.refuse_if_halted()

    def _paused(self) -> RunPaused:
        ack = " A person must acknowledge first." if self._run.requires_ack else ""
        return RunPaused(
            f"Run {self._run.run_id} is paused: {self._run.why or 'no reason given'}.{ack}",
            run_id=self._run.run_id,
            decision=self._run.decision,
            requires_ack=self._run.requires_ack,
        )

    async def _answer(self) -> SessionResponse | None:
        goes_on = self._run.on_unreachable is OnUnreachable.FAIL_OPEN
        if goes_on and self._session.unanswered >= MOST_KEPT:
            raise PlaneUnreachable(f"{MOST_KEPT} messages wait for the plane already.")
        self._admitted = None
        self.letter = letter = self._session.say(
            SessionRequest(step=self._plans.question(self._run.run_id))
        )
        letter.on_answer = partial(self._heard, letter)
        try:
            await within_permit(letter.answer, self._run, self._session, heed_halts=True)
        except PlaneUnreachable:
            if not goes_on:
                raise
            _log.warning(
                "The plane is out of reach; step %s of run %s goes on without a decision.",
                self._plans.step_id,
                self._run.run_id,
            )
            return None
        return letter.answer.result()

    def _heard(self, letter: Letter, response: SessionResponse) -> None:
        """Take note of a decision before anything that the plane says after it."""
        if response.WhichOneof("message") == "decided":
            said = self._run.decided(response.decided, asked=letter.sent_at)
            if said.action in {Action.CONTINUE, Action.WARN}:
                self._admitted = said
