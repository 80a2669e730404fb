"""Policies by the thousand, some of which apply to a run."""

from kernel.identifiers import PolicyId
from services.policies.domain.action import Action
from services.policies.domain.policy_body import (
    BreachAction,
    Limit,
    LimitType,
    LimitWindow,
    Monitor,
    MonitorConfig,
    PolicyBody,
    Scope,
    ScopeType,
)
from services.policies.domain.snapshot import AppliedPolicy, Mode

_PLENTY = 1_000_000_000_000
_KINDS = (LimitType.STEPS, LimitType.TOTAL_TOKENS, LimitType.COST_MICRO_USD)


def policies_of(*, rules: int, others: int) -> tuple[list[AppliedPolicy], list[AppliedPolicy]]:
    """Policies with so many rules that apply, and so many for other agents."""
    applicable = [_policy(number, Scope(type=ScopeType.ALL_RUNS)) for number in range(rules)]
    rest = [
        _policy(rules + number, Scope(type=ScopeType.AGENT, ids=(f"agt_{number:026d}",)))
        for number in range(others)
    ]
    return applicable, rest


def _policy(number: int, scope: Scope) -> AppliedPolicy:
    limit = Limit(
        name="limit",
        type=_KINDS[number % len(_KINDS)],
        maximum=_PLENTY,
        window=LimitWindow.PER_RUN,
    )
    body = PolicyBody(
        name=f"policy {number}",
        scope=scope,
        monitors=MonitorConfig(watched=(Monitor.STEPS, Monitor.TOKENS, Monitor.COST)),
        limits=(limit,),
        on_breach=BreachAction(action=Action.STOP),
    )
    return AppliedPolicy(
        policy_id=PolicyId(f"pol_{number:026d}"), version=1, mode=Mode.ENFORCED, body=body
    )
