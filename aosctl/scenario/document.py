"""What a scenario says: what is given, which causes are injected, which effects must follow."""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from aosctl.policy_documents import PolicyDocument
from services.policies.domain.counting import StepKind


class Executor(StrEnum):
    """Who executes a run."""

    EXTERNAL = "EXTERNAL"
    MANAGED = "MANAGED"


class Ending(StrEnum):
    """How whoever executed a run says that it ended."""

    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class SwitchState(StrEnum):
    """Where the governance switch is moved to."""

    ACTIVE = "ACTIVE"
    DEGRADED = "DEGRADED"
    DISABLED = "DISABLED"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStep:
    """A step of the plan of a managed run."""

    name: str
    skill: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitRun:
    """An agent, or somebody for our own worker, wants a run."""

    name: str = "run"
    goal: str = "A run of a scenario."
    mode: Executor = Executor.EXTERNAL
    session_id: str = ""
    plan: tuple[PlannedStep, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A document that a retrieval found."""

    id: str
    text: str
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step: what is asked before it, and what it came to."""

    step: str
    # The run that was submitted last, unless named.
    run: str = ""
    kind: StepKind = StepKind.TOOL_CALL
    skill: str = "work"
    estimated_input_tokens: int = 0
    estimated_output_tokens: int = 0
    estimated_cost_micro_usd: int = 0
    plane_id: str = ""
    content: str = ""
    model: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    cost_micro_usd: int = 0
    failed: bool = False
    # What a model said; what a retrieval found.
    said: str = ""
    found: tuple[Passage, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OfRun:
    """Something that happens to a run."""

    run: str = ""
    reason: str = "A scenario wants it."


@dataclass(frozen=True, slots=True, kw_only=True)
class EndRun:
    """Whoever executes a run says that it is over."""

    run: str = ""
    outcome: Ending = Ending.SUCCEEDED


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveSwitch:
    """Somebody moves the governance switch of the tenant."""

    to: SwitchState
    reason: str = "A scenario wants it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Approve:
    """A person approves the proposal that came of a run."""

    run: str = ""
    comment: str = "A scenario wants it."
    # A draft governs nothing until somebody lets it.
    activate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnLesson:
    """A person writes down what was learned of a run, and makes a draft of it."""

    title: str
    policy: PolicyDocument
    run: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePolicy:
    """A person lets a policy in force say something else."""

    policy: str
    to: PolicyDocument


@dataclass(frozen=True, slots=True, kw_only=True)
class OfPolicy:
    """Something that a person does with a policy."""

    policy: str
    reason: str = "A scenario wants it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """What must be seen in the domains, of one run or of the tenant."""

    # The run that was submitted last, unless named.
    of: str = ""
    activity: Mapping[str, Any] = field(default_factory=dict)
    policies: Mapping[str, Any] = field(default_factory=dict)
    incidents: Mapping[str, Any] = field(default_factory=dict)
    logs: Mapping[str, Any] = field(default_factory=dict)
    orchestrator: Mapping[str, Any] = field(default_factory=dict)


DOMAINS = ("activity", "policies", "incidents", "logs", "orchestrator")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One thing that somebody does; exactly one of these, or a wait until effects are seen."""

    # What an agent does.
    submit_run: SubmitRun | None = None
    take_step: Step | None = None
    ask_step: Step | None = None
    report_step: Step | None = None
    end_run: EndRun | None = None
    fall_silent: OfRun | None = None
    # What a person does.
    cancel_run: OfRun | None = None
    pause_run: OfRun | None = None
    resume_run: OfRun | None = None
    stop_run: OfRun | None = None
    kill_run: OfRun | None = None
    acknowledge_run: OfRun | None = None
    move_switch: MoveSwitch | None = None
    approve_proposal: Approve | None = None
    reject_proposal: OfRun | None = None
    learn_lesson: LearnLesson | None = None
    change_policy: ChangePolicy | None = None
    suspend_policy: OfPolicy | None = None
    open_override: OfPolicy | None = None
    acknowledge_incident: OfRun | None = None
    resolve_incident: OfRun | None = None
    acknowledge_alert: OfRun | None = None
    # What is waited for before the next thing happens.
    until: Effects | None = None
    # The reason with which the plane must refuse it.
    refused: str = ""

    @property
    def named(self) -> Iterator[tuple[str, Any]]:
        """What happens, by its name."""
        for item in dataclasses.fields(self):
            value = getattr(self, item.name)
            if item.name != "refused" and value is not None:
                yield item.name, value


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What is so before anything happens."""

    # The profile of governance that the plane must run under; any when empty.
    profile: str = ""
    # Whether the policies that a new tenant begins with stay in force.
    guardrails: bool = True
    # Put in force in this order, so that the first has the lowest identifier.
    policies: tuple[PolicyDocument, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Causes, and the effects that must follow in every domain."""

    name: str
    description: str
    causes: tuple[Cause, ...]
    effects: tuple[Effects, ...]
    given: Given = Given()
    # For how long effects are waited for once the last cause has happened.
    within_seconds: int = 30
