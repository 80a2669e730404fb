"""Look after managed runs that wait: wake those whose gates have moved, give all a sign of life."""

from kernel.errors import ServiceError
from kernel.identifiers import RunId, TenantId
from services.orchestrator.usecases.run_ports import ManagedDesk, RunLeases


class TendQueue:
    """One replica's part; two that look at once look at different runs."""

    def __init__(self, *, leases: RunLeases, desk: ManagedDesk) -> None:
        self._leases, self._desk = leases, desk

    async def __call__(self) -> int:
        """Look at what waits; return for how many tenants it could not be done.

        Raises:
            ServiceError: the queue itself cannot be read.
        """
        failed = await self._beat()
        moved: dict[TenantId, list[RunId]] = {}
        for tenant_id, run_ids in (await self._leases.held()).items():
            try:
                gates = await self._desk.gates(tenant_id, run_ids)
            except ServiceError:
                failed += 1
                continue
            # Whoever takes one whose gate is closed for good ends it.
            moved[tenant_id] = [gate.run_id for gate in gates.values() if gate.state != "PAUSED"]
        if any(moved.values()):
            await self._leases.wake(moved)
        return failed

    async def _beat(self) -> int:
        """Say that runs are alive: what waits in the queue is not lost, however long it waits."""
        failed = 0
        for tenant_id, run_ids in (await self._leases.silent()).items():
            try:
                await self._desk.beat(tenant_id, run_ids)
            except ServiceError:
                failed += 1
        return failed
