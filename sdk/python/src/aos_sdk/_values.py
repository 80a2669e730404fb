"""What the client answers with: plain values that outlive every connection."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aos_sdk._enums import Action, Completion, GateState, RunMode, RunStatus, StepKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one limit or content rule of a policy says of a step.

    Attributes:
        policy_id: Policy that says it.
        policy_version: Version of the policy.
        limit: Name of the limit or content rule.
        breach: Whether the limit is passed or the rule matches; otherwise it is near.
        value: What the limit would stand at with the step.
        threshold: The most that the limit allows.
        proximity_percent: Share of the threshold, in percent.
        action: What the policy wants done.
        set_aside: Why it does not count, if it does not.
        detail: What was found, for a content rule: the kind, never the text.
    """

    policy_id: str
    policy_version: int = 0
    limit: str = ""
    breach: bool = False
    value: int = 0
    threshold: int = 0
    proximity_percent: int = 0
    action: Action = Action.CONTINUE
    set_aside: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What was decided about a step, or about the start of a run.

    Attributes:
        decision_id: Its identifier.
        action: What is to be done.
        reason: Why, such as `breach`, `gate`, `fault`.
        winner: What decided, or came nearest to it; None when nothing did.
        others: Everything else that came near.
        requires_ack: Whether a person must acknowledge before the run goes on.
        bypassed: Whether enforcement was off.
        gate_epoch: Epoch of the run's gate under which it was made.
    """

    decision_id: str
    action: Action
    reason: str = ""
    winner: Finding | None = None
    others: tuple[Finding, ...] = ()
    requires_ack: bool = False
    bypassed: bool = False
    gate_epoch: int = 0

    def __str__(self) -> str:
        if self.winner is None:
            return f"{self.action} ({self.reason})"
        found = self.winner
        what = f"{found.limit}: {found.value} of {found.threshold}" if found.limit else found.detail
        return f"{self.action} by policy {found.policy_id} ({what})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Whether a run may take another step, and why.

    Attributes:
        state: Whether it may.
        epoch: Grows with every change of the state.
        reason: Why the state is what it is.
        policy_ids: Policies that apply to the run.
        awaits_acknowledgement: Whether a person must acknowledge before the run goes on.
    """

    state: GateState
    epoch: int = 0
    reason: str = ""
    policy_ids: tuple[str, ...] = ()
    awaits_acknowledgement: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Directive:
    """What a run is told without having asked.

    Attributes:
        run_id: Run that is told.
        state: State of its gate from now on.
        epoch: Epoch of the gate; a later one counts more.
        reason: Why.
    """

    run_id: str
    state: GateState
    epoch: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunState:
    """A run as it is now, across the domains of AOS.

    Attributes:
        run_id: Its identifier.
        agent_id: Agent that runs.
        goal: What it is to reach.
        status: Its status.
        mode: Who executes it.
        gate: Whether it may take another step.
        completion: Where its completion stands.
        trace_id: Its trace.
        termination_reason: Why it is over; empty until it is.
        output: What a managed run has produced, from its JSON; None until it has.
        step_count: Steps recorded so far.
        input_tokens: Tokens given to models.
        output_tokens: Tokens received from models.
        cost_micro_usd: Cost in millionths of a US dollar.
        violation_policy_id: Policy that it violated; empty when it violated none.
        create_time: When it was created.
        complete_time: When it was over; None until it is.
    """

    run_id: str
    agent_id: str
    goal: str
    status: RunStatus
    mode: RunMode
    gate: Gate
    completion: Completion
    trace_id: str = ""
    termination_reason: str = ""
    output: Any = None
    step_count: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_micro_usd: int = 0
    violation_policy_id: str = ""
    create_time: datetime | None = None
    complete_time: datetime | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing will change of it any more but its proof."""
        return self.status.is_over


@dataclass(frozen=True, slots=True, kw_only=True)
class Halt:
    """A run that was stopped or killed, and how far that has come.

    Attributes:
        run_id: The run.
        gate: Its gate.
        accept_time: When it was committed; no step begins after it.
        confirmed: Whether nothing of it can be under way any more.
        confirm_time: When whoever executes it said so, or its permit ran out.
        steps_in_flight: Steps that were under way when it was accepted.
    """

    run_id: str
    gate: Gate
    accept_time: datetime | None
    confirmed: bool
    confirm_time: datetime | None
    steps_in_flight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """A skill of managed runs.

    Attributes:
        name: Its name, for plans.
        description: What it does.
        arguments_schema: What it is given, as a JSON Schema.
        kind: What kind of step it is.
    """

    name: str
    description: str
    arguments_schema: Mapping[str, Any]
    kind: StepKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What the caller may use.

    Attributes:
        skills: Skills of managed runs.
        plane_ids: Knowledge planes.
        policy_ids: Policies that apply to every run of the caller.
        profile: Profile of governance that the plane runs under.
        accepts_runs: Whether runs are accepted at the moment.
    """

    skills: tuple[Skill, ...]
    plane_ids: tuple[str, ...]
    policy_ids: tuple[str, ...]
    profile: str
    accepts_runs: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """What would happen to a run.

    Attributes:
        policy_ids: Policies that would apply.
        start_decision: What would be decided at the start; None when it would be refused before.
        estimated_cost_micro_usd: What its plan may cost at most.
        refusal: Why it would be refused before any policy is asked; empty when it would not.
    """

    policy_ids: tuple[str, ...]
    start_decision: Decision | None
    estimated_cost_micro_usd: int
    refusal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanStep:
    """One step of a plan for a managed run.

    Attributes:
        name: Name within the plan.
        skill: Skill that executes it; see `get_capabilities`.
        arguments: What it is given; `{"from": "name"}` stands for the output of that step.
        after: Names of steps that come before.
    """

    name: str
    skill: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    after: Sequence[str] = ()
