"""What a run is decided by: every policy that applies, in full, in one form, hashed twice."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from kernel.identifiers import PolicyId, SnapshotId, TenantId
from kernel.ledger import state_of
from services.policies.domain.errors import SnapshotDamaged
from services.policies.domain.plain import canonical, restored, sha256
from services.policies.domain.policy_body import PolicyBody


class Mode(StrEnum):
    """What a policy of a snapshot does."""

    ENFORCED = "ENFORCED"
    # Evaluated and recorded, never enforced: a version on trial.
    SHADOW = "SHADOW"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedPolicy:
    """One policy as it applies to a run."""

    policy_id: PolicyId
    version: int
    mode: Mode
    body: PolicyBody


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The policies of a run; nobody changes it, and it is looked at each time it is loaded."""

    id: SnapshotId
    tenant_id: TenantId
    content: bytes
    content_hash: str
    threshold_hash: str
    created_at: datetime

    def policies(self) -> tuple[AppliedPolicy, ...]:
        """What it holds.

        Raises:
            SnapshotDamaged: its bytes are not those that were hashed.
        """
        if sha256(self.content) != self.content_hash:
            raise SnapshotDamaged.of(self.id)
        plain = json.loads(self.content)["policies"]
        policies = tuple(restored(AppliedPolicy, item) for item in plain)
        if thresholds_hash(policies) != self.threshold_hash:
            raise SnapshotDamaged.of(self.id)
        return policies


def content_of(policies: Sequence[AppliedPolicy]) -> bytes:
    """The canonical bytes of policies, whatever order they come in."""
    return canonical({"policies": [state_of(policy) for policy in _sorted(policies)]})


def thresholds_hash(policies: Sequence[AppliedPolicy]) -> str:
    """The hash of the thresholds alone: it changes if and only if a number does."""
    return sha256(canonical({"thresholds": [_thresholds(policy) for policy in _sorted(policies)]}))


def _sorted(policies: Sequence[AppliedPolicy]) -> list[AppliedPolicy]:
    return sorted(policies, key=lambda policy: (policy.policy_id, policy.mode, policy.version))


def _thresholds(policy: AppliedPolicy) -> dict[str, Any]:
    state = state_of(policy.body)
    return {
        "policy_id": policy.policy_id,
        "mode": policy.mode.value,
        "limits": state["limits"],
        "percents": [tier["percent"] for tier in state["alert_tiers"]],
    }
