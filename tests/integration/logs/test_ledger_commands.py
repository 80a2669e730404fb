"""`aos ledger` and `aos verify` as somebody at a terminal uses them."""

import asyncio
import hashlib
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from kernel.identifiers import new_id
from kernel.principal import Principal
from tests.integration.logs import tampering
from tests.integration.logs.clients import append, draft, grow, reader
from tests.support.accounts_stand_in import AccountsStandIn
from tests.support.identities import somebody
from tests.support.plane import Plane

AOS = Path(sys.executable).with_name("aos")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """A folder, and a key of somebody."""

    folder: Path
    environment: dict[str, str]

    async def aos(self, *arguments: str) -> Said:
        process = await asyncio.create_subprocess_exec(
            AOS,
            *arguments,
            cwd=self.folder,
            env={**os.environ, **self.environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await asyncio.wait_for(process.communicate(), 30)
        return Said(code=process.returncode or 0, out=out.decode(), err=err.decode())


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def accounts(empty_plane: Plane) -> AccountsStandIn:
    return await empty_plane.start_accounts_stand_in()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane, accounts: AccountsStandIn) -> Plane:
    await empty_plane.start("logs")
    return empty_plane


@pytest.fixture
def person() -> Principal:
    return somebody("auditor")


@pytest.fixture
def terminal(
    plane: Plane, accounts: AccountsStandIn, person: Principal, tmp_path: Path
) -> Terminal:
    environment = {
        "AOS_API_KEY": accounts.issue(person),
        "AOS_ACCOUNTS": plane.peers["accounts"],
        "AOS_LOGS": plane.services["logs"].address,
    }
    return Terminal(folder=tmp_path, environment=environment)


async def test_a_log_is_signed_exported_and_verified_on_another_machine(
    plane: Plane, terminal: Terminal, person: Principal
) -> None:
    await grow(plane, person.tenant_id, 5)
    signed = await terminal.aos("ledger", "checkpoint", "--save", "kept.note")
    assert signed.code == 0, signed.err
    assert "signed with 5 entries" in signed.out
    await grow(plane, person.tenant_id, 4)
    exported = await terminal.aos("ledger", "export", "log.json")
    assert (exported.code, "9 entries are in log.json" in exported.out) == (0, True)
    (recorded,) = (await reader(plane, person).ListExports()).exports
    file = (terminal.folder / "log.json").read_bytes()
    assert recorded.content_sha256 == hashlib.sha256(file).digest()
    assert (recorded.tree_size, recorded.size_bytes) == (9, len(file))
    elsewhere = Terminal(folder=terminal.folder, environment={"AOS_API_KEY": ""})
    key = signed.out.partition("Verifier key: ")[2].splitlines()[0]
    verified = await elsewhere.aos("verify", "log.json", "--key", key, "--checkpoint", "kept.note")
    assert verified.code == 0
    assert "ok     All 9 entries, from the first on, lead to this root." in verified.out
    assert "ok     It begins with the 5 entries of the checkpoint that you kept." in verified.out
    assert "Events that were never written" in verified.out
    assert verified.out.endswith("log.json verifies.\n")


async def test_the_entries_of_a_run_are_exported_with_their_proofs(
    plane: Plane, terminal: Terminal, person: Principal
) -> None:
    run_id = new_id("run")
    for _ in range(3):
        await append(plane, draft(person.tenant_id, run_id=run_id), draft(person.tenant_id))
    assert (await terminal.aos("ledger", "export", "run.json", "--run", run_id)).code == 0
    bundle = json.loads((terminal.folder / "run.json").read_text())
    assert [entry["sequence"] for entry in bundle["entries"]] == [0, 2, 4]
    assert (await terminal.aos("verify", "run.json")).code == 0
    bundle["entries"][1]["leaf"] = bundle["entries"][0]["leaf"]
    (terminal.folder / "run.json").write_text(json.dumps(bundle))
    told = await terminal.aos("verify", "run.json")
    assert told.code == 1
    assert "WRONG  Entry 2: its bytes are not those that were hashed." in told.out
    answer = json.loads((await terminal.aos("verify", "run.json", "--json")).out)
    assert (answer["holds"], answer["problem"][:7]) == (False, "Entry 2")


async def test_an_entry_is_proven_and_two_sizes_are_consistent(
    plane: Plane, terminal: Terminal, person: Principal
) -> None:
    await grow(plane, person.tenant_id, 6)
    proven = await terminal.aos("ledger", "prove", "3", "--save", "entry.json")
    assert "Entry 3 is in the signed log; 3 hashes prove it." in proven.out
    assert (await terminal.aos("verify", "entry.json")).code == 0
    consistent = await terminal.aos("ledger", "consistency", "4")
    assert "The log of 6 entries begins with the 4 entries" in consistent.out
    answer = json.loads((await terminal.aos("ledger", "consistency", "2", "5", "--json")).out)
    assert (answer["first_size"], answer["second_size"]) == (2, 5)
    checkpoint = json.loads((await terminal.aos("ledger", "checkpoint", "--json")).out)
    assert checkpoint["tree_size"] == 6


async def test_a_damaged_log_is_exported_and_the_entry_is_named(
    plane: Plane, terminal: Terminal, person: Principal
) -> None:
    await grow(plane, person.tenant_id, 8)
    await terminal.aos("ledger", "checkpoint")
    async with tampering.superuser(plane.database) as connection:
        await tampering.change_a_byte(connection, person.tenant_id)
    told = await terminal.aos("ledger", "export", "log.json")
    assert told.code == 1
    assert "The bundle is written and does not verify. Entry 5" in told.err
    assert "WRONG  Entry 5" in (await terminal.aos("verify", "log.json")).out


@pytest.mark.invariant("I-29")
async def test_a_bundle_that_was_kept_names_the_entry_that_a_rewritten_log_changed(
    plane: Plane, terminal: Terminal, person: Principal
) -> None:
    await grow(plane, person.tenant_id, 8)
    assert (await terminal.aos("ledger", "export", "kept.json")).code == 0
    async with tampering.superuser(plane.database) as connection:
        await tampering.rewrite_everything(connection, person.tenant_id)
    await terminal.aos("ledger", "export", "now.json")
    ranged = await terminal.aos("verify", "now.json")
    assert "WRONG  Entry 0, or one up to 7: it was changed" in ranged.out
    assert "Which one cannot be known" in ranged.out
    told = await terminal.aos("verify", "now.json", "--against", "kept.json", "--json")
    assert json.loads(told.out)["place"] == {"first": 5, "last": 5}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("ledger", "prove", "7"), "aos: The plane refused: The ledger has no entry 7."),
        (("ledger", "consistency", "7"), "nothing can be proven of 7"),
        (("ledger", "export", "/nowhere/log.json"), "/nowhere/log.json cannot be written"),
        (("verify", "missing.json"), "missing.json cannot be read"),
        (("verify", "broken.json"), "broken.json is not a ledger bundle: it is not JSON"),
    ],
)
async def test_what_cannot_be_done_is_one_sentence(
    terminal: Terminal, arguments: tuple[str, ...], sentence: str
) -> None:
    (terminal.folder / "broken.json").write_text("{")
    told = await terminal.aos(*arguments)
    assert told.code == 1
    assert sentence in told.err
    assert "Traceback" not in told.err
    assert told.err.count("\n") == 1


@pytest.mark.parametrize(
    ("variable", "sentence"),
    [("AOS_API_KEY", "Set AOS_API_KEY"), ("AOS_LOGS", "Where logs listens is not known")],
)
async def test_what_is_missing_is_named(terminal: Terminal, variable: str, sentence: str) -> None:
    lacking = Terminal(folder=terminal.folder, environment={**terminal.environment, variable: ""})
    assert sentence in (await lacking.aos("ledger", "checkpoint")).err
