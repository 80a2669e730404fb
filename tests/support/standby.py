"""A second PostgreSQL that follows the first, and can be made to take its place."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from aosctl.engines.postgres import EmbeddedPostgres
from tests.support.base_backup import base_backup
from tests.support.waiting import until


class PostgresPair:
    """A primary, and a standby that has everything the primary has acknowledged."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.primary = EmbeddedPostgres(folder / "primary")
        self.standby = EmbeddedPostgres(folder / "standby")

    async def start_primary(self) -> None:
        """Run the first server; what it is given before the standby is made is copied."""
        await self.primary.start()

    async def follow(self) -> None:
        """Make the standby, and let commits wait for it from now on."""
        await asyncio.to_thread(self._copy)
        await self.standby.start()
        await self.ask(self.primary, "ALTER SYSTEM SET synchronous_standby_names = '*'")
        await self.ask(self.primary, "SELECT pg_reload_conf()")
        await until(self._is_synchronous)

    async def promote(self) -> None:
        """Let the standby take writes; it waits for nobody in turn."""
        await self.ask(self.standby, "SELECT pg_promote(true)")

    async def kill_primary(self) -> None:
        """End the first server as the loss of its machine would."""
        os.kill(self.primary.pid, signal.SIGQUIT)
        await until(lambda: not self.primary.alive)

    async def refuse_writes(self) -> None:
        """Let the first server go on, and begin no writes any more; those under way are kept."""
        await self.ask(self.primary, "ALTER SYSTEM SET default_transaction_read_only = on")
        await self.ask(self.primary, "SELECT pg_reload_conf()")
        await until(self._is_reading_only)

    async def _is_reading_only(self) -> bool:
        query = (
            "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' "
            "AND state <> 'idle' AND (backend_xid IS NOT NULL OR wait_event = 'SyncRep')"
        )
        return await self.ask(self.primary, query) == 0

    async def stop(self) -> None:
        """End both."""
        await self.standby.stop()
        await self.primary.stop()

    async def ask(self, server: EmbeddedPostgres, statement: str) -> object:
        """Run a statement as superuser."""
        connection = await asyncpg.connect(server.url)
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    def of_both(self, url: str) -> str:
        """The same address, on whichever of the two takes writes."""
        parts = urlsplit(url)
        login = parts.netloc.rpartition("@")[0]
        hosts = "&".join(f"host=127.0.0.1:{one.port}" for one in (self.primary, self.standby))
        return f"{parts.scheme}://{login}@{parts.path}?{hosts}&target_session_attrs=read-write"

    async def _is_synchronous(self) -> bool:
        query = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"
        return await self.ask(self.primary, query) == 1

    def _copy(self) -> None:
        base_backup(
            self.primary,
            of=self._folder / "primary",
            to=self._folder / "standby",
            options=("--write-recovery-conf", "--wal-method=stream"),
        )


@asynccontextmanager
async def postgres_pair(folder: Path) -> AsyncIterator[PostgresPair]:
    """The pair, with its primary at work, for as long as the block lasts."""
    pair = PostgresPair(folder)
    await pair.start_primary()
    try:
        yield pair
    finally:
        await pair.stop()
