"""Policies and decisions in the few words that rows need."""

from typing import Any

from aos.policies.v1 import decision_pb2, policy_pb2

SCENARIO = "gate"
_WATCHED = {"STEPS": "STEPS", "COST_MICRO_USD": "COST", "CALLS": "RATE"}


def limiting(
    name: str,
    kind: str,
    maximum: int,
    *,
    action: str = "STOP",
    bind_at: str = "EACH_STEP",
) -> policy_pb2.PolicyBody:
    """A policy for all runs of the tenant, with one limit."""
    sliding = kind == "CALLS"
    limit = policy_pb2.Limit(
        name="limit",
        type=f"LIMIT_TYPE_{kind}",
        maximum=maximum,
        window=f"LIMIT_WINDOW_{'SLIDING' if sliding else 'PER_RUN'}",
        window_seconds=3600 if sliding else 0,
    )
    return policy_pb2.PolicyBody(
        name=name,
        scope=policy_pb2.Scope(type=policy_pb2.SCOPE_TYPE_ALL_RUNS),
        monitors=policy_pb2.MonitorConfig(watched=[f"MONITOR_{_WATCHED[kind]}"]),
        limits=[limit],
        on_breach=policy_pb2.BreachAction(action=f"ACTION_{action}"),
        precedence=policy_pb2.Precedence(bind_at=f"BIND_AT_{bind_at}"),
    )


def action_of(decision: Any) -> str:
    """What is to be done, in a word."""
    return policy_pb2.Action.Name(decision.action).removeprefix("ACTION_")


def reason_of(decision: Any) -> str:
    """Why, in a word."""
    return decision_pb2.DecisionReason.Name(decision.reason).removeprefix("DECISION_REASON_")
