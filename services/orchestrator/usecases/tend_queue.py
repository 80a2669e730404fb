"""Look after managed runs that wait: wake those whose gates have moved, give all a sign of life."""

from collections.abc import Awaitable, Sequence

from kernel.errors import ServiceError
from kernel.identifiers import RunId, TenantId
from services.orchestrator.usecases.run_ports import ManagedDesk, RunLeases

_HALTED = frozenset({"STOPPED", "KILLED", "CLOSED"})
_MOVED = _HALTED | {"OPEN"}


class TendQueue:
    """One replica's part; two that look at once look at different runs."""

    def __init__(self, *, leases: RunLeases, desk: ManagedDesk) -> None:
        self._leases, self._desk = leases, desk

    async def __call__(self) -> int:
        """Look at what waits; return for how many tenants it could not be done.

        Raises:
            ServiceError: the queue itself cannot be read.
        """
        failed = 0
        # However long a run waits in the queue, it is not lost; and whatever it waits for, a halt
        # ends it.
        for tenant_id, run_ids in (await self._leases.silent()).items():
            failed += await self._tried(self._desk.beat(tenant_id, run_ids))
            failed += await self._tried(self._wake(tenant_id, run_ids, _HALTED))
        for tenant_id, run_ids in (await self._leases.held()).items():
            failed += await self._tried(self._wake(tenant_id, run_ids, _MOVED))
        return failed

    async def _wake(
        self, tenant_id: TenantId, run_ids: Sequence[RunId], states: frozenset[str]
    ) -> None:
        gates = await self._desk.gates(tenant_id, run_ids)
        moved = [gate.run_id for gate in gates.values() if gate.state in states]
        if moved:
            # Whoever takes one whose gate is closed for good ends it.
            await self._leases.wake({tenant_id: moved})

    async def _tried(self, work: Awaitable[None]) -> bool:
        """One tenant's trouble must not keep the others waiting; it is looked at again soon."""
        try:
            await work
        except ServiceError:
            return True
        return False
