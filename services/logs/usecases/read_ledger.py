"""Read the ledger, and prove what it holds.

A proof reads as many nodes as the logarithm of the log, all of them in one statement.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from kernel import merkle
from kernel.identifiers import TenantId
from kernel.merkle import Node, Span
from kernel.pagination import Page, PageRequest
from kernel.principal import Principal
from services.logs.domain.checkpoint import Checkpoint
from services.logs.domain.errors import LedgerDamaged, LedgerEntryNotFound, LedgerSizeUnknown
from services.logs.domain.ledger_entry import LedgerEntry
from services.logs.usecases.ports import LedgerQuery, LedgerRepository, UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class InclusionProof:
    """That an entry is in the log of a size."""

    leaf_hash: bytes
    tree_size: int
    root_hash: bytes
    hashes: Sequence[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsistencyProof:
    """That the log of one size is the beginning of the log of another."""

    first_size: int
    second_size: int
    first_root_hash: bytes
    second_root_hash: bytes
    hashes: Sequence[bytes]


async def get_entry(
    sequence: int, *, principal: Principal, unit_of_work: UnitOfWork
) -> LedgerEntry:
    """Return one entry.

    Raises:
        LedgerEntryNotFound: the log does not reach there.
    """
    principal.require_whole_tenant()
    entry = await unit_of_work.ledger.entry(principal.tenant_id, sequence)
    if entry is None:
        raise LedgerEntryNotFound.at(sequence)
    return entry


async def list_entries(
    query: LedgerQuery, page: PageRequest, *, principal: Principal, unit_of_work: UnitOfWork
) -> Page[LedgerEntry]:
    """Return entries in their order."""
    principal.require_whole_tenant()
    return await unit_of_work.ledger.list(query, page)


async def list_checkpoints(
    page: PageRequest, *, principal: Principal, unit_of_work: UnitOfWork
) -> Page[Checkpoint]:
    """Return checkpoints, largest first."""
    principal.require_whole_tenant()
    return await unit_of_work.checkpoints.list(principal.tenant_id, page)


async def prove_inclusion(
    sequence: int, size: int, *, principal: Principal, unit_of_work: UnitOfWork
) -> InclusionProof:
    """Prove that an entry is in the log of this size, or of its present one for 0.

    Raises:
        LedgerSizeUnknown: the log has not reached the size.
        LedgerEntryNotFound: the log of this size does not reach the entry.
    """
    principal.require_whole_tenant()
    tenant_id, ledger = principal.tenant_id, unit_of_work.ledger
    size = await _known_size(ledger, tenant_id, size)
    if sequence >= size:
        raise LedgerEntryNotFound.at(sequence)
    own, whole = Span(sequence, sequence + 1), Span(0, size)
    spans = [own, whole, *merkle.inclusion_spans(sequence, size)]
    leaf, root, *hashes = await _hashes(ledger, tenant_id, spans)
    return InclusionProof(leaf_hash=leaf, tree_size=size, root_hash=root, hashes=hashes)


async def prove_consistency(
    first: int, second: int, *, principal: Principal, unit_of_work: UnitOfWork
) -> ConsistencyProof:
    """Prove that the log of the first size is the beginning of that of the second.

    Raises:
        LedgerSizeUnknown: the log has not reached a size, or the first is the larger one.
    """
    principal.require_whole_tenant()
    tenant_id, ledger = principal.tenant_id, unit_of_work.ledger
    second = await _known_size(ledger, tenant_id, second)
    if first > second:
        raise LedgerSizeUnknown.of(first, present=second)
    spans = [Span(0, first), Span(0, second), *merkle.consistency_spans(first, second)]
    old, new, *hashes = await _hashes(ledger, tenant_id, spans)
    return ConsistencyProof(
        first_size=first,
        second_size=second,
        first_root_hash=old,
        second_root_hash=new,
        hashes=hashes,
    )


async def _known_size(ledger: LedgerRepository, tenant_id: TenantId, asked: int) -> int:
    present = await ledger.size(tenant_id)
    if asked > present:
        raise LedgerSizeUnknown.of(asked, present=present)
    return asked or present


async def _hashes(
    ledger: LedgerRepository, tenant_id: TenantId, spans: Sequence[Span]
) -> list[bytes]:
    """The hashes of subtrees, from all the nodes they need, read at once."""
    wanted: set[Node] = {node for span in spans for node in merkle.nodes_of(span)}
    nodes = await ledger.nodes(tenant_id, sorted(wanted)) if wanted else {}
    missing = sorted(wanted - nodes.keys())
    if missing:
        finding = f"node {missing[0].place} of level {missing[0].level} is missing"
        raise LedgerDamaged.because(tenant_id, finding)
    return [merkle.span_hash(span, nodes) for span in spans]
