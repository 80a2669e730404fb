"""A snapshot, compiled: what is asked thousands of times a second is worked out once.

The cost of a decision grows with the rules that apply to the run, never with the policies that the
tenant has. Programs are kept by the hash of their snapshot, so none can be out of date.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from services.policies.domain.action import Action
from services.policies.domain.counting import METRIC_OF, CounterKey, cap_of, window_name
from services.policies.domain.policy_body import (
    NOTHING_KEPT,
    AlertTier,
    BindAt,
    ContentRule,
    FailureMode,
    Inspection,
    Limit,
    LimitType,
    LimitWindow,
    Monitor,
    ScopeType,
)
from services.policies.domain.snapshot import AppliedPolicy, Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContext:
    """The circumstances of a run that decide which policies apply and who holds its counters."""

    tenant_id: str
    run_id: str
    project_id: str
    agent_id: str = ""
    api_key_id: str = ""
    human_actor_id: str = ""
    session_id: str = ""

    def holder(self, scope: ScopeType, window: LimitWindow) -> str:
        """Whose counter a limit with this scope and window is."""
        if window is LimitWindow.PER_RUN:
            return self.run_id
        if window is LimitWindow.PER_SESSION:
            # A run without a session is a session of its own.
            return self.session_id or self.run_id
        return {
            ScopeType.ALL_RUNS: "all",
            ScopeType.TENANT: "all",
            ScopeType.PROJECT: self.project_id,
            ScopeType.AGENT: self.agent_id,
            ScopeType.API_KEY: self.api_key_id,
            ScopeType.HUMAN_ACTOR: self.human_actor_id,
        }[scope]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One limit of one policy, with all that is needed when it has something to say."""

    policy_id: str
    policy_version: int
    limit_name: str
    limit: Limit
    scope: ScopeType
    cap: int
    action: Action
    requires_ack: bool
    failure_mode: FailureMode
    tiers: tuple[AlertTier, ...]
    shadow: bool
    allowed_planes: frozenset[str] = frozenset()

    def counter_key(self, context: RunContext, now: datetime) -> CounterKey:
        """Which counter this rule needs for the run at this moment."""
        limit = self.limit
        trial = f"@{self.policy_version}" if self.shadow else ""
        holder = context.holder(self.scope, limit.window)
        name = f"{self.policy_id}{trial}/{limit.name}/{window_name(limit, now)}/{holder}"
        return CounterKey(
            id=name,
            tenant_id=context.tenant_id,
            policy_id=self.policy_id,
            limit_name=limit.name,
            window_seconds=limit.window_seconds,
            shared=not self.shadow
            and limit.window not in (LimitWindow.PER_RUN, LimitWindow.PER_SESSION),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentCheck:
    """The content rules of one policy."""

    policy_id: str
    policy_version: int
    rules: tuple[ContentRule, ...]
    action: Action
    requires_ack: bool
    failure_mode: FailureMode
    shadow: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTable:
    """The rules of one moment, column by column, for one pass over integers."""

    rules: tuple[Rule, ...]
    metrics: tuple[int, ...]
    # Never 0: what may not be used at all is passed by the first unit anyway.
    divisors: tuple[int, ...]
    # Below this share (in thousandths) no rule of the table has anything to say.
    first_word: int
    content: tuple[ContentCheck, ...]
    # Places of the rules that look instead of counting.
    durations: tuple[int, ...]
    accesses: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Two versions of one policy, of which one is enforced and the other one watched."""

    policy_id: str
    in_force_version: int
    candidate_version: int
    # Whether it is the candidate that is enforced.
    is_canary: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A compiled snapshot."""

    content_hash: str
    policies: tuple[AppliedPolicy, ...]
    at: dict[BindAt, RuleTable] = field(default_factory=dict)
    inspection: Inspection = NOTHING_KEPT
    on_unreachable: FailureMode = FailureMode.FAIL_CLOSED
    trials: tuple[Trial, ...] = ()

    @property
    def policy_ids(self) -> tuple[str, ...]:
        """The policies in it, in ascending order."""
        return tuple(sorted({policy.policy_id for policy in self.policies}))

    def counters_at_start(self, context: RunContext, now: datetime) -> list[CounterKey]:
        """Every counter that the run may need, in the order in which they are locked."""
        keys = {
            key.id: key
            for table in self.at.values()
            for key in (rule.counter_key(context, now) for rule in table.rules)
        }
        return [keys[name] for name in sorted(keys)]


def compiled(policies: Sequence[AppliedPolicy], *, content_hash: str) -> Program:
    """Compile the policies of a snapshot."""
    enforced = [policy for policy in policies if policy.mode is Mode.ENFORCED]
    inspection = Inspection(
        **{
            name: bool(enforced)
            and all(getattr(policy.body.monitors.inspection, name) for policy in enforced)
            for name in Inspection.__dataclass_fields__
        }
    )
    open_to_faults = bool(enforced) and all(
        policy.body.precedence.failure_mode is FailureMode.FAIL_OPEN for policy in enforced
    )
    return Program(
        content_hash=content_hash,
        policies=tuple(policies),
        at={moment: _table(policies, moment) for moment in BindAt},
        inspection=inspection,
        on_unreachable=FailureMode.FAIL_OPEN if open_to_faults else FailureMode.FAIL_CLOSED,
        trials=tuple(_trials(policies)),
    )


def _trials(policies: Sequence[AppliedPolicy]) -> Iterator[Trial]:
    enforced = {one.policy_id: one.version for one in policies if one.mode is Mode.ENFORCED}
    for one in policies:
        beside = enforced.get(one.policy_id)
        if one.mode is Mode.SHADOW and beside is not None:
            yield Trial(
                policy_id=one.policy_id,
                in_force_version=min(one.version, beside),
                candidate_version=max(one.version, beside),
                is_canary=beside > one.version,
            )


def _table(policies: Sequence[AppliedPolicy], moment: BindAt) -> RuleTable:
    bound = [policy for policy in policies if policy.body.precedence.bind_at is moment]
    ordered = sorted(bound, key=lambda policy: (policy.policy_id, policy.mode))
    rules = tuple(rule for policy in ordered for rule in _rules(policy))
    kinds = [rule.limit.type for rule in rules]
    first = [min([tier.percent for tier in rule.tiers], default=100) * 10 for rule in rules]
    return RuleTable(
        rules=rules,
        metrics=tuple(METRIC_OF[kind] for kind in kinds),
        divisors=tuple(max(rule.cap, 1) for rule in rules),
        first_word=min(first, default=1000),
        content=tuple(_content(policy) for policy in ordered if policy.body.content_rules),
        durations=_places(kinds, LimitType.DURATION_MS),
        accesses=_places(kinds, LimitType.RAG_ACCESS),
    )


def _places(kinds: Sequence[LimitType], wanted: LimitType) -> tuple[int, ...]:
    return tuple(place for place, kind in enumerate(kinds) if kind is wanted)


def _rules(policy: AppliedPolicy) -> list[Rule]:
    body = policy.body
    limits = [_access_limit()] if _guards_access(policy) else []
    return [
        Rule(
            policy_id=policy.policy_id,
            policy_version=policy.version,
            limit_name=limit.name,
            limit=limit,
            scope=body.scope.type,
            cap=cap_of(limit),
            action=body.on_breach.action,
            requires_ack=body.on_breach.requires_ack,
            failure_mode=body.precedence.failure_mode,
            tiers=body.alert_tiers,
            shadow=policy.mode is Mode.SHADOW,
            allowed_planes=frozenset(body.monitors.allowed_plane_ids),
        )
        for limit in (*body.limits, *limits)
    ]


def _guards_access(policy: AppliedPolicy) -> bool:
    """Whether access is watched by naming planes, without a limit that says so too."""
    body = policy.body
    return (
        Monitor.RAG_ACCESS in body.monitors.watched
        and bool(body.monitors.allowed_plane_ids)
        and all(limit.type is not LimitType.RAG_ACCESS for limit in body.limits)
    )


def _access_limit() -> Limit:
    return Limit(
        name="rag_access", type=LimitType.RAG_ACCESS, maximum=0, window=LimitWindow.PER_RUN
    )


def _content(policy: AppliedPolicy) -> ContentCheck:
    body = policy.body
    return ContentCheck(
        policy_id=policy.policy_id,
        policy_version=policy.version,
        rules=body.content_rules,
        action=body.on_breach.action,
        requires_ack=body.on_breach.requires_ack,
        failure_mode=body.precedence.failure_mode,
        shadow=policy.mode is Mode.SHADOW,
    )
