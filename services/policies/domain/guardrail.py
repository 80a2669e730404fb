"""Guardrails: the policies that a new tenant begins with."""

from dataclasses import dataclass

from services.policies.domain.policy_body import PolicyBody


@dataclass(frozen=True, slots=True, kw_only=True)
class Guardrail:
    """One policy of the default pack."""

    name: str
    version: int
    body: PolicyBody

    @property
    def origin_id(self) -> str:
        """What a policy that was made of it names as its origin."""
        return f"{self.name}@{self.version}"


def name_in(origin_id: str) -> str:
    """The guardrail that an origin names, whatever its version."""
    return origin_id.partition("@")[0]
