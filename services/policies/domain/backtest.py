"""What a policy would have done to runs of the past: its limits counted again from nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from kernel.identifiers import PolicyId
from services.policies.domain.action import Action
from services.policies.domain.counting import METRICS, Counter, StepKind
from services.policies.domain.decide import decide
from services.policies.domain.decision import Facts, Finding, Verdict
from services.policies.domain.policy_body import BindAt, PolicyBody, Scope, ScopeType
from services.policies.domain.program import Program, RuleTable, RunContext, compiled
from services.policies.domain.snapshot import AppliedPolicy, Mode

_NAME = PolicyId("pol_00000000000000000000000000")
# A run begins only where there is room for at least one more of whatever is limited.
_ONE_OF_EACH = (1,) * (METRICS - 1) + (0,)
_START = "start"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedStep:
    """A step that was taken, and what it used as far as is known."""

    step_id: str
    decided_at: datetime
    facts: Facts
    used: tuple[int, ...]
    cost_micro_usd: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRun:
    """A run of the past, with the steps that it took."""

    context: RunContext
    opened_at: datetime
    steps: Sequence[RecordedStep]


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchedRun:
    """What the policy would have done to a run."""

    run_id: str
    action: Action
    step_id: str
    finding: Finding
    steps_prevented: int
    cost_prevented: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """What the policy would have done to all of them, newest run first."""

    run_count: int
    runs_in_scope: int
    step_count: int
    touched: tuple[TouchedRun, ...]
    content_left_out: bool
    truncated: bool = False


def backtest(body: PolicyBody, runs: Sequence[RecordedRun], *, truncated: bool) -> Backtest:
    """Decide every step of the runs again, by this policy alone, in the order of their times."""
    replay = _Replay(body)
    concerned = [_Fate(run=run) for run in runs if names(body.scope, run.context)]
    steps = 0
    for fate, step in _in_time(concerned):
        steps += step is not None
        replay.take(fate, step)
    touched = [fate.told() for fate in concerned if fate.finding is not None]
    return Backtest(
        run_count=len(runs),
        runs_in_scope=len(concerned),
        step_count=steps,
        touched=tuple(touched),
        content_left_out=bool(body.content_rules),
        truncated=truncated,
    )


def names(scope: Scope, context: RunContext) -> bool:
    """Whether a policy with this scope is for a run in these circumstances."""
    named = {
        ScopeType.PROJECT: context.project_id,
        ScopeType.AGENT: context.agent_id,
        ScopeType.API_KEY: context.api_key_id,
        ScopeType.HUMAN_ACTOR: context.human_actor_id,
    }
    return scope.type not in named or named[scope.type] in scope.ids


@dataclass(slots=True, kw_only=True)
class _Fate:
    """What would have become of a run."""

    run: RecordedRun
    action: Action = Action.CONTINUE
    step_id: str = ""
    finding: Finding | None = None
    over: bool = False
    steps_prevented: int = 0
    cost_prevented: int = 0

    def note(self, verdict: Verdict, step_id: str) -> None:
        """Keep the first thing that would have been done, and the harshest."""
        if verdict.action is Action.CONTINUE or verdict.winner is None:
            return
        if verdict.action > self.action:
            self.action, self.finding = verdict.action, verdict.winner
            self.step_id = self.step_id or step_id
        self.over = not verdict.action.lets_step_happen

    def spare(self, step: RecordedStep) -> None:
        """Count a step that would not have been taken."""
        self.steps_prevented += 1
        self.cost_prevented += step.cost_micro_usd

    def told(self) -> TouchedRun:
        """The fate as it is answered."""
        assert self.finding is not None
        return TouchedRun(
            run_id=self.run.context.run_id,
            action=self.action,
            step_id=self.step_id,
            finding=self.finding,
            steps_prevented=self.steps_prevented,
            cost_prevented=self.cost_prevented,
        )


@dataclass(slots=True)
class _Replay:
    """The limits of one policy, counting."""

    body: PolicyBody
    program: Program = field(init=False)
    counters: dict[str, Counter] = field(default_factory=dict)

    def __post_init__(self) -> None:
        policy = AppliedPolicy(policy_id=_NAME, version=1, mode=Mode.ENFORCED, body=self.body)
        self.program = compiled([policy], content_hash="")

    def take(self, fate: _Fate, step: RecordedStep | None) -> None:
        """Let a run begin (without a step) or take a step, as far as the policy lets it."""
        if fate.over:
            if step is not None:
                fate.spare(step)
            return
        moment = self.body.precedence.bind_at
        table = self.program.at[moment]
        at = fate.run.opened_at if step is None else step.decided_at
        counters = self._counters(table, fate.run.context, at)
        if (moment is BindAt.RUN_START) == (step is None):
            facts = Facts(kind=StepKind.OTHER, moment=moment) if step is None else step.facts
            amounts = _ONE_OF_EACH if step is None else facts.amounts
            used = _standing(table, counters, fate.run, facts, at)
            fate.note(decide(table, used, facts, amounts), step.step_id if step else _START)
        if step is None:
            return
        if fate.over:
            fate.spare(step)
            return
        for counter, metric in zip(counters, table.metrics, strict=True):
            counter.settle(0, step.used[metric], counter.slice_at)

    def _counters(self, table: RuleTable, context: RunContext, at: datetime) -> list[Counter]:
        found = []
        for rule in table.rules:
            key = rule.counter_key(context, at)
            counter = self.counters.get(key.id) or self.counters.setdefault(key.id, key.fresh(at))
            found.append(counter.brought_to(at))
        return found


def _standing(
    table: RuleTable, counters: Sequence[Counter], run: RecordedRun, facts: Facts, at: datetime
) -> list[int]:
    used = [counter.total for counter in counters]
    for place in table.durations:
        used[place] = int((at - run.opened_at).total_seconds() * 1000)
    for place in table.accesses:
        allowed = table.rules[place].allowed_planes
        used[place] = int(bool(facts.plane_id) and facts.plane_id not in allowed)
    return used


def _in_time(fates: Sequence[_Fate]) -> Iterator[tuple[_Fate, RecordedStep | None]]:
    """Every beginning and every step, in the order in which they happened."""
    moments: list[tuple[datetime, int, int]] = []
    for place, fate in enumerate(fates):
        moments.append((fate.run.opened_at, place, -1))
        moments += [(step.decided_at, place, n) for n, step in enumerate(fate.run.steps)]
    for _, place, number in sorted(moments):
        fate = fates[place]
        yield fate, None if number < 0 else fate.run.steps[number]
