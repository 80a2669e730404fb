"""Execute a managed run from where it stands: step by step, as far as its gate lets it."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from kernel.identifiers import RunId
from kernel.principal import Actor, ActorType
from services.orchestrator.domain.errors import RunIsOver
from services.orchestrator.domain.json_text import write_json
from services.orchestrator.domain.kinds import Cause, Wish
from services.orchestrator.domain.managed_run import (
    LeasedRun,
    Parting,
    QueueState,
    StepResult,
    Wait,
)
from services.orchestrator.domain.permit import Directive, PermitTerms, directive
from services.orchestrator.domain.plan import Plan
from services.orchestrator.domain.plan_text import read_plan
from services.orchestrator.usecases.begin_completion import BeginCompletion, begin_completion
from services.orchestrator.usecases.execute_step import (
    TIMED_OUT,
    How,
    StepEnd,
    StepWork,
    Why,
    WorkedStep,
    Workshop,
)
from services.orchestrator.usecases.make_plan import PLANNER, PLANNER_SKILL
from services.orchestrator.usecases.ports import OpenUnitOfWork
from services.orchestrator.usecases.session_ports import GateNow

# What is shown of a run travels in one message.
_MOST_OUTPUT_BYTES = 1_048_576
ITSELF = Actor(type=ActorType.SERVICE, id="service:orchestrator")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunParts:
    """What runs are executed with; the same for all runs of a replica."""

    units_of_work: OpenUnitOfWork
    workshop: Workshop
    terms: PermitTerms
    # Names this replica as the holder of what it executes.
    worker_id: str
    steps_at_once: int
    on_completion: Callable[[], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """What of a run could not be kept, so that only who executed it can go on."""

    plan: Plan | None
    outputs: dict[str, Any]


class ManagedRun:
    """One run in the hands of one worker."""

    def __init__(
        self, *, parts: RunParts, leased: LeasedRun, remembered: Remembered | None = None
    ) -> None:
        self._parts, self._leased = parts, leased
        self._contract = leased.run.contract
        self._tenant_id = self._contract.tenant_id
        self._results = dict(leased.results)
        self._waits = dict(leased.waits)
        self._plan = leased.run.plan or (remembered.plan if remembered else None)
        self._outputs = {
            name: result.output
            for name, result in leased.results.items()
            if result.succeeded and result.output_known
        } | (remembered.outputs if remembered else {})
        self._closing = self._stopped = False
        self._gate_epoch = 0
        self._work = StepWork(
            workshop=parts.workshop,
            contract=self._contract,
            keep_result=self._keep_result,
            keep_wait=self._keep_wait,
        )

    @property
    def run_ids(self) -> list[RunId]:
        """The run, as whoever looks at gates wants to know it."""
        return [self._contract.run_id]

    @property
    def remembered(self) -> Remembered | None:
        """What of the run is known here and nowhere else; None if nothing is."""
        lost = {
            name: value
            for name, value in self._outputs.items()
            if self._leased.run.inspection.keepable(value) is None
        }
        unkept = self._plan if PLANNER in lost else None
        return Remembered(plan=unkept, outputs=lost) if lost else None

    def notice(self, gates: Iterable[GateNow]) -> list[Directive]:
        """What the run is to be told of its gate, if that has moved."""
        told = []
        for gate in gates:
            if gate.run_id == self._contract.run_id and gate.epoch > self._gate_epoch:
                self._gate_epoch = gate.epoch
                told.append(directive(gate.run_id, gate.state, gate.epoch, gate.reason))
        return told

    def hear(self, told: Directive) -> None:
        """Obey: what is killed is broken off at once, what is stopped or paused ends its steps."""
        if told.gate_state in ("KILLED", "CLOSED"):
            self.break_off(Why.KILLED)
        elif told.outcome != "CONTINUE":
            self._closing, self._stopped = True, told.gate_state == "STOPPED"

    def break_off(self, why: Why) -> None:
        """Break off what is under way, at once."""
        self._closing = True
        self._work.break_off(why)

    async def __call__(self) -> Parting | None:
        """Execute the run as far as it goes; None when it is over.

        Raises:
            LeaseLost: it is somebody else's by now.
            ServiceError: somebody could not be asked; it is tried again later.
        """
        desk = self._parts.workshop.desk
        gate = await desk.gate(self._contract)
        if gate.state == "PAUSED":
            return Parting(state=QueueState.HELD, told=self._leased.told)
        if not gate.is_open:
            await self._tell_again()
            await self.end(Wish.FAILED)
            return None
        self._gate_epoch = max(self._gate_epoch, gate.epoch)
        if not await self._hold():
            # Whoever had it before has not fallen silent for long enough.
            return Parting(state=QueueState.QUEUED, told=self._leased.told, failed=True)
        await desk.start(self._contract)
        await self._tell_again()
        if any(not result.succeeded for result in self._results.values()):
            await self.end(self._wish_after_failure())
            return None
        planned = await self._planned()
        return await self._go(self._plan) if planned is None and self._plan else planned

    async def end(self, wish: Wish) -> None:
        """Take the run out of the queue and begin its completion, in one commit.

        Raises:
            LeaseLost: it is somebody else's by now.
        """
        gate = await self._parts.workshop.desk.gate(self._contract)
        output = self._output() if wish is Wish.SUCCEEDED else None
        run_id = self._contract.run_id
        command = BeginCompletion(
            tenant_id=self._tenant_id,
            project_id=None,
            run_id=run_id,
            wish=wish,
            cause=Cause.WORKER,
            actor=ITSELF,
        )
        async with self._parts.units_of_work(self._tenant_id) as unit_of_work:
            await unit_of_work.queue.finish(self._leased, output)
            # Where somebody gave it up meanwhile, what they said counts.
            with contextlib.suppress(RunIsOver):
                await begin_completion(command, unit_of_work=unit_of_work)
            holder = self._parts.worker_id
            if not gate.is_open:
                await unit_of_work.holders.obey(self._tenant_id, run_id, holder, gate.epoch)
            await unit_of_work.holders.release(self._tenant_id, [run_id], holder)
            await unit_of_work.commit()
        self._parts.on_completion()

    async def _hold(self) -> bool:
        async with self._parts.units_of_work(self._tenant_id) as unit_of_work:
            held = await unit_of_work.holders.take(
                self._tenant_id,
                self._contract.run_id,
                self._parts.worker_id,
                self._parts.terms.held_for,
            )
            await unit_of_work.commit()
        return held

    async def _tell_again(self) -> None:
        """Whoever had the run may have ended between keeping a result and telling of it."""
        if self._leased.told:
            return
        for result in self._leased.results.values():
            await self._parts.workshop.desk.tell(self._contract, result)

    async def _planned(self) -> Parting | None:
        """Have a plan; what comes back instead is how the run is left without one."""
        if self._plan is not None:
            return None
        if PLANNER in self._results:
            # It was made and could not be kept, and whoever knew it is gone.
            await self.end(Wish.FAILED)
            return None
        step = WorkedStep(
            step_id=PLANNER,
            skill=PLANNER_SKILL,
            arguments={"goal": self._leased.run.goal},
            wait=None,
        )
        end = await self._work(step)
        if end.how is How.DONE or (end.how is How.HELD and end.result is not None):
            self._plan = read_plan(self._outputs[PLANNER])
            await self._keep_plan(self._plan)
        return None if end.how is How.DONE else await self._left([end])

    async def _go(self, plan: Plan) -> Parting | None:
        if plan.wanted(frozenset(self._results)) - self._outputs.keys():
            # An output that could not be kept is needed, and whoever knew it is gone.
            await self.end(Wish.FAILED)
            return None
        ends: list[StepEnd] = []
        running: dict[asyncio.Task[StepEnd], str] = {}
        waiting: set[str] = set()
        try:
            while self._begin_what_may(plan, running, waiting):
                done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                names = {running.pop(task): task for task in done}
                for name, end in zip(names, await asyncio.gather(*names.values()), strict=True):
                    ends.append(end)
                    waiting |= {name} if end.how is How.WAITS else set()
                    self._closing |= end.how not in (How.DONE, How.WAITS)
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
        return await self._left(ends, plan)

    def _begin_what_may(
        self, plan: Plan, running: dict[asyncio.Task[StepEnd], str], waiting: set[str]
    ) -> bool:
        busy = waiting | set(running.values())
        for step in plan.ready(frozenset(self._results)):
            if self._closing or len(running) >= self._parts.steps_at_once:
                break
            if step.name in busy:
                continue
            worked = WorkedStep(
                step_id=step.name,
                skill=step.skill,
                arguments=step.given(self._outputs),
                wait=self._waits.get(step.name),
            )
            running[asyncio.create_task(self._work(worked))] = step.name
        return bool(running)

    async def _left(self, ends: list[StepEnd], plan: Plan | None = None) -> Parting | None:
        """Let go of the run, or end it, after what was begun has ended."""
        wish = self._ending({end.how for end in ends}, plan)
        if wish is None:
            return self._parting(ends)
        await self.end(wish)
        return None

    def _ending(self, hows: set[How], plan: Plan | None) -> Wish | None:
        """How the run is over, if it is; the harshest end decides."""
        if How.ENDED in hows or self._stopped or self._work.why is Why.KILLED:
            return Wish.FAILED
        if How.FAILED in hows:
            return self._wish_after_failure()
        if How.HELD in hows or plan is None:
            return None
        done = all(step.name in self._results for step in plan.steps)
        return Wish.SUCCEEDED if done else None

    def _parting(self, ends: list[StepEnd]) -> Parting:
        """When the run is taken up again: at a moment, when its gate has moved, or at once."""
        asked = any(end.how is How.WAITS and end.until is None for end in ends)
        if asked or any(end.how is How.HELD for end in ends):
            return Parting(state=QueueState.HELD)
        if self._work.why is Why.LEAVING:
            return Parting(state=QueueState.QUEUED)
        if self._closing:
            # Told to wait between two steps.
            return Parting(state=QueueState.HELD)
        moments = [end.until for end in ends if end.how is How.WAITS and end.until]
        return Parting(state=QueueState.QUEUED, due_at=min(moments))

    def _wish_after_failure(self) -> Wish:
        timed_out = any(result.code == TIMED_OUT for result in self._results.values())
        return Wish.TIMED_OUT if timed_out else Wish.FAILED

    def _output(self) -> str | None:
        """What the run has produced, as far as all of it is known and may be kept."""
        assert self._plan is not None
        if any(step.name not in self._outputs for step in self._plan.steps):
            return None
        text = self._leased.run.inspection.keepable(self._plan.output(self._outputs))
        if text is None or len(text) <= _MOST_OUTPUT_BYTES:
            return text
        return write_json({"too_long_bytes": len(text)})

    async def _keep_result(self, result: StepResult) -> None:
        async with self._parts.units_of_work(self._tenant_id) as unit_of_work:
            await unit_of_work.queue.keep_result(self._leased, result)
            await unit_of_work.commit()
        self._results[result.step_id] = result
        if result.succeeded:
            self._outputs[result.step_id] = result.output

    async def _keep_wait(self, wait: Wait) -> None:
        async with self._parts.units_of_work(self._tenant_id) as unit_of_work:
            await unit_of_work.queue.keep_wait(self._leased, wait)
            await unit_of_work.commit()
        self._waits[wait.step_id] = wait

    async def _keep_plan(self, plan: Plan) -> None:
        # A plan that a model made is what it said, and kept only where that may be.
        if self._leased.run.inspection.keepable(self._outputs[PLANNER]) is None:
            return
        async with self._parts.units_of_work(self._tenant_id) as unit_of_work:
            await unit_of_work.queue.keep_plan(self._leased, plan)
            await unit_of_work.commit()
