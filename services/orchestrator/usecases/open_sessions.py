"""The sessions of this replica, so that what concerns their runs can be told to them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

from kernel.errors import ServiceError
from kernel.identifiers import RunId, TenantId
from services.orchestrator.domain.permit import Directive
from services.orchestrator.usecases.session_ports import GateNow, StepDesk

Tell = Callable[[Directive], None]


class Executing(Protocol):
    """Whoever executes runs here: the session of an agent, or our own worker."""

    @property
    def run_ids(self) -> list[RunId]:
        """The runs that it executes."""
        ...

    def notice(self, gates: Iterable[GateNow]) -> list[Directive]:
        """What it is to be told of gates that have moved since it was told last."""
        ...


class OpenSessions:
    """Knows who executes what here."""

    def __init__(self, desk: StepDesk) -> None:
        self._desk = desk
        self._sessions: dict[TenantId, dict[Executing, Tell]] = {}

    @contextmanager
    def joined(self, tenant_id: TenantId, session: Executing, tell: Tell) -> Iterator[None]:
        """Let a session hear what concerns its runs, for as long as the block lasts."""
        self._sessions.setdefault(tenant_id, {})[session] = tell
        try:
            yield
        finally:
            mine = self._sessions[tenant_id]
            del mine[session]
            if not mine:
                del self._sessions[tenant_id]

    def notice(self, tenant_id: TenantId, gates: Iterable[GateNow]) -> None:
        """Tell sessions of gates that have moved."""
        moved = list(gates)
        for session, tell in self._sessions.get(tenant_id, {}).items():
            for directive in session.notice(moved):
                tell(directive)

    def held(self) -> Mapping[TenantId, list[RunId]]:
        """The runs that are executed here, by tenant."""
        return {
            tenant_id: [run_id for session in sessions for run_id in session.run_ids]
            for tenant_id, sessions in self._sessions.items()
        }

    async def __call__(self) -> int:
        """Look at the gates of all runs that are executed here; return how many tenants failed."""
        failed = 0
        for tenant_id, run_ids in self.held().items():
            if not run_ids:
                continue
            try:
                gates = await self._desk.gates(tenant_id, run_ids)
            except ServiceError:
                failed += 1
                continue
            self.notice(tenant_id, gates.values())
        return failed
