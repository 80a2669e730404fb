"""What rollouts need of the outer ring."""

from dataclasses import dataclass
from typing import Protocol

from kernel.identifiers import RolloutId, TenantId
from kernel.pagination import Page, PageRequest
from services.policies.domain.rollout import Divergence, Rollout, Totals
from services.policies.usecases.ports import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutFilter:
    """Which rollouts somebody wants to see."""

    # Of every policy, if empty.
    policy_id: str
    only_under_way: bool


class RolloutRepository(Protocol):
    """Keeps rollouts, and reads what they have shown."""

    async def add(self, rollout: Rollout) -> None:
        """Keep a new rollout."""
        ...

    async def find(self, tenant_id: TenantId, rollout_id: RolloutId) -> Rollout | None:
        """Return the rollout, or None if the tenant has none with this id."""
        ...

    async def hold(self, tenant_id: TenantId, rollout_id: RolloutId) -> Rollout | None:
        """Return the rollout as it stays until this transaction ends."""
        ...

    async def update(self, rollout: Rollout) -> None:
        """Keep the new state of a rollout that is held."""
        ...

    async def list(
        self, tenant_id: TenantId, wanted: RolloutFilter, page: PageRequest
    ) -> Page[Rollout]:
        """Return rollouts, newest first."""
        ...

    async def totals(self, rollout: Rollout) -> Totals:
        """Add up what the rollout has shown."""
        ...

    async def divergences(self, rollout: Rollout, page: PageRequest) -> Page[Divergence]:
        """Return where the versions disagreed, newest run first."""
        ...


class RolloutUnitOfWork(UnitOfWork, Protocol):
    """One transaction in which a version is put on trial."""

    @property
    def rollouts(self) -> RolloutRepository:
        """The rollouts, as this transaction sees them."""
        ...
