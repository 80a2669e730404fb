"""A PostgreSQL whose log is kept elsewhere, and what can be made of it after its loss."""

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import asyncpg

from aosctl.engines.account import engine_account, give
from aosctl.engines.postgres import EmbeddedPostgres
from tests.support.base_backup import base_backup
from tests.support.waiting import until

_RECOVERY = """
restore_command = 'cp {archive}/%f %p'
recovery_target_time = '{moment}'
recovery_target_action = 'promote'
"""


class ArchivedPostgres:
    """A server, a copy of it from some moment, and everything that was written since."""

    def __init__(self, folder: Path) -> None:
        self._home, self._archive = folder / "lost", folder / "archive"
        self._copy = folder / "restored"
        self.server = EmbeddedPostgres(self._home)

    async def start(self) -> None:
        """Begin to work, and to keep what is written."""
        await self.server.start()
        self._archive.mkdir()
        give(self._archive, engine_account(self._home / "data"))
        command = f"test ! -f {self._archive}/%f && cp %p {self._archive}/%f"
        await self.ask("ALTER SYSTEM SET archive_mode = on")
        await self.ask(f"ALTER SYSTEM SET archive_command = '{command}'")
        await self.server.stop()
        await self.server.start()

    async def back_up(self) -> None:
        """Copy the server; what is written meanwhile has to come from the archive."""
        options = ("--wal-method=none",)
        await asyncio.to_thread(
            base_backup, self.server, of=self._home, to=self._copy, options=options
        )

    async def archived(self) -> None:
        """Wait until everything that was written up to now is kept elsewhere."""
        written = await self.ask("SELECT pg_walfile_name(pg_current_wal_lsn())")
        await self.ask("SELECT pg_switch_wal()")

        async def is_kept() -> bool:
            kept = await self.ask("SELECT last_archived_wal FROM pg_stat_archiver")
            return bool(kept and kept >= written)

        await until(is_kept)

    async def lose(self) -> None:
        """End the server as the loss of its machine would."""
        os.kill(self.server.pid, signal.SIGQUIT)
        await until(lambda: not self.server.alive)

    async def restore(self, moment: str) -> EmbeddedPostgres:
        """Start the copy, brought to a moment."""
        data = self._copy / "data"
        with (data / "postgresql.auto.conf").open("a") as settings:
            settings.write("archive_mode = off\n")
            settings.write(_RECOVERY.format(archive=self._archive, moment=moment))
        (data / "recovery.signal").touch()
        give(data / "recovery.signal", engine_account(data))
        restored = EmbeddedPostgres(self._copy)
        await restored.start()
        return restored

    async def ask(self, statement: str) -> Any:
        """Run a statement as superuser."""
        connection = await asyncpg.connect(self.server.url)
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()
