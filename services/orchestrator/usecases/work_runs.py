"""One replica's part of all managed runs: take those that are due, execute them, let them go.

A run is one worker's for as long as its lease; every write of the worker is bound to the epoch of
that lease, so one that was taken over writes nothing any more. A worker that cannot learn for the
length of a permit how the gate of a run stands breaks off what is under way of it.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from kernel.errors import Conflict, DeadlineTooShort, Exhausted, ServiceError, Unavailable
from kernel.identifiers import RunId, TenantId
from services.orchestrator.domain.errors import LeaseLost
from services.orchestrator.domain.kinds import Wish
from services.orchestrator.domain.managed_run import LeasedRun, Parting, QueueState
from services.orchestrator.usecases.execute_run import ManagedRun, Remembered, RunParts
from services.orchestrator.usecases.execute_step import Why
from services.orchestrator.usecases.open_sessions import OpenSessions
from services.orchestrator.usecases.run_ports import RunLeases

_PASSING = (Unavailable, Conflict, Exhausted, DeadlineTooShort)
# An outage is waited out for about half an hour; then the run is closed as failed.
PATIENCE = 60
_FIRST_WAIT_SECONDS, _LONGEST_WAIT_SECONDS = 0.5, 30.0
Key = tuple[TenantId, RunId]
OnFault = Callable[[LeasedRun, BaseException], None]


@dataclass(slots=True, kw_only=True)
class _Place:
    """A run that is executed here, and until when it may be."""

    run: ManagedRun
    epoch: int
    lease_until: float
    permit_until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    """A run that waits, and that only this replica can go on with."""

    epoch: int
    remembered: Remembered


class WorkRuns:
    """Takes runs and executes them, any number side by side."""

    def __init__(
        self,
        *,
        leases: RunLeases,
        parts: RunParts,
        sessions: OpenSessions,
        places: int,
        lease_seconds: float,
        on_fault: OnFault,
    ) -> None:
        self._leases, self._parts, self._sessions = leases, parts, sessions
        self._clock, self._places = parts.workshop.clock, places
        self._lease_seconds = lease_seconds
        self._on_fault = on_fault
        self._taken: dict[Key, _Place] = {}
        self._waiting: dict[Key, _Waiting] = {}
        self._under_way: set[asyncio.Task[None]] = set()
        self._leaving = False

    async def __call__(self) -> int:
        """Begin with what is due, as far as there is room; return how many runs that are."""
        room = self._places - len(self._under_way)
        if self._leaving or room <= 0:
            return 0
        # Counted from before we asked, so that we never believe in a lease that has ended.
        asked = self._clock.monotonic()
        taken = await self._leases.take(room)
        for leased in taken:
            self._begin(leased, asked)
        return len(taken)

    async def beat(self) -> None:
        """Keep what is ours, and learn how the gates stand."""
        await self._renew_leases()
        by_tenant: dict[TenantId, list[RunId]] = {}
        for tenant_id, run_id in self._taken:
            by_tenant.setdefault(tenant_id, []).append(run_id)
        await asyncio.gather(*(self._renew_permits(*one) for one in by_tenant.items()))

    def watch(self) -> None:
        """Break off what has no permit or no lease any more."""
        now = self._clock.monotonic()
        for place in self._taken.values():
            if now > place.lease_until:
                place.run.break_off(Why.LOST)
            elif now > place.permit_until:
                place.run.break_off(Why.UNHEARD)

    async def drain(self) -> None:
        """Put everything back, for others to go on with."""
        self._leaving = True
        for place in self._taken.values():
            place.run.break_off(Why.LEAVING)
        while self._under_way:
            await asyncio.wait(self._under_way)

    def _begin(self, leased: LeasedRun, asked: float) -> None:
        contract = leased.run.contract
        key = contract.tenant_id, contract.run_id
        known = self._waiting.pop(key, None)
        run = ManagedRun(
            parts=self._parts, leased=leased, remembered=known.remembered if known else None
        )
        before = self._taken.get(key)
        if before is not None:
            # Our own lease had ended, and it was us who took the run over.
            before.run.break_off(Why.LOST)
        self._taken[key] = _Place(
            run=run,
            epoch=leased.epoch,
            lease_until=asked + self._lease_seconds,
            permit_until=asked + self._parts.terms.seconds,
        )
        work = asyncio.create_task(self._work(key, leased, run), name=f"run-{contract.run_id}")
        self._under_way.add(work)
        work.add_done_callback(self._under_way.discard)

    async def _work(self, key: Key, leased: LeasedRun, run: ManagedRun) -> None:
        try:
            with self._sessions.joined(key[0], run, run.hear):
                parting = await self._executed(leased, run)
            if parting is not None:
                await self._part(key, leased, run, parting)
        except LeaseLost:
            # Somebody else took it over, and knows everything that we kept.
            return
        except ServiceError as error:
            # Whoever finds the lease ended goes on from what is on disk.
            self._on_fault(leased, error)
        finally:
            place = self._taken.get(key)
            if place is not None and place.run is run:
                del self._taken[key]

    async def _executed(self, leased: LeasedRun, run: ManagedRun) -> Parting | None:
        try:
            return await run()
        except LeaseLost:
            raise
        except Exception as error:  # noqa: BLE001 - one run must not end the others
            self._on_fault(leased, error)
            if isinstance(error, _PASSING) and leased.attempts < PATIENCE:
                return Parting(
                    state=QueueState.QUEUED, told=False, failed=True, last_error=str(error)[:1000]
                )
            await run.end(Wish.FAILED)
            return None

    async def _part(self, key: Key, leased: LeasedRun, run: ManagedRun, parting: Parting) -> None:
        remembered = None if self._leaving else run.remembered
        if remembered is not None and len(self._waiting) < self._places:
            self._waiting[key] = _Waiting(epoch=leased.epoch, remembered=remembered)
            parting = replace(parting, keeps_lease=True)
        if parting.failed:
            wait = min(_LONGEST_WAIT_SECONDS, _FIRST_WAIT_SECONDS * 2.0 ** min(leased.attempts, 16))
            parting = replace(parting, due_at=self._clock.now() + timedelta(seconds=wait))
        async with self._parts.units_of_work(key[0]) as unit_of_work:
            await unit_of_work.queue.part(leased, parting)
            await unit_of_work.holders.release(key[0], [key[1]], self._parts.worker_id)
            await unit_of_work.commit()

    async def _renew_leases(self) -> None:
        epochs = {key: place.epoch for key, place in self._taken.items()}
        epochs |= {key: waiting.epoch for key, waiting in self._waiting.items()}
        if not epochs:
            return
        asked = self._clock.monotonic()
        kept = await self._leases.renew(epochs)
        for key in epochs:
            place = self._taken.get(key)
            # Between asking and now it may have been let go, and taken again.
            mine = place if place is not None and place.epoch == epochs[key] else None
            if key[1] not in kept:
                self._lose(key, mine, epochs[key])
            elif mine is not None:
                mine.lease_until = asked + self._lease_seconds

    def _lose(self, key: Key, place: _Place | None, epoch: int) -> None:
        if place is not None:
            place.run.break_off(Why.LOST)
        if key in self._waiting and self._waiting[key].epoch == epoch:
            del self._waiting[key]

    async def _renew_permits(self, tenant_id: TenantId, run_ids: list[RunId]) -> None:
        asked = self._clock.monotonic()
        gates = await self._parts.workshop.desk.gates(tenant_id, run_ids)
        self._sessions.notice(tenant_id, gates.values())
        for run_id in gates:
            place = self._taken.get((tenant_id, run_id))
            if place is not None:
                place.permit_until = max(place.permit_until, asked + self._parts.terms.seconds)
        async with self._parts.units_of_work(tenant_id) as unit_of_work:
            await unit_of_work.holders.renew(
                tenant_id, run_ids, self._parts.worker_id, self._parts.terms.held_for
            )
            await unit_of_work.commit()
