"""Verify whole logs, a portion at a time: also what lies behind the last checkpoint.

Signing looks only at what is new. Somebody with all the rights of the database could change an old
entry and nobody would notice before the next export, so every log is read again from its beginning.
"""

import json
from collections.abc import Sequence
from datetime import timedelta

from kernel import merkle
from kernel.clock import Clock
from kernel.identifiers import PLANE_TENANT, TenantId, new_id
from services.logs.domain.checkpoint import Checkpoint
from services.logs.domain.errors import LedgerDamaged
from services.logs.domain.notary import Notary
from services.logs.domain.system_record import SystemCause, SystemRecord, SystemSeverity
from services.logs.domain.tail import TailFinding
from services.logs.domain.verification import Verification, read_portion
from services.logs.usecases.ports import CHECKPOINT, UnitOfWork, UnitsOfWork

# Checking an entry takes some 40 microseconds; so many hold up nobody else's call for long.
PORTION = 100
ROUND_EVERY = timedelta(days=1)
# A log that was damaged is read again soon, so that restoring it is noticed.
DAMAGED_ROUND_EVERY = timedelta(minutes=1)


async def due_logs(limit: int, *, units_of_work: UnitsOfWork, clock: Clock) -> list[TenantId]:
    """Return logs in the middle of a round, or whose next one is due; the longest waiting first."""
    now = clock.now()
    async with units_of_work(purpose=CHECKPOINT) as unit_of_work:
        return await unit_of_work.verifications.due(
            limit, clean_before=now - ROUND_EVERY, damaged_before=now - DAMAGED_ROUND_EVERY
        )


async def verify_portion(
    tenant_id: TenantId, *, notary: Notary, units_of_work: UnitsOfWork, clock: Clock
) -> Verification:
    """Verify the next portion of a log, and keep how far it came.

    What is found is told in CRITICAL system records, to the tenant and to the plane, in the same
    transaction; from then on the log is not signed, until a whole round finds nothing any more.
    """
    async with units_of_work(tenant_id, PLANE_TENANT) as unit_of_work:
        known = await unit_of_work.verifications.find(tenant_id)
        finding = known.finding if known else ""
        if known is None or known.is_finished:
            known = Verification.beginning(tenant_id, finding=finding)
        try:
            after = await _read_on(known, notary, unit_of_work)
        except TailFinding as found:
            after = known.ended(finding=str(found))
        await unit_of_work.verifications.keep(after, at=clock.now())
        if after.finding != finding:
            await _tell(after, unit_of_work, clock)
        await unit_of_work.commit()
    return after


async def damaged_logs(*, units_of_work: UnitsOfWork) -> Sequence[LedgerDamaged]:
    """Return what was found and is not mended."""
    async with units_of_work(purpose=CHECKPOINT) as unit_of_work:
        found = await unit_of_work.verifications.damaged()
    return [LedgerDamaged.because(one.tenant_id, one.finding) for one in found]


async def _read_on(known: Verification, notary: Notary, unit_of_work: UnitOfWork) -> Verification:
    tenant_id, begin = known.tenant_id, known.tree.size
    last = next(iter(await unit_of_work.checkpoints.latest(tenant_id, 1)), None)
    signed_size = last.tree_size if last else 0
    end = min(begin + PORTION, signed_size)
    if end <= begin:
        return known.ended()
    signed = await unit_of_work.checkpoints.between(tenant_id, begin, end)
    _require_signed(tenant_id, signed, notary)
    after = read_portion(
        known,
        await unit_of_work.ledger.stretch(tenant_id, begin, end),
        nodes=await unit_of_work.ledger.nodes(tenant_id, list(merkle.nodes_filled(begin, end))),
        signed={checkpoint.tree_size: checkpoint.root_hash for checkpoint in signed},
        end=end,
    )
    return after.ended() if end == signed_size else after


def _require_signed(tenant_id: TenantId, signed: Sequence[Checkpoint], notary: Notary) -> None:
    for checkpoint in signed:
        problem = notary.problem(tenant_id, checkpoint)
        if problem is not None:
            raise TailFinding(problem)


async def _tell(found: Verification, unit_of_work: UnitOfWork, clock: Clock) -> None:
    if found.finding:
        summary = str(LedgerDamaged.because(found.tenant_id, found.finding))
    else:
        summary = f"The ledger of {found.tenant_id} verifies again, from its first entry on."
    details = {"tenant_id": found.tenant_id, "finding": found.finding}
    records = [
        SystemRecord(
            id=new_id("sys"),
            tenant_id=tenant_id,
            service="logs",
            component="LEDGER",
            event_type="LEDGER_DAMAGED" if found.finding else "LEDGER_RESTORED",
            severity=SystemSeverity.CRITICAL if found.finding else SystemSeverity.INFO,
            summary=summary,
            details=json.dumps(details),
            caused_by=SystemCause.SYSTEM,
            correlation_id=found.tenant_id,
            occurred_at=clock.now(),
        )
        for tenant_id in (found.tenant_id, TenantId(PLANE_TENANT))
    ]
    await unit_of_work.system_records.add(records)
