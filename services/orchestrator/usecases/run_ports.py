"""What the worker of managed runs needs of the outside."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from kernel.identifiers import RunId, TenantId
from services.orchestrator.domain.managed_run import (
    LeasedRun,
    Parting,
    QueuedRun,
    StepResult,
    Wait,
)
from services.orchestrator.domain.model_call import ModelRequest, ModelTerms
from services.orchestrator.domain.plan import Plan
from services.orchestrator.domain.run_contract import RunContract
from services.orchestrator.usecases.session_ports import Decided, GateNow


class QueueRepository(Protocol):
    """Keeps the runs that workers take, and what their steps came to."""

    async def add(self, run: QueuedRun) -> bool:
        """Queue a run, once; False if it was queued with another plan."""
        ...

    async def has(self, tenant_id: TenantId, run_id: RunId) -> bool:
        """Say whether a run was ever queued."""
        ...

    async def wake(self, tenant_id: TenantId, run_id: RunId) -> None:
        """Let a run be taken again that waits, for its gate or for a moment."""
        ...

    async def keep_plan(self, leased: LeasedRun, plan: Plan) -> None:
        """Keep the plan that a planner made.

        Raises:
            LeaseLost: the run is somebody else's by now.
        """
        ...

    async def keep_result(self, leased: LeasedRun, result: StepResult) -> None:
        """Keep what a step came to, once, as far as it may be kept.

        Raises:
            LeaseLost: the run is somebody else's by now.
        """
        ...

    async def keep_wait(self, leased: LeasedRun, wait: Wait) -> None:
        """Keep what a step waits for, once.

        Raises:
            LeaseLost: the run is somebody else's by now.
        """
        ...

    async def part(self, leased: LeasedRun, parting: Parting) -> None:
        """Let go of a run that is not over.

        Raises:
            LeaseLost: the run is somebody else's by now.
        """
        ...

    async def finish(self, leased: LeasedRun, output: str | None) -> None:
        """Take the run out of the queue; what it was to do is forgotten unless it may be kept.

        Raises:
            LeaseLost: the run is somebody else's by now.
        """
        ...

    async def output(self, tenant_id: TenantId, run_id: RunId) -> str:
        """Return what a run has produced, a JSON value; empty until then and where none is kept."""
        ...


class RunLeases(Protocol):
    """Hands out runs of all tenants; every replica has its own."""

    async def take(self, limit: int) -> Sequence[LeasedRun]:
        """Take runs that are due; each is this process's until its lease ends."""
        ...

    async def renew(self, epochs: Mapping[tuple[TenantId, RunId], int]) -> set[RunId]:
        """Keep runs for longer; those that are somebody else's by now are left out."""
        ...

    async def held(self) -> Mapping[TenantId, Sequence[RunId]]:
        """Return runs that wait at their gates and that nobody has looked at lately."""
        ...

    async def silent(self) -> Mapping[TenantId, Sequence[RunId]]:
        """Return runs that nobody has given a sign of life for lately."""
        ...

    async def wake(self, runs: Mapping[TenantId, Sequence[RunId]]) -> None:
        """Let runs be taken again that wait, for their gates or for a moment."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What a step will use at most, as policies ask before it."""

    input_tokens: int = 0
    output_tokens: int = 0
    cost_micro_usd: int = 0
    # What it would send, for content rules.
    content: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A step of a managed run, asked about before it happens."""

    contract: RunContract
    step_id: str
    skill: str
    kind: str
    estimate: Estimate


class ManagedDesk(Protocol):
    """Policies and activity, as the worker asks them."""

    async def gate(self, contract: RunContract) -> GateNow:
        """Return how the gate of a run stands."""
        ...

    async def gates(self, tenant_id: TenantId, run_ids: Sequence[RunId]) -> Mapping[RunId, GateNow]:
        """Return how gates stand; unknown ones are left out."""
        ...

    async def beat(self, tenant_id: TenantId, run_ids: Sequence[RunId]) -> None:
        """Pass on signs of life."""
        ...

    async def start(self, contract: RunContract) -> None:
        """Begin the run; one that has begun goes on."""
        ...

    async def admit(self, question: Question) -> Decided:
        """Ask whether a step may happen."""
        ...

    async def blocked(self, question: Question) -> None:
        """Keep that a step was asked for and did not happen."""
        ...

    async def inspect(self, contract: RunContract, step_id: str, text: str, tokens: int) -> Decided:
        """Ask whether the output of a step may be used."""
        ...

    async def tell(self, contract: RunContract, result: StepResult) -> None:
        """Record a step and book what it used; told again, it is as it was."""
        ...

    async def ask_person(self, contract: RunContract, step_id: str, question: str) -> int:
        """Hold the run until a person acknowledges; return the epoch of its gate then."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelAnswer:
    """What a model has said."""

    text: str
    input_tokens: int
    output_tokens: int
    cost_micro_usd: int


class ModelProvider(Protocol):
    """One provider of models."""

    def terms(self, model: str) -> ModelTerms:
        """Return what a model may say and costs.

        Raises:
            SkillFailed: the provider has no such model.
        """
        ...

    async def __call__(self, request: ModelRequest) -> ModelAnswer:
        """Ask the model.

        Raises:
            SkillFailed: it did not answer.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillCall:
    """One use of a skill."""

    contract: RunContract
    step_id: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What one use of a skill came to."""

    output: Any
    params: Any
    category: str = ""
    code: str = ""
    model: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    cost_micro_usd: int = 0
    # What a model said, which policies look at before it is used.
    said: str = ""


class Executor(Protocol):
    """Does what a skill is for."""

    def estimate(self, arguments: Mapping[str, Any]) -> Estimate:
        """Return what it will use at most.

        Raises:
            SkillFailed: it could not be done at all.
        """
        ...

    def __call__(self, call: SkillCall) -> Coroutine[Any, Any, Used]:
        """Do it. May be broken off at any moment, and done again.

        Raises:
            SkillFailed: it could not be done.
        """
        ...


class Waiter(Protocol):
    """Waits for something, on disk and not in memory."""

    def estimate(self, arguments: Mapping[str, Any]) -> Estimate:
        """Return what it will use at most."""
        ...

    async def begin(self, call: SkillCall, at: datetime) -> Wait:
        """Begin to wait; begun again, it is the same."""
        ...

    def over(self, call: SkillCall, wait: Wait, at: datetime, gate: GateNow) -> Used | None:
        """Return what came of it; None while it still waits."""
        ...


Failpoint = Callable[[str], None]
