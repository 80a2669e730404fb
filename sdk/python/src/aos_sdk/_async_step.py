"""A step of an external run: asked for before it happens, reported after."""

import asyncio
import logging
from types import TracebackType
from typing import Self

from aos_sdk._asking import Asking
from aos_sdk._errors import AOSError, PlaneUnreachable, StepRefused
from aos_sdk._notes import Notes, Plans
from aos_sdk._run_life import RunLife
from aos_sdk._values import Decision, Finding

_log = logging.getLogger("aos_sdk")


class AsyncStep(Notes):
    """One step of a run; made by `AsyncRun.step`, used with `async with`.

    Entering asks the plane and raises when the step may not happen. Leaving reports what it came
    to and returns when that is on disk. An exception in the body records the step as failed, with
    the name of the exception's type and nothing of its text, and goes on its way.

    Attributes:
        step_id: Its name within the run, the same however often it has to be asked for.
        decision: What was decided; None before it was asked, and where it went on unasked because
            the plane was out of reach.
    """

    def __init__(
        self,
        *,
        life: RunLife,
        plans: Plans,
        pause_timeout: float | None,
        interruptible: bool,
    ) -> None:
        super().__init__()
        self.decision: Decision | None = None
        self._session = life.session
        self._clock = life.session.clock
        self._run = life.held
        self._results = life.results
        self._abandoned = life.abandoned
        self._plans = plans
        self._asking = Asking(
            session=life.session, run=life.held, plans=plans, pause_timeout=pause_timeout
        )
        self._interruptible = interruptible
        self._task: asyncio.Task[object] | None = None
        self._cancelling = 0
        self._broken_off: AOSError | None = None
        self._entered_at = 0.0

    @property
    def step_id(self) -> str:
        """Its name within the run."""
        return self._plans.step_id

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Limits and rules that are near or passed, though the step may happen."""
        if self.decision is None:
            return ()
        winner = (self.decision.winner,) if self.decision.winner else ()
        return (*winner, *self.decision.others)

    def break_off(self, error: AOSError) -> None:
        """Cancel the body where it waits; called by the client, when the run is killed."""
        if self._broken_off is None:
            self._broken_off = error
            if self._task is not None:
                self._task.cancel()

    async def __aenter__(self) -> Self:
        """Ask, and wait for the answer.

        Raises:
            StepRefused: It does not happen.
            RequestRefused: The question itself was refused.
            PlaneUnreachable: Nobody could be asked, and the run must not go on then.
        """
        self._abandoned.pop(self.step_id, None)
        try:
            self.decision = await self._asking.ask()
        except PlaneUnreachable:
            # It may be asked for again under its name, until the run ends.
            self._abandoned[self.step_id] = self._give_back
            raise
        except BaseException:
            self._give_back()
            raise
        self._begin()
        self._entered_at = self._clock.monotonic()
        if self._interruptible:
            self._task = asyncio.current_task()
            self._cancelling = self._task.cancelling() if self._task else 0
        self._run.began(self)
        return self

    def _give_back(self) -> None:
        """Give back what is or may yet be reserved for a step that was not taken after all."""
        if self._asking.letter is not None:
            result = self._result(self._plans, status="CANCELLED", code="not_taken", seconds=0.0)
            self._results.deliver_not_taken(result, asked_with=self._asking.letter)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Report what it came to.

        Raises:
            RunKilled: The body was broken off.
            PlaneUnreachable: The result is not on disk yet, and the run must not go on then.
        """
        await self._take_back_cancellation(error)
        delivery = self._report(error)
        self._run.finished(self)
        self._session.report_obedience(self._run)
        try:
            await self._results.wait_for(delivery)
        except AOSError as problem:
            if error is None and self._broken_off is None and not self._run.is_halted:
                raise
            _log.info("The result of step %s: %s", self.step_id, problem)
        if self._is_to_be_told(error):
            assert self._broken_off is not None
            raise self._broken_off from error

    def _is_to_be_told(self, error: BaseException | None) -> bool:
        """Whether the end of the body was our doing, so that our reason counts and not its own."""
        if self._broken_off is None:
            return False
        if self._interruptible:
            return error is None or isinstance(error, asyncio.CancelledError)
        # Synchronous code went on undisturbed; only what forbids to go on is worth an exception.
        return error is None and isinstance(self._broken_off, StepRefused)

    async def _take_back_cancellation(self, error: BaseException | None) -> None:
        """Undo our own request to cancel, so that nobody further out takes it for theirs.

        Somebody else may want the task cancelled as well; then their request stands.
        """
        if self._broken_off is None or self._task is None:
            return
        if not isinstance(error, asyncio.CancelledError):
            try:
                await asyncio.sleep(0)
            except asyncio.CancelledError:
                _log.debug("Step %s ended before it could be broken off.", self.step_id)
        if self._task.uncancel() > self._cancelling:
            self._broken_off = None

    def _report(self, error: BaseException | None) -> "asyncio.Task[None]":
        letter = self._asking.letter
        assert letter is not None, "whoever entered has asked"
        status, code = _status(error, self._broken_off)
        seconds = max(0.0, self._clock.monotonic() - self._entered_at)
        result = self._result(self._plans, status=status, code=code, seconds=seconds)
        return self._results.deliver(result, asked_with=letter)


def _status(error: BaseException | None, broken_off: AOSError | None) -> tuple[str, str]:
    """How a step ended, and the name of what ended it."""
    if broken_off is not None and (error is None or isinstance(error, asyncio.CancelledError)):
        return "CANCELLED", type(broken_off).__name__
    if error is None:
        return "SUCCEEDED", ""
    cut_off = isinstance(error, StepRefused) or not isinstance(error, Exception)
    return "CANCELLED" if cut_off else "FAILED", type(error).__name__
