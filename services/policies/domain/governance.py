"""The governance switch: on, degraded, off; per tenant and for the whole plane."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum

from kernel.identifiers import TenantId

# How long enforcement stays off unless somebody says otherwise.
USUAL_TIME_OFF = timedelta(minutes=15)


class GovernanceState(IntEnum):
    """From the usual to the most careful; the harsher of tenant and plane counts."""

    # Enforcement is off; recording goes on, and every decision says so.
    DISABLED = 1
    ACTIVE = 2
    # No new runs; those under way finish with warnings at most.
    DEGRADED = 3


def in_force(tenant: GovernanceState, plane: GovernanceState) -> GovernanceState:
    """What counts for a tenant: the plane's state wherever it is harsher, its own otherwise.

    Off is the mildest, so a tenant that is off stays off unless the plane is degraded: the plane's
    usual state overrules nobody.
    """
    if GovernanceState.DEGRADED in (tenant, plane):
        return GovernanceState.DEGRADED
    return min(tenant, plane)


@dataclass(frozen=True, slots=True, kw_only=True)
class GovernanceSwitch:
    """The switch of one tenant, or of the plane."""

    tenant_id: TenantId
    state: GovernanceState = GovernanceState.ACTIVE
    # How often it was moved; 0 while nobody ever touched it.
    epoch: int = 0
    reason: str = ""
    changed_by: str = ""
    changed_at: datetime | None = None
    # When it comes back by itself; set while it is off, and only then.
    expires_at: datetime | None = None

    @property
    def id(self) -> str:
        """What records call it: the tenant that it belongs to."""
        return self.tenant_id

    def at(self, now: datetime) -> GovernanceState:
        """Where it stands: one whose time is over is on again, whether or not anybody noticed."""
        over = self.expires_at is not None and self.expires_at <= now
        return GovernanceState.ACTIVE if over else self.state

    def moved(
        self,
        to: GovernanceState,
        *,
        reason: str,
        by: str,
        at: datetime,
        off_for: timedelta = USUAL_TIME_OFF,
    ) -> "GovernanceSwitch":
        """The switch where somebody wants it; off only for a while."""
        return replace(
            self,
            state=to,
            epoch=self.epoch + 1,
            reason=reason,
            changed_by=by,
            changed_at=at,
            expires_at=at + off_for if to is GovernanceState.DISABLED else None,
        )

    def leads_nowhere(self, to: GovernanceState, now: datetime) -> bool:
        """Whether it stands there already; turning it off again gives it a new time limit."""
        return self.state is to and self.at(now) is to and to is not GovernanceState.DISABLED


@dataclass(frozen=True, slots=True, kw_only=True)
class GovernanceChange:
    """One move of the switch."""

    before: GovernanceState
    after: GovernanceSwitch
