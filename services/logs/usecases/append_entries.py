"""Append to the ledger: many calls, of many tenants, in one transaction.

Hot path: one read, one write and one commit for all calls that wait. Nearly every entry is new, so
nobody looks for it first; if one does exist, the write fails as a whole and is done again with a
look. The heads are locked in the order of their tenants, so that two replicas cannot wait for each
other.
"""

from collections.abc import Mapping, Sequence

from kernel.identifiers import TenantId
from services.logs.domain.errors import RecordConflict
from services.logs.domain.ledger_entry import Position, SealedDraft
from services.logs.domain.ledger_head import LedgerHead, PlacedEntry, TreeNode
from services.logs.domain.once import Key, sift
from services.logs.usecases.ports import AlreadyWritten, LedgerRepository, UnitsOfWork

Call = Sequence[SealedDraft]
Answer = list[Position]
Outcomes = list[Answer | RecordConflict]


async def append_entries(calls: Sequence[Call], *, units_of_work: UnitsOfWork) -> Outcomes:
    """Append what is new in these calls; each is answered or refused by itself."""
    try:
        return await _attempt(calls, units_of_work, look=False)
    except AlreadyWritten:
        return await _attempt(calls, units_of_work, look=True)


async def _attempt(calls: Sequence[Call], units_of_work: UnitsOfWork, *, look: bool) -> Outcomes:
    tenants = sorted({sealed.draft.tenant_id for call in calls for sealed in call})
    async with units_of_work(*tenants) as unit_of_work:
        ledger = unit_of_work.ledger
        heads = await ledger.hold_heads(tenants)
        if len(heads) == len(tenants):
            keys = [sealed.key for call in calls for sealed in call] if look else []
            known = await ledger.find_positions(keys) if look else {}
            outcomes = await _append(calls, heads, known, ledger)
            await unit_of_work.commit()
            return outcomes
    await _open_ledgers([tenant for tenant in tenants if tenant not in heads], units_of_work)
    return await _attempt(calls, units_of_work, look=look)


async def _open_ledgers(tenants: Sequence[TenantId], units_of_work: UnitsOfWork) -> None:
    """Begin the logs of new tenants, in a transaction of its own that holds no other lock."""
    async with units_of_work(*tenants) as unit_of_work:
        await unit_of_work.ledger.open(tenants)
        await unit_of_work.commit()


async def _append(
    calls: Sequence[Call],
    heads: Mapping[TenantId, LedgerHead],
    known: Mapping[Key, Position],
    ledger: LedgerRepository,
) -> Outcomes:
    positions = dict(known)
    fresh, refusals = sift(calls, {key: position.leaf_hash for key, position in known.items()})
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
