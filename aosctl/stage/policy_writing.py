"""Policies as an owner writes them, lets them govern, and lets them say something else."""

from typing import Any

from aos.policies.v1 import policy_pb2
from aosctl.stage.calling import Stage


async def put_in_force(stage: Stage, body: policy_pb2.PolicyBody) -> Any:
    """Write a policy and let it govern; return it."""
    made = await stage.call("policies", "policy", "CreatePolicy", body=body)
    return await activate(stage, made.policy)


async def activate(stage: Stage, policy: Any) -> Any:
    """Let a draft govern; return it."""
    answer = await stage.call(
        "policies", "policy", "ActivatePolicy", policy_id=policy.id, etag=policy.etag
    )
    return answer.policy


async def change(stage: Stage, policy: Any, body: policy_pb2.PolicyBody) -> Any:
    """Let a policy say something else; return it."""
    answer = await stage.call(
        "policies", "policy", "UpdatePolicy", policy_id=policy.id, etag=policy.etag, body=body
    )
    return answer.policy


async def suspend(stage: Stage, policy: Any) -> Any:
    """Let a policy govern nothing for a while; return it."""
    answer = await stage.call(
        "policies", "policy", "SuspendPolicy", policy_id=policy.id, etag=policy.etag
    )
    return answer.policy
