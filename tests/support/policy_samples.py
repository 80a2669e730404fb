"""Policies, programs and opinions by the thousand, from a seed."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from kernel.identifiers import PolicyId
from services.policies.domain.action import Action
from services.policies.domain.policy_body import (
    DEFAULT_TIERS,
    AlertTier,
    BindAt,
    BreachAction,
    Limit,
    LimitType,
    LimitWindow,
    Monitor,
    MonitorConfig,
    PolicyBody,
    Precedence,
    Scope,
    ScopeType,
)
from services.policies.domain.program import Program, compiled
from services.policies.domain.snapshot import AppliedPolicy, Mode


@dataclass(frozen=True, slots=True)
class Said:
    """One rule's opinion."""

    action: Action
    policy_id: str
    limit_name: str


# Identifiers that compare otherwise by locale, by length or by code point of their first character.
_ODD = (
    "pol_a",
    "pol_A",
    "pol_",
    "pol_ä",
    "pol_z",
    "pol_Z9",
    "pol_10",
    "pol_9",
    "POL_a",
    "p\u00f6l",
)


def opinions(chance: random.Random, most: int = 8) -> list[Said]:
    """A few opinions, with ties and odd names."""
    return [
        Said(
            action=Action(chance.randint(1, 5)),
            policy_id=chance.choice(_ODD),
            limit_name=chance.choice(("a", "b", "B", "a_1")),
        )
        for _ in range(chance.randint(0, most))
    ]


def oracle(said: Sequence[Said]) -> Said | None:
    """The winner, found the long way: whoever nobody beats."""
    for one in said:
        if not any(_beats(other, one) for other in said):
            return one
    return None


def _beats(other: Said, one: Said) -> bool:
    if other.action != one.action:
        return int(other.action) > int(one.action)
    theirs, ours = list(other.policy_id.encode()), list(one.policy_id.encode())
    if theirs != ours:
        return theirs < ours
    return list(other.limit_name.encode()) < list(one.limit_name.encode())


def body(
    *limits: Limit,
    action: Action = Action.STOP,
    bind_at: BindAt = BindAt.EACH_STEP,
    tiers: tuple[AlertTier, ...] = DEFAULT_TIERS,
) -> PolicyBody:
    """What a policy says that watches everything."""
    return PolicyBody(
        name="a policy",
        scope=Scope(type=ScopeType.ALL_RUNS),
        monitors=MonitorConfig(watched=tuple(Monitor)),
        limits=limits,
        on_breach=BreachAction(action=action),
        alert_tiers=tiers,
        precedence=Precedence(bind_at=bind_at),
    )


def steps(maximum: int, name: str = "steps") -> Limit:
    """A limit on the steps of a run."""
    return Limit(name=name, type=LimitType.STEPS, maximum=maximum, window=LimitWindow.PER_RUN)


def applied(content: PolicyBody, number: int = 0, *, mode: Mode = Mode.ENFORCED) -> AppliedPolicy:
    """A policy as it applies to a run."""
    name = PolicyId(f"pol_{number:026d}")
    return AppliedPolicy(policy_id=name, version=1, mode=mode, body=content)


def program(*policies: AppliedPolicy) -> Program:
    """A compiled snapshot of these policies."""
    return compiled(policies, content_hash="hash")
