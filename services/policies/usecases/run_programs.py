"""What a run is decided by, known before anything is held for it."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from kernel.errors import ServiceError
from kernel.identifiers import RunId, TenantId
from services.policies.domain.program import Program
from services.policies.usecases.ports import UnitOfWork
from services.policies.usecases.programs import Kept, Programs

UnitsOfWork = Callable[..., AbstractAsyncContextManager[UnitOfWork]]

_RUNS = 20_000


class RunPrograms:
    """Finds the program of a run, and remembers it until somebody says that it has changed."""

    def __init__(self, *, units_of_work: UnitsOfWork, programs: Programs) -> None:
        self._units_of_work = units_of_work
        self._programs = programs
        self._hashes: Kept[tuple[str, str], str] = Kept(_RUNS)

    async def of(self, tenant_id: str, run_id: str, *, afresh: bool) -> Program | None:
        """The program of a run; None if it has none that can be used."""
        known = None if afresh else self._hashes.get((tenant_id, run_id))
        program = None if known is None else self._programs.known(tenant_id, known)
        return program or await self._found(TenantId(tenant_id), RunId(run_id))

    async def _found(self, tenant_id: TenantId, run_id: RunId) -> Program | None:
        async with self._units_of_work(tenant_id) as unit_of_work:
            gate = await unit_of_work.gates.find(tenant_id, run_id)
            if gate is None:
                return None
            self._hashes.put((tenant_id, run_id), gate.content_hash)
            program = self._programs.known(tenant_id, gate.content_hash)
            if program is not None:
                return program
            snapshot = await unit_of_work.snapshots.find(tenant_id, gate.snapshot_id)
        try:
            return None if snapshot is None else self._programs.learn(snapshot)
        except ServiceError:
            # Whoever decides finds the same, and says so.
            return None
