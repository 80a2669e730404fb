"""Execute one step of a managed run: ask, do, keep, tell, in this order.

What a step came to is on disk before anybody is told, so telling can be repeated word for word by
whoever takes the run over. A skill whose result is not on disk is done again, under the same name:
skills are executed at least once, and stand in the trace once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from kernel.clock import Clock
from kernel.errors import InvalidField, Unavailable
from services.orchestrator.domain.arguments import problem_of_size
from services.orchestrator.domain.errors import LeaseLost
from services.orchestrator.domain.managed_run import StepResult, StepStatus, Wait
from services.orchestrator.domain.run_contract import RunContract
from services.orchestrator.domain.skill import Skill
from services.orchestrator.domain.skill_failure import SkillFailed
from services.orchestrator.usecases.run_ports import (
    Estimate,
    Executor,
    Failpoint,
    ManagedDesk,
    Question,
    SkillCall,
    Used,
    Waiter,
)
from services.orchestrator.usecases.skill_works import SkillWorks

Answer = TypeVar("Answer")
TIMED_OUT = "SKILL_TIMED_OUT"


class Why(StrEnum):
    """Why a run is broken off while it is executed."""

    # Its gate was closed at once.
    KILLED = "KILLED"
    # Nobody could say for too long whether it may go on.
    UNHEARD = "UNHEARD"
    # It is somebody else's by now.
    LOST = "LOST"
    # This process ends.
    LEAVING = "LEAVING"


class BrokenOff(Exception):
    """What was under way was broken off."""


class How(StrEnum):
    """How it goes on after a step."""

    DONE = "DONE"
    FAILED = "FAILED"
    # The gate is closed for good.
    ENDED = "ENDED"
    # The gate lets nothing through for now.
    HELD = "HELD"
    # There is something to wait for, and a moment at which to look again, if it is known.
    WAITS = "WAITS"
    LEFT = "LEFT"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepEnd:
    """What became of a step, this time."""

    how: How
    result: StepResult | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkedStep:
    """A step with its final arguments, and what it waits for if it does already."""

    step_id: str
    skill: str
    arguments: Mapping[str, Any]
    wait: Wait | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """What steps are executed with; the same for all runs of a replica."""

    desk: ManagedDesk
    works: SkillWorks
    clock: Clock
    skill_seconds: float
    failpoint: Failpoint


KeepResult = Callable[[StepResult], Awaitable[None]]
KeepWait = Callable[[Wait], Awaitable[None]]


class StepWork:
    """Executes the steps of one run, and breaks off what is under way when it has to."""

    def __init__(
        self,
        *,
        workshop: Workshop,
        contract: RunContract,
        keep_result: KeepResult,
        keep_wait: KeepWait,
    ) -> None:
        self._shop = workshop
        self._contract = contract
        self._keep_result = keep_result
        self._keep_wait = keep_wait
        self._under_way: set[asyncio.Task[Any]] = set()
        self.why: Why | None = None

    def break_off(self, why: Why) -> None:
        """Break off what is under way, at once; nothing begins any more."""
        self.why = self.why or why
        for task in self._under_way:
            task.cancel()

    async def __call__(self, step: WorkedStep) -> StepEnd:
        """Execute a step.

        Raises:
            LeaseLost: the run is somebody else's by now.
            ServiceError: somebody could not be asked; the step is tried again later.
        """
        call = SkillCall(contract=self._contract, step_id=step.step_id, arguments=step.arguments)
        skill = self._shop.works.skills[step.skill]
        problem = problem_of_size(step.arguments)
        if problem:
            return await self._failed(call, skill, self._shop.clock.now(), _too_large(problem))
        waiter = self._shop.works.waiters.get(step.skill)
        if waiter is not None:
            return await self._waited(waiter, call, skill, step.wait)
        own = self._shop.works.executors.get(step.step_id)
        executor = own or self._shop.works.executors[step.skill]
        try:
            if own is None:
                skill.check(step.arguments, field="arguments", final=True)
            estimate = executor.estimate(step.arguments)
        except (InvalidField, SkillFailed) as error:
            return await self._failed(call, skill, self._shop.clock.now(), error)
        refused = await self._refused(call, skill, estimate)
        return refused or await self._done(executor, call, skill)

    async def _waited(
        self, waiter: Waiter, call: SkillCall, skill: Skill, wait: Wait | None
    ) -> StepEnd:
        if wait is None:
            try:
                skill.check(call.arguments, field="arguments", final=True)
            except InvalidField as error:
                return await self._failed(call, skill, self._shop.clock.now(), error)
            refused = await self._refused(call, skill, waiter.estimate(call.arguments))
            if refused is not None:
                return refused
            wait = await waiter.begin(call, self._shop.clock.now())
            await self._keep_wait(wait)
        return await self._look(waiter, call, wait, skill)

    async def _refused(self, call: SkillCall, skill: Skill, estimate: Estimate) -> StepEnd | None:
        question = Question(
            contract=self._contract,
            step_id=call.step_id,
            skill=skill.name,
            kind=skill.kind,
            estimate=estimate,
        )
        decided = await self._shop.desk.admit(question)
        if decided.lets_step_happen:
            return None
        if decided.ends_run:
            await self._shop.desk.blocked(question)
            return StepEnd(how=How.ENDED)
        return StepEnd(how=How.HELD)

    async def _done(self, executor: Executor, call: SkillCall, skill: Skill) -> StepEnd:
        began, ticks = self._shop.clock.now(), self._shop.clock.monotonic()
        self._shop.failpoint("worker.before_skill")
        try:
            used = await self._breakable(executor(call))
        except SkillFailed as error:
            return await self._failed(call, skill, began, error)
        except BrokenOff:
            return await self._broken_off(call, skill, began)
        self._shop.failpoint("worker.after_skill")
        took = self._shop.clock.monotonic() - ticks
        how = await self._inspected(call, used)
        status = StepStatus.BLOCKED if how is How.ENDED else StepStatus.SUCCEEDED
        result = _result(call, skill, status, used, began=began, took=took)
        await self._keep_and_tell(result)
        return StepEnd(how=how, result=result)

    async def _inspected(self, call: SkillCall, used: Used) -> How:
        """What comes out of a model is looked at before anybody goes on with it."""
        if not used.said:
            return How.DONE
        decided = await self._shop.desk.inspect(
            self._contract, call.step_id, used.said, used.output_tokens
        )
        if decided.lets_step_happen:
            return How.DONE
        return How.ENDED if decided.ends_run else How.HELD

    async def _look(self, waiter: Waiter, call: SkillCall, wait: Wait, skill: Skill) -> StepEnd:
        at = self._shop.clock.now()
        gate = await self._shop.desk.gate(self._contract)
        used = waiter.over(call, wait, at, gate)
        if used is None:
            return StepEnd(how=How.WAITS, until=wait.until)
        took = (at - wait.started_at).total_seconds()
        result = _result(call, skill, StepStatus.SUCCEEDED, used, began=wait.started_at, took=took)
        await self._keep_and_tell(result)
        return StepEnd(how=How.DONE, result=result)

    async def _failed(
        self, call: SkillCall, skill: Skill, began: datetime, error: InvalidField | SkillFailed
    ) -> StepEnd:
        known = error if isinstance(error, SkillFailed) else _unfit(error)
        used = known.used or Used(output=None, params=dict(call.arguments))
        said = {"error": known.code, "message": known.message}
        used = replace(used, output=said, category="failed", code=known.code)
        took = (self._shop.clock.now() - began).total_seconds()
        result = _result(call, skill, StepStatus.FAILED, used, began=began, took=took)
        await self._keep_and_tell(result)
        return StepEnd(how=How.FAILED, result=result)

    async def _broken_off(self, call: SkillCall, skill: Skill, began: datetime) -> StepEnd:
        if self.why is Why.LOST:
            raise LeaseLost(f"Somebody else executes {self._contract.run_id} by now.")
        if self.why is Why.UNHEARD:
            raise Unavailable("Nobody could say whether the run may go on.")
        if self.why is Why.LEAVING:
            return StepEnd(how=How.LEFT)
        used = Used(output=None, params=dict(call.arguments), category="killed")
        took = (self._shop.clock.now() - began).total_seconds()
        result = _result(call, skill, StepStatus.CANCELLED, used, began=began, took=took)
        await self._keep_and_tell(result)
        return StepEnd(how=How.ENDED, result=result)

    async def _keep_and_tell(self, result: StepResult) -> None:
        await self._keep_result(result)
        await self._shop.desk.tell(self._contract, result)
        self._shop.failpoint("worker.after_record")

    async def _breakable(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        task = asyncio.create_task(work)
        self._under_way.add(task)
        if self.why is not None:
            task.cancel()
        try:
            done, _ = await asyncio.wait({task}, timeout=self._shop.skill_seconds)
        finally:
            task.cancel()
            self._under_way.discard(task)
        if not done:
            raise SkillFailed(
                TIMED_OUT, f"It took longer than {self._shop.skill_seconds:g} seconds."
            )
        if task.cancelled():
            raise BrokenOff
        return task.result()


def _too_large(problem: str) -> SkillFailed:
    nothing = Used(output=None, params=None)
    return SkillFailed("ARGUMENTS_TOO_LARGE", f"The arguments are {problem}.", used=nothing)


def _unfit(error: InvalidField) -> SkillFailed:
    return SkillFailed("ARGUMENTS_INVALID", error.message)


def _result(
    call: SkillCall,
    skill: Skill,
    status: StepStatus,
    used: Used,
    *,
    began: datetime,
    took: float,
) -> StepResult:
    return StepResult(
        step_id=call.step_id,
        skill=skill.name,
        kind=skill.kind,
        status=status,
        started_at=began,
        duration_ms=int(timedelta(seconds=max(took, 0)) / timedelta(milliseconds=1)),
        category=used.category,
        code=used.code,
        model=used.model,
        input_tokens=used.input_tokens,
        output_tokens=used.output_tokens,
        cost_micro_usd=used.cost_micro_usd,
        output=used.output,
        params=used.params,
    )
