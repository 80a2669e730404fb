"""`aos ledger`: sign, prove and take away what the ledger of a running plane holds."""

import asyncio
import base64
import json
from collections.abc import Sequence
from pathlib import Path

from aosctl.errors import OperatorError
from aosctl.ledger_client import connected
from aosctl.ledger_export import gather_entry, gather_log
from aosctl.named_files import read_text, write_text
from aosctl.verification.bundle import Bundle
from aosctl.verification.verify import verify
from kernel import merkle


def checkpoint(*, data_dir: Path, as_json: bool, save: Path | None) -> None:
    """Have the log signed and print what was signed."""
    asyncio.run(_checkpoint(data_dir, as_json=as_json, save=save))


def prove(*, sequence: int, data_dir: Path, as_json: bool, save: Path | None) -> None:
    """Prove that an entry is in the log."""
    asyncio.run(_prove(sequence, data_dir, as_json=as_json, save=save))


def consistency(*, first: int, second: int, data_dir: Path, as_json: bool) -> None:
    """Prove that the log of one size is the beginning of the log of another."""
    asyncio.run(_consistency(first, second, data_dir, as_json=as_json))


def export(*, file: Path, run_id: str | None, kept: Sequence[Path], data_dir: Path) -> None:
    """Write a bundle that `aos verify` can check without AOS."""
    asyncio.run(_export(file, run_id, kept, data_dir))


async def _checkpoint(data_dir: Path, *, as_json: bool, save: Path | None) -> None:
    async with connected(data_dir) as client:
        signed, keys = await client.sign(), await client.keys()
    if save is not None:
        write_text(save, signed.note)
    if as_json:
        root = _base64(signed.root_hash)
        document = {"tree_size": signed.tree_size, "root_hash": root, "note": signed.note}
        print(json.dumps({**document, "keys": keys}, indent=2))
        return
    print(f"The ledger was signed with {signed.tree_size} entries:\n\n{signed.note}")
    print("Verifier key:", *keys)
    print("Keep this where AOS cannot reach it; it shows later that nothing before it was changed.")


async def _prove(sequence: int, data_dir: Path, *, as_json: bool, save: Path | None) -> None:
    async with connected(data_dir) as client:
        bundle = await gather_entry(client, sequence)
    verdict = verify(bundle)
    if save is not None:
        write_text(save, bundle.to_json())
    if as_json:
        print(bundle.to_json(), end="")
    elif verdict.holds:
        entry = bundle.entries[0]
        print(entry.leaf.decode())
        print(
            f"Entry {sequence} is in the signed log; {len(entry.inclusion or ())} hashes prove it."
        )
        print("Check it without AOS: `aos ledger prove … --save FILE`, then `aos verify FILE`.")
    if verdict.problem is not None:
        raise OperatorError(verdict.problem)


async def _consistency(first: int, second: int, data_dir: Path, *, as_json: bool) -> None:
    async with connected(data_dir) as client:
        proof = await client.consistency(first, second)
    hashes = [_base64(one) for one in proof.hashes]
    if as_json:
        document = {
            "first_size": proof.first_size,
            "second_size": proof.second_size,
            "first_root_hash": _base64(proof.first_root_hash),
            "second_root_hash": _base64(proof.second_root_hash),
            "hashes": hashes,
        }
        print(json.dumps(document, indent=2))
    if not merkle.is_consistent(
        first=proof.first_size,
        second=proof.second_size,
        first_root=proof.first_root_hash,
        second_root=proof.second_root_hash,
        proof=list(proof.hashes),
    ):
        raise OperatorError(f"The first {first} entries are not those of the log: one was changed.")
    if not as_json:
        print(
            f"The log of {proof.second_size} entries begins with the {proof.first_size} entries of "
            f"root {_base64(proof.first_root_hash)}; {len(hashes)} hashes prove it."
        )


async def _export(file: Path, run_id: str | None, kept: Sequence[Path], data_dir: Path) -> None:
    notes = [read_text(path) for path in kept]
    async with connected(data_dir) as client:
        bundle = await gather_log(client, run_id=run_id, kept=notes)
        text = bundle.to_json()
        await client.record_export(text, tree_size=bundle.tree_size, run_id=run_id)
    write_text(file, text)
    print(f"{len(bundle.entries)} entries are in {file}. Check them anywhere: `aos verify {file}`.")
    _require_sound(bundle, notes)


def _require_sound(bundle: Bundle, kept: Sequence[str]) -> None:
    verdict = verify(bundle, kept=kept)
    if verdict.problem is not None:
        raise OperatorError(f"The bundle is written and does not verify. {verdict.problem}")


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
