"""The database is lost and brought back to a moment: what is missing since then is named."""

import asyncio
import json
import os
import secrets
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from grpc import StatusCode

from tests.support.archived_postgres import ArchivedPostgres
from tests.support.completeness import differences
from tests.support.databases import TEMPLATE, TestDatabase, make_template
from tests.support.figures import Figures
from tests.support.finished_runs import in_the_ledger
from tests.support.orchestrated import SUCCEEDED, Household, start_plane
from tests.support.plane import Plane, plane
from tests.support.statuses import refusal

pytestmark = [
    pytest.mark.resilience,
    pytest.mark.invariant("I-29"),
    # Three minutes of engines and processes: `make resilience` has them, `make test` the parts.
    pytest.mark.skipif(os.environ.get("AOS_RESILIENCE") != "full", reason="is for make resilience"),
]
AOS = Path(sys.executable).with_name("aos")
RUNS = 3 if os.environ.get("AOS_RESILIENCE") == "full" else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a command said, and how it ended."""

    code: int
    text: str


@dataclass(slots=True, kw_only=True)
class Drill:
    """A tenant whose plane was lost and restored, and what lay outside."""

    household: Household
    # Where checkpoints and bundles are kept, which no database reaches.
    outside: Path
    before: dict[str, int] = field(default_factory=dict)
    after: dict[str, int] = field(default_factory=dict)

    async def aos(self, *arguments: str) -> Said:
        services = self.household.plane.services
        environment = {
            "AOS_API_KEY": self.household.key,
            "AOS_ACCOUNTS": services["accounts"].address,
            "AOS_LOGS": services["logs"].address,
        }
        process = await asyncio.create_subprocess_exec(
            *(AOS, *arguments),
            cwd=self.outside,
            env={**os.environ, **environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        text = (await process.communicate())[0].decode()
        return Said(code=process.returncode or 0, text=text)

    async def done(self, *arguments: str) -> str:
        said = await self.aos(*arguments)
        assert said.code == 0, said.text
        return said.text

    async def verified(self, *against: str) -> Said:
        """What an auditor finds in the ledger as it is now."""
        await self.aos("ledger", "export", "now.json")
        return await self.aos("verify", "now.json", *against)

    async def work(self, runs: dict[str, int]) -> None:
        for _ in range(RUNS):
            run_id = (await self.household.run()).run.run.id
            await self.household.end(run_id)
            await self.household.completed(run_id)
            await in_the_ledger(self.household, run_id)
            runs[run_id] = SUCCEEDED

    def size(self, note: str) -> int:
        """How many entries a checkpoint is about: its second line."""
        return int((self.outside / note).read_text().splitlines()[1])


@asynccontextmanager
async def working(folder: Path, database: TestDatabase) -> AsyncIterator[Plane]:
    """Every service on this database, with a bus that begins empty."""
    await asyncio.to_thread(folder.mkdir)
    async with plane(folder, database) as made:
        await start_plane(made)
        yield made


async def until_the_loss(
    folder: Path, postgres: ArchivedPostgres, database: TestDatabase
) -> tuple[Drill, str]:
    """Work before a backup, between it and the moment, and after the moment."""
    async with working(folder / "first", database) as made:
        drill = Drill(household=await Household(made).settle(), outside=folder)
        await drill.household.govern()
        await drill.work(drill.before)
        await postgres.back_up()
        await drill.work(drill.before)
        await drill.done("ledger", "checkpoint", "--save", "covered.note")
        moment = str(await postgres.ask("SELECT clock_timestamp()"))
        await drill.work(drill.after)
        await drill.done("ledger", "export", "kept.json")
        await drill.done("ledger", "checkpoint", "--save", "kept.note")
        await postgres.archived()
    await postgres.lose()
    return drill, moment


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def drill(engine_folder: Path) -> AsyncIterator[Drill]:
    folder = engine_folder / f"drill-{secrets.token_hex(3)}"
    folder.mkdir()
    postgres = ArchivedPostgres(folder)
    try:
        await postgres.start()
        database = TestDatabase(server=await make_template(postgres.server.url), name=TEMPLATE)
        made, moment = await until_the_loss(folder, postgres, database)
        restored = await postgres.restore(moment)
        try:
            server = replace(database.server, admin_url=restored.url)
            async with working(folder / "second", replace(database, server=server)) as again:
                made.household.plane = again
                await log_in(made.household)
                yield made
        finally:
            await restored.stop()
    finally:
        await postgres.server.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def log_in(household: Household) -> None:
    """With the key from before: only the token has to be new."""
    anybody: Any = household.asks("accounts", ())
    anybody.metadata = ()
    token = (await anybody.call("ExchangeKey", api_key=household.key)).token
    household.metadata = (("authorization", f"Bearer {token}"),)


async def test_everything_up_to_the_moment_is_back_and_nothing_since(
    drill: Drill, figures: Figures
) -> None:
    lost, doubled = await differences(drill.household, drill.before)
    figures.add(cases=len(drill.before), lost=len(lost), doubled=len(doubled))
    assert (lost, doubled) == ([], [])
    orchestrator = drill.household.asks("orchestrator")
    for run_id in drill.after:
        told = await refusal(orchestrator.call("GetRun", run_id=run_id))
        assert told.code is StatusCode.NOT_FOUND


async def test_what_is_missing_is_named_and_what_is_written_anew_never_passes_for_it(
    drill: Drill, figures: Figures
) -> None:
    covered, kept = drill.size("covered.note"), drill.size("kept.note")
    agreed = await drill.verified("--checkpoint", "covered.note")
    assert agreed.code == 0, agreed.text
    assert f"It begins with the {covered} entries of the checkpoint that you kept." in agreed.text
    told = await drill.verified("--checkpoint", "kept.note")
    assert told.code == 1
    size = len(json.loads((drill.outside / "now.json").read_text())["entries"])
    assert covered <= size < kept
    assert f"Entry {size}: it is gone; {kept} entries were signed before" in told.text
    figures.tell(f"restored: {size} of {kept} entries; {kept - size} are missing and named")
    await drill.work({})
    await drill.work({})
    await drill.done("ledger", "checkpoint", "--save", "longer.note")
    assert drill.size("longer.note") > kept
    told = await drill.verified("--checkpoint", "kept.note", "--against", "kept.json")
    assert (told.code, "it was changed after it was signed" in told.text) == (1, True)


async def test_mutant_without_anything_from_outside_a_restored_ledger_looks_whole(
    drill: Drill,
) -> None:
    told = await drill.verified()
    assert told.code == 0
    assert "That nobody rewrote the log and signed it anew" in told.text
