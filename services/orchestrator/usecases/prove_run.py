"""Prove a run: recompute everything that was hashed, and compare it with what was said.

Steps and entries come page by page, and only their hashes are remembered, so a run of any length
takes the same room. What hashes them works beside the event loop.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from kernel.errors import DeadlineTooShort, Exhausted, Overloaded, ServiceError, Unavailable
from kernel.identifiers import RunId, TenantId
from kernel.principal import Principal
from services.orchestrator.domain.kinds import SagaState
from services.orchestrator.domain.recomputed_ledger import (
    RecomputedLedger,
    SignedLedger,
    leads_to,
)
from services.orchestrator.domain.recomputed_trace import RecomputedTrace, SealedTrace
from services.orchestrator.domain.run_proof import (
    Check,
    EndedRun,
    RunProof,
    completion_entry_check,
    concluded,
    contract_check,
    decision_checks,
    entry_check,
    inclusion_check,
    incomplete,
    snapshot_checks,
    step_check,
    trace_checks,
    unread,
)
from services.orchestrator.domain.saga import Saga
from services.orchestrator.usecases.evidence_ports import Beside, ProofDesk
from services.orchestrator.usecases.ports import OpenUnitOfWork
from services.orchestrator.usecases.together import together

# Proofs of entries are asked for one by one, so many at a time.
_AT_ONCE = 16
_GROUP = 256
# Errors that say nothing about the run: somebody is away, or has no time.
_PASSING = (Unavailable, DeadlineTooShort, Exhausted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prover:
    """Proves runs."""

    units_of_work: OpenUnitOfWork
    desk: ProofDesk
    beside: Beside

    async def __call__(self, run_id: RunId, *, principal: Principal) -> RunProof:
        """Return the verdict on a run with everything that was looked at.

        Raises:
            NotFound: there is no such run, or none that the principal may know of.
            Unavailable: somebody who has to be asked is away.
        """
        ended = (await self.desk.run(run_id)).ended
        tenant_id = principal.tenant_id
        async with self.units_of_work(tenant_id) as unit_of_work:
            saga = await unit_of_work.sagas.of_run(tenant_id, run_id)
            acknowledged = await unit_of_work.contracts.acknowledgements(tenant_id, run_id)
        if saga is None or saga.state is not SagaState.FINISHED:
            return incomplete(_why(saga))
        ledger = RecomputedLedger(tenant_id=tenant_id, run_id=run_id)
        ledger_checks, size = await self._ledger(tenant_id, run_id, ledger, ended)
        parts = await together(
            trace=self._trace(tenant_id, run_id, ledger),
            decided=self._decided(tenant_id, run_id, ledger),
        )
        contract = contract_check(acknowledged, ledger=ledger)
        checks = [contract, *parts["trace"], *parts["decided"], *ledger_checks]
        return concluded(checks, ledger_size=size)

    async def _trace(
        self, tenant_id: TenantId, run_id: RunId, ledger: RecomputedLedger
    ) -> list[Check]:
        trace = RecomputedTrace()
        try:
            sealed = await self.desk.sealed_trace(tenant_id, run_id)
            if sealed is not None:
                await self._take_steps(tenant_id, sealed, trace)
        except ServiceError as error:
            return [_unread("trace_root", error)]
        return [step_check(trace), *trace_checks(trace, sealed, ledger)]

    async def _take_steps(
        self, tenant_id: TenantId, sealed: SealedTrace, trace: RecomputedTrace
    ) -> None:
        async for steps in self.desk.all_steps(tenant_id, sealed.trace_id):
            await self._beside(partial(trace.take, steps))

    async def _beside(self, work: Callable[[], None]) -> None:
        try:
            await self.beside(work)
        except TimeoutError:
            raise Overloaded("Too many proofs are being made at once. Ask again.") from None

    async def _decided(
        self, tenant_id: TenantId, run_id: RunId, ledger: RecomputedLedger
    ) -> list[Check]:
        gate = await self.desk.read_gate(tenant_id, run_id)
        if gate is None:
            return decision_checks(None, None, ledger)
        checks: list[Check] = []
        try:
            replayed = await self.desk.replayed(tenant_id, run_id)
            checks += decision_checks(replayed, gate, ledger)
        except ServiceError as error:
            checks.append(_unread("decisions", error))
        try:
            snapshot = await self.desk.snapshot(tenant_id, gate.snapshot_id)
            checks += snapshot_checks(snapshot, ledger)
        except ServiceError as error:
            checks.append(_unread("snapshot", error))
        return checks

    async def _ledger(
        self, tenant_id: TenantId, run_id: RunId, ledger: RecomputedLedger, ended: EndedRun
    ) -> tuple[list[Check], int]:
        """Take every entry first: a checkpoint of a later moment covers all of them."""
        async for entries in self.desk.all_entries(tenant_id, run_id):
            await self._beside(partial(ledger.take, entries))
        checks = [completion_entry_check(ledger, ended), entry_check(ledger)]
        try:
            signed = await self.desk.signed_ledger(tenant_id)
        except ServiceError as error:
            return [*checks, _unread("ledger_inclusion", error)], 0
        unproven: int | None = None
        if not signed.problem:
            unproven = await self._first_unproven(tenant_id, ledger, signed)
        proven = inclusion_check(signed, proven=len(ledger.hashes), first_unproven=unproven)
        return [*checks, proven], signed.size

    async def _first_unproven(
        self, tenant_id: TenantId, ledger: RecomputedLedger, signed: SignedLedger
    ) -> int | None:
        """The first entry that does not lead to the signed root; None when all of them do."""
        places = asyncio.Semaphore(_AT_ONCE)

        async def is_proven(sequence: int, leaf: bytes) -> bool:
            async with places:
                return await self._is_proven(tenant_id, sequence, leaf, signed)

        for group in _groups(sorted(ledger.hashes.items())):
            asked = {str(sequence): is_proven(sequence, leaf) for sequence, leaf in group}
            for sequence, holds in (await together(**asked)).items():
                if not holds:
                    return int(sequence)
        return None

    async def _is_proven(
        self, tenant_id: TenantId, sequence: int, leaf: bytes, signed: SignedLedger
    ) -> bool:
        try:
            proof = await self.desk.inclusion(tenant_id, sequence, signed.size)
        except _PASSING:
            raise
        except ServiceError:
            # A log that is damaged has no proof.
            return False
        return leads_to(signed, sequence=sequence, leaf=leaf, proof=proof)


def _groups(entries: Sequence[tuple[int, bytes]]) -> list[Sequence[tuple[int, bytes]]]:
    return [entries[first : first + _GROUP] for first in range(0, len(entries), _GROUP)]


def _unread(name: str, error: ServiceError) -> Check:
    if isinstance(error, _PASSING):
        raise error
    return unread(name, error.message)


def _why(saga: Saga | None) -> str:
    if saga is None:
        return "Nobody has asked for the completion of the run."
    return f"The completion of the run is {saga.state}."
