"""Let changes of policies reach runs that are under way: soon after the change, and by interval."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from kernel.errors import ServiceError
from kernel.identifiers import RunId, TenantId
from kernel.principal import Principal
from services.policies.usecases.check_run import RunChecker
from services.policies.usecases.ports import GateKey, UnitOfWork

_BATCH = 200


class UncheckedRuns(Protocol):
    """Finds runs of any tenant that have not been checked since a policy of theirs changed."""

    async def __call__(self, limit: int) -> Sequence[GateKey]:
        """Return some of them, those that began first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRunningRuns:
    """The job that checks runs during execution."""

    unchecked: UncheckedRuns
    units_of_work: Callable[..., AbstractAsyncContextManager[UnitOfWork]]
    check: RunChecker

    async def __call__(self) -> int:
        """Check whatever a change has not reached yet; return how many runs that were."""
        checked = 0
        while keys := await self.unchecked(_BATCH):
            before = checked
            for tenant_id, run_id in keys:
                checked += await self._check(TenantId(tenant_id), RunId(run_id))
            if checked == before or len(keys) < _BATCH:
                break
        return checked

    async def _check(self, tenant_id: TenantId, run_id: RunId) -> bool:
        principal = Principal(tenant_id=tenant_id, roles=frozenset(), service="policies")
        try:
            async with self.units_of_work(tenant_id) as unit_of_work:
                await self.check(run_id, principal=principal, unit_of_work=unit_of_work)
                await unit_of_work.commit()
        except ServiceError:
            # It stays unchecked, and the next round finds it again.
            return False
        return True
