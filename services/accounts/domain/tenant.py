"""A tenant: the isolation boundary."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from kernel.identifiers import PLANE_TENANT, TenantId

# The plane itself, as the owner of what its operator does: answers to repeat, lists of tenants. No
# tenant can have this identifier, because identifiers begin with the time they were made at.
PLANE = PLANE_TENANT


class TenantState(StrEnum):
    """Whether a tenant's credentials open anything."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """The isolation boundary: everything belongs to one tenant and nothing crosses."""

    id: TenantId
    name: str
    created_at: datetime
    updated_at: datetime
    state: TenantState = TenantState.ACTIVE
    suspension_reason: str = ""
    revision: int = 1

    @property
    def is_suspended(self) -> bool:
        """Whether its credentials open nothing at the moment."""
        return self.state is TenantState.SUSPENDED

    def suspended(self, *, reason: str, at: datetime) -> "Tenant":
        """The tenant with its credentials shut out."""
        return self._moved_to(TenantState.SUSPENDED, reason=reason, at=at)

    def resumed(self, *, at: datetime) -> "Tenant":
        """The tenant in use again."""
        return self._moved_to(TenantState.ACTIVE, reason="", at=at)

    def _moved_to(self, state: TenantState, *, reason: str, at: datetime) -> "Tenant":
        return replace(
            self,
            state=state,
            suspension_reason=reason,
            updated_at=at,
            revision=self.revision + 1,
        )
