"""Bringing results to the plane, however long that takes."""

import asyncio
import logging

from aos_sdk._asking import within_permit
from aos_sdk._contract import session_service_pb2, trace_pb2
from aos_sdk._decode import action
from aos_sdk._enums import Action, OnUnreachable
from aos_sdk._errors import AOSError, PlaneUnreachable
from aos_sdk._held_run import HeldRun
from aos_sdk._letters import Letter, SessionRequest, SessionResponse
from aos_sdk._session import Session

_log = logging.getLogger("aos_sdk")


class Results:
    """Results of one run that are not on disk yet."""

    def __init__(self, *, session: Session, run: HeldRun) -> None:
        self._session = session
        self._clock = session.clock
        self._run = run
        self._under_way: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._under_way)

    def deliver(self, step: trace_pb2.Step, *, asked_with: Letter) -> "asyncio.Task[None]":
        """Begin to deliver a result; it goes on whatever becomes of whoever waits for it."""
        task = asyncio.create_task(self._deliver(step, asked_with), name="aos-result")
        self._under_way.add(task)
        task.add_done_callback(self._delivered)
        return task

    def deliver_not_taken(self, step: trace_pb2.Step, *, asked_with: Letter) -> None:
        """Say that a step was not taken, should the plane have admitted it or yet admit it.

        Otherwise what was reserved for it would count as spent.
        """

        def hear(response: SessionResponse) -> None:
            if response.HasField("decided") and _was_admitted(response):
                self.deliver(step, asked_with=asked_with)

        answer = asked_with.answer
        if not answer.done():
            asked_with.on_answer = hear
        elif not answer.cancelled() and answer.exception() is None:
            hear(answer.result())

    async def wait_for(self, delivery: "asyncio.Task[None]") -> None:
        """Wait until a result is on disk, within the permit of the run.

        Raises:
            PlaneUnreachable: It is not yet, and the run must not go on then; it is delivered all
                the same as soon as the plane is back.
        """
        try:
            await within_permit(delivery, self._run, self._session, heed_halts=False)
        except PlaneUnreachable as error:
            if self._run.on_unreachable is OnUnreachable.FAIL_CLOSED:
                raise PlaneUnreachable(
                    f"{error.message} The result is kept and delivered when the plane is back."
                ) from None
            _log.warning("A result of run %s is kept until the plane is back.", self._run.run_id)
            return
        delivery.result()

    async def all_delivered(self) -> None:
        """Wait until no result is under way, however long that takes."""
        while self._under_way:
            await asyncio.wait(tuple(self._under_way))

    async def flush(self, *, timeout: float) -> None:
        """Wait until every result is on disk.

        Raises:
            PlaneUnreachable: Some are not after `timeout` seconds.
        """
        give_up = self._clock.monotonic() + timeout
        while self._under_way:
            if self._clock.monotonic() >= give_up:
                raise PlaneUnreachable(
                    f"{len(self)} results of run {self._run.run_id} are not on disk yet."
                )
            await self._clock.wait(tuple(self._under_way), until=give_up)

    async def _deliver(self, step: trace_pb2.Step, asked_with: Letter) -> None:
        if not asked_with.answer.done():
            # The plane may hear things in any order; a result makes sense only after its question.
            await asyncio.wait([asked_with.answer])
        result = session_service_pb2.StepResult(run_id=self._run.run_id, step=step)
        response = await self._session.bring(SessionRequest(result=result), expecting="recorded")
        if response.recorded.late:
            _log.info("The result of step %s came late; it is kept as evidence.", step.step_id)

    def _delivered(self, task: "asyncio.Task[None]") -> None:
        self._under_way.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if isinstance(error, AOSError):
            _log.warning("A result of run %s was not kept: %s", self._run.run_id, error)


def _was_admitted(response: SessionResponse) -> bool:
    decided = response.decided.decision.action
    return action(decided) in {Action.CONTINUE, Action.WARN}
