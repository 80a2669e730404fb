"""Sign a log, after making sure that it is still what was signed before."""

from dataclasses import dataclass

from kernel import merkle
from kernel.clock import Clock
from kernel.identifiers import TenantId
from kernel.merkle import CompactRange, Span
from kernel.principal import Principal
from services.logs.domain.checkpoint import Checkpoint
from services.logs.domain.errors import LedgerDamaged
from services.logs.domain.ledger_entry import CHAIN_START
from services.logs.domain.ledger_head import LedgerHead
from services.logs.domain.notary import Notary
from services.logs.domain.tail import Tail, TailFinding
from services.logs.usecases.ports import UnitOfWork, UnitsOfWork

# Checking an entry takes some 40 microseconds; so many hold up nobody else's call for long.
_PORTION = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedTail:
    """A log whose end was recomputed, and what was last signed of it."""

    head: LedgerHead
    last: Checkpoint | None


async def sign_now(
    *, principal: Principal, notary: Notary, units_of_work: UnitsOfWork, clock: Clock
) -> Checkpoint:
    """Sign the log of whoever asks, as it is now.

    Raises:
        LedgerDamaged: the log is not what it was; it is not signed.
    """
    principal.require_whole_tenant()
    return await create_checkpoint(
        principal.tenant_id, notary=notary, units_of_work=units_of_work, clock=clock
    )


async def create_checkpoint(
    tenant_id: TenantId, *, notary: Notary, units_of_work: UnitsOfWork, clock: Clock
) -> Checkpoint:
    """Sign the log as it is now, or return the last checkpoint when nothing was appended since.

    The entries are recomputed without a lock, since they never change; checking that nobody else
    signed meanwhile, and keeping the checkpoint, happen under the lock of the head.

    Raises:
        LedgerDamaged: the log is not what it was; it is not signed.
    """
    async with units_of_work(tenant_id) as unit_of_work:
        tail = await verify_tail(tenant_id, notary=notary, unit_of_work=unit_of_work)
        size = tail.head.tree.size
        if tail.last is not None and tail.last.tree_size == size:
            return tail.last
        await unit_of_work.ledger.hold_heads([tenant_id])
        for newer in await unit_of_work.checkpoints.latest(tenant_id, 1):
            if newer.tree_size >= size:
                return newer
        root = tail.head.tree.root()
        checkpoint = notary.sign(tenant_id, size=size, root_hash=root, at=clock.now())
        await unit_of_work.checkpoints.add(tenant_id, checkpoint)
        await unit_of_work.commit()
    return checkpoint


async def verify_tail(
    tenant_id: TenantId, *, notary: Notary, unit_of_work: UnitOfWork
) -> VerifiedTail:
    """Recompute the end of a log from its entries, beginning at the last checkpoint.

    Raises:
        LedgerDamaged: something in it is not what was appended or signed, or was not when the whole
            log was last verified.
    """
    whole = await unit_of_work.verifications.find(tenant_id)
    if whole is not None and whole.finding:
        raise LedgerDamaged.because(tenant_id, whole.finding)
    try:
        return await _verify(tenant_id, notary, unit_of_work)
    except TailFinding as finding:
        raise LedgerDamaged.because(tenant_id, str(finding)) from None


async def _verify(tenant_id: TenantId, notary: Notary, unit_of_work: UnitOfWork) -> VerifiedTail:
    last = next(iter(await unit_of_work.checkpoints.latest(tenant_id, 1)), None)
    problem = notary.problem(tenant_id, last) if last else None
    if problem is not None:
        raise TailFinding(problem)
    head = await unit_of_work.ledger.find_head(tenant_id)
    begin = last.tree_size if last else 0
    if head.tree.size < begin:
        raise TailFinding(f"{begin} entries were signed, and entry {head.tree.size} is gone")
    tree = await _tree_at(begin, tenant_id, unit_of_work)
    if last is not None and tree.root() != last.root_hash:
        raise TailFinding(f"the first {begin} entries are not those that were signed")
    chain_hash = await _chain_at(begin, tenant_id, unit_of_work)
    await _follow(Tail(tree=tree, chain_hash=chain_hash), head, unit_of_work)
    return VerifiedTail(head=head, last=last)


async def _follow(tail: Tail, head: LedgerHead, unit_of_work: UnitOfWork) -> None:
    """Read up to the head; what was appended after it was read is for the next time."""
    while tail.tree.size < head.tree.size:
        begin = tail.tree.size
        end = min(begin + _PORTION, head.tree.size)
        entries = await unit_of_work.ledger.stretch(head.tenant_id, begin, end)
        for entry in entries:
            tail.follow(entry)
        if not entries:
            break
    tail.arrive(head)


async def _tree_at(size: int, tenant_id: TenantId, unit_of_work: UnitOfWork) -> CompactRange:
    wanted = list(merkle.nodes_of(Span(0, size)))
    nodes = await unit_of_work.ledger.nodes(tenant_id, wanted) if wanted else {}
    if len(nodes) != len(wanted):
        raise TailFinding(f"a node of the tree over the first {size} entries is missing")
    return CompactRange(size=size, hashes=[nodes[node] for node in wanted])


async def _chain_at(size: int, tenant_id: TenantId, unit_of_work: UnitOfWork) -> bytes:
    if not size:
        return CHAIN_START
    entry = await unit_of_work.ledger.entry(tenant_id, size - 1)
    if entry is None:
        raise TailFinding(f"entry {size - 1} is missing")
    return entry.chain_hash
