"""Gathers a bundle from a running plane: entries, the checkpoint over them, and the proofs."""

import sys
from collections.abc import Awaitable, Sequence

import grpc

from aos.logs.v1 import ledger_pb2
from aosctl.errors import OperatorError
from aosctl.ledger_client import LedgerClient
from aosctl.verification.bundle import Bundle, BundleEntry, EarlierCheckpoint

_EARLIER = 20
# What a log says that was cut, or has lost nodes.
_DAMAGED = {
    grpc.StatusCode.FAILED_PRECONDITION,
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.NOT_FOUND,
}


async def gather_log(client: LedgerClient, *, run_id: str | None, kept: Sequence[str]) -> Bundle:
    """Gather the entries of a run with their proofs, or the whole log without a run."""
    checkpoint = await _checkpoint(client)
    size = checkpoint.tree_size
    found = [entry async for entry in client.entries(run_id) if entry.sequence < size]
    proven = run_id is not None
    entries = [await _bundled(client, one, size, proven=proven) for one in found]
    return Bundle(
        checkpoint=checkpoint.note,
        keys=await client.keys(),
        entries=entries,
        earlier=await _earlier(client, size, kept, proven=proven),
        run_id=run_id,
        whole=run_id is None,
    )


async def gather_entry(client: LedgerClient, sequence: int) -> Bundle:
    """Gather one entry with its proof."""
    checkpoint = await _checkpoint(client)
    entry = await client.entry(sequence)
    return Bundle(
        checkpoint=checkpoint.note,
        keys=await client.keys(),
        entries=[await _bundled(client, entry, checkpoint.tree_size, proven=True)],
        earlier=[],
        run_id=None,
        whole=False,
    )


async def _checkpoint(client: LedgerClient) -> ledger_pb2.Checkpoint:
    """Sign the log; one that is damaged is not signed, and then what was last signed counts."""
    try:
        return await client.sign()
    except grpc.aio.AioRpcError as error:
        if error.code() is not grpc.StatusCode.FAILED_PRECONDITION:
            raise
        print(f"aos: {error.details()}", file=sys.stderr)
    checkpoints = await client.checkpoints(1)
    if not checkpoints:
        raise OperatorError("Nothing of this ledger was ever signed, so nothing can be proven.")
    return checkpoints[0]


async def _bundled(
    client: LedgerClient, entry: ledger_pb2.LedgerEntry, size: int, *, proven: bool
) -> BundleEntry:
    return BundleEntry(
        sequence=entry.sequence,
        leaf=entry.leaf,
        leaf_hash=entry.leaf_hash,
        chain_hash=entry.chain_hash,
        inclusion=await _proof(client.inclusion(entry.sequence, size)) if proven else None,
    )


async def _earlier(
    client: LedgerClient, size: int, kept: Sequence[str], *, proven: bool
) -> list[EarlierCheckpoint]:
    """The last checkpoints before this one, and those that the customer kept.

    A bundle of the whole log needs no proof for them: its entries lead to all their roots.
    """
    notes = {one.tree_size: one.note for one in await client.checkpoints(_EARLIER)}
    notes |= {_size_of(note): note for note in kept}
    earlier = []
    for first, note in sorted(notes.items()):
        if first < size:
            proof = await _proof(client.consistency_hashes(first, size)) if proven else []
            earlier.append(EarlierCheckpoint(note=note, consistency=proof))
    return earlier


async def _proof(asked: Awaitable[list[bytes]]) -> list[bytes]:
    """A proof, or none from a log so damaged that it has none; the bundle will not verify."""
    try:
        return await asked
    except grpc.aio.AioRpcError as error:
        if error.code() not in _DAMAGED:
            raise
        return []


def _size_of(note: str) -> int:
    lines = note.splitlines()
    if len(lines) < 2 or not lines[1].isdigit():  # noqa: PLR2004 - the second line is the size
        raise OperatorError("A file given with --kept is not a checkpoint.")
    return int(lines[1])
