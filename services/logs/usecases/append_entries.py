"""Append to the ledger: many calls, of many tenants, in one transaction.

Hot path: two reads, one write and one commit for up to a hundred calls. The heads are locked in the
order of their tenants, so that two replicas cannot wait for each other.
"""

from collections.abc import Sequence

from kernel.identifiers import TenantId
from services.logs.domain.errors import RecordConflict
from services.logs.domain.ledger_entry import Position, SealedDraft
from services.logs.domain.ledger_head import LedgerHead, PlacedEntry, TreeNode
from services.logs.domain.once import sift
from services.logs.usecases.ports import UnitOfWork, UnitsOfWork

Call = Sequence[SealedDraft]
Answer = list[Position]


async def append_entries(
    calls: Sequence[Call], *, units_of_work: UnitsOfWork
) -> list[Answer | RecordConflict]:
    """Append what is new in these calls; each is answered or refused by itself."""
    tenants = sorted({sealed.draft.tenant_id for call in calls for sealed in call})
    async with units_of_work(*tenants) as unit_of_work:
        heads = await unit_of_work.ledger.hold_heads(tenants)
        if len(heads) == len(tenants):
            outcomes = await _append(calls, heads, unit_of_work)
            await unit_of_work.commit()
            return outcomes
    await _open_ledgers([tenant for tenant in tenants if tenant not in heads], units_of_work)
    return await append_entries(calls, units_of_work=units_of_work)


async def _open_ledgers(tenants: Sequence[TenantId], units_of_work: UnitsOfWork) -> None:
    """Begin the logs of new tenants, in a transaction of its own that holds no other lock."""
    async with units_of_work(*tenants) as unit_of_work:
        await unit_of_work.ledger.open(tenants)
        await unit_of_work.commit()


async def _append(
    calls: Sequence[Call], heads: dict[TenantId, LedgerHead], unit_of_work: UnitOfWork
) -> list[Answer | RecordConflict]:
    ledger = unit_of_work.ledger
    positions = await ledger.find_positions([sealed.key for call in calls for sealed in call])
    known = {key: position.leaf_hash for key, position in positions.items()}
    fresh, refusals = sift(calls, known)
    entries: list[PlacedEntry] = []
    nodes: list[TreeNode] = []
    for sealed in fresh:
        entry, full = heads[sealed.draft.tenant_id].append(sealed)
        positions[sealed.key] = entry.position
        entries.append(entry)
        nodes += full
    if entries:
        await ledger.append(entries, nodes, list(heads.values()))
    return [
        refusal or [positions[sealed.key] for sealed in call]
        for call, refusal in zip(calls, refusals, strict=True)
    ]
