"""A policy and its life: DRAFT → ACTIVE ⇄ SUSPENDED → RETIRED."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from kernel.identifiers import PolicyId, TenantId
from services.policies.domain.errors import IllegalPolicyStep
from services.policies.domain.plain import canonical, sha256
from services.policies.domain.policy_body import PolicyBody


class PolicyState(StrEnum):
    """Where a policy is in its life."""

    DRAFT = "DRAFT"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    RETIRED = "RETIRED"


class PolicySource(StrEnum):
    """Where a policy came from."""

    MANUAL = "MANUAL"
    LEARNED = "LEARNED"
    DEFAULT = "DEFAULT"


# The database refuses every other step by a trigger that holds the same table.
LEGAL = frozenset(
    {
        (PolicyState.DRAFT, PolicyState.ACTIVE),
        (PolicyState.ACTIVE, PolicyState.SUSPENDED),
        (PolicyState.SUSPENDED, PolicyState.ACTIVE),
        (PolicyState.DRAFT, PolicyState.RETIRED),
        (PolicyState.ACTIVE, PolicyState.RETIRED),
        (PolicyState.SUSPENDED, PolicyState.RETIRED),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One lever: whom it is for, what it watches, how much, what then."""

    id: PolicyId
    tenant_id: TenantId
    body: PolicyBody
    created_by: str
    created_at: datetime
    updated_at: datetime
    state: PolicyState = PolicyState.DRAFT
    version: int = 1
    source: PolicySource = PolicySource.MANUAL
    origin_id: str = ""
    retire_reason: str = ""
    revision: int = 1

    @property
    def content_hash(self) -> str:
        """The hash of what it says."""
        return sha256(canonical(self.body))

    def moved(self, to: PolicyState, *, at: datetime, reason: str = "") -> "Policy":
        """The policy in its next state.

        Raises:
            IllegalPolicyStep: its state does not lead there.
        """
        if (self.state, to) not in LEGAL:
            raise IllegalPolicyStep(
                f"A policy that is {self.state} cannot become {to}.",
                metadata={"from": self.state, "to": to},
            )
        return replace(
            self, state=to, retire_reason=reason, updated_at=at, revision=self.revision + 1
        )

    def saying(self, body: PolicyBody, *, at: datetime) -> "Policy":
        """The policy with other words: a draft in place, any other as a new version.

        Raises:
            IllegalPolicyStep: it is retired.
        """
        if self.state is PolicyState.RETIRED:
            raise IllegalPolicyStep(
                "A retired policy says no more. Write a new one.",
                metadata={"from": self.state, "to": self.state},
            )
        version = self.version + (self.state is not PolicyState.DRAFT)
        return replace(self, body=body, version=version, updated_at=at, revision=self.revision + 1)
